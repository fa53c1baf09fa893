/** From the checked, analysed program to the table: what routes can reach, and each rule as rows over regions. */
import {
  type AttributeType,
  canonicalJson,
  type DecisionTable,
  type Expression,
  hashTable,
  type Row,
  type SourcePosition,
  sha256,
  type Attribute as TableAttribute,
  type Rule as TableRule,
} from "../../runtime/table/index.ts";
import type { AnalysedRoute, Analysis } from "../analysis/analyse.ts";
import { lineIndex, type Place } from "../diagnostics/index.ts";
import type { Program } from "../program/program.ts";

/** Of the package that wrote a table; in the table for people. */
const COMPILER = "routec 0.1.0";

/** The decision table of a program without errors. The same program always gives the same table. */
export function lower(program: Program, analysis: Analysis): DecisionTable {
  const positions = positionFinder(program);
  const reached = reachedFrom(
    program,
    analysis.routes.flatMap(({ route }) => route.rules.map((rule) => rule.run)),
  );
  const models = program.models.filter((model) => reached.models.has(model.name));
  const usedProviders = new Set(models.map((model) => model.provider));
  const content = {
    format: 1 as const,
    compiler: COMPILER,
    files: program.files.map(({ name, text }) => ({
      path: name,
      sha256: sha256(text),
    })),
    attributes: lowerAttributes(program, analysis),
    providers: program.providers.filter((provider) => usedProviders.has(provider.name)),
    models,
    plans: program.plans
      .filter((plan) => reached.plans.has(plan.name))
      .map(({ name, run, place }) => ({ name, run, at: positions(place) })),
    routes: analysis.routes.map((analysed) => ({
      names: [...analysed.route.names],
      deadline: analysed.route.deadline,
      rules: analysed.route.rules.map(({ run, text, place }): TableRule => ({ run, text, at: positions(place) })),
      rows: lowerRows(analysed, analysis),
      at: positions(analysed.route.place),
    })),
  };
  return { ...content, hash: hashTable(content) };
}

/** The bytes of a table's file: canonical order of keys, one line a part, so that two of them can be compared. */
export function serializeTable(table: DecisionTable): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(table)), null, 2)}\n`;
}

function lowerAttributes(program: Program, { space }: Analysis): TableAttribute[] {
  const builtIn = space.partitions.flatMap(({ attribute }) => (attribute.source.from === "builtin" ? [attribute] : []));
  return [...program.attributes, ...builtIn].map((attribute) => {
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

function lowerRows({ boxes }: AnalysedRoute, { space }: Analysis): Row[] {
  return boxes.flatMap((own, rule) =>
    own.map((box): Row => {
      const when = box.flatMap((regions, index): [string, [number, number][]][] =>
        regions === undefined
          ? []
          : [[space.partitions[index]?.attribute.name as string, regions.map(([first, last]) => [first, last])]],
      );
      return { rule, when: Object.fromEntries(when) };
    }),
  );
}

/** Plans and models that can be called from any of the expressions. */
function reachedFrom(program: Program, from: readonly Expression[]): { plans: Set<string>; models: Set<string> } {
  const byName = new Map(program.plans.map((plan) => [plan.name, plan.run]));
  const plans = new Set<string>();
  const models = new Set<string>();
  const visit = (expression: Expression): void => {
    if (expression.kind === "call") models.add(expression.model);
    else if (expression.kind === "else")
      for (const step of [expression.first, ...expression.then.map(({ run }) => run)]) visit(step);
    else if (expression.kind === "plan" && !plans.has(expression.plan)) {
      plans.add(expression.plan);
      const run = byName.get(expression.plan);
      if (run !== undefined) visit(run);
    }
  };
  for (const expression of from) visit(expression);
  return { plans, models };
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
