/** From values to pixels, and where an axis has its ticks. */
import type { Axis } from "./report.ts";

export interface Scale {
  /** The pixel of a value. */
  at(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/** `room` is how many ticks there is room for; pixels go from `first` to `last`. */
export function scaleOf(axis: Axis, values: readonly number[], first: number, last: number, room: number): Scale {
  const least = values.reduce((a, b) => Math.min(a, b), axis.from ?? Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), axis.from ?? Number.NEGATIVE_INFINITY);
  const [low, high] = Number.isFinite(least) ? [least, most > least ? most : least + (Math.abs(least) || 1)] : [0, 1];
  return axis.zone === undefined
    ? plainScale(axis, low, high, first, last, room)
    : timeScale(axis.zone, low, high, first, last, room);
}

function plainScale({ format = String }: Axis, low: number, high: number, first: number, last: number, room: number) {
  const step = niceStep((high - low) / room);
  const [from, to] = [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
  const count = Math.round((to - from) / step);
  // Multiplied anew for each, so that 0.1 is not 0.30000000000000004 at the third tick.
  const ticks = Array.from({ length: count + 1 }, (_, i) => tidy((Math.round(from / step) + i) * step));
  return {
    at: linear(from, to, first, last),
    ticks: ticks.map((value) => ({ value, label: format(value) })),
  };
}

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((n) => n * DAY),
];

function timeScale(zone: string, low: number, high: number, first: number, last: number, room: number): Scale {
  const step = TIME_STEPS.find((each) => (high - low) / each <= room) ?? 364 * DAY;
  const options: Intl.DateTimeFormatOptions =
    step >= DAY
      ? { month: "short", day: "numeric" }
      : { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(step < MINUTE && { second: "2-digit" }) };
  const day = new Intl.DateTimeFormat("en-GB", { timeZone: zone, month: "short", day: "numeric" });
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
  const offset = offsetOf(zone, low);
  const ticks: { value: number; label: string }[] = [];
  let told = "";
  for (let value = Math.ceil((low + offset) / step) * step - offset; value <= high; value += step) {
    // The day is told where it begins to be another one.
    const date = day.format(value);
    ticks.push({
      value,
      label: step < DAY && date !== told ? `${date} ${format.format(value)}` : format.format(value),
    });
    told = date;
  }
  return { at: linear(low, high, first, last), ticks };
}

/** Milliseconds by which clocks in a zone are before UTC. */
function offsetOf(zone: string, time: number): number {
  const options: Intl.DateTimeFormatOptions = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric" };
  const format = new Intl.DateTimeFormat("en-GB", {
    ...{ timeZone: zone, ...options, minute: "numeric", second: "numeric", hourCycle: "h23" },
  });
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const local = Date.UTC(
    ...([part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second")] as const),
  );
  return local - Math.floor(time / SECOND) * SECOND;
}

function linear(low: number, high: number, first: number, last: number): (value: number) => number {
  return (value) => first + ((value - low) / (high - low)) * (last - first);
}

/** The least of 1, 2 and 5 times a power of ten that is no less. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return tidy((([1, 2, 5].find((n) => n * power >= least * (1 - 1e-9)) ?? 10) as number) * power);
}

function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
