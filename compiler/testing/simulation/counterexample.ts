/** A scenario as a test that its author could have written, with in comments what no test can say. */
import type { Behaviour, SimulatedRequest, Spell, World } from "../../../runtime/simulation/index.ts";
import type { Given, Program } from "../../program/program.ts";
import { format, parse } from "../../syntax/index.ts";
import { spell } from "../../syntax/literals.ts";
import { NOWHERE, nameable, testText } from "../test-text.ts";
import type { Violation } from "./invariants.ts";
import type { Observed, Scenario } from "./scenario.ts";

/** In canonical form. */
export function counterexampleText(
  violation: Violation,
  { world, arrivals }: Scenario,
  observed: readonly Observed[],
  program: Program,
): string {
  const shown = violation.of ?? observed.at(-1);
  if (shown === undefined) throw new Error("a scenario has no request");
  const { given, unsaid } = givensOf(world, shown.request, nameable(program));
  const others = observed.flatMap((each, index) =>
    each === shown ? [] : [otherText(each, index, observed, shown, program)],
  );
  const test = testText(
    {
      title: violation.invariant,
      route: shown.request.model,
      attributes: shown.request.attributes ?? new Map(),
      given,
      expect: violation.expect === undefined ? [] : [violation.expect],
      place: NOWHERE,
    },
    program,
  );
  const comments = [
    `// ${violation.said}`,
    ...(arrivals.length > 1 ? others : []),
    ...unsaid.map((each) => `// ${each}`),
  ];
  const text = test.replace("{\n", `{\n${comments.join("\n")}\n`);
  return format(text, parse("counterexample.route", text).tree);
}

interface Assumed {
  readonly given: readonly Given[];
  /** What a test has no words for. */
  readonly unsaid: readonly string[];
}

function givensOf({ used, down, models }: World, { signals }: SimulatedRequest, names: ReadonlySet<string>): Assumed {
  const given: Given[] = [
    ...[...(signals ?? [])].map(([signal, value]): Given => ({ kind: "signal", signal, value })),
    ...[...(used ?? [])].map(([meter, share]): Given => ({ kind: "used", meter, share })),
    ...[...(down ?? [])].map(
      (provider): Given => ({ kind: "fails", models: [], failure: "unreachable", down: provider }),
    ),
  ];
  const unsaid: string[] = [];
  for (const [model, spells] of models ?? [])
    for (const each of spells) {
      const said = names.has(model) ? givenOf(model, each) : undefined;
      if (said === undefined) unsaid.push(spellText(model, each));
      else given.push(said);
    }
  return { given, unsaid };
}

function givenOf(model: string, { from, until, behaviour }: Spell): Given | undefined {
  if (from !== undefined || until !== undefined || behaviour.after !== undefined) return undefined;
  if ("fails" in behaviour)
    return behaviour.retryAfter === undefined
      ? { kind: "fails", models: [model], failure: behaviour.fails }
      : undefined;
  const facts = new Map(Object.entries(behaviour.answers));
  const isPlain = behaviour.breaks === undefined && behaviour.reports === undefined && facts.size > 0;
  return isPlain ? { kind: "answers", model, facts } : undefined;
}

function spellText(model: string, { from, until, behaviour }: Spell): string {
  const when = [
    ...(behaviour.after === undefined ? [] : [`after ${time(behaviour.after)}`]),
    ...(from === undefined ? [] : [`from ${time(from)} on`]),
    ...(until === undefined ? [] : [`for the first ${time(until)}`]),
  ];
  return [`${model} ${behaviourText(behaviour)}`, ...when].join(" ");
}

function behaviourText(behaviour: Behaviour): string {
  if ("fails" in behaviour) {
    const wait = behaviour.retryAfter === undefined ? "" : ` and asks to wait ${behaviour.retryAfter}s`;
    return `fails ${behaviour.fails}${wait}`;
  }
  const { answers, breaks, reports = 1 } = behaviour;
  const facts = Object.keys(answers).length === 0 ? "" : ` ${JSON.stringify(answers)}`;
  if (breaks === true) return `answers${facts} and breaks off in the middle`;
  if (reports === 0) return `answers${facts} and does not report its usage`;
  return reports === 1 ? `answers${facts}` : `answers${facts} and reports ${reports} times its usage`;
}

function otherText(
  { request, at }: Observed,
  index: number,
  observed: readonly Observed[],
  shown: Observed,
  program: Program,
): string {
  const first = observed[0]?.at ?? at;
  const when = `request ${index + 1} of ${observed.length}, at ${time(at - first)}`;
  if (request === shown.request) return `// ${when}: the same`;
  const { model, attributes = new Map() } = request;
  const whole = testText({ title: "", route: model, attributes, given: [], expect: [], place: NOWHERE }, program);
  return `// ${when}: ${whole.split("\n")[1]?.trim()}`;
}

function time(milliseconds: number): string {
  return spell({ kind: "duration", value: milliseconds });
}
