/** A request that came once, as far as it was recorded. */
import type { Failure } from "../../../runtime/table/index.ts";

export interface Arrival {
  /** Where it stands in the file, from 1. */
  readonly line: number;
  /** Milliseconds since the epoch. */
  readonly time: number | undefined;
  /** The model asked for, which names the route. */
  readonly model: string | undefined;
  /** By name, as JSON has them: money in dollars, durations in milliseconds. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly signals: Readonly<Record<string, unknown>>;
  /** Attributes and signals by name, as headers have them. */
  readonly texts: Readonly<Record<string, string>>;
  /** Dollars that computing signals cost, by signal. */
  readonly signalCosts?: Readonly<Record<string, number>>;
  /** Tokens of the prompt and of the answer. */
  readonly input: number | undefined;
  readonly output: number | undefined;
  /** The calls for its answer, in order. */
  readonly calls: readonly RecordedCall[];
  /** Equal requests have the same one. */
  readonly identity: string;
}

/** What a call of a model came to. */
export interface RecordedCall {
  /** The policy's name of the model, or the provider's. */
  readonly model: string;
  readonly failure: Failure | undefined;
  /** Milliseconds to the first content, and to the end. */
  readonly first: number | undefined;
  readonly ms: number;
  readonly input: number | undefined;
  readonly output: number | undefined;
  /** It answered, and a gate wanted another answer. */
  readonly declined: boolean;
}

/** A line is no request. The message says why, without the place. */
export class LineError extends Error {
  override readonly name = "LineError";
}

/** Reads a line; undefined where it tells of a request that came to no decision. Throws `LineError`. */
export type LineReader = (text: string, line: number) => Arrival | undefined;

/** What stands for what a line does not say, or in place of what it says. */
export interface Mapping {
  /** Values of all requests, by name: as headers have them. */
  readonly set: ReadonlyMap<string, string>;
  /** Where a value stands, by name: a column of a CSV file, or a JSON pointer into a line. */
  readonly columns: ReadonlyMap<string, string>;
}

/** Names of a mapping that are no attribute and no signal. */
export const FIELDS = ["time", "model", "input", "output"] as const;

/** Tokens, as a file has them. Throws `LineError`. */
export function tokensOf(what: string, given: unknown): number | undefined {
  if (given === undefined || given === null || given === "") return undefined;
  const value = typeof given === "number" ? given : Number(given);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new LineError(`${what} is \`${shown(given)}\`: expected a number of tokens`);
}

/** A value in a message: its beginning where it is long. */
export function shown(given: unknown): string {
  const text = typeof given === "string" ? given : JSON.stringify(given);
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}
