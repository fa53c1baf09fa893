/** Why recorded outcomes do not support thresholds, in sentences. */
import type { Calibrated, Calibration } from "./calibrate.ts";
import type { Setting } from "./search.ts";
import { cheaperSide, dollars, percent, share } from "./wording.ts";

/** With fewer outcomes, on either side, chance is most of what is seen. */
export const LEAST_ROWS = 100;
/** With fewer answers that are right, or wrong, a threshold is chosen by those few. */
const LEAST_OF_A_KIND = 10;

/** By so much a target may be missed, in quality and as a share of the cost: it is told, but no reason to refuse. */
const [LITTLE_QUALITY, LITTLE_COST] = [0.005, 0.01];

export function doubtsAbout(
  calibration: Omit<Calibration, "doubts">,
  isReached: boolean,
  frontier: readonly Setting[],
): string[] {
  const { fitted, heldOut, thresholds } = calibration;
  const gain = doubtsAboutGain(calibration);
  return [
    ...(Math.min(fitted, heldOut) < LEAST_ROWS
      ? [`there are ${fitted} outcomes to choose on and ${heldOut} held out: expected at least ${LEAST_ROWS} of each`]
      : []),
    ...(thresholds.length > 0 && thresholds.every(({ meaning }) => meaning === undefined)
      ? ["no outcome hangs on any of the numbers"]
      : []),
    ...thresholds.flatMap((each) => doubtsAboutThreshold(each, calibration.rows)),
    ...(isReached ? doubtsAboutTarget(calibration) : [unreached(calibration, frontier)]),
    ...(gain.length === 0 ? [] : [...thresholds.flatMap(weakness), ...gain]),
  ];
}

function doubtsAboutThreshold({ threshold, meaning }: Calibrated, { unknown }: Calibration["rows"]): string[] {
  const name = `\`${threshold.of}\``;
  const lacking = [...unknown.keys()].find((fact) => threshold.isGate && fact.endsWith(`.${threshold.of}`));
  if (meaning === undefined)
    return lacking === undefined ? [] : [`no outcome says \`${lacking}\`, which a gate asks for`];
  const { distinct, right, wrong } = meaning;
  const who = cheaperSide(meaning);
  if (distinct === 1) return [`${name} has the same value in all outcomes: no number tells them apart`];
  const few = Math.min(right, wrong);
  if (few < LEAST_OF_A_KIND)
    return [
      `of the ${meaning.fitted} outcomes to choose on, ${who} has ${few < right ? `${few} wrong` : `${few} right`}: expected at least ${LEAST_OF_A_KIND}`,
    ];
  return [];
}

/** Why nothing is gained, as far as the values that a number is compared with show it. */
function weakness({ threshold, meaning }: Calibrated): string[] {
  if (meaning === undefined || meaning.distinct === 1) return [];
  const [name, who] = [`\`${threshold.of}\``, cheaperSide(meaning)];
  if (meaning.auc.high < 0.5) return [`${name} points the wrong way: ${who} is wrong where it should be surest`];
  if (meaning.auc.low > 0.5) return [];
  return [`${name} does not surely tell where ${who} is right: it orders answers little better than chance`];
}

function unreached(
  { target, chosen, measures, rows, best }: Omit<Calibration, "doubts">,
  frontier: readonly Setting[],
): string {
  if (target.kind === "cost")
    return `the target is not reachable: the least cost of any numbers is ${dollars(chosen.cost)} a request`;
  const most = Math.max(...frontier.map(({ quality }) => quality));
  const single = measures.always[best]?.quality.value ?? 0;
  return `the target is not reachable: the best quality of any numbers is ${share(most)} (\`${rows.models[best]}\` alone has ${share(single)} on the outcomes held out)`;
}

function doubtsAboutTarget({ target, measures, fitted, heldOut }: Omit<Calibration, "doubts">): string[] {
  const { quality, cost } = measures.calibrated;
  // What is chosen by a sample misses by that sample's chance, too.
  const chance = Math.sqrt(1 + heldOut / fitted);
  const reaches = Math.max(quality.value + chance * (quality.high - quality.value), quality.value + LITTLE_QUALITY);
  if (target.kind === "quality" && reaches < target.least)
    return [
      `on the outcomes held out the target is missed by ${share(target.least - quality.value)}, which is more than chance explains`,
    ];
  const keeps = Math.min(cost.value - chance * (cost.value - cost.low), cost.value * (1 - LITTLE_COST));
  if (target.kind === "cost" && keeps > target.most)
    return [
      `on the outcomes held out a request costs ${dollars(cost.value - target.most)} more than the target, which is more than chance explains`,
    ];
  return [];
}

function doubtsAboutGain({ measures, rows }: Omit<Calibration, "doubts">): string[] {
  const { calibrated, gainAtRate, gainAtCost, always, shares } = measures;
  const only = shares.findIndex((each) => each > 1 - 1e-9);
  if (only >= 0) return [`nothing is gained: with these numbers \`${rows.models[only]}\` serves every request`];
  const interval = ({ low, high }: { low: number; high: number }): string => `from ${share(low)} to ${share(high)}`;
  if (!(gainAtRate.low > 0))
    return [`drawing lots at the same rate is as good: what is gained in quality lies ${interval(gainAtRate)}`];
  const dominating = always.findIndex(
    ({ quality, cost }) => cost.value <= calibrated.cost.value && quality.value >= calibrated.quality.value,
  );
  if (dominating >= 0) {
    const saved = 1 - (always[dominating]?.cost.value ?? 0) / calibrated.cost.value;
    return [
      `\`${rows.models[dominating]}\` alone is as good, and ${percent(saved)} cheaper: each request that goes on to it pays for both`,
    ];
  }
  if (!(gainAtCost.low > 0))
    return [
      `for the same cost, drawing lots between models is as good: what is gained in quality lies ${interval(gainAtCost)}`,
    ];
  return [];
}
