/** Recorded answers of providers that are reached over the AI SDK: each comes out as OpenAI's, with nothing lost. */
import { afterEach, describe, expect, test } from "vitest";
import { type BridgedSaid, SAID_IN, SAID_IN_STREAM } from "../../../support/bridged-said.ts";
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

/** What a client sees. */
function seen(message: Record<string, unknown>): BridgedSaid {
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
    expect(seen(told(completion))).toEqual(SAID_IN[dialect]?.(recorded(file)));
  });

  test.each(answersOf(".chunks.txt"))("%s comes as a stream", async (file, dialect) => {
    opened = await bridged(dialect);
    opened.fake.script(streamed(dialect, recordedEvents(file)));
    const asked = { tools: TOOLS, stream: true, stream_options: { include_usage: true } };
    const { status, text } = await opened.ask(asked, { stream: true });
    expect(status).toBe(200);
    expect(text()).toMatch(/data: \[DONE\]\n\n$/);
    for (const event of eventsIn(text())) conforms("CreateChatCompletionStreamResponse", event);
    expect(seen(gathered(text()))).toEqual(
      SAID_IN_STREAM[dialect]?.(recordedEvents(file).map((event) => JSON.parse(event))),
    );
  });
});
