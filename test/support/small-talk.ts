/** What mock providers say, whatever their dialect: a tool that is offered is called; its result is repeated; a schema is filled. */
import { type Behaviour, streamsBy } from "./fake-provider.ts";

// biome-ignore lint/suspicious/noExplicitAny: what clients send, looked at as a provider does
type Json = any;

/** What every dialect comes to in the end. */
export interface Said {
  readonly text?: string;
  readonly call?: { readonly name: string; readonly input: object };
}

export const WEATHER = { city: "Zürich", days: 3 };
export const TALK = "Seven – as ever 👍.";
export const FILLED = { answer: 7, sure: true };
export const weatherIs = (result: string): string => `The tool says: ${result}`;
export const KEY = "sk-of-the-policy";

export function saidTo(messages: readonly Json[], tools: readonly string[], format: Json): Said {
  const last = messages.at(-1);
  if (last?.role === "tool") return { text: weatherIs(textOf(last.content)) };
  if (tools.length > 0) return { call: { name: tools[0] ?? "", input: WEATHER } };
  return { text: format?.type === "json_schema" ? JSON.stringify(FILLED) : TALK };
}

export function textOf(content: Json): string {
  return typeof content === "string" ? content : (content ?? []).map((part: Json) => part.text ?? "").join("");
}

export function piecesOf(text: string): readonly string[] {
  return text.match(/[\s\S]{1,5}/gu) ?? [];
}

/** Streams these pieces. */
export function streams(events: readonly string[]): Behaviour {
  return streamsBy((write, response) => {
    for (const each of events) write(each);
    response.end();
  });
}
