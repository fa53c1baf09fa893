/** Chooses thresholds from recorded outcomes on one part of them, and says on the rest how good they are. */
import { seeded, shuffled } from "../../runtime/signals/training/random.ts";
import { type DecisionTable, load } from "../../runtime/table/index.ts";
import type { Program } from "../program/program.ts";
import { doubtsAbout, LEAST_ROWS } from "./doubts.ts";
import { type Meaning, meaningOf } from "./meaning.ts";
import { type Measures, measure, type Row } from "./measures.ts";
import type { Records } from "./records.ts";
import { type Rows, readRows } from "./rows.ts";
import { type Found, isMet, type Setting, search, settingOf, type Target } from "./search.ts";
import { type Threshold, thresholdsOf } from "./thresholds.ts";

/** What is wanted: a mean quality, as a number or as a share of that of always asking the strong model; or a mean cost. */
export type Wanted =
  | { readonly kind: "quality"; readonly least: number; readonly isShare: boolean }
  | { readonly kind: "cost"; readonly most: number };

export interface CalibrateOptions {
  readonly wanted: Wanted;
  /** A name of the route; needed where several have thresholds. */
  readonly route: string | undefined;
  /** Facts and signals whose thresholds are calibrated; undefined where all are. */
  readonly only: readonly string[] | undefined;
  /** What the outcomes call a model, by the policy's name. */
  readonly names: ReadonlyMap<string, string>;
  /** The model of "always strong"; the dearest where it is not said. */
  readonly strong: string | undefined;
  /** The share of outcomes that thresholds are not chosen on. */
  readonly heldOut: number;
  readonly seed: number;
}

/** A threshold, the number that was chosen for it, and what its values mean. */
export interface Calibrated {
  readonly threshold: Threshold;
  readonly number: number;
  readonly meaning: Meaning | undefined;
}

export interface Calibration {
  readonly route: string;
  readonly target: Target;
  readonly wanted: Wanted;
  /** Records in the file, and what became of them. */
  readonly records: number;
  readonly rows: Omit<Rows, "all">;
  readonly fitted: number;
  readonly heldOut: number;
  readonly seed: number;
  readonly thresholds: readonly Calibrated[];
  readonly search: Pick<Found, "tried" | "exhaustive">;
  /** On the outcomes that the numbers were chosen on. */
  readonly chosen: Setting;
  readonly measures: Measures;
  /** Indices into `rows.models`: the model of highest quality on the part that was chosen on, and the strong one. */
  readonly best: number;
  readonly strong: number;
  /** Settings that no other beat on the part that they were chosen on, measured on the rest. */
  readonly frontier: readonly Setting[];
  /** Why the data do not support these numbers; empty where they do. */
  readonly doubts: readonly string[];
}

/** The question makes no sense for this policy: the fault is in how it was asked. */
export class CalibrateError extends Error {
  override readonly name = "CalibrateError";
}

/** The data cannot answer the question at all: nothing was measured. */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
  readonly rows: Omit<Rows, "all"> | undefined;
  constructor(message: string, rows?: Omit<Rows, "all">) {
    super(message);
    this.rows = rows;
  }
}

/** With fewer outcomes on a side there are no figures worth showing. */
const LEAST_MEASURED = 10;

/**
 * @throws CalibrateError where there is nothing to calibrate
 * @throws UnsupportedError where no figure can be had
 * @throws OutcomesError where the records are not what they must be
 */
export function calibrate(
  { program, table }: { readonly program: Program; readonly table: DecisionTable },
  records: Records,
  options: CalibrateOptions,
): Calibration {
  const { wanted, names, seed } = options;
  const { route, thresholds } = routeToCalibrate(program, options);
  checkNames(program, names, records);
  const read = readRows(records, { program, policy: load(table), route, thresholds, names });
  const { all, ...rows } = read;
  if (all.length === 0)
    throw new UnsupportedError("no outcome comes to a gate or a signal with all that it needs", rows);
  const [fit, held] = split(all, options.heldOut, seed);
  if (Math.min(fit.length, held.length) < LEAST_MEASURED)
    throw new UnsupportedError(
      `there are ${all.length} outcomes to go by: expected at least ${LEAST_ROWS} to choose on and ${LEAST_ROWS} held out`,
      rows,
    );

  const singles = rows.models.map((_, index) => meanOf(fit, index));
  const strong = strongOf(rows.models, singles, options.strong);
  const target: Target =
    wanted.kind === "cost"
      ? wanted
      : { kind: "quality", least: wanted.isShare ? wanted.least * (singles[strong]?.quality ?? 0) : wanted.least };
  const found = search(
    fit.map(({ way }) => way),
    thresholds.all,
    target,
  );
  const { numbers } = found.best;
  const calibrated = thresholds.all.map((threshold, index) => ({
    threshold,
    number: numbers[index] as number,
    meaning: meaningOf(index, thresholds.all, numbers, fit, held, seed),
  }));
  const heldWays = held.map(({ way }) => way);
  const calibration = {
    route: route.names[0] ?? "",
    target,
    wanted,
    records: records.all.length,
    rows,
    fitted: fit.length,
    heldOut: held.length,
    seed,
    thresholds: calibrated,
    search: { tried: found.tried, exhaustive: found.exhaustive },
    chosen: found.best,
    measures: measure(held, rows.models, thresholds.all, numbers, seed),
    best: singles.reduce((best, each, index) => (isBetter(each, singles[best]) ? index : best), 0),
    strong,
    frontier: thinned(found.frontier).map((setting) => settingOf(heldWays, thresholds.all, setting.numbers)),
  };
  return { ...calibration, doubts: doubtsAbout(calibration, isMet(target, found.best), found.frontier) };
}

