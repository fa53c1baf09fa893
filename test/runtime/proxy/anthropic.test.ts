/** A client of OpenAI's dialect whose request is answered by a provider that speaks Anthropic's. */
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { load } from "../../../runtime/index.ts";
import { tableOf as compiled } from "../../compiler/support.ts";
import { answersWith, type Behaviour, type FakeProvider, streamsBy } from "../../support/fake-provider.ts";
import { ask, chatBody, errorOf, provided, type Served, serve } from "./harness.ts";

async function served(
  run = "claude",
): Promise<Served & { readonly claude: FakeProvider; readonly spare: FakeProvider }> {
  const [claude, spare] = [await provided(), await provided()];
  const source = `
    provider anthropic_like { protocol anthropic  url "${claude.url}"  key env "KEY" }
    provider spare { protocol openai  url "${spare.url}" }
    model claude = anthropic_like "claude-sonnet-4-5" {
      context 200k  output 8k  can [tools, vision, json, reasoning]
      price { input $3, output $15, cached $0.30 }
    }
    model other = spare "other" { context 8k  output 1k  price free }
    route chat -> ${run}`;
  return { ...(await serve(load(compiled(source)), { env: { KEY: "sk-ant-secret" } })), claude, spare };
}

const message = (more: object = {}): object => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  content: [{ type: "text", text: "Seven." }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 100, cache_read_input_tokens: 50, cache_creation_input_tokens: 0, output_tokens: 20 },
  ...more,
});

/** Events of the messages API, each written by itself. */
const events = (...list: readonly object[]): Behaviour =>
  streamsBy((write, response) => {
    for (const event of list) write(`event: ${Reflect.get(event, "type")}\ndata: ${JSON.stringify(event)}\n\n`);
    response.end();
  });

const STREAM = [
  { type: "message_start", message: message({ content: [], stop_reason: null }) },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "ping" },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Sev" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "en." } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 20 } },
  { type: "message_stop" },
];

test("what leaves is a messages request, with the key where Anthropic wants it", async () => {
  const { url, claude } = await served();
  claude.always(answersWith(200, message()));
  const body = chatBody({
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "3 + 4?" },
    ],
    seed: 7,
  });
  const response = await ask(url, body, { authorization: "Bearer of-the-client" });
  const [request] = claude.requests;
  expect(request?.path).toBe("/v1/messages");
  expect(request?.headers).toMatchObject({ "x-api-key": "sk-ant-secret", "anthropic-version": "2023-06-01" });
  expect(request?.headers.authorization).toBeUndefined();
  expect(JSON.parse(request?.body ?? "")).toEqual({
    model: "claude-sonnet-4-5",
    max_tokens: 8000,
    system: "Be brief.",
    messages: [{ role: "user", content: "3 + 4?" }],
  });
  expect(response.headers.get("x-routec-dropped")).toBe("seed");
});

test("what comes back is a chat completion, and is paid for with what was cached", async () => {
  const { url, claude, log } = await served();
  claude.always(answersWith(200, message()));
  const response = await ask(url);
  expect(await response.json()).toMatchObject({
    object: "chat.completion",
    choices: [{ message: { role: "assistant", content: "Seven." }, finish_reason: "stop" }],
    usage: { prompt_tokens: 150, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 50 } },
  });
  // 100 tokens at $3, 50 at $0.30, 20 at $15 a million.
  expect(response.headers.get("x-routec-cost")).toBe("0.000615");
  expect(log[0]?.calls.map(({ input, output, cost }) => [input, output, cost])).toEqual([[150, 20, 615_000]]);
});

describe("streamed", () => {
  test("it is a stream of chunks for OpenAI's own client", async () => {
    const { url, claude, log } = await served();
    claude.always(events(...STREAM));
    const client = new OpenAI({ apiKey: "none", baseURL: `${url}/v1` });
    const stream = await client.chat.completions.create({
      model: "chat",
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: "user", content: "3 + 4?" }],
    });
    let text = "";
    let usage: unknown;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe("Seven.");
    expect(usage).toMatchObject({ prompt_tokens: 150, completion_tokens: 20 });
    expect(log[0]?.calls[0]).toMatchObject({ cost: 615_000, end: "complete" });
  });

  test("an error before the first content lets the plan go on", async () => {
    const { url, claude, log } = await served("claude else other");
    const overloaded = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    claude.script(events(STREAM[0] as object, overloaded));
    const response = await ask(url, chatBody({ stream: true }));
    expect(response.headers.get("x-routec-model")).toBe("other");
    await response.text();
    expect(log[0]?.failures.map(({ failure }) => failure)).toEqual(["overloaded"]);
  });
});

test.each([
  [429, "rate_limit_error", "rate_limited"],
  [529, "overloaded_error", "overloaded"],
  [401, "authentication_error", "unauthorized"],
  [500, "api_error", "server_error"],
])("an answer %i (%s) is the failure %s", async (status, type, failure) => {
  const { url, claude, log } = await served("claude else other");
  claude.script(answersWith(status, { type: "error", error: { type, message: "no" } }));
  expect((await ask(url)).headers.get("x-routec-model")).toBe("other");
  expect(log[0]?.failures.map((each) => each.failure)).toEqual([failure]);
});

test("a request that is malformed is told in OpenAI's shape", async () => {
  const { url, claude } = await served();
  claude.script(
    answersWith(400, { type: "error", error: { type: "invalid_request_error", message: "messages: too few" } }),
  );
  expect(await errorOf(await ask(url))).toMatchObject({
    status: 400,
    error: { type: "invalid_request_error", message: "messages: too few" },
  });
});
