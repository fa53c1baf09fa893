/** What a calibration found, as text and as JSON. */
import { lineIndex } from "../diagnostics/position.ts";
import type { Measured } from "./bootstrap.ts";
import type { Calibrated, Calibration } from "./calibrate.ts";
import type { Rows } from "./rows.ts";
import { isMet } from "./search.ts";
import { cheaperSide, counted, dollars, literal, percent, share, within } from "./wording.ts";

/** How a file of the program is called where the report is read. */
export type Here = (file: string) => string;

/** A way of answering all requests, and how it does on the outcomes held out. */
export interface Standing {
  readonly name: string;
  readonly quality: Measured;
  readonly cost: Measured;
  /** What the others are held against. */
  readonly note: string;
}

/** The policy, and what it is held against. */
export function standingsOf(calibration: Calibration): Standing[] {
  const { measures, best, strong } = calibration;
  const { models } = calibration.rows;
  const { calibrated, written, randomAtRate, randomAtCost, always, oracle, shares } = measures;
  const served = models.flatMap((model, i) => ((shares[i] ?? 0) > 0 ? [`${model} ${percent(shares[i] ?? 0)}`] : []));
  const own: Standing[] =
    calibration.thresholds.length === 0
      ? [{ name: "as written", ...written, note: served.join(", ") }]
      : [
          { name: "as calibrated", ...calibrated, note: served.join(", ") },
          { name: "as written", ...written, note: "the numbers in the policy now" },
        ];
  return [
    ...own,
    { name: "random at the same rate", ...randomAtRate, note: "lots, as many to each model" },
    { name: "random at the same cost", quality: randomAtCost, cost: calibrated.cost, note: "lots, for the same money" },
    ...always.map((point, index) => ({
      name: `always ${models[index]}`,
      ...point,
      note: titlesOf(index, best, strong),
    })),
    { name: "oracle", ...oracle, note: "the cheapest that is right" },
  ];
}

function titlesOf(index: number, best: number, strong: number): string {
  return [...(index === best ? ["best single model"] : []), ...(index === strong ? ["always strong"] : [])].join(", ");
}

export function renderCalibration(calibration: Calibration, here: Here): string {
  const { doubts, rows, fitted, heldOut, seed, search, thresholds, measures } = calibration;
  const standings = standingsOf(calibration);
  return [
    `route \`${calibration.route}\`: ${goalText(calibration)}`,
    `${counted(calibration.records, "outcome")}: ${fitted} to choose on, ${heldOut} held out (seed ${seed})`,
    ...remarks(rows),
    "",
    thresholds.length === 0
      ? "there is no number to choose: the gates and signals are measured as they are written"
      : `thresholds${search.exhaustive ? "" : ` (of too many settings ${search.tried.toLocaleString("en-US")} were tried)`}`,
    ...thresholds.flatMap((each) => thresholdLines(each, here)),
    "",
    "on the outcomes held out (in brackets, where 95 in 100 bootstrap samples lie)",
    ...table([
      ["", "quality", "dollars a request", ""],
      ...standings.map(({ name, quality, cost, note }) => [name, within(quality, share), within(cost, dollars), note]),
    ]),
    "",
    `better than random at the same rate by ${within(measures.gainAtRate, share)}, at the same cost by ${within(measures.gainAtCost, share)}`,
    ...(doubts.length === 0
      ? []
      : ["", "the outcomes do not support these numbers:", ...doubts.map((each) => `  ${each}`)]),
    "",
  ].join("\n");
}

/** For screen readers: no columns, one figure after another. */
export function renderPlainCalibration(calibration: Calibration, here: Here): string {
  const { doubts, rows, fitted, heldOut, seed, thresholds, measures } = calibration;
  const plainly = ({ value, low, high }: Measured, told: (value: number) => string): string =>
    `${told(value)}, from ${told(low)} to ${told(high)}`;
  return [
    `route ${calibration.route}: ${goalText(calibration)}`,
    `${counted(calibration.records, "outcome")}: ${fitted} to choose on, ${heldOut} held out, seed ${seed}`,
    ...remarks(rows),
    ...thresholds.flatMap((each) => thresholdLines(each, here).map((line) => line.trim())),
    ...standingsOf(calibration).map(
      ({ name, quality, cost, note }) =>
        `${name}${note === "" ? "" : ` (${note})`}: quality ${plainly(quality, share)}; cost ${plainly(cost, dollars)} a request`,
    ),
    `better than random at the same rate by ${plainly(measures.gainAtRate, share)}`,
    `better than random at the same cost by ${plainly(measures.gainAtCost, share)}`,
    ...missed(calibration),
    ...doubts.map((doubt) => `doubt: ${doubt}`),
    "",
  ].join("\n");
}

/** A target that is met where the numbers were chosen may be missed a little elsewhere. */
export function missed({ target, measures: { calibrated }, thresholds, chosen }: Calibration): string[] {
  const short =
    target.kind === "quality" ? target.least - calibrated.quality.value : calibrated.cost.value - target.most;
  if (!(short > 0) || thresholds.length === 0 || !isMet(target, chosen)) return [];
  return [
    target.kind === "quality"
      ? `the quality is ${share(short)} below the target there: ask for a little more if it must be met`
      : `a request costs ${dollars(short)} more than the target there: ask for a little less if it must be met`,
  ];
}

export function goalText({ wanted, target }: Pick<Calibration, "wanted" | "target">): string {
  if (target.kind === "cost") return `the best quality for at most ${dollars(target.most)} a request`;
  const relative = wanted.kind === "quality" && wanted.isShare;
  return `the least cost with a quality of at least ${share(target.least)}${relative ? ` (${percent(wanted.least)} of always strong)` : ""}`;
}

