/** OpenAI's own client, as installed from npm, over every dialect that answers come from. */
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { FILLED, TALK, WEATHER, weatherIs } from "../support/small-talk.ts";
import { cachedOver, EMBEDDING, OUTBOUND, PARAMETERS, QUESTION, SCHEMA, serveAll } from "./harness.ts";

const served = serveAll();
const client = (): OpenAI => new OpenAI({ apiKey: "of-the-client", baseURL: `${served.url}/v1`, maxRetries: 0 });

const messages = [{ role: "user" as const, content: QUESTION }];
const tools = [{ type: "function" as const, function: { name: "weather", parameters: PARAMETERS, strict: true } }];
const format = { type: "json_schema" as const, json_schema: { name: "verdict", schema: SCHEMA, strict: true } };

describe.each(OUTBOUND)("over %s", (model) => {
  describe("chat completions", () => {
    test("say something, and what it took", async () => {
      const { choices, usage } = await client().chat.completions.create({ model, messages });
      expect(choices[0]).toMatchObject({ finish_reason: "stop", message: { role: "assistant", content: TALK } });
      expect(usage).toMatchObject({
        prompt_tokens: 40,
        completion_tokens: 12,
        total_tokens: 52,
        prompt_tokens_details: { cached_tokens: cachedOver(model) },
      });
    });

    test("stream", async () => {
      const stream = client().chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
      const pieces: string[] = [];
      stream.on("content", (delta) => pieces.push(delta));
      expect(await stream.finalContent()).toBe(TALK);
      expect(pieces.length).toBeGreaterThan(2);
      expect(await stream.totalUsage()).toMatchObject({ prompt_tokens: 40, completion_tokens: 12 });
    });

    test("call a tool, and go on with its result", async () => {
      const { choices } = await client().chat.completions.create({ model, messages, tools });
      const asked = choices[0]?.message;
      const call = asked?.tool_calls?.[0];
      if (asked === undefined || call?.type !== "function") throw new Error("no tool is called");
      expect([choices[0]?.finish_reason, call.function.name, JSON.parse(call.function.arguments)]).toEqual([
        "tool_calls",
        "weather",
        WEATHER,
      ]);
      const result = { role: "tool" as const, tool_call_id: call.id, content: "rain" };
      const next = await client().chat.completions.create({ model, tools, messages: [...messages, asked, result] });
      expect(next.choices[0]?.message.content).toBe(weatherIs("rain"));
    });

    test("call a tool in a stream", async () => {
      const message = await client()
        .chat.completions.stream({ model, messages, tools, tool_choice: "required" })
        .finalMessage();
      const called = { name: "weather", arguments: JSON.stringify(WEATHER) };
      expect(message.tool_calls).toMatchObject([{ type: "function", function: called }]);
    });

    test("fill a schema", async () => {
      const { choices } = await client().chat.completions.parse({ model, messages, response_format: format });
      expect(choices[0]?.message.parsed).toEqual(FILLED);
    });
  });

  describe("responses", () => {
    test("say something, and what it took", async () => {
      const response = await client().responses.create({ model, instructions: "Be brief.", input: QUESTION });
      expect([response.status, response.output_text]).toEqual(["completed", TALK]);
      // The provider's own id comes through where responses pass.
      expect(response.id === "resp_1").toBe(model === "azure");
      expect(response.usage).toMatchObject({
        input_tokens: 40,
        output_tokens: 12,
        input_tokens_details: { cached_tokens: cachedOver(model) },
      });
    });

    test("stream", async () => {
      const stream = client().responses.stream({ model, input: QUESTION });
      const types: string[] = [];
      stream.on("event", ({ type }) => types.push(type));
      expect((await stream.finalResponse()).output_text).toBe(TALK);
      expect([types[0], types.at(-1)]).toEqual(["response.created", "response.completed"]);
    });

    const tool = { type: "function" as const, name: "weather", parameters: PARAMETERS, strict: true };

    test("call a tool, and go on with its result", async () => {
      const { output } = await client().responses.create({ model, input: QUESTION, tools: [tool] });
      const call = output.find(({ type }) => type === "function_call");
      if (call?.type !== "function_call") throw new Error("no tool is called");
      expect([call.name, JSON.parse(call.arguments)]).toEqual(["weather", WEATHER]);
      const result = { type: "function_call_output" as const, call_id: call.call_id, output: "rain" };
      const input = [{ role: "user" as const, content: QUESTION }, call, result];
      const next = await client().responses.create({ model, tools: [tool], input });
      expect(next.output_text).toBe(weatherIs("rain"));
    });

    test("call a tool in a stream", async () => {
      const { output } = await client()
        .responses.stream({ model, input: QUESTION, tools: [tool] })
        .finalResponse();
      expect(output).toMatchObject([{ type: "function_call", name: "weather", arguments: JSON.stringify(WEATHER) }]);
    });

    test("fill a schema", async () => {
      const text = { format: { type: "json_schema" as const, name: "verdict", schema: SCHEMA, strict: true } };
      expect((await client().responses.parse({ model, input: QUESTION, text })).output_parsed).toEqual(FILLED);
    });
  });
});

test.each(EMBEDDING)("embeddings over %s", async (name) => {
  const { data, usage } = await client().embeddings.create({
    model: `${name}-vectors`,
    input: ["a", "b"],
    dimensions: 3,
  });
  expect(data.map(({ embedding }) => embedding)).toEqual([
    [0, 0.25, 0.5],
    [1, 1.25, 1.5],
  ]);
  expect(usage).toEqual({ prompt_tokens: 8, total_tokens: 8 });
});
