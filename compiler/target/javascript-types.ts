/** The types of a generated module, as TypeScript looks for them beside it. */
import type { Attribute, AttributeType, DecisionTable } from "../../runtime/table/artifact.ts";
import { comment, literal } from "./javascript-literal.ts";

/** The source of the `.d.ts` of what `javaScript` gives for the same table. */
export function javaScriptTypes(table: DecisionTable): string {
  const { attributes, routes, files, compiler } = table;
  const names = routes.map((route) => route.names[0]);
  const signals = attributes.filter(({ source }) => source.from === "signal").map(({ name }) => name);
  const models = routes.flatMap((route) => route.names.filter((name) => name !== "*"));
  const anyModel = routes.some((route) => route.names.includes("*"));
  return `// ${comment(files[0]?.path ?? "a policy")}, by ${comment(compiler)}. Do not edit: compile the policy again.

/** What rules may test. Money in dollars, durations in milliseconds; what has a default may be left out. */
export interface Attributes {
  /** Names the route. */
  readonly model: ${anyModel ? "string" : union(models)};
${attributes
  .filter(({ name }) => name !== "model")
  .map(member)
  .join("\n")}
}

/** The first name of a route. */
export type Route = ${union(names)};

/** The name of a signal. */
export type Signal = ${union(signals)};

/** One arrow of a route. */
export interface Rule {
  readonly text: string;
  readonly run: Run;
  /** Index of the file, then first line and column, then those after the last character, from 1. */
  readonly at: readonly [number, number, number, number, number];
  readonly signals?: readonly Signal[];
}

/** What is to be done: an expression of the decision table. */
export type Run = { readonly kind: string } & Readonly<Record<string, unknown>>;

export interface Decision {
  readonly route: Route;
  /** Of the rule that decides, from 0. */
  readonly index: number;
  readonly rule: Rule;
  readonly run: Run;
}

/** A value of a request is not one that its attribute may have. */
export class AttributeError extends Error {
  readonly attribute: string;
}

/** The policy by its content hash. Milliseconds, nano-dollars. */
export const policy: {
  readonly hash: string;
  readonly plans: readonly { readonly name: string; readonly run: Run }[];
  readonly routes: readonly {
    readonly names: readonly string[];
    readonly deadline: number;
    readonly signals: readonly Signal[];
    readonly rules: readonly Rule[];
  }[];
};

/**
 * Decides a request: pure, no clock, no I/O, no randomness.
 * @throws {AttributeError} when no route serves \`model\`, or an attribute is missing or not of its type.
 */
export function decide(attributes: Attributes): Decision;

/**
 * The signals that a decision may wait for, in textual order: those that rules of the route that serves \`model\` test.
 * @throws {AttributeError} when no route serves \`model\`.
 */
export function signalsOf(model: Attributes["model"]): readonly Signal[];
`;
}

function union(texts: readonly unknown[]): string {
  return texts.length === 0 ? "never" : [...new Set(texts.map(literal))].join(" | ");
}

function member({ name, type, source, default: otherwise }: Attribute): string {
  // What is built in, and signals and state, are needed only of routes whose rules test them.
  const optional = otherwise !== undefined || ["builtin", "signal", "state"].includes(source.from);
  return `  readonly ${literal(name)}${optional ? "?" : ""}: ${typeOf(type)}${optional ? " | undefined" : ""};`;
}

function typeOf(type: AttributeType): string {
  switch (type.kind) {
    case "enum":
      return union(type.members);
    case "bool":
      return "boolean";
    case "string":
      return "string";
    default:
      return "number";
  }
}