/** What became of the outcomes that are not in the figures, and of what they did not say. */
export function remarks({
  leftOut,
  untouched,
  unknown,
  defaulted,
  computed,
  costs,
  unused,
}: Omit<Rows, "all">): string[] {
  const estimated = costs.filter(({ from }) => from !== "recorded");
  return [
    ...leftOut.map(({ why, rows, line }) => `left out: ${counted(rows, "outcome")}, first line ${line}: ${why}`),
    ...(untouched > 0
      ? [`not counted: ${counted(untouched, "outcome")} that the policy decides without a gate or a signal`]
      : []),
    ...[...unknown].map(
      ([name, rows]) => `\`${name}\` is not known of ${counted(rows, "answer")}: such a gate does not accept`,
    ),
    ...[...defaulted].map(
      ([name, rows]) => `\`${name}\` is not said of ${counted(rows, "outcome")}: it has its default, or its \`else\``,
    ),
    ...computed.map((name) => `signal \`${name}\` is computed here, from the prompt`),
    ...estimated.map(
      ({ model, from, rows }) =>
        `cost of ${counted(rows, "answer")} of \`${model}\`: the policy's price for ${from === "tokens" ? "the recorded tokens" : "tokens estimated at 4 bytes each"}`,
    ),
    ...(unused.length > 0 ? [`columns not used: ${unused.join(", ")}`] : []),
  ];
}

export function placeOf({ threshold }: Calibrated, here: Here): string {
  const { file, literal: span } = threshold;
  return `${here(file.name)}:${lineIndex(file.text).position(span.start).line + 1}`;
}

function rangeOf({ file, literal: { start, end } }: Calibrated["threshold"]): object {
  const lines = lineIndex(file.text);
  return { start: lines.position(start), end: lines.position(end) };
}

/** The comparison as written, and the number that it gets. */
export function changeOf({ threshold, number }: Calibrated): string {
  const { file, comparison, value } = threshold;
  const written = file.text.slice(comparison.start, comparison.end);
  return number === value ? `${written} stays` : `${written} becomes ${literal(threshold, number)}`;
}

function thresholdLines(calibrated: Calibrated, here: Here): string[] {
  const { threshold, number, meaning } = calibrated;
  const first = `  ${placeOf(calibrated, here)}: ${changeOf(calibrated)}`;
  if (meaning === undefined) return [`${first}: no outcome hangs on it`];
  const { share: part, rightThere, rightElsewhere, auc, scaling, error, errorUnscaled, chanceAt } = meaning;
  const side = cheaperSide(meaning);
  const does = threshold.isGate ? "accepts" : "sends";
  const method = scaling.method === "platt" ? "Platt scaling" : "isotonic regression";
  return [
    first,
    `    ${does} ${percent(part)} ${threshold.isGate ? "from" : "to"} ${side}, which is right on ${share(rightThere)} of these and would be on ${share(rightElsewhere)} of the rest`,
    `    at ${literal(threshold, number)} ${side} is right with a chance of ${share(chanceAt)} (${method} on ${counted(scaling.samples, "answer")}; calibration error ${share(error)}${errorUnscaled === undefined ? "" : `, as recorded ${share(errorUnscaled)}`})`,
    `    tells right answers from wrong ones with an area under the ROC curve of ${within(auc, share)}`,
  ];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}

/** As `remarks`. */
export function remarksJson(rows: Omit<Rows, "all">): object {
  return {
    untouched: rows.untouched,
    left_out: rows.leftOut,
    unknown: Object.fromEntries(rows.unknown),
    defaulted: Object.fromEntries(rows.defaulted),
    computed_signals: rows.computed,
    costs: rows.costs,
    unused_columns: rows.unused,
  };
}

/** As `--format json` has it: costs in dollars a request, shares from 0 to 1. */
export function calibrationJson(calibration: Calibration, here: Here): object {
  const { wanted, target, thresholds, measures, best, strong, rows } = calibration;
  const { models } = rows;
  return {
    format: 1,
    route: calibration.route,
    target: { ...wanted, ...target },
    outcomes: {
      all: calibration.records,
      fitted: calibration.fitted,
      held_out: calibration.heldOut,
      ...remarksJson(rows),
    },
    seed: calibration.seed,
    settings: calibration.search,
    thresholds: thresholds.map(({ threshold, number, meaning }) => ({
      of: threshold.of,
      op: threshold.op,
      file: here(threshold.file.name),
      range: rangeOf(threshold),
      before: threshold.value,
      after: number,
      text: literal(threshold, number),
      ...(meaning && {
        cheaper: meaning.cheaper,
        share: meaning.share,
        right_there: meaning.rightThere,
        right_elsewhere: meaning.rightElsewhere,
        auc: meaning.auc,
        scaling: { method: meaning.scaling.method, samples: meaning.scaling.samples },
        chance_at: meaning.chanceAt,
        calibration_error: meaning.error,
        calibration_error_unscaled: meaning.errorUnscaled,
      }),
    })),
    fitted: { quality: calibration.chosen.quality, cost: calibration.chosen.cost },
    held_out: {
      calibrated: {
        ...measures.calibrated,
        shares: Object.fromEntries(models.map((name, i) => [name, measures.shares[i]])),
      },
      written: measures.written,
      random_at_rate: measures.randomAtRate,
      random_at_cost: { quality: measures.randomAtCost, cost: measures.calibrated.cost },
      always: Object.fromEntries(models.map((name, i) => [name, measures.always[i]])),
      best_single: models[best],
      strong: models[strong],
      oracle: measures.oracle,
      gain_at_rate: measures.gainAtRate,
      gain_at_cost: measures.gainAtCost,
    },
    frontier: calibration.frontier,
    doubts: calibration.doubts,
  };
}
