/** Clients of other dialects: Anthropic's own SDK, and OpenAI's for responses, over a provider of chat completions. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { load } from "../../../runtime/index.ts";
import { tableOf as compiled } from "../../compiler/support.ts";
import { answers, type FakeProvider, fails } from "../../support/fake-provider.ts";
import { provided, type Served, serve } from "./harness.ts";

async function served(rules = "otherwise -> a"): Promise<Served & { readonly provider: FakeProvider }> {
  const provider = await provided();
  const source = `
    provider somebody { protocol openai  url "${provider.url}" }
    model a = somebody "up-a" { context 100k  output 4k  price { input $1, output $2 }  can [tools, json, reasoning] }
    model b = somebody "up-b" { context 100k  output 4k  price free }
    route chat { ${rules} }`;
  return { ...(await serve(load(compiled(source)))), provider };
}

const sent = ({ requests }: FakeProvider): Record<string, unknown> => JSON.parse(requests.at(-1)?.body ?? "");

describe("a client of Anthropic's messages", () => {
  const client = ({ url }: Served) => new Anthropic({ apiKey: "none", baseURL: url, maxRetries: 0 });
  const asked = {
    model: "chat",
    max_tokens: 100,
    system: "Be brief.",
    messages: [{ role: "user" as const, content: "3 + 4?" }],
  };

  test("gets a message", async () => {
    const proxy = await served();
    const message = await client(proxy).messages.create(asked);
    expect(message).toMatchObject({
      type: "message",
      role: "assistant",
      content: [{ type: "text", text: "Hello there." }],
      stop_reason: "end_turn",
      usage: { input_tokens: 9, output_tokens: 4 },
    });
    expect(sent(proxy.provider)).toMatchObject({
      model: "up-a",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "3 + 4?" },
      ],
    });
    expect(proxy.log[0]).toMatchObject({ outcome: "answered", calls: [{ input: 9, output: 4 }] });
  });

  test("gets a stream of its own events", async () => {
    const proxy = await served();
    const stream = client(proxy).messages.stream(asked);
    const kinds: string[] = [];
    stream.on("streamEvent", ({ type }) => kinds.push(type));
    const message = await stream.finalMessage();
    expect(message.content).toMatchObject([{ type: "text", text: "Hello there." }]);
    expect(message.usage).toMatchObject({ input_tokens: 9, output_tokens: 4 });
    expect(kinds[0]).toBe("message_start");
    expect(kinds.at(-1)).toBe("message_stop");
  });

  test("gets errors in its own shape, whoever made them", async () => {
    const proxy = await served();
    proxy.provider.always(fails(429, "rate_limit_exceeded"));
    await expect(client(proxy).messages.create(asked)).rejects.toMatchObject({
      status: 429,
      error: { type: "error", error: { type: "rate_limit_error" } },
    });
    await expect(client(proxy).messages.create({ ...asked, model: "gone" })).rejects.toMatchObject({
      status: 404,
      error: { type: "error", error: { type: "not_found_error" } },
    });
    await expect(client(proxy).messages.create({ ...asked, max_tokens: -1 })).rejects.toMatchObject({
      status: 400,
      error: { error: { type: "invalid_request_error", message: expect.stringContaining("max_tokens") } },
    });
  });

  test("has its tokens counted", async () => {
    const proxy = await served();
    const { max_tokens, ...counted } = asked;
    const { input_tokens } = await client(proxy).messages.countTokens(counted);
    expect(input_tokens).toBeGreaterThan(10);
    expect(proxy.provider.requests).toHaveLength(0);
  });

  test("asks no model for more than it can write, by the provider's name for it", async () => {
    const proxy = await served();
    await client(proxy).messages.create({ ...asked, max_tokens: 5_000 });
    expect(sent(proxy.provider)).toMatchObject({ max_tokens: 4000 });
    expect(sent(proxy.provider)).not.toHaveProperty("max_completion_tokens");
  });

  test("is known to the rules by its endpoint", async () => {
    const proxy = await served("when endpoint == messages -> b  otherwise -> a");
    await client(proxy).messages.create(asked);
    expect(sent(proxy.provider).model).toBe("up-b");
  });
});

describe("a client of OpenAI's responses", () => {
  const client = ({ url }: Served) => new OpenAI({ apiKey: "none", baseURL: `${url}/v1`, maxRetries: 0 });

  test("gets a response", async () => {
    const proxy = await served("when endpoint == responses -> b  otherwise -> a");
    const response = await client(proxy).responses.create({
      model: "chat",
      instructions: "Be brief.",
      input: "3 + 4?",
    });
    expect(response.output_text).toBe("Hello there.");
    expect(response.usage).toMatchObject({ input_tokens: 9, output_tokens: 4 });
    expect(sent(proxy.provider)).toMatchObject({
      model: "up-b",
      messages: [{ content: "Be brief." }, { content: "3 + 4?" }],
    });
  });

  test("gets a stream of its own events", async () => {
    const proxy = await served();
    const stream = await client(proxy).responses.create({ model: "chat", input: "3 + 4?", stream: true });
    let text = "";
    let last = "";
    for await (const event of stream) {
      if (event.type === "response.output_text.delta") text += event.delta;
      last = event.type;
    }
    expect([text, last]).toEqual(["Hello there.", "response.completed"]);
  });

  test("is told that nothing is kept here", async () => {
    const proxy = await served();
    const asking = client(proxy).responses.create({ model: "chat", input: "x", previous_response_id: "resp_1" });
    await expect(asking).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("previous_response_id"),
    });
  });
});

test("a stream that breaks off ends with an error event of the client's dialect", async () => {
  const proxy = await served();
  proxy.provider.always((_request, response, socket) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const chunk = { id: "x", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content: "Hel" } }] };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`, () => socket.destroy());
  });
  const response = await fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "chat", max_tokens: 9, stream: true, messages: [{ role: "user", content: "x" }] }),
  });
  const text = await response.text();
  expect(text).toContain("event: error\ndata: {");
  expect(text).not.toContain("message_stop");
  expect(proxy.log[0]?.outcome).toBe("broken");
});

test("what a dialect says and a chat cannot is named", async () => {
  const proxy = await served();
  proxy.provider.always(answers("Yes."));
  const response = await fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "chat", max_tokens: 9, top_k: 5, messages: [{ role: "user", content: "x" }] }),
  });
  expect(response.headers.get("x-routec-dropped")).toBe("top_k");
  expect(Number(response.headers.get("content-length"))).toBe(Buffer.byteLength(await response.text()));
});
