/** What a program's tests reached: rules, both outcomes of each comparison and gate, steps of plans. */
import { ownerOf, placeOfPlan, placeOfRule, type Trace } from "../../runtime/simulation/index.ts";
import type { Expression } from "../../runtime/table/artifact.ts";
import { type Analysis, requestsOf } from "../analysis/analyse.ts";
import { BoxIndex } from "../analysis/box-index.ts";
import { type Box, boxesOf, type Space, TooManyBoxes, within } from "../analysis/boxes.ts";
import { NotDecided, uncovered } from "../analysis/cover.ts";
import type { Place } from "../diagnostics/index.ts";
import type { Program, Route } from "../program/program.ts";
import { lookedAt, outcomesOf, type WrittenAt, writtenAt } from "./comparisons.ts";
import { keyOf, writtenComparisons, writtenSteps } from "./written-tree.ts";

/** Something that a test can reach. */
export interface Goal extends Place {
  /** Unique in its program. */
  readonly key: string;
  /** Both outcomes of a comparison and of a gate are goals. */
  readonly kind: "rule" | "comparison" | "step" | "gate";
  readonly outcome: boolean | undefined;
  /** Times that tests reached it. */
  readonly hits: number;
  /** Proved: no request at all comes to it. Such goals are not counted. */
  readonly impossible: boolean;
}

/** What the goals of a program are, and which of them a trace reaches. */
export interface Goals {
  readonly all: readonly Omit<Goal, "hits">[];
  /** The keys of the goals that a request reached. */
  reachedBy(trace: Trace): ReadonlySet<string>;
  /** The requests of a rule or of a comparison's outcome, in each of the rules where it is looked at. */
  requestsOf(key: string): readonly Wanted[];
  keyOfRule(route: Route, rule: number): string;
  /** The keys of the steps and gates of a rule, `expressions` being its own with those of the plans that it runs. */
  stepsWithin(route: Route, rule: number, expressions: readonly Expression[]): readonly string[];
}

/** Requests that come to a rule: all in `box`, which is what of `of` none of the earlier rules' boxes `before` takes. */
export interface Wanted {
  readonly route: Route;
  readonly rule: number;
  readonly box: Box;
  readonly of: Box;
  readonly before: readonly Box[];
}

export function goalsOf(program: Program, analysis: Analysis): Goals {
  const at = writtenAt(writtenComparisons(program));
  const goals = new Map<string, Omit<Goal, "hits">>();
  const wanted = wantedIn(program, analysis, at, (goal) => goals.set(goal.key, goal));
  const byPlace = new Map<string, string[]>();
  const byOwner = new Map<string, string[]>();
  for (const { kind, at: planPlace, ...place } of writtenSteps(program)) {
    const outcomes = kind === "gate" ? [true, false] : [undefined];
    for (const outcome of outcomes) {
      const key = goalKey(kind, place, outcome);
      goals.set(key, { kind, key, outcome, impossible: false, ...place });
      const observed = observedKey(kind, planPlace, outcome);
      byPlace.set(observed, [...(byPlace.get(observed) ?? []), key]);
      const owner = ownerOf(planPlace);
      byOwner.set(owner, [...(byOwner.get(owner) ?? []), key]);
    }
  }
  const routes = new Map(program.routes.map((route) => [route.names[0], route]));
  return {
    all: [...goals.values()],
    requestsOf: (key) => wanted.get(key) ?? [],
    keyOfRule: (route, rule) => goalKey("rule", route.rules[rule]?.place ?? route.place, undefined),
    stepsWithin(route, rule, expressions) {
      const plans = expressions.flatMap((each) => (each.kind === "plan" ? [placeOfPlan(each.plan)] : []));
      return [placeOfRule(route.names[0] ?? "", rule), ...plans].flatMap((owner) => byOwner.get(owner) ?? []);
    },
    reachedBy(trace) {
      const reached = new Set<string>();
      const add = (observed: string): void => {
        for (const key of byPlace.get(observed) ?? []) reached.add(key);
      };
      for (const place of trace.reached) add(observedKey("step", place, undefined));
      for (const { place, accepted } of trace.gates) add(observedKey("gate", place, accepted));
      const route = routes.get(trace.route);
      if (route === undefined || trace.rule === undefined) return reached;
      for (const rule of route.rules.slice(0, trace.rule + 1))
        lookedAt(rule, trace.values, at, (place, outcome) => reached.add(goalKey("comparison", place, outcome)));
      const decided = route.rules[trace.rule];
      if (decided !== undefined) reached.add(goalKey("rule", decided.place, undefined));
      return reached;
    },
  };
}

/** How often each goal was reached. */
export function coverageOf({ all, reachedBy }: Goals, traces: Iterable<Trace>): readonly Goal[] {
  const hits = new Map<string, number>();
  for (const trace of traces) for (const key of reachedBy(trace)) hits.set(key, (hits.get(key) ?? 0) + 1);
  return all.map((goal) => ({ ...goal, hits: hits.get(goal.key) ?? 0 }));
}

function goalKey(kind: Goal["kind"], place: Place, outcome: boolean | undefined): string {
  return `${kind} ${keyOf(place)}${outcome === undefined ? "" : ` ${outcome}`}`;
}

function observedKey(kind: "step" | "gate", place: string, outcome: boolean | undefined): string {
  return `${kind} ${place}${outcome === undefined ? "" : ` ${outcome}`}`;
}

/** The goals of rules, and for each the requests that it is reached by. */
function wantedIn(
  program: Program,
  { space, routes }: Analysis,
  at: WrittenAt,
  add: (goal: Omit<Goal, "hits">) => void,
): ReadonlyMap<string, readonly Wanted[]> {
  const found = new Map<string, Wanted[]>();
  const goals = new Map<string, Omit<Goal, "hits">>();
  const note = (kind: "rule" | "comparison", place: Place, outcome: boolean | undefined, wanted: Wanted[]): void => {
    const key = goalKey(kind, place, outcome);
    goals.set(key, { kind, key, outcome, impossible: false, ...place });
    found.set(key, [...(found.get(key) ?? []), ...wanted]);
  };
  for (const { route, boxes } of routes) {
    const asked = [requestsOf(route, space, program)];
    const all = route.for === undefined ? asked : within(asked, boxesOf(route.for, space));
    const index = new BoxIndex(space);
    for (const [rule, declared] of route.rules.entries()) {
      // What of the requests comes to this rule at all.
      const left = (requests: readonly Box[]): Wanted[] =>
        requests.flatMap((of) => {
          const before = index.near(of);
          const box = leftOf(of, before, space);
          return box === undefined ? [] : [{ route, rule, box, of, before }];
        });
      note("rule", declared.place, undefined, left(within(all, boxes[rule] ?? [])));
      try {
        outcomesOf(declared, all, space, at, (place, outcome, requests) =>
          note("comparison", place, outcome, left(requests)),
        );
      } catch (error) {
        // Its outcomes are counted where other rules look at it, or not at all.
        if (!(error instanceof TooManyBoxes)) throw error;
      }
      for (const box of boxes[rule] ?? []) index.add(box);
    }
  }
  for (const [key, goal] of goals) add({ ...goal, impossible: found.get(key)?.length === 0 });
  return found;
}

/** A part of a box that the others do not take; the box itself where that is not decided. */
function leftOf(box: Box, before: readonly Box[], space: Space): Box | undefined {
  try {
    return uncovered(box, before, space);
  } catch (error) {
    if (error instanceof NotDecided) return box;
    throw error;
  }
}
