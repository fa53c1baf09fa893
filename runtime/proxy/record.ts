/** What is told of a request once it is over. */
import type { DecisionRecord } from "../observe/observer.ts";
import { entries, member, text } from "../plan/json.ts";
import type { SignalRecord } from "../signals/index.ts";
import type { Policy } from "../table/index.ts";
import type { RequestBody } from "./body.ts";
import { inputText } from "./embeddings.ts";
import type { ServedRoute } from "./gateway.ts";

/** What an exchange knows. */
export interface Known
  extends Omit<DecisionRecord, "policy" | "attributes" | "meters" | "tested" | "route" | "rule" | "signals"> {
  readonly route: ServedRoute | undefined;
  readonly rule: number | undefined;
  readonly signals: readonly SignalRecord[];
}

export function decisionRecord({ table }: Policy, known: Known): DecisionRecord {
  const { route, rule, signals, values } = known;
  return {
    ...known,
    policy: table.hash,
    route: route?.name,
    rule: rule === undefined ? undefined : route?.labels[rule],
    attributes: table.attributes,
    meters: table.meters,
    // What the policy declares of a request is told whether or not this route tests it: another policy may.
    tested: [...values.keys()].filter((index) => values[index] !== undefined),
    signals: signals.map(({ name, value, milliseconds, cost = 0, missing }) => {
      return { name, value, milliseconds, cost, standIn: missing !== undefined };
    }),
  };
}

/** The texts of a request, for operators who want them logged. */
export function messageTexts(body: RequestBody): NonNullable<DecisionRecord["texts"]> {
  if (body.facts.inputs !== undefined) return { prompt: inputText(member(body.json(), "input")) ?? "", system: "" };
  const messages = entries(member(body.json(), "messages"));
  const of = (roles: readonly string[]): string =>
    messages
      .filter((message) => roles.includes(text(member(message, "role"))))
      .map((message) => contentText(member(message, "content")))
      .join("\n");
  return { prompt: of(["user"]), system: of(["system", "developer"]) };
}

function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  return entries(content)
    .map((part) => text(member(part, "text")))
    .join("\n");
}
