/** Anthropic's messages to a provider that speaks them: Claude Code's contract with a gateway is that nothing changes. */
import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import { load } from "../../../runtime/index.ts";
import { tableOf as compiled } from "../../compiler/support.ts";
import { answersWith, type FakeProvider, fails, hangs, streamsBy } from "../../support/fake-provider.ts";
import { provided, type Served, serve } from "./harness.ts";

interface Passing extends Served {
  readonly claude: FakeProvider;
  readonly spare: FakeProvider;
}

async function served(rules = "-> claude", more = ""): Promise<Passing> {
  const [claude, spare] = [await provided(), await provided()];
  claude.always(answersWith(200, MESSAGE, { "request-id": "req_1", "anthropic-ratelimit-tokens-remaining": "7" }));
  const source = `
    provider anthropic_like { protocol anthropic  url "${claude.url}"  key env "KEY" }
    provider spare { protocol openai  url "${spare.url}" }
    model claude = anthropic_like "claude-sonnet-4-5" {
      context 200k  output 8k  can [tools, vision, pdf, json, reasoning]
      price { input $3, output $15, cached $0.30, cache_write $3.75, cache_write_1h $6 }
    }
    model other = spare "other" { context 8k  output 1k  price free }
    ${more}
    route "claude-alias" ${rules}`;
  return { ...(await serve(load(compiled(source)), { env: { KEY: "sk-ant-secret" } })), claude, spare };
}

/** Written as no serialiser of ours would write it. */
const MESSAGE = `{ "id":"msg_1", "type" : "message","role":"assistant","model":"claude-sonnet-4-5-20250929",
  "content":[{"type":"thinking","thinking":"\\u0068m","signature":"c2ln"},{"type":"text","text":"Seven.","citations":null},
  {"type":"something_new","x":1.0}],"stop_reason":"end_turn","stop_sequence":null,
  "usage":{"input_tokens":100,"cache_read_input_tokens":50,"cache_creation_input_tokens":20,"output_tokens":20}}`;

const BODY = `{"max_tokens": 1024, "model": "claude-alias",
 "system": [{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral","ttl":"1h"}}],
 "messages": [{"role":"user","content":"3 \\u002b 4?"},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"}]}],
 "context_management": {"edits": []}, "unheard_of": 1.0 }`;

const post = ({ url }: Served, body = BODY, headers: Record<string, string> = {}, path = "/v1/messages") =>
  fetch(`${url}${path}`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });

const asked = (more: object = {}): string =>
  JSON.stringify({ model: "claude-alias", max_tokens: 100, messages: [{ role: "user", content: "3 + 4?" }], ...more });

const sent = ({ requests }: FakeProvider, index = 0) => JSON.parse(requests[index]?.body ?? "");

