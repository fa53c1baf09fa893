/** Writes the tests that a program lacks, so that all that can be reached is reached. */
import {
  createSimulation,
  load,
  MissingSignal,
  momentOf,
  type SimulationOptions,
  type Trace,
} from "../../runtime/simulation/index.ts";
import type { DecisionTable, Expression, Value } from "../../runtime/table/artifact.ts";
import type { Analysis } from "../analysis/analyse.ts";
import type { Given, Program, Route, TestCase } from "../program/program.ts";
import type { Goal, Goals, Wanted } from "./coverage.ts";
import { explore, expressionsIn } from "./explore.ts";
import { situationOf } from "./request.ts";
import { type Sample, sampleOf } from "./sample.ts";
import { expectationsOf, NOWHERE, nameable, testText } from "./test-text.ts";

export interface Generated {
  readonly tests: readonly GeneratedTest[];
  /** What no test was found for, and why where that is known. */
  readonly missing: readonly { readonly goal: Goal; readonly why: string | undefined }[];
}

export interface GeneratedTest {
  readonly test: TestCase;
  readonly trace: Trace;
  /** As a policy writes it. */
  readonly text: string;
}

/** Requests of one goal that are tried. */
const MOST_SAMPLES = 8;
/** Values of an attribute that are tried, for a draw by it to fall on every side. */
const MOST_DRAWS = 200;

/** Tests for each of `coverage` that was not reached yet. */
export function generateTests(
  program: Program,
  table: DecisionTable,
  { space }: Analysis,
  goals: Goals,
  coverage: readonly Goal[],
  options: SimulationOptions,
): Generated {
  const policy = load(table);
  const open = new Map(
    coverage.filter(({ hits, impossible }) => hits === 0 && !impossible).map((goal) => [goal.key, goal]),
  );
  const names = nameable(program);
  const why = new Map<string, string>();
  const titles = new Set(program.tests.map(({ title }) => title));
  const tests: GeneratedTest[] = [];

  /** Runs a sample with more givens. Signals that it needs besides are given, too. */
  function carryOut(sample: Sample, more: readonly Given[]): { test: TestCase; trace: Trace } | undefined {
    const given = [...sample.given, ...more];
    const { route, attributes } = sample;
    for (;;) {
      const test: TestCase = { title: "", route, attributes, given, expect: [], place: NOWHERE };
      const { request, world } = situationOf(test);
      try {
        const now = momentOf(request, table.zone, options.now);
        const trace = createSimulation(policy, { ...options, now }, world).run(request);
        return { test: { ...test, expect: expectationsOf(trace, names) }, trace };
      } catch (error) {
        const value = error instanceof MissingSignal ? sample.signals.get(error.signal) : undefined;
        if (!(error instanceof MissingSignal) || value === undefined) throw error;
        given.push({ kind: "signal", signal: error.signal, value });
      }
    }
  }

  /** Keeps a test that reaches something new; returns its trace. */
  function attempt(sample: Sample, more: readonly Given[], title: (trace: Trace) => string): Trace | undefined {
    const unnamed = more.some((each) =>
      each.kind === "fails"
        ? !each.models.every((model) => names.has(model))
        : each.kind === "answers" && !names.has(each.model),
    );
    const made = unnamed ? undefined : carryOut(sample, more);
    if (made === undefined || made.test.expect.length === 0) return made?.trace;
    const { trace } = made;
    const found = [...goals.reachedBy(trace)].filter((key) => open.has(key));
    if (found.length === 0) return trace;
    for (const key of found) open.delete(key);
    const test = { ...made.test, title: unique(title(trace), titles) };
    tests.push({ test, trace, text: testText(test, program) });
    return trace;
  }

  for (const { key, kind } of [...open.values()]) {
    if (kind !== "rule" && kind !== "comparison") continue;
    for (const wanted of goals.requestsOf(key).slice(0, MOST_SAMPLES)) {
      if (!open.has(key)) break;
      const sample = sampleOf(wanted, space, program);
      if ("why" in sample) why.set(key, sample.why);
      else attempt(sample, [], ({ rule }) => `${wanted.route.names[0]}: rule ${rule}`);
    }
  }

  const rules = program.routes.flatMap((route) => route.rules.map((rule, index) => ({ route, rule, index })));
  for (const { route, rule, index } of rules) {
    const expressions = expressionsIn(rule.run, program.plans);
    if (!leadsToOpen(route, index, expressions)) continue;
    const sample = firstSample(goals.requestsOf(goals.keyOfRule(route, index)));
    if (sample === undefined) continue;
    const title = (given: readonly Given[]) => `${route.names[0]}: rule ${index}${given.map(circumstance).join("")}`;
    for (const [draw, drawn] of draws(sample, expressions).entries())
      explore(expressions, (given) => {
        if (!leadsToOpen(route, index, expressions)) return undefined;
        const before = tests.length;
        const trace = attempt(drawn, given, () => title(given));
        // A draw that falls on a known side leads nowhere new.
        return draw > 0 && given.length === 0 && tests.length === before ? undefined : trace;
      });
  }
  return { tests, missing: [...open.values()].map((goal) => ({ goal, why: why.get(goal.key) })) };

  function leadsToOpen(route: Route, rule: number, expressions: readonly Expression[]): boolean {
    return goals.stepsWithin(route, rule, expressions).some((key) => open.has(key));
  }

  function firstSample(wanted: readonly Wanted[]): Sample | undefined {
    for (const each of wanted.slice(0, MOST_SAMPLES)) {
      const sample = sampleOf(each, space, program);
      if (!("why" in sample)) return sample;
    }
    return undefined;
  }

  /** The sample, with other values of what draws go by where the rule leaves that open. */
  function draws(sample: Sample, expressions: readonly Expression[]): readonly Sample[] {
    const by = expressions.flatMap((each) =>
      (each.kind === "split" || each.kind === "spread") && each.by ? [each.by] : [],
    );
    return [
      sample,
      ...[...new Set(by)].flatMap((name) => {
        const attribute = program.attributes.find((each) => each.name === name);
        if (sample.fixed.has(name) || attribute?.type.kind !== "string") return [];
        return Array.from({ length: MOST_DRAWS }, (_, i): Sample => {
          const attributes = new Map<string, Value>([...sample.attributes, [name, `${name}_${i + 1}`]]);
          return { ...sample, attributes };
        });
      }),
    ];
  }
}

function circumstance(given: Given): string {
  if (given.kind === "fails") return `, ${given.models[0]} fails`;
  return given.kind === "answers" ? `, ${given.model} answers otherwise` : "";
}

function unique(title: string, taken: Set<string>): string {
  let name = title;
  for (let count = 2; taken.has(name); count++) name = `${title} (${count})`;
  taken.add(name);
  return name;
}
