/** What can be compared, and with what: types as they are written, so that they are known while a program is half-written. */
import { ANSWER } from "../../compiler/program/answers.ts";
import { BUILT_INS } from "../../compiler/program/builtins.ts";
import { SCALAR_TYPES, type ScalarType, type Type } from "../../compiler/program/types.ts";
import type { TypeNode } from "../../compiler/syntax/index.ts";
import type { Document } from "../text/document.ts";
import type { Workspace } from "../workspace.ts";
import type { Definer } from "./occurrences.ts";
import { lookUp } from "./symbols.ts";

/** Over what a condition is. */
export type Over = "request" | "models" | "answer";

/** The state that rules may test, by what has it. */
export const VIEWS: Readonly<Record<"budget" | "limit" | "commit" | "provider", ReadonlyMap<string, Type>>> = {
  budget: new Map<string, Type>([
    ["used", { kind: "percent" }],
    ["left", { kind: "money" }],
  ]),
  limit: new Map<string, Type>([["used", { kind: "percent" }]]),
  commit: new Map<string, Type>([
    ["behind", { kind: "bool" }],
    ["pace", { kind: "percent" }],
  ]),
  provider: new Map<string, Type>([["health", { kind: "enum", members: ["up", "degraded", "down"] }]]),
};

/** What `models where` and `every model is` can test, beside `can`. */
export const MODEL_FACTS: ReadonlyMap<string, Type> = new Map<string, Type>([
  ["provider", { kind: "string" }],
  ["residency", { kind: "string" }],
  ["quality", { kind: "score" }],
  ["context", { kind: "int" }],
  ["output", { kind: "int" }],
  ["price.input", { kind: "money" }],
  ["price.output", { kind: "money" }],
  ["tags", { kind: "string" }],
]);

/** The type that is written; undefined where it is none. */
export function writtenType({ words }: TypeNode): Type | undefined {
  const [first, second] = words;
  if (second !== undefined) return { kind: "enum", members: words.map(({ text }) => text) };
  return SCALAR_TYPES.some((name) => name === first?.text) ? { kind: first?.text as ScalarType } : undefined;
}

/** Of what an operand names: `tier`, `needs.tools`, `month.used`. Undefined where it names nothing that can be compared. */
export function typeOf(
  path: readonly string[],
  over: Over,
  document: Document,
  workspace: Workspace,
): Type | undefined {
  const name = path.join(".");
  if (over === "answer") return name === "judge" ? { kind: "score" } : ANSWER.get(name)?.type;
  if (over === "models") return MODEL_FACTS.get(name);
  const builtIn = BUILT_INS.get(name);
  if (builtIn !== undefined) return builtIn.type;
  const [first = "", view] = path;
  const definer = lookUp(first, document, workspace)?.definer;
  if (definer === undefined || (path.length > 2 && view !== undefined)) return undefined;
  if (view !== undefined) {
    const owner = viewsOf(definer);
    return owner?.get(view);
  }
  if ("source" in definer) return writtenType(definer.type);
  return undefined;
}

/** The state of what is declared so; undefined where it has none. */
export function viewsOf(definer: Definer): ReadonlyMap<string, Type> | undefined {
  if (!("kind" in definer)) return undefined;
  if (definer.kind === "provider") return VIEWS.provider;
  return definer.kind === "meter" ? VIEWS[definer.meter] : undefined;
}

/** `free | pro`. */
export function typeText(type: Type): string {
  return type.kind === "enum" ? type.members.join(" | ") : type.kind;
}
