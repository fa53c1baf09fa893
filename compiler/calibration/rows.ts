/** Recorded outcomes as rows that thresholds can be chosen on; what cannot be used is told apart by why. */
import { localSignal } from "../../runtime/signals/local.ts";
import { AttributeError, type Policy, readGiven, type Value, valueFromJson } from "../../runtime/table/index.ts";
import { BUILT_INS } from "../program/builtins.ts";
import type { Program, Route } from "../program/program.ts";
import { columnsOf } from "./columns.ts";
import type { Row } from "./measures.ts";
import { type CostSource, type Outcome, readOutcome } from "./outcomes.ts";
import type { Records } from "./records.ts";
import type { Thresholds } from "./thresholds.ts";
import { LackingError, type Way, Ways } from "./ways.ts";

export interface LeftOut {
  readonly why: string;
  readonly rows: number;
  /** The line of the first of them. */
  readonly line: number;
}

export interface Rows {
  readonly all: readonly (Row & { readonly prompt: string | undefined })[];
  /** Names of the models that serve requests which come to a gate or a signal, as the policy declares them. */
  readonly models: readonly string[];
  /** Requests that the policy decides without a gate or a signal: calibrating changes nothing for them. */
  readonly untouched: number;
  readonly leftOut: readonly LeftOut[];
  /** Facts that gates asked for and outcomes lack, by name: such a gate does not accept. */
  readonly unknown: ReadonlyMap<string, number>;
  /** Attributes and signals that rules go by and outcomes do not say, by name: they have their default, or their `else`. */
  readonly defaulted: ReadonlyMap<string, number>;
  /** Signals that were computed from the prompt. */
  readonly computed: readonly string[];
  readonly costs: readonly { readonly model: string; readonly from: CostSource; readonly rows: number }[];
  readonly unused: readonly string[];
}

export interface RowsOptions {
  readonly program: Program;
  readonly policy: Policy;
  readonly route: Route;
  readonly thresholds: Thresholds;
  /** What the outcomes call a model, by the policy's name. */
  readonly names: ReadonlyMap<string, string>;
}

/** @throws OutcomesError */
export function readRows(records: Records, { program, policy, route, thresholds, names }: RowsOptions): Rows {
  const models = program.models.map(({ facts }) => facts);
  const types = new Map([
    ...BUILT_INS.entries(),
    ...[...program.attributes, ...program.signals.map(({ attribute }) => attribute)].map(
      (attribute) => [attribute.name, attribute] as const,
    ),
  ]);
  const columns = columnsOf(records.columns, {
    models,
    names,
    signals: program.signals.map(({ facts }) => facts.name),
    attributes: [...program.attributes.map(({ name }) => name), ...BUILT_INS.keys()],
  });
  const typeOf = new Map([...types].map(([name, { type }]) => [name, type]));
  const signals = signalsFrom(program);
  const ways = new Ways(program, route, thresholds);
  const leftOut = new Map<string, { rows: number; line: number }>();
  const leave = (why: string, line: number): void => {
    const group = leftOut.get(why) ?? { rows: 0, line };
    leftOut.set(why, { ...group, rows: group.rows + 1 });
  };
  const computed = new Set<string>();
  const defaulted = new Map<string, number>();
  const tested = testedBy(policy, route);
  const kept: { outcome: Outcome; way: Way }[] = [];
  let untouched = 0;
  for (const record of records.all) {
    const read = readOutcome(record, columns, models, typeOf);
    const outcome = { ...read, signals: { ...computedSignals(read, signals, computed), ...read.signals } };
    try {
      const way = ways.of(outcome, valuesOf(outcome, policy, route));
      for (const name of tested)
        if (!Object.hasOwn(outcome.signals, name) && !Object.hasOwn(outcome.attributes, name))
          defaulted.set(name, (defaulted.get(name) ?? 0) + 1);
      if (way === undefined) untouched++;
      else kept.push({ outcome, way });
    } catch (error) {
      if (!(error instanceof LackingError) && !(error instanceof AttributeError)) throw error;
      leave(error.message, record.line);
    }
  }

  const served = new Set(kept.flatMap(({ way }) => [...modelsOf(way)]));
  const inOrder = models.map(({ name }) => name).filter((name) => served.has(name));
  const all = kept.flatMap(({ outcome, way }) => {
    const answers = inOrder.map((model) => outcome.answers.get(model));
    const lacking = inOrder.find((_, i) => answers[i]?.quality === undefined || answers[i]?.cost === undefined);
    if (lacking === undefined)
      return [{ line: outcome.line, prompt: outcome.prompt, way, answers: answers as Row["answers"], outcome }];
    const what =
      outcome.answers.get(lacking)?.quality === undefined
        ? `whether \`${lacking}\` was right`
        : `a cost of \`${lacking}\``;
    leave(`not said ${what}`, outcome.line);
    return [];
  });
  return {
    all,
    models: inOrder,
    untouched,
    leftOut: [...leftOut].map(([why, group]) => ({ why, ...group })).sort((a, b) => b.rows - a.rows),
    unknown: ways.unknown,
    defaulted,
    computed: [...computed],
    costs: costsOf(
      all.map(({ outcome }) => outcome),
      inOrder,
    ),
    unused: columns.unused,
  };
}

