/** The hour and the day of the week, as a policy's zone tells them. */

export const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

export interface ZonedTime {
  /** 0 to 23. */
  readonly hour: number;
  /** 0 to 59. */
  readonly minute: number;
  /** `mon` to `sun`. */
  readonly weekday: string;
}

type Teller = (time: number) => ZonedTime;

/** Making one takes tens of microseconds. */
const tellers = new Map<string, Teller>();

/** Tells times, in milliseconds since the epoch, in a zone of the IANA database. */
export function zonedTime(zone: string): Teller {
  const teller = tellers.get(zone) ?? tellerOf(zone);
  tellers.set(zone, teller);
  return teller;
}

function tellerOf(zone: string): Teller {
  if (zone === "UTC") {
    return (time) => {
      const date = new Date(time);
      return { hour: date.getUTCHours(), minute: date.getUTCMinutes(), weekday: WEEKDAYS[date.getUTCDay()] as string };
    };
  }
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hour: "numeric",
    minute: "numeric",
    weekday: "short",
    hourCycle: "h23",
  });
  let told = Number.NaN;
  let known: ZonedTime = { hour: 0, minute: 0, weekday: "" };
  // Offsets change on whole minutes, and formatting takes microseconds: once a minute is enough.
  return (time) => {
    const current = Math.floor(time / 60_000);
    if (current !== told) {
      told = current;
      const parts = format.formatToParts(time);
      const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? "";
      known = { hour: Number(part("hour")), minute: Number(part("minute")), weekday: part("weekday").toLowerCase() };
    }
    return known;
  };
}
