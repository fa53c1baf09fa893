/** Reads a decision log. */
import type { DecisionLine } from "./decision-log.generated.ts";
import validate from "./validate-line.generated.js";

/** A line is no decision. The message says where, and what is wrong with it. */
export class LogLineError extends Error {
  override readonly name = "LogLineError";
}

/** The decision that `line` tells of. `place` says where it stands, such as `log.jsonl:3`. Throws `LogLineError`. */
export function readLine(line: string, place: string): DecisionLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new LogLineError(`${place}: \`${excerpt(line)}\` is not JSON, expected a line of a decision log`);
  }
  return checkLine(value, place);
}

/** The same of a line that is parsed. Throws `LogLineError`. */
export function checkLine(value: unknown, place: string): DecisionLine {
  if (!validate(value)) {
    const [error] = validate.errors ?? [];
    throw new LogLineError(`${place}: ${error?.instancePath || "the line"} ${error?.message ?? "is no decision"}`);
  }
  return value as DecisionLine;
}

function excerpt(line: string): string {
  return line.length <= 40 ? line : `${line.slice(0, 40)}…`;
}
