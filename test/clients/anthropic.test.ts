/** Anthropic's own client, as installed from npm, over every dialect that answers come from. */
import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import { FILLED, TALK, WEATHER, weatherIs } from "../support/small-talk.ts";
import { cachedOver, OUTBOUND, PARAMETERS, QUESTION, SCHEMA, serveAll } from "./harness.ts";

const served = serveAll();
const client = (): Anthropic => new Anthropic({ apiKey: "of-the-client", baseURL: served.url, maxRetries: 0 });

const tools = [{ name: "weather", input_schema: PARAMETERS }];
const asking = (model: string): Anthropic.MessageCreateParamsNonStreaming => ({
  model,
  max_tokens: 1000,
  system: "Be brief.",
  messages: [{ role: "user", content: QUESTION }],
});

describe.each(OUTBOUND)("over %s", (model) => {
  const asked = asking(model);

  test("a message says something, and what it took", async () => {
    const { content, stop_reason, usage } = await client().messages.create(asked);
    expect(content).toMatchObject([{ type: "text", text: TALK }]);
    expect([stop_reason, usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens]).toEqual([
      "end_turn",
      40 - cachedOver(model),
      cachedOver(model),
      12,
    ]);
  });

  test("a stream comes in pieces", async () => {
    const stream = client().messages.stream(asked);
    const pieces: string[] = [];
    stream.on("text", (delta) => pieces.push(delta));
    expect(await stream.finalText()).toBe(TALK);
    expect(pieces.length).toBeGreaterThan(2);
    expect((await stream.finalMessage()).usage.output_tokens).toBe(12);
  });

  test("a tool is called, and its result is gone on with", async () => {
    const { content, stop_reason } = await client().messages.create({ ...asked, tools });
    const call = content.find((block) => block.type === "tool_use");
    if (call === undefined) throw new Error("no tool is called");
    expect([stop_reason, call.name, call.input]).toEqual(["tool_use", "weather", WEATHER]);
    const messages: Anthropic.MessageParam[] = [
      ...asked.messages,
      { role: "assistant", content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "rain" }] },
    ];
    const next = await client().messages.create({ ...asked, tools, messages });
    expect(next.content).toMatchObject([{ type: "text", text: weatherIs("rain") }]);
  });

  test("a tool is called in a stream", async () => {
    const choice = { type: "any" as const, disable_parallel_tool_use: true };
    const { content } = await client()
      .messages.stream({ ...asked, tools, tool_choice: choice })
      .finalMessage();
    expect(content).toMatchObject([{ type: "tool_use", name: "weather", input: WEATHER }]);
  });

  test("a schema is filled", async () => {
    const output_config = { format: { type: "json_schema" as const, schema: SCHEMA } };
    const { content } = await client().messages.create({ ...asked, output_config });
    expect(content.map((block) => (block.type === "text" ? JSON.parse(block.text) : block))).toEqual([FILLED]);
  });

  test("tokens are counted", async () => {
    const { max_tokens: _, ...counted } = asked;
    const { input_tokens } = await client().messages.countTokens(counted);
    expect(input_tokens).toBeGreaterThan(10);
  });

  test("an error is of the client's own class", async () => {
    const wrong = client().messages.create({
      ...asked,
      messages: [{ role: "assistant" as const, content: "" }],
      max_tokens: -1,
    });
    await expect(wrong).rejects.toBeInstanceOf(Anthropic.BadRequestError);
    await expect(client().messages.create({ ...asked, model: "gone" })).rejects.toBeInstanceOf(Anthropic.NotFoundError);
  });
});

test("the routes are its models", async () => {
  const listed: string[] = [];
  for await (const { id, type } of client().models.list()) listed.push(`${type} ${id}`);
  expect(listed).toEqual(expect.arrayContaining(OUTBOUND.map((name) => `model ${name}`)));
  expect(await client().models.retrieve("openai")).toMatchObject({ id: "openai", display_name: "openai" });
});