function routeToCalibrate(program: Program, { route: name, only }: CalibrateOptions) {
  const known = program.routes.map((route) => ({ route, thresholds: thresholdsOf(program, route, only) }));
  const given = name === undefined ? undefined : known.find(({ route }) => route.names.includes(name));
  if (name !== undefined && given === undefined)
    throw new CalibrateError(
      `the policy has no route \`${name}\`: expected ${listed(known.map(({ route }) => route.names[0] ?? ""))}`,
    );
  const all = new Set(known.flatMap(({ route }) => thresholdsOf(program, route, undefined).all.map(({ of }) => of)));
  const unknown = only?.find((each) => !all.has(each));
  if (unknown !== undefined)
    throw new CalibrateError(
      `no threshold is of \`${unknown}\`${all.size === 0 ? "" : `: expected ${listed([...all])}`}`,
    );
  const having = given === undefined ? known.filter(({ thresholds }) => thresholds.asks) : [given];
  const [first, second] = having;
  if (first === undefined || !first.thresholds.asks)
    throw new CalibrateError(
      `${given === undefined ? "the policy" : `route \`${name}\``} has no gate and no signal: expected a gate such as \`accept when confidence >= 0.8\`, or a rule that compares a signal with a number`,
    );
  if (second !== undefined)
    throw new CalibrateError(
      `several routes have gates or signals: say which with \`--route\`: ${listed(having.map(({ route }) => route.names[0] ?? ""))}`,
    );
  return first;
}

/** A name that no column begins with is a mistake of whoever wrote it. */
function checkNames(program: Program, names: ReadonlyMap<string, string>, { columns }: Records): void {
  const models = program.models.map(({ facts }) => facts.name);
  for (const [model, called] of names) {
    if (!models.includes(model))
      throw new CalibrateError(`the policy has no model \`${model}\`: expected ${listed(models)}`);
    if (!columns.some((column) => column.replace(/^(models|outcomes)\./, "").startsWith(called)))
      throw new CalibrateError(`no column begins with \`${called}\`: there are ${listed(columns)}`);
  }
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

/** By chance, requests of one prompt on one side: what was chosen on is not what it is measured on. */
function split<R extends Row & { readonly prompt: string | undefined }>(
  rows: readonly R[],
  share: number,
  seed: number,
): [R[], R[]] {
  const keyOf = ({ prompt, line }: R): string => (prompt === undefined ? `line ${line}` : `prompt ${prompt}`);
  const groups = shuffled([...Map.groupBy(rows, keyOf).values()], seeded(seed));
  const held = new Set<R>();
  for (const group of groups) {
    if (held.size >= share * rows.length) break;
    for (const row of group) held.add(row);
  }
  return [rows.filter((row) => !held.has(row)), rows.filter((row) => held.has(row))];
}

interface Single {
  readonly quality: number;
  readonly cost: number;
}

function meanOf(rows: readonly Row[], model: number): Single {
  let [quality, cost] = [0, 0];
  for (const { answers } of rows) {
    quality += answers[model]?.quality ?? 0;
    cost += answers[model]?.cost ?? 0;
  }
  return { quality: quality / rows.length, cost: cost / rows.length };
}

function isBetter(a: Single, b: Single | undefined): boolean {
  return b === undefined || a.quality > b.quality || (a.quality === b.quality && a.cost < b.cost);
}

function strongOf(models: readonly string[], singles: readonly Single[], named: string | undefined): number {
  if (named === undefined)
    return singles.reduce((most, { cost }, index) => (cost > (singles[most]?.cost ?? 0) ? index : most), 0);
  const index = models.indexOf(named);
  if (index >= 0) return index;
  throw new CalibrateError(
    `no request that comes to a gate or a signal is served by \`${named}\`: expected ${listed(models)}`,
  );
}

/** Points of a curve that is drawn. */
const MOST_POINTS = 100;

function thinned<T>(all: readonly T[]): readonly T[] {
  if (all.length <= MOST_POINTS) return all;
  return Array.from(
    { length: MOST_POINTS },
    (_, i) => all[Math.round((i * (all.length - 1)) / (MOST_POINTS - 1))] as T,
  );
}
