/** Vercel's AI SDK, as installed from npm, by each of its packages for the dialects that are spoken here. */
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { embedMany, generateText, jsonSchema, type LanguageModel, Output, stepCountIs, streamText, tool } from "ai";
import { describe, expect, test } from "vitest";
import { FILLED, TALK, WEATHER, weatherIs } from "../support/small-talk.ts";
import { EMBEDDING, OUTBOUND, PARAMETERS, QUESTION, SCHEMA, serveAll } from "./harness.ts";

const served = serveAll();
const settings = (): { baseURL: string; apiKey: string } => ({ baseURL: `${served.url}/v1`, apiKey: "of-the-client" });

const INBOUND: Readonly<Record<string, (name: string) => LanguageModel>> = {
  "@ai-sdk/openai by responses": (name) => createOpenAI(settings()).responses(name),
  "@ai-sdk/openai by chat": (name) => createOpenAI(settings()).chat(name),
  "@ai-sdk/anthropic": (name) => createAnthropic(settings())(name),
};

const weather = tool({ inputSchema: jsonSchema<typeof WEATHER>(PARAMETERS), execute: () => "rain" });
const CASES = OUTBOUND.flatMap((name) => Object.entries(INBOUND).map(([inbound, of]) => ({ name, inbound, of })));

describe.each(CASES)("$inbound over $name", ({ name, of }) => {
  const asked = { prompt: QUESTION, maxRetries: 0, maxOutputTokens: 1000 };

  test("text, and what it took", async () => {
    const { text, usage, finishReason } = await generateText({ ...asked, model: of(name) });
    expect([text, finishReason, usage.inputTokens, usage.outputTokens]).toEqual([TALK, "stop", 40, 12]);
  });

  test("a stream of text", async () => {
    const { textStream, usage } = streamText({ ...asked, model: of(name) });
    const pieces: string[] = [];
    for await (const piece of textStream) pieces.push(piece);
    expect([pieces.join(""), pieces.length > 2, (await usage).outputTokens]).toEqual([TALK, true, 12]);
  });

  test("a tool is called, and its result is gone on with", async () => {
    const { text, steps } = await generateText({
      ...asked,
      model: of(name),
      tools: { weather },
      stopWhen: stepCountIs(2),
    });
    expect(steps[0]?.toolCalls).toMatchObject([{ toolName: "weather", input: WEATHER }]);
    expect(text).toBe(weatherIs("rain"));
  });

  test("a tool is called in a stream, and its result is gone on with", async () => {
    const result = streamText({ ...asked, model: of(name), tools: { weather }, stopWhen: stepCountIs(2) });
    const steps = await result.steps;
    expect(steps[0]?.toolCalls).toMatchObject([{ toolName: "weather", input: WEATHER }]);
    expect(steps[1]?.text).toBe(weatherIs("rain"));
  });

  // Anthropic's package knows by a model's name how to ask for JSON: to it a route is a model that knows no schemas.
  if (of === INBOUND["@ai-sdk/anthropic"]) return;
  test("a schema is filled", async () => {
    const output = Output.object({ schema: jsonSchema<typeof FILLED>(SCHEMA) });
    expect((await generateText({ ...asked, model: of(name), output })).output).toEqual(FILLED);
  });
});

test.each(EMBEDDING)("embeddings over %s", async (name) => {
  const model = createOpenAI(settings()).embedding(`${name}-vectors`);
  const { embeddings, usage } = await embedMany({ model, values: ["a", "b"], maxRetries: 0 });
  expect(embeddings).toEqual([
    [0, 0.25, 0.5, 0.75],
    [1, 1.25, 1.5, 1.75],
  ]);
  expect(usage).toEqual({ tokens: 8 });
});
