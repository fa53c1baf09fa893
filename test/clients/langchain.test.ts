/** LangChain's client of OpenAI's dialect, as installed from npm, over every dialect that answers come from. */
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { describe, expect, test } from "vitest";
import { FILLED, TALK, WEATHER, weatherIs } from "../support/small-talk.ts";
import { EMBEDDING, OUTBOUND, PARAMETERS, QUESTION, SCHEMA, serveAll } from "./harness.ts";

const served = serveAll();
const chat = (model: string, useResponsesApi: boolean): ChatOpenAI =>
  new ChatOpenAI({
    model,
    apiKey: "of-the-client",
    maxRetries: 0,
    useResponsesApi,
    configuration: { baseURL: `${served.url}/v1` },
  });

const tools = [{ type: "function" as const, function: { name: "weather", parameters: PARAMETERS } }];
const CASES = OUTBOUND.flatMap((name) => [
  { name, api: "chat", responses: false },
  { name, api: "responses", responses: true },
]);

describe.each(CASES)("$api over $name", ({ name, responses }) => {
  test("text, and what it took", async () => {
    const { text, usage_metadata } = await chat(name, responses).invoke(QUESTION);
    expect(text).toBe(TALK);
    expect(usage_metadata).toMatchObject({ input_tokens: 40, output_tokens: 12, total_tokens: 52 });
  });

  test("a stream of text", async () => {
    const pieces: string[] = [];
    for await (const { text } of await chat(name, responses).stream(QUESTION)) pieces.push(text);
    expect([pieces.join(""), pieces.filter((piece) => piece !== "").length > 2]).toEqual([TALK, true]);
  });

  test("a tool is called, and its result is gone on with", async () => {
    const model = chat(name, responses).bindTools(tools);
    const asked = await model.invoke(QUESTION);
    const [call] = asked.tool_calls ?? [];
    expect(call).toMatchObject({ name: "weather", args: WEATHER });
    const result = { role: "tool" as const, tool_call_id: call?.id ?? "", content: "rain" };
    const next = await model.invoke([{ role: "user", content: QUESTION }, asked, result]);
    expect(next.text).toBe(weatherIs("rain"));
  });

  test("a schema is filled", async () => {
    const model = chat(name, responses).withStructuredOutput(SCHEMA, {
      name: "verdict",
      method: "jsonSchema",
      strict: true,
    });
    expect(await model.invoke(QUESTION)).toEqual(FILLED);
  });
});

test.each(EMBEDDING)("embeddings over %s", async (name) => {
  const model = `${name}-vectors`;
  const embedder = new OpenAIEmbeddings({
    model,
    apiKey: "of-the-client",
    maxRetries: 0,
    configuration: { baseURL: `${served.url}/v1` },
  });
  expect(await embedder.embedDocuments(["a", "b"])).toEqual([
    [0, 0.25, 0.5, 0.75],
    [1, 1.25, 1.5, 1.75],
  ]);
});
