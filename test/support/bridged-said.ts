/** Naive readers of the dialects that are spoken over the AI SDK, to hold the bridge to. */
import { entries, member } from "../../runtime/plan/json.ts";

/** What an answer says. */
export interface BridgedSaid {
  readonly content: string;
  readonly reasoning: string;
  readonly calls: readonly { readonly name: string; readonly arguments: unknown }[];
  readonly prompt: number;
  readonly completion: number;
}

type Read = (value: unknown) => BridgedSaid;

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce((inner, name) => member(Array.isArray(inner) ? inner[0] : inner, name), value);
const joined = (values: readonly unknown[]): string => values.map((value) => value ?? "").join("");
const count = (...values: readonly unknown[]): number =>
  values.reduce<number>((sum, value) => sum + Number(value ?? 0), 0);

/** A call comes whole, or its texts come in pieces behind it. */
function geminiCalls(pieces: readonly unknown[]): BridgedSaid["calls"] {
  const calls: { name: string; arguments: Record<string, unknown> }[] = [];
  for (const piece of pieces) {
    const name = at(piece, "name");
    if (typeof name === "string") calls.push({ name, arguments: { ...(at(piece, "args") as object | undefined) } });
    for (const part of entries(at(piece, "partialArgs"))) {
      const written = calls.at(-1)?.arguments ?? {};
      const path = String(at(part, "jsonPath")).slice("$.".length);
      written[path] = joined([written[path], at(part, "stringValue")]);
    }
  }
  return calls;
}

const gemini = (chunks: readonly unknown[]): BridgedSaid => {
  const parts = chunks.flatMap((chunk) => entries(at(chunk, "candidates", "content", "parts")));
  const usage = chunks.map((chunk) => at(chunk, "usageMetadata")).findLast(Boolean);
  return {
    content: joined(parts.filter((part) => !at(part, "thought")).map((part) => at(part, "text"))),
    reasoning: joined(parts.filter((part) => at(part, "thought")).map((part) => at(part, "text"))),
    calls: geminiCalls(parts.map((part) => at(part, "functionCall")).filter(Boolean)),
    prompt: count(at(usage, "promptTokenCount")),
    completion: count(at(usage, "candidatesTokenCount"), at(usage, "thoughtsTokenCount")),
  };
};

export const SAID_IN: Readonly<Record<string, Read>> = {
  gemini: (answer) => gemini([answer]),
  bedrock: (answer) => {
    const blocks = entries(at(answer, "output", "message", "content"));
    return {
      content: joined(blocks.map((block) => at(block, "text"))),
      reasoning: joined(blocks.map((block) => at(block, "reasoningContent", "reasoningText", "text"))),
      calls: blocks
        .filter((block) => at(block, "toolUse"))
        .map((block) => ({ name: String(at(block, "toolUse", "name")), arguments: at(block, "toolUse", "input") })),
      prompt: count(
        at(answer, "usage", "inputTokens"),
        at(answer, "usage", "cacheReadInputTokens"),
        at(answer, "usage", "cacheWriteInputTokens"),
      ),
      completion: count(at(answer, "usage", "outputTokens")),
    };
  },
  cohere: (answer) => {
    const parts = entries(at(answer, "message", "content"));
    return {
      content: joined(parts.map((part) => at(part, "text"))),
      reasoning: joined(parts.map((part) => at(part, "thinking"))),
      calls: entries(at(answer, "message", "tool_calls")).map((each) => ({
        name: String(at(each, "function", "name")),
        arguments: JSON.parse(String(at(each, "function", "arguments"))),
      })),
      prompt: count(at(answer, "usage", "billed_units", "input_tokens")),
      completion: count(at(answer, "usage", "billed_units", "output_tokens")),
    };
  },
};

export const SAID_IN_STREAM: Readonly<Record<string, (events: readonly unknown[]) => BridgedSaid>> = {
  gemini,
  bedrock: (events) => {
    const usage = events.map((event) => at(event, "metadata", "usage")).findLast(Boolean);
    const starts = events.filter((event) => at(event, "contentBlockStart", "start", "toolUse"));
    const inputOf = (index: unknown): string =>
      joined(
        events
          .filter((event) => at(event, "contentBlockDelta", "contentBlockIndex") === index)
          .map((event) => at(event, "contentBlockDelta", "delta", "toolUse", "input")),
      );
    return {
      content: joined(events.map((event) => at(event, "contentBlockDelta", "delta", "text"))),
      reasoning: joined(events.map((event) => at(event, "contentBlockDelta", "delta", "reasoningContent", "text"))),
      calls: starts.map((start) => ({
        name: String(at(start, "contentBlockStart", "start", "toolUse", "name")),
        arguments: JSON.parse(inputOf(at(start, "contentBlockStart", "contentBlockIndex")) || "{}"),
      })),
      prompt: count(at(usage, "inputTokens"), at(usage, "cacheReadInputTokens"), at(usage, "cacheWriteInputTokens")),
      completion: count(at(usage, "outputTokens")),
    };
  },
  cohere: (events) => {
    const deltas = events.map((event) => at(event, "delta"));
    const usage = deltas.map((delta) => at(delta, "usage", "billed_units")).findLast(Boolean);
    const starts = events.filter((event) => at(event, "type") === "tool-call-start");
    const writtenIn = (index: unknown): string =>
      joined(
        events
          .filter((event) => at(event, "index") === index)
          .map((event) => at(event, "delta", "message", "tool_calls", "function", "arguments")),
      );
    return {
      content: joined(deltas.map((delta) => at(delta, "message", "content", "text"))),
      reasoning: joined(deltas.map((delta) => at(delta, "message", "content", "thinking"))),
      calls: starts.map((start) => ({
        name: String(at(start, "delta", "message", "tool_calls", "function", "name")),
        arguments: JSON.parse(writtenIn(at(start, "index")) || "{}"),
      })),
      prompt: count(at(usage, "input_tokens")),
      completion: count(at(usage, "output_tokens")),
    };
  },
};
