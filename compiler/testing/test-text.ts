/** A test as its author would write it. */
import { type Trace, tried } from "../../runtime/simulation/index.ts";
import type { Place } from "../diagnostics/index.ts";
import { ANSWER } from "../program/answers.ts";
import { BUILT_INS } from "../program/builtins.ts";
import type { Attribute, Expectation, Given, Program, TestCase } from "../program/program.ts";
import { field, given as givenValue, valueText, wordOf } from "./written.ts";

/** Not in canonical form: `format` makes it so. */
export function testText({ title, route, attributes, given, expect }: TestCase, program: Program): string {
  const sent = [...attributes].map(([name, value]) => field(attributeOf(name, program), value));
  return [
    `test ${JSON.stringify(title)} {`,
    `  send ${wordOf(route)} {${sent.length === 0 ? "" : ` ${sent.join(", ")} `}}`,
    ...given.map((each) => `  ${givenText(each, program)}`),
    ...expect.map((each) => `  ${expectationText(each)}`),
    "}",
    "",
  ].join("\n");
}

function attributeOf(name: string, { attributes, signals }: Program): Attribute {
  const found =
    attributes.find((each) => each.name === name) ??
    signals.find(({ attribute }) => attribute.name === name)?.attribute ??
    BUILT_INS.get(name);
  if (found === undefined) throw new Error(`nothing is called ${name}`);
  return found;
}

/** `given opus fails timeout`. */
function givenText(given: Given, program: Program): string {
  switch (given.kind) {
    case "fails":
      return given.down === undefined ? `given ${given.models[0]} fails ${given.failure}` : `given ${given.down} down`;
    case "answers": {
      const facts = [...given.facts].map(
        ([name, value]) => `${name} ${valueText(ANSWER.get(name)?.type.kind ?? "string", value)}`,
      );
      return `given ${given.model} answers { ${facts.join(", ")} }`;
    }
    case "used":
      return `given ${given.meter} used ${given.share}%`;
    case "signal":
      return givenValue(attributeOf(given.signal, program), given.value);
  }
}

function expectationText(expected: Expectation): string {
  switch (expected.kind) {
    case "plan":
      return `expect plan ${expected.plan}`;
    case "rule":
    case "reject":
      return `expect ${expected.kind} ${expected.value}`;
    case "tries":
      return `expect tries ${expected.models.join(", ")}`;
    case "served":
      return `expect served by ${expected.model}`;
    case "cost":
      return `expect cost <= ${valueText("money", expected.most)}`;
  }
}

/** The models that a test can name: those of a `route each` that are only catalogued have no name in a policy. */
export function nameable({ files }: Program): ReadonlySet<string> {
  const all = files.flatMap(({ tree }) => tree.declarations);
  return new Set(all.flatMap((node) => (node.kind === "model" ? [node.name.text] : [])));
}

/** What a test can expect of a request that went so: nothing of what may change without the policy's changing. */
export function expectationsOf(trace: Trace, names: ReadonlySet<string>): readonly Expectation[] {
  const { rule, outcome } = trace;
  const models = tried(trace);
  const place = NOWHERE;
  const isNamed = models.length > 0 && models.every((model) => names.has(model));
  const isEarlier = outcome.kind === "served" && outcome.model !== models.at(-1);
  return [
    ...(rule === undefined ? [] : [{ kind: "rule" as const, value: rule, place }]),
    ...(isNamed ? [{ kind: "tries" as const, models, place }] : []),
    ...(isNamed && isEarlier ? [{ kind: "served" as const, model: outcome.model, place }] : []),
    ...("status" in outcome ? [{ kind: "reject" as const, value: outcome.status, place }] : []),
  ];
}

/** The place of a test that stands in no file yet. */
export const NOWHERE: Place = { file: "", span: { start: 0, end: 0 } };
