/** How an explanation is shown: drawn under the policy's source where there is one. */
import { styleText } from "node:util";
import type { Paint, Role } from "../compiler/diagnostics/snippet.ts";
import type { Missed, RuleTrace, WhyNot } from "../compiler/explain/index.ts";
import type { Explanation } from "../runtime/explain/index.ts";
import type { GivenRequest, Policy, Value } from "../runtime/table/index.ts";
import { UsageError } from "./command.ts";
import { placeFromHere } from "./report.ts";

export interface Shown {
  /** The policy's file. */
  readonly main: string;
  readonly policy: Policy;
  readonly explanation: Explanation;
  readonly given: GivenRequest;
  /** What somebody had in mind instead: a rule's number, a plan, a model. */
  readonly whyNot: string | undefined;
}

/** `look`: whether to colour, or `plain` for screen readers: sentences alone. */
export async function forPeople(shown: Shown, look: boolean | "plain"): Promise<string> {
  const { explanation } = shown;
  const { route, rule, plan, steps, reject, signals, worst } = explanation;
  const outcome =
    reject === null
      ? `${plan === null ? "" : `plan ${plan}: `}${steps.join(", then ")}`
      : `rejected with ${reject.status}${reject.text === undefined ? "" : `: ${reject.text}`}`;
  const attempts = `${worst.attempts} attempt${worst.attempts === 1 ? "" : "s"}`;
  const reasons = shown.main.endsWith(".json")
    ? fromTable(explanation)
    : await fromSource(shown, look === "plain" ? undefined : painter(look));
  return [
    `route ${route}, rule ${rule.index} (${rule.file}:${rule.line})`,
    `  ${rule.text}`,
    "",
    outcome,
    ...(reject === null
      ? [`at worst $${worst.cost}, ${attempts}, ${worst.time_ms / 1000} s to the first content`]
      : []),
    ...(signals.length === 0 ? [] : [`signals: ${signals.join(", ")}`]),
    ...reasons,
    "",
  ].join("\n");
}

/** The explanation as JSON, with `why_not` where that was asked. */
export async function forPrograms(shown: Shown): Promise<string> {
  const { explanation, whyNot } = shown;
  if (whyNot === undefined) return `${JSON.stringify(explanation, null, 2)}\n`;
  const { answer } = await askedWhyNot(shown, whyNot);
  const missed = answer.kind === "rules" ? answer.missed : [];
  return `${JSON.stringify({ ...explanation, why_not: { kind: answer.kind, rules: missed.map(missedJson) } }, null, 2)}\n`;
}

function missedJson({ index, rule, takenBy, holds, parts }: Missed): object {
  return {
    index,
    text: rule.text,
    matches: holds ?? null,
    taken_by: takenBy ?? null,
    parts: parts.map((part) => ({ matches: part.holds ?? null, decides: part.decides, says: part.says })),
  };
}

function fromTable({ because }: Explanation): string[] {
  const width = Math.max(0, ...because.map(({ condition }) => condition.length));
  return because.length === 0
    ? []
    : ["", "because", ...because.map(({ condition, value }) => `  ${condition.padEnd(width)}  is ${value}`)];
}

async function fromSource(shown: Shown, paint: Paint | undefined): Promise<string[]> {
  const { whyNot, explanation } = shown;
  if (whyNot !== undefined) {
    const { answer, sources } = await askedWhyNot(shown, whyNot);
    return ["", ...(await whyNotText(whyNot, answer, explanation.rule.index, sources, paint))];
  }
  const { route, values, sources, parts } = await traced(shown);
  const traces = Array.from({ length: explanation.rule.index + 1 }, (_, index) =>
    parts.traceRule(route, index, values),
  );
  if (paint === undefined) return ["", ...traces.flatMap(sentences)];
  return ["", ...parts.drawDecision(traces, sources, paint)];
}

async function whyNotText(
  wanted: string,
  answer: WhyNot,
  decided: number,
  sources: ReadonlyMap<string, string>,
  paint: Paint | undefined,
): Promise<string[]> {
  if (answer.kind === "decided") return [`\`${wanted}\` is what this rule runs`];
  if (answer.kind === "nowhere") return [`no rule of this route runs \`${wanted}\``];
  const { drawRule } = await import("../compiler/explain/index.ts");
  return answer.missed.flatMap((missed, at) => [
    ...(at === 0 ? [] : [""]),
    missed.takenBy === undefined
      ? `rule ${missed.index} does not match`
      : `rule ${missed.index} is not asked: rule ${decided} takes the request before it${missed.holds === true ? "" : ", and it would not match either"}`,
    ...(paint === undefined ? sentences(missed) : drawRule(missed, sources, paint)),
  ]);
}

/** What decided about a rule, a line each. */
function sentences({ index, holds, parts }: RuleTrace): string[] {
  const said = parts.filter(({ decides }) => decides).map((part) => `${part.says}: ${part.holds ?? "not asked"}`);
  return [`rule ${index} ${holds === true ? "matches" : "does not match"}: ${said.join("; ") || "always"}`];
}

async function askedWhyNot(shown: Shown, wanted: string) {
  const { route, values, sources, parts, program } = await traced(shown);
  const rules = parts.rulesFor(wanted, route, program);
  if (rules === undefined)
    throw new UsageError(
      `\`--why-not ${wanted}\` is no rule of the route, plan or model: rules are 0 to ${route.rules.length - 1}`,
    );
  return { answer: parts.whyNot(rules, shown.explanation.rule.index, route, values), sources };
}

/** The checked program beside what its table said. */
async function traced({ main, policy, explanation, given }: Shown) {
  const { compileProgram } = await import("../compiler/index.ts");
  const parts = await import("../compiler/explain/index.ts");
  const { program, sources: named } = compileProgram(main);
  const route = program.routes.find(({ names }) => names[0] === explanation.route);
  if (route === undefined) throw new Error(`the program has no route ${explanation.route}, and its table has`);
  const values = new Map<string, Value>();
  for (const [index, { name }] of policy.table.attributes.entries()) {
    const value = given.values[index];
    if (value !== undefined) values.set(name, value);
  }
  const here = (file: string): string => placeFromHere(file, main);
  const sources = new Map([...named].flatMap(([file, text]) => [[file, text] as const, [here(file), text] as const]));
  return { program, route, values, sources, parts };
}

function painter(color: boolean): Paint {
  if (!color) return (_, text) => text;
  const styles: Partial<Record<Role, ("bold" | "green" | "red" | "blue")[]>> = {
    frame: ["blue"],
    primary: ["bold", "green"],
    secondary: ["red"],
  };
  return (role, text) => styleText(styles[role] ?? [], text, { validateStream: false });
}
