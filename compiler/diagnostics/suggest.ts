/** What a person probably meant to write. */

/**
 * The candidate nearest to `word`, or undefined when none is near enough to be what was meant. Near is at most one
 * edit for every three letters of the longer one and never more than three; case is not an edit. Of equally near ones
 * the first is taken. Where none is near, the only one that is a part of the word, or has it as a part, is taken:
 * `boolean` for `bool`, `api_key` for `key`.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  return mistyped(word, all) ?? partOf(word, all);
}

function mistyped(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  let limit = 3;
  let best: string | undefined;
  for (const candidate of candidates) {
    if (candidate === word) continue;
    const near = Math.min(limit, Math.floor(Math.max(word.length, candidate.length) / 3));
    const distance = editDistance(wanted, candidate.toLowerCase(), near);
    if (distance > near) continue;
    best = candidate;
    limit = distance - 1;
    if (limit < 0) break;
  }
  return best;
}

function partOf(word: string, candidates: readonly string[]): string | undefined {
  const [only, another] = candidates.filter((each) => each !== word && (hasPart(word, each) || hasPart(each, word)));
  return another === undefined ? only : undefined;
}

/** Whether a part is the first half of a word, or more of it, or stands in it between `_`, `-`, `.` and `/`. */
function hasPart(word: string, part: string): boolean {
  const whole = word.toLowerCase();
  const sought = part.toLowerCase();
  if (sought.length < 3) return false;
  const begins = whole.startsWith(sought) && sought.length * 2 >= whole.length;
  return begins || whole.split(/[_./-]/).includes(sought);
}

/**
 * How many insertions, deletions, replacements and swaps of neighbours lead from `a` to `b`: the optimal string
 * alignment form of the Damerau-Levenshtein distance (Boytsov 2011, section 2.1). Anything above `limit` comes back as
 * `limit + 1`, as soon as that is known.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replaced, at(last, j) + 1, at(row, j - 1) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, at(beforeLast, j - 2) + 1);
      }
      row.push(least);
    }
    // A swap reaches back two rows, so one row above the limit does not settle it: two in a row do.
    if (Math.min(...row) > limit && Math.min(...last) > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return Math.min(at(last, b.length), limit + 1);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