/** An event of a stream, padded as Anthropic pads them. */
const event = (data: { readonly type: string }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data).slice(0, -1)}      }\n\n`;

const STREAM = [
  {
    type: "message_start",
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      content: [],
      model: "c",
      stop_reason: null,
      usage: { input_tokens: 100, cache_read_input_tokens: 50, cache_creation_input_tokens: 0, output_tokens: 1 },
    },
  },
  { type: "ping" },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Sev" } },
  { type: "an_event_of_tomorrow", index: 0 },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "en. ☕" } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 20 } },
  { type: "message_stop" },
] as const;
const EVENTS = STREAM.map(event);

const streamsAll = (pieces: readonly string[] = EVENTS) =>
  streamsBy((write, response) => {
    for (const piece of pieces) write(piece);
    response.end();
  });

describe("a request", () => {
  test("leaves with its bytes as they came, but for the model", async () => {
    const proxy = await served();
    await post(proxy);
    const [request] = proxy.claude.requests;
    expect([request?.path, request?.body]).toEqual([
      "/v1/messages",
      BODY.replace('"claude-alias"', '"claude-sonnet-4-5"'),
    ]);
  });

  test("leaves with the client's betas and version, and the policy's key", async () => {
    const proxy = await served();
    await post(proxy, BODY, {
      "anthropic-beta": "context-1m-2025-08-07,new-beta",
      "anthropic-version": "2023-01-01",
      "x-api-key": "of-the-client",
      authorization: "Bearer of-the-client",
      "x-claude-code-session-id": "s",
    });
    const [request] = proxy.claude.requests;
    expect(request?.headers).toMatchObject({
      "anthropic-beta": "context-1m-2025-08-07,new-beta",
      "anthropic-version": "2023-01-01",
      "x-api-key": "sk-ant-secret",
    });
    expect(request?.headers.authorization).toBeUndefined();
    expect(request?.rawHeaders.filter((name) => name === "anthropic-version")).toHaveLength(1);
  });

  test("has a version where the client states none", async () => {
    const proxy = await served();
    await post(proxy);
    expect(proxy.claude.requests[0]?.headers["anthropic-version"]).toBe("2023-06-01");
  });

  test("whose members are repeated leaves as it is read here, not as it might be read there", async () => {
    const proxy = await served();
    await post(proxy, asked().replace("{", '{"messages":[{"role":"user","content":"hidden"}],'));
    expect(proxy.claude.requests[0]?.body).not.toContain("hidden");
  });

  test("is told what is wrong with it in Anthropic's shape", async () => {
    const proxy = await served();
    const response = await post(proxy, "{");
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { type: "error", error: { type: "invalid_request_error" } },
    ]);
    expect(proxy.log[0]?.outcome).toBe("refused");
  });
});

describe("what a chat cannot refer to", () => {
  const document = { type: "document", source: { type: "url", url: "https://example.com/a.pdf" } };
  const withDocument = asked({ messages: [{ role: "user", content: [document, { type: "text", text: "?" }] }] });

  test("passes, and is known to the rules", async () => {
    const proxy = await served("{ when needs.pdf -> claude  otherwise -> other }");
    expect((await post(proxy, withDocument)).headers.get("x-routec-model")).toBe("claude");
    expect(sent(proxy.claude).messages[0].content[0]).toEqual(document);
  });

  test("is reserved as a full context", async () => {
    const proxy = await served("-> claude", "budget day { limit $0.50 per day }");
    expect((await post(proxy)).status).toBe(200);
    const response = await post(proxy, withDocument);
    expect([response.status, await response.json()]).toMatchObject([429, { error: { type: "rate_limit_error" } }]);
  });
});

describe("an answer", () => {
  test("comes as it was sent, with the provider's headers, and is paid for", async () => {
    const proxy = await served();
    const response = await post(proxy);
    expect(await response.text()).toBe(MESSAGE);
    expect(response.headers.get("request-id")).toBe("req_1");
    expect(response.headers.get("anthropic-ratelimit-tokens-remaining")).toBe("7");
    expect(response.headers.get("x-routec-dropped")).toBeNull();
    // 100 tokens at $3, 50 at $0.30, 20 at $3.75, 20 at $15 a million.
    expect(response.headers.get("x-routec-cost")).toBe("0.00069");
    expect(proxy.log[0]?.calls).toMatchObject([{ input: 170, output: 20, cost: 690_000 }]);
  });

  test("whose prompt is kept for an hour is paid for as such, whole and streamed", async () => {
    const proxy = await served();
    const kept = {
      cache_creation_input_tokens: 20,
      cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 15 },
    };
    const [start, ...rest] = STREAM;
    const message = { ...start.message, usage: { ...start.message.usage, ...kept } };
    proxy.claude.script(
      answersWith(200, {
        ...message,
        content: [],
        stop_reason: "end_turn",
        usage: { ...message.usage, output_tokens: 20 },
      }),
      streamsAll([{ ...start, message }, ...rest].map(event)),
    );
    await (await post(proxy)).text();
    await (await post(proxy, asked({ stream: true }))).text();
    // 100 tokens at $3, 50 at $0.30, 5 at $3.75, 15 at $6, 20 at $15 a million.
    expect(proxy.log.map(({ calls }) => calls[0]?.cost)).toEqual([723_750, 723_750]);
  });

  test.each([
    [400, "invalid_request_error", "prompt is too long: 200001 tokens > 200000 maximum"],
    [413, "request_too_large", "Request exceeds the maximum size"],
    [429, "rate_limit_error", "This request would exceed your rate limit"],
    [404, "not_found_error", "model: claude-sonnet-4-5"],
    [500, "api_error", "Internal server error"],
    [529, "overloaded_error", "Overloaded"],
  ])("that is an error %i (%s) is told in the provider's words", async (status, type, message) => {
    const proxy = await served();
    const error = `{"type":"error", "error":{"details":null,"type":"${type}","message":"${message}"},"request_id":"req_2"}`;
    proxy.claude.always(answersWith(status, error, { "request-id": "req_2", "retry-after": "3" }));
    const response = await post(proxy);
    expect([response.status, await response.text()]).toEqual([status, error]);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect([response.headers.get("request-id"), response.headers.get("retry-after")]).toEqual(["req_2", "3"]);
    expect(response.headers.get("x-should-retry")).toBe("false");
  });

  test("that refuses the policy's key is none of the client's", async () => {
    const proxy = await served();
    proxy.claude.always(
      answersWith(401, { type: "error", error: { type: "authentication_error", message: "invalid x-api-key" } }),
    );
    const response = await post(proxy);
    expect([response.status, await response.json()]).toMatchObject([
      502,
      { type: "error", error: { type: "api_error" } },
    ]);
  });

  test("that is an error gives its failure to the plan", async () => {
    const proxy = await served("-> claude else other");
    proxy.claude.always(
      answersWith(529, { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
    );
    const message = await new Anthropic({ apiKey: "none", baseURL: proxy.url }).messages.create(JSON.parse(asked()));
    expect(message.content).toEqual([{ type: "text", text: "Hello there.", citations: null }]);
    expect(proxy.log[0]?.failures).toMatchObject([{ model: "claude", failure: "overloaded" }]);
    expect(sent(proxy.spare)).toEqual({
      model: "other",
      messages: [{ role: "user", content: "3 + 4?" }],
      max_tokens: 100,
    });
  });
});

describe("a stream", () => {
  const streamed = asked({ stream: true });

  test("passes byte for byte, and is paid for", async () => {
    const proxy = await served();
    proxy.claude.always(streamsAll());
    expect(await (await post(proxy, streamed)).text()).toBe(EVENTS.join(""));
    expect(sent(proxy.claude)).toEqual({ ...JSON.parse(streamed), model: "claude-sonnet-4-5" });
    expect(proxy.log[0]?.calls).toMatchObject([{ input: 150, output: 20, cost: 615_000, end: "complete" }]);
  });

  test("is the same wherever its bytes are cut", async () => {
    const proxy = await served();
    const bytes = Buffer.from(EVENTS.join("")).toString("latin1");
    for (const size of [1, 7, 64]) {
      const pieces = bytes.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      proxy.claude.script(
        streamsBy((_write, response) => {
          for (const piece of pieces) response.write(Buffer.from(piece, "latin1"));
          response.end();
        }),
      );
      expect(await (await post(proxy, streamed)).text()).toBe(EVENTS.join(""));
      expect(proxy.log.at(-1)?.calls).toMatchObject([{ cost: 615_000, end: "complete" }]);
    }
  });

  test("is not held: the first content arrives while the provider is still speaking", async () => {
    const proxy = await served();
    let finish: () => void = () => {};
    proxy.claude.always(
      streamsBy((write, response) => {
        write(EVENTS.slice(0, 4).join(""));
        finish = () => response.end(EVENTS.slice(4).join(""));
      }),
    );
    const reader = (await post(proxy, streamed)).body?.getReader();
    const decoder = new TextDecoder();
    let text = "";
    while (!text.includes("Sev")) text += decoder.decode((await reader?.read())?.value, { stream: true });
    finish();
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read())
      text += decoder.decode(part.value, { stream: true });
    expect(text).toBe(EVENTS.join(""));
  });

  test("ends when the provider says so, and not when it hangs up", async () => {
    const proxy = await served();
    proxy.claude.always(
      streamsBy((write) => {
        for (const piece of EVENTS) write(piece);
      }),
    );
    expect(await (await post(proxy, streamed)).text()).toBe(EVENTS.join(""));
  });

  test("that reports an error before its first content falls through", async () => {
    const proxy = await served("-> claude else other");
    const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } } as const;
    proxy.claude.always(streamsAll([EVENTS[0] ?? "", event(error)]));
    const text = await (await post(proxy, streamed)).text();
    expect(text).toContain("Hello");
    expect(proxy.log[0]?.failures).toMatchObject([{ model: "claude", failure: "overloaded" }]);
  });

  test("that reports an error behind its first content passes it on", async () => {
    const proxy = await served("-> claude else other");
    const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } } as const;
    const pieces = [...EVENTS.slice(0, 4), event(error)];
    proxy.claude.always(streamsAll(pieces));
    const text = await (await post(proxy, streamed)).text();
    expect(text.startsWith(pieces.join(""))).toBe(true);
    expect(proxy.log[0]?.outcome).toBe("broken");
  });

  test("that breaks off ends in an error event that Anthropic's own client reads", async () => {
    const proxy = await served();
    proxy.claude.always(streamsAll(EVENTS.slice(0, 4)));
    const client = new Anthropic({ apiKey: "none", baseURL: proxy.url, maxRetries: 0 });
    const stream = client.messages.stream(JSON.parse(asked()));
    await expect(stream.finalMessage()).rejects.toThrow("the answer of `claude` broke off");
  });
});

describe("a step's options", () => {
  test("change what they say, and nothing else", async () => {
    const proxy = await served(
      '-> claude with { max_tokens 500, system "./prompt.md", temperature 0.5, tools only [look] }',
    );
    const tools = [
      { name: "look", input_schema: { type: "object" }, cache_control: { type: "ephemeral" } },
      { name: "shout", input_schema: { type: "object" } },
    ];
    const tool_choice = { type: "any", disable_parallel_tool_use: true };
    await post(proxy, asked({ max_tokens: 900, system: "Mine.", tools, tool_choice, new_member: 1 }));
    expect(sent(proxy.claude)).toEqual({
      model: "claude-sonnet-4-5",
      max_tokens: 500,
      system: "How hard is this?",
      temperature: 0.5,
      messages: [{ role: "user", content: "3 + 4?" }],
      tools: [tools[0]],
      tool_choice,
      new_member: 1,
    });
  });

  test("set thinking as the model has it, and are named where it cannot", async () => {
    const proxy = await served("-> claude with { reasoning high, temperature 0.5 }");
    const response = await post(proxy, asked({ max_tokens: 4000 }));
    expect(sent(proxy.claude)).toMatchObject({ thinking: { type: "enabled", budget_tokens: 3200 } });
    expect(sent(proxy.claude)).not.toHaveProperty("temperature");
    expect(response.headers.get("x-routec-dropped")).toBe("temperature");
  });

  test("do not let it ask for more than the model writes", async () => {
    const proxy = await served();
    await post(proxy, asked({ max_tokens: 32_000, metadata: { user_id: "u" } }));
    expect(sent(proxy.claude)).toMatchObject({ max_tokens: 8000, metadata: { user_id: "u" } });
  });
});

describe("plans", () => {
  test("go on from a refusal where they say so", async () => {
    const proxy = await served("-> claude else on filtered other");
    proxy.claude.always(answersWith(200, MESSAGE.replace("end_turn", "refusal")));
    expect((await post(proxy)).headers.get("x-routec-model")).toBe("other");
    expect(proxy.log[0]?.failures).toMatchObject([{ failure: "filtered" }]);
  });

  test("have gates that read what passes", async () => {
    const rules = '-> cascade { claude accept when answer contains "Eight"  other }';
    const proxy = await served(rules);
    expect((await post(proxy)).headers.get("x-routec-model")).toBe("other");
    proxy.claude.always(answersWith(200, MESSAGE.replace("Seven", "Eight")));
    expect(await (await post(proxy)).text()).toBe(MESSAGE.replace("Seven", "Eight"));
    proxy.claude.always(streamsAll(EVENTS.map((each) => each.replace("Sev", "Eight"))));
    expect(await (await post(proxy, asked({ stream: true }))).text()).toContain("Eight");
  });

  test("that give answers again do so in the client's dialect", async () => {
    const proxy = await served("{ reuse 5m  otherwise -> claude }");
    const first = await (await post(proxy, asked())).json();
    const again = await post(proxy, asked());
    expect(again.headers.get("x-routec-reused")).not.toBeNull();
    expect(await again.json()).toEqual(first);
  });
});

describe("tokens", () => {
  const count = (proxy: Passing) => post(proxy, BODY, { "anthropic-beta": "b" }, "/v1/messages/count_tokens");

  test("are counted by the provider, of the bytes that came", async () => {
    const proxy = await served("-> claude else other");
    proxy.claude.always(answersWith(200, '{"input_tokens": 2095 }'));
    const response = await count(proxy);
    expect(await response.text()).toBe('{"input_tokens": 2095 }');
    const [request] = proxy.claude.requests;
    expect([request?.path, request?.headers["anthropic-beta"], request?.body]).toEqual([
      "/v1/messages/count_tokens",
      "b",
      BODY.replace('"claude-alias"', '"claude-sonnet-4-5"'),
    ]);
  });

  test("are estimated where it cannot, or another dialect's model would answer", async () => {
    const proxy = await served("-> claude");
    proxy.claude.always(fails(500));
    expect(await (await count(proxy)).json()).toEqual({ input_tokens: expect.any(Number) });
    const other = await served("-> other");
    expect(await (await count(other)).json()).toEqual({ input_tokens: expect.any(Number) });
    expect(other.spare.requests).toEqual([]);
  });

  test("of a request that the provider calls malformed are not", async () => {
    const proxy = await served();
    const error = '{"type":"error","error":{"type":"invalid_request_error","message":"messages.0: no"}}';
    proxy.claude.always(answersWith(400, error));
    const response = await count(proxy);
    expect([response.status, await response.text()]).toEqual([400, error]);
  });
});

test("a client that goes ends the call", async () => {
  const proxy = await served();
  proxy.claude.always(hangs);
  const controller = new AbortController();
  const asking = fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    body: BODY,
    headers: { "content-type": "application/json" },
    signal: controller.signal,
  });
  const { closed } = await proxy.claude.arrival(0);
  controller.abort();
  await expect(asking).rejects.toThrow();
  await closed;
});
