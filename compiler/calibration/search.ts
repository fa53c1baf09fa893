/** Chooses the numbers of thresholds that meet a target on outcomes. */
import { FlatWays } from "./flat-ways.ts";
import { cutBetween, type Threshold } from "./thresholds.ts";
import { follow, testsOf, type Way } from "./ways.ts";

/** What is to be met: a mean quality at the least cost, or a mean cost (dollars a request) at the best quality. */
export type Target =
  | { readonly kind: "quality"; readonly least: number }
  | { readonly kind: "cost"; readonly most: number };

/** Numbers for the thresholds, and what comes of them on the outcomes. */
export interface Setting {
  readonly numbers: readonly number[];
  readonly quality: number;
  readonly cost: number;
}

export interface Found {
  /** The best of all that were tried; it may still miss the target. */
  readonly best: Setting;
  /** Those that no other beats in both, by rising cost. */
  readonly frontier: readonly Setting[];
  readonly tried: number;
  /** Whether every setting that makes a difference was tried. */
  readonly exhaustive: boolean;
}

/** Ways that are followed, over all settings. */
const MOST_WORK = 2e7;

/** Sums of doubles that should be equal differ by less. */
const NOTHING = 1e-9;

export function isMet(target: Target, { quality, cost }: Pick<Setting, "quality" | "cost">): boolean {
  return target.kind === "quality" ? quality >= target.least - NOTHING : cost <= target.most + NOTHING * target.most;
}

/**
 * Tries each number that tells two recorded values apart, of all thresholds together. Where that is too much, a grid of
 * values with equally many outcomes between them, and from the best of that each number of one threshold after another.
 */
export function search(ways: readonly Way[], thresholds: readonly Threshold[], target: Target): Found {
  const values = valuesIn(ways, thresholds.length);
  const all = thresholds.map((threshold, index) => cutsOf(threshold, values[index] ?? []));
  const settings = Math.max(1, Math.floor(MOST_WORK / Math.max(1, ways.length)));
  const whole = all.reduce((product, cuts) => product * cuts.length, 1);
  const exhaustive = whole <= settings;
  const share = exhaustive ? Number.POSITIVE_INFINITY : Math.max(2, Math.floor(settings ** (1 / thresholds.length)));
  const tried: Setting[] = [];
  const flat = new FlatWays(ways);
  const attempt = (numbers: readonly number[]): Setting => {
    const setting = { numbers, ...flat.means(thresholds, numbers) };
    tried.push(setting);
    return setting;
  };
  const better = betterBy(target, thresholds);
  let best: Setting | undefined;
  for (const numbers of product(all.map((cuts, index) => thinned(cuts, values[index] ?? [], share)))) {
    const setting = attempt(numbers);
    if (best === undefined || better(setting, best)) best = setting;
  }
  if (best === undefined) throw new Error("a threshold has no number");
  if (!exhaustive)
    best = refined(
      best,
      all.map((cuts, index) => thinned(cuts, values[index] ?? [], settings)),
      attempt,
      better,
    );
  return { best, frontier: frontierOf(tried), tried: tried.length, exhaustive };
}

/** What is compared with each threshold, in ascending order, each as often as it is. */
function valuesIn(ways: readonly Way[], thresholds: number): number[][] {
  const values = Array.from({ length: thresholds }, (): number[] => []);
  for (const way of ways) for (const { threshold, value } of testsOf(way)) values[threshold]?.push(value);
  return values.map((each) => each.sort((a, b) => a - b));
}

/** A number for each division of the values in two, the one in the policy for that which it makes. In ascending order. */
function cutsOf(threshold: Threshold, ascending: readonly number[]): number[] {
  const distinct = [...new Set(ascending)];
  const upper = threshold.op === ">=" || threshold.op === "<";
  const above = distinct.findIndex((value) => (upper ? value >= threshold.value : value > threshold.value));
  const own = above < 0 ? distinct.length : above;
  return Array.from({ length: distinct.length + 1 }, (_, index) =>
    index === own ? threshold.value : cutBetween(threshold, distinct[index - 1], distinct[index]),
  ).filter((cut) => cut !== undefined);
}

/** At most so many of the numbers: the ends, and between them those with equally many values between each other. */
function thinned(cuts: readonly number[], ascending: readonly number[], most: number): readonly number[] {
  if (cuts.length <= most) return cuts;
  const kept = new Set([cuts[0], cuts.at(-1)]);
  for (let part = 1; part < most - 1; part++) {
    const value = ascending[Math.floor((part * ascending.length) / (most - 1))] as number;
    kept.add(cuts.find((cut) => cut >= value));
  }
  return cuts.filter((cut) => kept.has(cut));
}

function* product(lists: readonly (readonly number[])[]): Generator<number[]> {
  const [first, ...rest] = lists;
  if (first === undefined) yield [];
  else for (const number of first) for (const others of product(rest)) yield [number, ...others];
}

/** What comes of one setting, way by way. */
export function settingOf(ways: readonly Way[], thresholds: readonly Threshold[], numbers: readonly number[]): Setting {
  let [quality, cost] = [0, 0];
  for (const way of ways)
    follow(way, thresholds, numbers, (end, share) => {
      quality += share * end.quality;
      cost += share * end.cost;
    });
  return { numbers, quality: quality / ways.length, cost: cost / ways.length };
}

/** Meets the target sooner, then is better in what is to be made good; of equals that with more of the policy's own numbers. */
function betterBy(target: Target, thresholds: readonly Threshold[]): (a: Setting, b: Setting) => boolean {
  const kept = ({ numbers }: Setting): number => numbers.filter((number, i) => number === thresholds[i]?.value).length;
  const ranks = (setting: Setting): readonly number[] => {
    const { quality, cost } = setting;
    const met = isMet(target, setting);
    const byQuality = met === (target.kind === "cost");
    return [Number(met), ...(byQuality ? [quality, -cost] : [-cost, quality]), kept(setting)];
  };
  return (a, b) => {
    const [left, right] = [ranks(a), ranks(b)];
    const at = left.findIndex((each, i) => Math.abs(each - (right[i] as number)) > NOTHING * Math.abs(each));
    return at >= 0 && (left[at] as number) > (right[at] as number);
  };
}

/** One threshold after another, until none of them has a better number. */
function refined(
  from: Setting,
  all: readonly (readonly number[])[],
  attempt: (numbers: readonly number[]) => Setting,
  better: (a: Setting, b: Setting) => boolean,
): Setting {
  let best = from;
  for (let before: Setting | undefined; before !== best; ) {
    before = best;
    for (const [index, cuts] of all.entries())
      for (const cut of cuts) {
        const setting = attempt(best.numbers.with(index, cut));
        if (better(setting, best)) best = setting;
      }
  }
  return best;
}

function frontierOf(settings: readonly Setting[]): Setting[] {
  const frontier: Setting[] = [];
  for (const setting of settings.toSorted((a, b) => a.cost - b.cost || b.quality - a.quality))
    if (setting.quality > (frontier.at(-1)?.quality ?? Number.NEGATIVE_INFINITY) + NOTHING) frontier.push(setting);
  return frontier;
}
