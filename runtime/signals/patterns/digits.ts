/** Runs of digits in groups, as people write long numbers. */

export interface Digits {
  /** The groups, from the first to the last of the run. */
  readonly groups: readonly string[];
  /** What stands before each group but the first. */
  readonly separators: readonly string[];
  /** The two characters before the run. */
  readonly before: string;
  /** The character after it. */
  readonly after: string;
}

/**
 * All runs of groups of digits that are separated by one of `separators`, a regular expression that matches at most a few
 * characters. Linear in the text: each run goes on where the one before it ended.
 */
export function digitRuns(text: string, separators: string): Digits[] {
  const run = new RegExp(`\\d+(?:(?:${separators})\\d+)*`, "g");
  return Array.from(text.matchAll(run), ({ 0: all, index }) => ({
    groups: all.match(/\d+/g) ?? [],
    separators: all.match(/\D+/g) ?? [],
    before: text.slice(Math.max(0, index - 2), index),
    after: text.slice(index + all.length, index + all.length + 1),
  }));
}
