/** Sets of regions of one attribute, as ascending disjoint ranges [first, last] that do not touch. */

export type Regions = readonly (readonly [first: number, last: number])[];

export const NONE: Regions = [];

export function all(count: number): Regions {
  return [[0, count - 1]];
}

/** From the regions' numbers, in any order. */
export function regionSet(numbers: Iterable<number>): Regions {
  const ranges: [number, number][] = [];
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}

export function size(set: Regions): number {
  let count = 0;
  for (const [first, last] of set) count += last - first + 1;
  return count;
}

export function intersect(a: Regions, b: Regions): Regions {
  const result: [number, number][] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const [aFirst, aLast] = a[i] as [number, number];
    const [bFirst, bLast] = b[j] as [number, number];
    const first = Math.max(aFirst, bFirst);
    const last = Math.min(aLast, bLast);
    if (first <= last) result.push([first, last]);
    if (aLast < bLast) i++;
    else j++;
  }
  return result;
}

/** How many regions the sets have in common. */
export function overlap(a: Regions, b: Regions): number {
  let count = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const [aFirst, aLast] = a[i] as [number, number];
    const [bFirst, bLast] = b[j] as [number, number];
    count += Math.max(0, Math.min(aLast, bLast) - Math.max(aFirst, bFirst) + 1);
    if (aLast < bLast) i++;
    else j++;
  }
  return count;
}

/** Whether the sets have no region in common. */
export function disjoint(a: Regions, b: Regions): boolean {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const [aFirst, aLast] = a[i] as [number, number];
    const [bFirst, bLast] = b[j] as [number, number];
    if (aFirst <= bLast && bFirst <= aLast) return false;
    if (aLast < bLast) i++;
    else j++;
  }
  return true;
}

/** What is in `a` and not in `b`. */
export function subtract(a: Regions, b: Regions): Regions {
  const result: [number, number][] = [];
  let j = 0;
  for (const [aFirst, aLast] of a) {
    let from = aFirst;
    while (j < b.length && (b[j] as [number, number])[1] < from) j++;
    for (let k = j; k < b.length && from <= aLast; k++) {
      const [bFirst, bLast] = b[k] as [number, number];
      if (bFirst > aLast) break;
      if (bFirst > from) result.push([from, bFirst - 1]);
      from = bLast + 1;
    }
    if (from <= aLast) result.push([from, aLast]);
  }
  return result;
}

export function isSubset(a: Regions, b: Regions): boolean {
  let j = 0;
  for (const [first, last] of a) {
    while (j < b.length && (b[j] as [number, number])[1] < first) j++;
    const range = b[j];
    if (range === undefined || range[0] > first || range[1] < last) return false;
  }
  return true;
}

export function union(a: Regions, b: Regions): Regions {
  const result: [number, number][] = [];
  for (const [first, last] of [...a, ...b].sort((x, y) => x[0] - y[0])) {
    const previous = result.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else result.push([first, last]);
  }
  return result;
}

/** The lower and the upper half of a set of at least two regions. */
export function halves(set: Regions): [Regions, Regions] {
  let left = size(set) >>> 1;
  const lower = set.flatMap(([first, last]): Regions => {
    const end = Math.min(last, first + left - 1);
    left -= end - first + 1;
    return end < first ? NONE : [[first, end]];
  });
  return [lower, subtract(set, lower)];
}
