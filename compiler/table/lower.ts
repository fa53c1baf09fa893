/** From the checked, analysed program to the table: what routes can reach, and each rule as rows over regions. */
import {
  type Accepts,
  type AttributeType,
  canonicalJson,
  type DecisionTable,
  type Expression,
  hashTable,
  type Meter,
  modelsIn,
  partsOf,
  type Row,
  type SourcePosition,
  sha256,
  type Attribute as TableAttribute,
  type Route as TableRoute,
  type Rule as TableRule,
} from "../../runtime/table/artifact.ts";
import type { AnalysedRoute, Analysis } from "../analysis/analyse.ts";
import { type Box, boxesOf, type Space } from "../analysis/boxes.ts";
import { lineIndex, type Place } from "../diagnostics/index.ts";
import type { Condition, Program, Rule } from "../program/program.ts";
import { rowsOf } from "./rows.ts";

/** Of the package that wrote a table; in the table for people. */
const COMPILER = "routec 0.1.0";

/** The decision table of a program without errors. The same program always gives the same table. */
export function lower(program: Program, analysis: Analysis): DecisionTable {
  const positions = positionFinder(program);
  const { space } = analysis;
  const reached = reachedFrom(program, analysis);
  const models = program.models.filter(({ facts }) => reached.models.has(facts.name));
  const usedProviders = new Set(models.map(({ facts }) => facts.provider));
  const content = {
    format: 1 as const,
    compiler: COMPILER,
    zone: program.zone,
    files: program.files.map(({ name, text }) => ({
      path: name,
      sha256: sha256(text),
    })),
    attributes: lowerAttributes(program, analysis),
    signals: program.signals.flatMap(({ facts }) => (reached.signals.has(facts.name) ? [facts] : [])),
    meters: program.meters.map(({ facts, for: scope }): Meter => ({ ...facts, ...lowerScope(scope, space) })),
    providers: program.providers.flatMap(({ facts }) => (usedProviders.has(facts.name) ? [facts] : [])),
    models: models.map(({ facts }) => facts),
    plans: program.plans
      .filter((plan) => reached.plans.has(plan.name))
      .map(({ name, run, place }) => ({ name, run, at: positions(place) })),
    routes: analysis.routes.map((analysed) => lowerRoute(analysed, space, positions)),
  };
  return { ...content, hash: hashTable(content) };
}

/** The bytes of a table's file: canonical order of keys, one line a part, so that two of them can be compared. */
export function serializeTable(table: DecisionTable): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(table)), null, 2)}\n`;
}

function lowerAttributes(program: Program, { space }: Analysis): TableAttribute[] {
  // Of what is declared in `request`, that too which no rule tests: it is required of every request.
  const others = space.partitions
    .map(({ attribute }) => attribute)
    .filter((each) => !program.attributes.includes(each));
  return [...program.attributes, ...others].map((attribute) => {
    const index = space.indexOf.get(attribute.name);
    const domain = index === undefined ? undefined : space.partitions[index]?.domain;
    return {
      name: attribute.name,
      type: attribute.type as AttributeType,
      source: attribute.source,
      ...(attribute.default !== undefined && { default: attribute.default }),
      ...(domain && { domain }),
    };
  });
}

function lowerRoute(
  { route, boxes }: AnalysedRoute,
  space: Space,
  positions: (place: Place) => SourcePosition,
): TableRoute {
  const { rows, dead } = rowsOf(boxes, space);
  return {
    names: [...route.names],
    ...lowerScope(route.for, space),
    ...(route.strict && { strict: true as const }),
    ...(route.reuse && { reuse: { for: route.reuse.for, per: [...route.reuse.per] } }),
    deadline: route.deadline,
    rules: route.rules.map((rule) => lowerRule(rule, positions)),
    rows: rows.map(({ rule, box }): Row => ({ rule, when: accepts(box, space) })),
    ...(dead > 0 && { dead }),
    at: positions(route.place),
  };
}

function lowerRule({ run, text, condition, place }: Rule, positions: (place: Place) => SourcePosition): TableRule {
  const signals = [...new Set(signalsIn(condition))];
  return { run, text, ...(signals.length > 1 && { signals }), at: positions(place) };
}

/** The names of the signals that a condition tests, from left to right. */
function signalsIn(condition: Condition): string[] {
  switch (condition.kind) {
    case "always":
      return [];
    case "atom":
      return condition.attribute.source.from === "signal" ? [condition.attribute.name] : [];
    case "not":
      return signalsIn(condition.operand);
    default:
      return condition.operands.flatMap(signalsIn);
  }
}

function accepts(box: Box, { partitions }: Space): Accepts {
  const tested = box.flatMap((regions, index): [string, [number, number][]][] =>
    regions === undefined
      ? []
      : [[partitions[index]?.attribute.name as string, regions.map(([first, last]) => [first, last])]],
  );
  return Object.fromEntries(tested);
}

function lowerScope(scope: Condition | undefined, space: Space): { for?: Accepts[] } {
  return scope === undefined ? {} : { for: boxesOf(scope, space).map((box) => accepts(box, space)) };
}

interface Reached {
  readonly plans: ReadonlySet<string>;
  readonly models: ReadonlySet<string>;
  readonly signals: ReadonlySet<string>;
}

/** Plans, models and signals that some request can lead to. */
function reachedFrom(program: Program, { routes, space }: Analysis): Reached {
  const byName = new Map(program.plans.map((plan) => [plan.name, plan.run]));
  const plans = new Set<string>();
  const models = new Set<string>();
  const visit = (expression: Expression): void => {
    for (const model of modelsIn(expression)) models.add(model);
    for (const part of partsOf(expression)) visit(part);
    if (expression.kind !== "plan" || plans.has(expression.plan)) return;
    plans.add(expression.plan);
    const run = byName.get(expression.plan);
    if (run !== undefined) visit(run);
  };
  for (const { route } of routes) for (const rule of route.rules) visit(rule.run);
  const tested = program.signals.filter(({ facts }) => space.indexOf.has(facts.name));
  for (const { facts } of tested)
    if (facts.source.kind === "ask") models.add(facts.source.model);
    else if (facts.source.kind === "similar") models.add(facts.source.embedder);
  return { plans, models, signals: new Set(tested.map(({ facts }) => facts.name)) };
}

function positionFinder(program: Program): (place: Place) => SourcePosition {
  const files = new Map(program.files.map(({ name, text }, index) => [name, { index, lines: lineIndex(text) }]));
  return ({ file, span }) => {
    const found = files.get(file);
    if (found === undefined) throw new Error(`no file ${file} in the program`);
    const start = found.lines.position(span.start);
    const end = found.lines.position(span.end);
    return [found.index, start.line + 1, start.character + 1, end.line + 1, end.character + 1];
  };
}
