/** What every request has, whatever the policy declares. */
import type { Attribute } from "./program.ts";
import { type Type, valueRange } from "./types.ts";

/** Days in the order of the week, which begins on Monday. */
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const COUNT = [0, Number.MAX_SAFE_INTEGER] as const;

export function builtIn(name: string, type: Type, range = valueRange(type)): [string, Attribute] {
  return [name, { name, type, source: { from: "builtin" }, default: undefined, range }];
}

/** By name, `needs.tools` and the like with their dots. */
export const BUILT_INS: ReadonlyMap<string, Attribute> = new Map([
  builtIn("model", { kind: "string" }),
  builtIn("endpoint", { kind: "enum", members: ["chat", "responses", "messages", "embeddings"] }),
  builtIn("stream", { kind: "bool" }),
  builtIn("prompt_tokens", { kind: "int" }, COUNT),
  builtIn("max_tokens", { kind: "int" }, COUNT),
  builtIn("turns", { kind: "int" }, COUNT),
  ...["tools", "vision", "audio", "pdf", "json", "logprobs", "reasoning", "search"].map((need) =>
    builtIn(`needs.${need}`, { kind: "bool" }),
  ),
  builtIn("prompt", { kind: "string" }),
  builtIn("system", { kind: "string" }),
  builtIn("time.hour", { kind: "int" }, [0, 23]),
  builtIn("time.weekday", { kind: "enum", members: WEEKDAYS }),
]);

/** First parts of built-in names (`needs`, `time`, `model` …): a policy cannot declare them. */
export const BUILT_IN_NAMES: ReadonlySet<string> = new Set(
  [...BUILT_INS.keys()].map((name) => name.split(".")[0] as string),
);
