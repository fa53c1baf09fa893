/** A regular expression that cannot be had: where in its source, in code units, and why. */
export class RegexError extends Error {
  readonly offset: number;
  readonly length: number;

  constructor(offset: number, length: number, message: string) {
    super(message);
    this.offset = offset;
    this.length = length;
  }
}
