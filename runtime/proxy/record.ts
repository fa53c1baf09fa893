/** What is told of a request once it is over. */
import type { DecisionRecord } from "../observe/observer.ts";
import { entries, member, text } from "../plan/json.ts";
import type { SignalRecord as Told } from "../signals/index.ts";
import type { RequestBody } from "./body.ts";
import { inputText } from "./embeddings.ts";

export function signalRecords(signals: readonly Told[]): DecisionRecord["signals"] {
  return signals.map(({ name, value, milliseconds, cost = 0, missing }) => {
    return { name, value, milliseconds, cost, standIn: missing !== undefined };
  });
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
