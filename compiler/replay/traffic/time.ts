/** Times as logs and tables have them. */

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)? ?(Z|UTC|[+-]\d\d:?\d\d)?$/;

/**
 * Milliseconds since the epoch of an ISO 8601 time, which is in UTC where it says no zone, or of a number of seconds,
 * milliseconds, microseconds or nanoseconds since the epoch, told apart by its size. Undefined where it is none.
 */
export function timeOf(given: unknown): number | undefined {
  if (typeof given === "number") return epochOf(given);
  if (typeof given !== "string") return undefined;
  const parts = ISO.exec(given);
  if (parts === null) return /^\d+(\.\d+)?$/.test(given) ? epochOf(Number(given)) : undefined;
  const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = "", zone = "Z"] = parts;
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  // 31 February is no day, and Date.UTC takes it for one in March.
  if (new Date(midnight).getUTCDate() !== Number(day)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const milliseconds = fraction === "" ? 0 : Number(`0.${fraction}`) * 1_000;
  return (
    midnight + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1_000 + milliseconds - offsetOf(zone)
  );
}

/** Below it a number is of seconds: as milliseconds it would be of 1973. The next ones are a thousand times as large. */
const LARGEST_SECONDS = 1e11;

function epochOf(given: number): number | undefined {
  if (!Number.isFinite(given) || given < 0) return undefined;
  if (given < LARGEST_SECONDS) return given * 1_000;
  if (given < LARGEST_SECONDS * 1e3) return given;
  return given < LARGEST_SECONDS * 1e6 ? given / 1e3 : given / 1e6;
}

function offsetOf(zone: string): number {
  if (zone === "Z" || zone === "UTC") return 0;
  const sign = zone.startsWith("-") ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))) * 60_000;
}