type Local = ReadonlyMap<string, NonNullable<ReturnType<typeof localSignal>>>;

/** The signals that are computed in the process. */
function signalsFrom({ signals }: Program): Local {
  return new Map(
    signals.flatMap(({ facts }) => {
      const compute = localSignal(facts);
      return compute === undefined ? [] : [[facts.name, compute] as const];
    }),
  );
}

function computedSignals({ prompt, signals }: Outcome, local: Local, computed: Set<string>): Record<string, Value> {
  if (prompt === undefined) return {};
  const texts = { asked: prompt, all: prompt, messages: [{ role: "user", text: prompt }] };
  return Object.fromEntries(
    [...local].flatMap(([name, compute]) => {
      if (Object.hasOwn(signals, name)) return [];
      computed.add(name);
      return [[name, compute(texts)]];
    }),
  );
}

/** What rules see of the request, in the units of the table; a signal that no rule may need is there where it is known. */
function valuesOf({ attributes, signals }: Outcome, policy: Policy, { names }: Route): ReadonlyMap<string, Value> {
  const { table } = policy;
  const known = table.attributes.map(({ name }) => name);
  const given = {
    route: askedFor(names),
    attributes: Object.fromEntries(
      Object.entries(attributes).filter(([name]) => known.includes(name) || BUILT_INS.has(name)),
    ),
    signals: Object.fromEntries(Object.entries(signals).filter(([name]) => known.includes(name))),
  };
  const { values } = readGiven(policy, given, new Date(0));
  return new Map(
    table.attributes.flatMap(({ name, type }, index) => {
      const value = values[index] ?? valueFromJson(type, signals[name]);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** A model name that leads to the route. */
function askedFor([name = ""]: readonly string[]): string {
  return name === "*" ? "outcome" : name;
}

/** What the route's rules test, but for what is built in, and state: that is of a short chat while all is well. */
function testedBy(policy: Policy, { names }: Route): readonly string[] {
  const { table } = policy;
  const tests = policy.routeFor(askedFor(names))?.tests ?? [];
  return tests.flatMap((index) => {
    const { name, source } = table.attributes[index] as (typeof table.attributes)[number];
    return source.from === "builtin" || source.from === "state" ? [] : [name];
  });
}

function* modelsOf(way: Way): Generator<string> {
  if (way.kind === "mix") for (const part of way.parts) yield* modelsOf(part.way);
  else if (way.kind === "test") for (const next of [way.yes, way.no]) yield* modelsOf(next);
  else if (way.model !== undefined) yield way.model;
}

function costsOf(outcomes: readonly Outcome[], models: readonly string[]): Rows["costs"] {
  const sources: readonly CostSource[] = ["recorded", "tokens", "texts"];
  return models.flatMap((model) =>
    sources
      .map((from) => ({
        model,
        from,
        rows: outcomes.filter(({ answers }) => answers.get(model)?.costSource === from).length,
      }))
      .filter(({ rows }) => rows > 0),
  );
}
