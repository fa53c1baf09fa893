/** What is true of all requests: that each is decided, and that each rule can be reached. */
import type { Witness } from "../diagnostics/index.ts";
import { interpret } from "../program/interpret.ts";
import { mayContinue } from "../program/interruption.ts";
import type { Program, Route, Rule } from "../program/program.ts";
import type { Report } from "../program/report.ts";
import { blockersOf } from "./blockers.ts";
import { BoxIndex } from "./box-index.ts";
import {
  type Box,
  boxContains,
  boxesDisjoint,
  boxesOf,
  makeSpace,
  type Space,
  TooManyBoxes,
  within,
  withRegions,
} from "./boxes.ts";
import { MOST_STEPS, NotDecided, uncovered } from "./cover.ts";
import { type Partition, partitionAttributes } from "./partition.ts";
import { boxOfPoint, pointLeft } from "./points.ts";
import { all, type Regions, regionSet, subtract } from "./regions.ts";
import { toWitness, valuesIn } from "./witness.ts";

/** A route with the boxes that each of its rules accepts. */
export interface AnalysedRoute {
  readonly route: Route;
  readonly boxes: readonly (readonly Box[])[];
  /** The same, of the requests that may call the route. */
  readonly inScope: readonly (readonly Box[])[];
  /** All requests that may call it. */
  readonly everything: readonly Box[];
  /** Of each rule some requests that it decides; undefined of one that decides none, or where that was not decided. */
  readonly decided: readonly (Box | undefined)[];
}

export interface Analysis {
  readonly space: Space;
  readonly routes: readonly AnalysedRoute[];
}

/** Analyses every route and reports what is wrong; undefined when some attribute could not be partitioned. */
export function analyse(program: Program, report: Report): Analysis | undefined {
  const partitions: Partition[] = [];
  for (const [name, part] of partitionAttributes(program)) {
    if (!("undecided" in part)) {
      partitions.push(part);
      continue;
    }
    const place = program.routes.flatMap((route) => route.rules).find((rule) => tests(rule, name))?.place;
    if (place !== undefined)
      report.error(
        "RT3005",
        place.file,
        place.span,
        `what the rules say of \`${name}\` is not decided: ${part.undecided}`,
      );
  }
  if (report.diagnostics.some(({ code }) => code === "RT3005")) return undefined;
  const space = makeSpace(partitions);
  const routes = program.routes.flatMap((route) => {
    const analysed = analyseRoute(route, space, program, report);
    return analysed === undefined ? [] : [analysed];
  });
  return { space, routes };
}

function tests(rule: Rule, name: string): boolean {
  const inCondition = (condition: Rule["condition"]): boolean => {
    if (condition.kind === "atom") return condition.attribute.name === name;
    if (condition.kind === "not") return inCondition(condition.operand);
    return condition.kind !== "always" && condition.operands.some(inCondition);
  };
  return inCondition(rule.condition);
}

function analyseRoute(route: Route, space: Space, program: Program, report: Report): AnalysedRoute | undefined {
  const { file, span } = route.place;
  const asked = requestsOf(route, space, program);
  let boxes: (readonly Box[])[];
  /** The requests that a finding may be about. */
  let everything: readonly Box[];
  try {
    boxes = route.rules.map((rule) => within([asked], boxesOf(rule.condition, space)));
    everything = route.for === undefined ? [asked] : within([asked], boxesOf(route.for, space));
  } catch (error) {
    if (!(error instanceof TooManyBoxes)) throw error;
    report.error("RT3005", file, span, "a condition of this route falls into too many cases to be decided", {
      help: "split it into several rules",
    });
    return undefined;
  }
  const inScope = route.for === undefined ? boxes : boxes.map((own) => within(everything, own));
  let decided: readonly (Box | undefined)[] = [];
  try {
    decided = reportUnreachable(route, inScope, space, report);
    const reached = inScope.flatMap((own, rule) => (decided[rule] === undefined ? [] : own));
    const forgets = reportForgetfulMatches(route, inScope, everything, space, program, report);
    if (!route.broken && !forgets) {
      const forgotten = firstUncovered(everything, reached, space);
      if (forgotten !== undefined)
        report.error("RT3001", file, span, "this route does not decide every request", {
          help: "say what happens to the rest: `otherwise -> …`",
          certainty: "proved",
          witness: witnessOf(forgotten, everything, reached, route.rules.length, route, space, program),
        });
    }
  } catch (error) {
    if (!(error instanceof NotDecided)) throw error;
    report.error("RT3005", file, span, "whether this route decides every request could not be decided", {
      help: "it has too many rules that overlap in too many attributes",
    });
  }
  return { route, boxes, inScope, everything, decided };
}

