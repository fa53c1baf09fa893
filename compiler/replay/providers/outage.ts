/** When providers are down: `openai@12:00-12:30`, or `openai@2026-03-02T12:00/2026-03-02T12:30=rate_limited`. */
import { type Failure, zonedTime } from "../../../runtime/table/index.ts";
import { timeOf } from "../traffic/time.ts";
import { isFailure, StatedError } from "./stated.ts";

export interface Outage {
  /** As written. */
  readonly text: string;
  /** The provider or model that is down. */
  readonly of: string;
  readonly failure: Failure;
  /** Whether it lasts at a time, in milliseconds since the epoch. */
  covers(time: number): boolean;
}

const FORM = /^([^@]+)@(\d\d:\d\d)-(\d\d:\d\d)(?:=(\w+))?$/;
const DATED = /^([^@]+)@([^/=]+)\/([^/=]+?)(?:=(\w+))?$/;
const EXPECTED =
  "expected `provider@12:00-12:30`, or `provider@2026-03-02T12:00/2026-03-02T12:30`, and `=failure` behind it";

/** Times of day are those of `zone`, on every day; others are in UTC where they say no zone. Throws `StatedError`. */
export function readOutage(text: string, names: readonly string[], zone: string): Outage {
  const [daily, dated] = [FORM.exec(text), DATED.exec(text)];
  const [, of = "", from = "", to = "", failure = "unreachable"] = daily ?? dated ?? [];
  if (of === "") throw new StatedError(`\`${text}\` is no outage: ${EXPECTED}`);
  if (!names.includes(of))
    throw new StatedError(`\`${of}\` of \`${text}\` is no provider and no model: expected ${names.join(", ")}`);
  if (!isFailure(failure)) throw new StatedError(`\`${failure}\` of \`${text}\` is no failure`);
  return { text, of, failure, covers: daily === null ? spanOf(from, to, text) : dailyOf(from, to, zone, text) };
}

function spanOf(from: string, to: string, text: string): Outage["covers"] {
  const [first, last] = [timeOf(from), timeOf(to)];
  if (first === undefined || last === undefined || first >= last)
    throw new StatedError(`\`${text}\` is no outage: ${EXPECTED}`);
  return (time) => time >= first && time < last;
}

/** One that goes over midnight ends before it begins. */
function dailyOf(from: string, to: string, zone: string, text: string): Outage["covers"] {
  const [first, last] = [minutesOf(from), minutesOf(to)];
  if (first === undefined || last === undefined || first === last)
    throw new StatedError(`\`${text}\` is no outage: ${EXPECTED}`);
  const timeIn = zonedTime(zone);
  return (time) => {
    const { hour, minute } = timeIn(time);
    const at = hour * 60 + minute;
    return first < last ? at >= first && at < last : at >= first || at < last;
  };
}

function minutesOf(time: string): number | undefined {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  const is24 = hour === 24 && minute === 0;
  return is24 || (hour < 24 && minute < 60) ? hour * 60 + minute : undefined;
}
