/** Recorded answers of providers that are reached over the AI SDK: each comes out as OpenAI's, with nothing lost. */
import { afterEach, describe, expect, test } from "vitest";
import { entries, member } from "../../../../runtime/plan/json.ts";
import { answersWith } from "../../../support/fake-provider.ts";
import {
  conforms,
  eventsIn,
  gathered,
  hasData,
  recorded,
  recordedEvents,
  recordings,
  told,
  withData,
} from "../../dialects/harness.ts";
import { type Bridged, bridged, type Dialect, streamed } from "./harness.ts";

let opened: Bridged | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

/** Folders of recordings, and the dialect that they are in. Those below them are of other endpoints. */
const FOLDERS = [
  ["google/", "gemini"],
  ["amazon-bedrock/", "bedrock"],
  ["cohere/", "cohere"],
] as const;

const answersOf = (end: ".json" | ".chunks.txt"): [string, Dialect][] =>
  FOLDERS.flatMap(([folder, dialect]) =>
    recordings(folder, end)
      .filter((file) => file.split("/").length === 2 && !file.includes("429"))
      .map((file): [string, Dialect] => [file, dialect]),
  );

const TOOLS = ["weather", "json", "get-weather"].map((name) => ({
  type: "function",
  function: { name, parameters: { type: "object" } },
}));

interface Said {
  readonly content: string;
  readonly reasoning: string;
  readonly calls: readonly { readonly name: string; readonly arguments: unknown }[];
  readonly prompt: number;
  readonly completion: number;
}

/** What a client sees. */
function seen(message: Record<string, unknown>): Said {
  // Some recordings were cut before it.
  const usage = message.usage as { prompt_tokens: number; completion_tokens: number } | undefined;
  return {
    content: String(message.content),
    reasoning: String(message.reasoning_content),
    calls: (message.calls as { name: string; arguments: string }[]).map((each) => ({
      name: each.name,
      arguments: JSON.parse(each.arguments),
    })),
    prompt: usage?.prompt_tokens ?? 0,
    completion: usage?.completion_tokens ?? 0,
  };
}

describe.skipIf(!hasData)(withData("a recorded answer"), () => {
  test("is there of each dialect, whole and in a stream", () => {
    for (const end of [".json", ".chunks.txt"] as const)
      expect(new Set(answersOf(end).map(([, dialect]) => dialect)).size).toBe(3);
  });

  test.each(answersOf(".json"))("%s comes whole", async (file, dialect) => {
    opened = await bridged(dialect);
    opened.fake.script(answersWith(200, recorded(file)));
    const { status, text, told: lines } = await opened.ask({ tools: TOOLS });
    expect([status, lines.at(-1)]).toEqual([200, "end"]);
    const completion = JSON.parse(text());
    conforms("CreateChatCompletionResponse", completion);
    expect(seen(told(completion))).toEqual(WHOLE[dialect]?.(recorded(file)));
  });

  test.each(answersOf(".chunks.txt"))("%s comes as a stream", async (file, dialect) => {
    opened = await bridged(dialect);
    opened.fake.script(streamed(dialect, recordedEvents(file)));
    const asked = { tools: TOOLS, stream: true, stream_options: { include_usage: true } };
    const { status, text } = await opened.ask(asked, { stream: true });
    expect(status).toBe(200);
    expect(text()).toMatch(/data: \[DONE\]\n\n$/);
    for (const event of eventsIn(text())) conforms("CreateChatCompletionStreamResponse", event);
    expect(seen(gathered(text()))).toEqual(STREAM[dialect]?.(recordedEvents(file).map((event) => JSON.parse(event))));
  });
});

/** Naive readers of each dialect, to hold the bridge to. */
type Read = (value: unknown) => Said;

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce((inner, name) => member(Array.isArray(inner) ? inner[0] : inner, name), value);
const joined = (values: readonly unknown[]): string => values.map((value) => value ?? "").join("");
const count = (...values: readonly unknown[]): number =>
  values.reduce<number>((sum, value) => sum + Number(value ?? 0), 0);

/** A call comes whole, or its texts come in pieces behind it. */
function geminiCalls(pieces: readonly unknown[]): Said["calls"] {
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

const gemini = (chunks: readonly unknown[]): Said => {
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

const WHOLE: Partial<Record<Dialect, Read>> = {
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

const STREAM: Partial<Record<Dialect, (events: readonly unknown[]) => Said>> = {
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