function firstUncovered(boxes: readonly Box[], covers: readonly Box[], space: Space): Box | undefined {
  for (const box of boxes) {
    const found = uncovered(box, covers, space);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The requests that come to a route: those for one of its names, or of `*` those for a name that no other route has. */
export function requestsOf(route: Route, space: Space, program: Program): Box {
  const index = space.indexOf.get("model");
  if (index === undefined) return space.everything;
  const { regionsOf, count } = space.partitions[index] as Partition;
  const regionsFor = (names: readonly string[]): Regions =>
    regionSet(
      names
        .filter((name) => name !== "*")
        .flatMap((text) => regionsOf({ kind: "text", atom: { kind: "equals", text } }).map(([region]) => region)),
    );
  const own = route.names.includes("*")
    ? subtract(all(count), regionsFor(program.routes.filter((other) => other !== route).flatMap(({ names }) => names)))
    : regionsFor(route.names);
  return withRegions(space.everything, index, own, space);
}

/** Reports rules that no request reaches; of the others some requests that they decide come back. */
function reportUnreachable(
  route: Route,
  boxes: readonly (readonly Box[])[],
  space: Space,
  report: Report,
): (Box | undefined)[] {
  const index = new BoxIndex(space);
  const earlier: [rule: Rule, boxes: readonly Box[]][] = [];
  return route.rules.map((rule, number) => {
    mayContinue();
    const own = boxes[number] as readonly Box[];
    const { file, span } = rule.place;
    if (own.length === 0) {
      const why =
        boxesOf(rule.condition, space).length === 0
          ? "its condition contradicts itself"
          : "no request that comes to this route meets its condition";
      report.error("RT3002", file, span, `this rule can never match: ${why}`, { certainty: "proved" });
      return undefined;
    }
    const takers = new Set<Box>();
    for (const box of own) {
      const seen = pointLeft(box, (point) => index.firstAt(point) !== undefined, space);
      const decided =
        seen === undefined ? uncovered(box, index.near(box), space, MOST_STEPS, takers) : boxOfPoint(seen);
      if (decided === undefined) continue;
      for (const each of own) index.add(each);
      earlier.push([rule, own]);
      return decided;
    }
    const { rules: blockers, other } = blockersOf(rule, own, earlier, takers, space);
    report.error("RT3002", file, span, "this rule can never match", {
      certainty: "proved",
      help:
        blockers.length === 1
          ? "an earlier rule takes every request that it could match"
          : `${blockers.length} earlier rules together take every request that it could match`,
      related: [
        ...blockers.map(({ place }) => ({
          ...place,
          message: blockers.length === 1 ? "takes them first" : "takes some of them first",
        })),
        ...(other === undefined
          ? []
          : [{ ...other.place, message: "takes some of them before, and runs something else" }]),
      ],
      fix: { title: "remove the rule", edits: [{ file, span, text: "" }], unsafe: true },
    });
    return undefined;
  });
}

/** Reports each `match` that a request can reach and none of its arms decides; says whether there is one. */
function reportForgetfulMatches(
  route: Route,
  boxes: readonly (readonly Box[])[],
  everything: readonly Box[],
  space: Space,
  program: Program,
  report: Report,
): boolean {
  if (route.broken) return false;
  let forgets = false;
  const index = new BoxIndex(space);
  let indexed = 0;
  for (const match of route.matches) {
    for (; indexed < match.end; indexed++) for (const box of boxes[indexed] ?? []) index.add(box);
    const all = within(everything, boxesOf(match.condition, space));
    for (const reaching of all) {
      const forgotten = uncovered(reaching, index.near(reaching), space);
      if (forgotten === undefined) continue;
      const covers = boxes.slice(0, match.end).flat();
      const witness = witnessOf(forgotten, all, covers, match.end, route, space, program);
      const shown = { ...witness.attributes, ...witness.signals, ...witness.state };
      const missing = match.operands.map((operand) => `${JSON.stringify(shown[operand.name] ?? "_")}`);
      report.error(
        "RT3001",
        match.place.file,
        match.place.span,
        "this `match` does not decide every request that reaches it",
        {
          help: `add an arm for ${missing.join(", ").replaceAll('"', "")}, or \`${match.operands.map(() => "_").join(", ")} -> …\``,
          certainty: "proved",
          witness,
        },
      );
      forgets = true;
      break;
    }
  }
  return forgets;
}

/** A request out of a box that none of the first `rules` rules accepts, as small as it can be made. */
function witnessOf(
  box: Box,
  asked: readonly Box[],
  covers: readonly Box[],
  rules: number,
  route: Route,
  space: Space,
  program: Program,
): Witness {
  let general = box;
  for (let index = 0; index < box.length; index++) {
    const wider = general.with(index, undefined);
    if (asked.some((outer) => boxContains(outer, wider)) && covers.every((cover) => boxesDisjoint(wider, cover)))
      general = wider;
  }
  const values = valuesIn(box, space, route);
  const decided = interpret(route, values);
  if (decided !== undefined && decided < rules)
    throw new Error(`the analysis of route ${route.names[0]} and its interpretation disagree`);
  const name = values.get("model") ?? route.names[0];
  return toWitness(String(name), values, general, space, program);
}
