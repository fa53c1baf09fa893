/** The client's mistake: a request that cannot be read in its dialect. The message names the value and what was expected. */
export class DialectError extends Error {
  override readonly name = "DialectError";
  /** The parameter at fault, as a path: `messages[2].role`; empty where it is none alone. */
  readonly param: string;

  constructor(param: string, message: string) {
    super(message);
    this.param = param;
  }
}

/** A value of a wrong kind at `param`. */
export function wrong(param: string, expected: string, value: unknown): DialectError {
  return new DialectError(param, `\`${param}\` must be ${expected}, not ${described(value)}`);
}

/** A request that is nested more deeply than can be written. */
export function tooDeep(): never {
  throw new DialectError("", "the request is nested too deeply");
}

function described(value: unknown): string {
  if (value === undefined) return "left out";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value);
  return text.length <= 80 ? `\`${text}\`` : `a text of ${text.length} characters`;
}
