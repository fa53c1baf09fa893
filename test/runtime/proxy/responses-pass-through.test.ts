/** OpenAI's responses to a provider that speaks them: nothing changes, so that what no chat can say arrives. */
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { load } from "../../../runtime/index.ts";
import { tableOf as compiled } from "../../compiler/support.ts";
import { answersWith, type FakeProvider, streamsBy } from "../../support/fake-provider.ts";
import { provided, type Served, serve } from "./harness.ts";

interface Passing extends Served {
  readonly keeper: FakeProvider;
  readonly spare: FakeProvider;
}

async function served(rules = "-> gpt", more = ""): Promise<Passing> {
  const [keeper, spare] = [await provided(), await provided()];
  keeper.always(answersWith(200, RESPONSE, { "x-request-id": "req_1", "x-ratelimit-remaining-tokens": "7" }));
  const source = `
    provider keeper { like openai  url "${keeper.url}"  key env "KEY" }
    provider spare { protocol openai  url "${spare.url}" }
    model gpt = keeper "gpt-5.1" {
      context 200k  output 8k  can [tools, vision, pdf, json, logprobs, reasoning, search]
      price { input $1, output $10, cached $0.10 }
    }
    model other = spare "other" { context 8k  output 1k  can [tools, search]  price free }
    ${more}
    route chat ${rules}`;
  return { ...(await serve(load(compiled(source)), { env: { KEY: "sk-secret" } })), keeper, spare };
}

/** Written as no serialiser of ours would write it. */
const RESPONSE = `{ "id":"resp_1", "object" : "response","created_at":1,"status":"completed","error":null,
  "incomplete_details":null,"model":"gpt-5.1-2026","output":[
  {"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"c2ln\\u003d"},
  {"id":"ct_1","type":"custom_tool_call","call_id":"c","name":"sql","input":"select 1"},
  {"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[
    {"type":"output_text","text":"Seven.","annotations":[],"logprobs":[]}]},
  {"type":"something_new","x":1.0}],"tools":[],"previous_response_id":"resp_0",
  "usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":50},"output_tokens":20,
    "output_tokens_details":{"reasoning_tokens":8},"total_tokens":120},"user":null,"metadata":{}}`;

const BODY = `{"previous_response_id": "resp_0", "model": "chat", "store": true, "input": [
 {"role":"user","content":"3 \\u002b 4?"}, {"type":"item_reference","id":"msg_0"},
 {"type":"reasoning","id":"rs_0","summary":[],"encrypted_content":"c2ln"}],
 "tools": [{"type":"custom","name":"sql","format":{"type":"text"}}, {"type":"web_search"}, {"type":"code_interpreter","container":{"type":"auto"}}],
 "include": ["reasoning.encrypted_content"], "unheard_of": 1.0 }`;

const post = ({ url }: Served, body = BODY, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/responses`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });

const asked = (more: object = {}): string => JSON.stringify({ model: "chat", input: "3 + 4?", ...more });
const sent = ({ requests }: FakeProvider, index = 0) => JSON.parse(requests[index]?.body ?? "");

const event = (data: { readonly type: string }, at: number): string =>
  `event: ${data.type}\ndata: ${JSON.stringify({ ...data, sequence_number: at })}\n\n`;

const BEGUN = { ...JSON.parse(RESPONSE), status: "in_progress", output: [], usage: null };
const message = { id: "msg_1", type: "message", role: "assistant", status: "in_progress", content: [] };
const place = { item_id: "msg_1", output_index: 1, content_index: 0 };
const part = (text: string) => ({ type: "output_text", text, annotations: [], logprobs: [] });
const STREAM = [
  { type: "response.created", response: BEGUN },
  { type: "response.in_progress", response: BEGUN },
  { type: "response.output_item.added", output_index: 0, item: { id: "rs_1", type: "reasoning", summary: [] } },
  { type: "response.output_item.added", output_index: 1, item: message },
  { type: "response.content_part.added", ...place, part: part("") },
  { type: "response.output_text.delta", ...place, delta: "Sev" },
  { type: "response.an_event_of_tomorrow", ...place },
  { type: "response.output_text.delta", ...place, delta: "en. ☕" },
  { type: "response.output_text.done", ...place, text: "Seven. ☕" },
  // As long as all of the answer, and more than any tail that is kept.
  {
    type: "response.completed",
    response: { ...JSON.parse(RESPONSE), instructions: "Be brief. ".repeat(4000), tools: [{ name: "usage" }] },
  },
];
const EVENTS = STREAM.map(event);
/** All that comes before the first content. */
const SILENT = EVENTS.slice(0, 5);
const SPEAKING = EVENTS.slice(0, 6);

const streamsAll = (pieces: readonly string[] = EVENTS) =>
  streamsBy((write, response) => {
    for (const piece of pieces) write(piece);
    response.end();
  });
const streamed = asked({ stream: true });

describe("a request", () => {
  test("leaves with its bytes as they came, but for the model, and with the policy's key", async () => {
    const proxy = await served();
    await post(proxy, BODY, { authorization: "Bearer of-the-client", "openai-beta": "b" });
    const [request] = proxy.keeper.requests;
    expect([request?.path, request?.body]).toEqual(["/v1/responses", BODY.replace('"chat"', '"gpt-5.1"')]);
    expect(request?.headers).toMatchObject({ authorization: "Bearer sk-secret", "openai-beta": "b" });
  });

  test("that refers to what is kept is of unknown size, and is given to nobody who keeps nothing", async () => {
    const proxy = await served("-> other else gpt", "budget day { limit $0.30 per day }");
    const response = await post(proxy);
    expect(response.headers.get("x-routec-model")).toBe("gpt");
    expect(proxy.log[0]?.failures).toMatchObject([{ model: "other", failure: "unsupported" }]);
    // A full context at $1 and all output at $10 are $0.28.
    expect((await post(proxy)).status).toBe(200);
    expect(proxy.spare.requests).toEqual([]);
    const alone = await served("-> other");
    expect(await (await post(alone)).json()).toMatchObject({
      error: { param: "previous_response_id", message: expect.stringContaining("is not supported") },
    });
  });

  test("that would run in the background is refused, as nothing can be asked for later", async () => {
    const response = await post(await served(), asked({ background: true }));
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: "background" } }]);
  });

  test("is a chat for a provider with members of its own, and for one that speaks no responses", async () => {
    const proxy = await served("{ reuse 5m  otherwise -> gpt }");
    await post(proxy, asked());
    expect(proxy.keeper.requests[0]?.path).toBe("/v1/chat/completions");
    await post(proxy);
    expect(proxy.keeper.requests[1]?.path).toBe("/v1/responses");
  });
});

describe("an answer", () => {
  test("comes as it was sent, with the provider's headers, and is paid for", async () => {
    const proxy = await served();
    const response = await post(proxy);
    expect(await response.text()).toBe(RESPONSE);
    expect(response.headers.get("x-request-id")).toBe("req_1");
    expect(response.headers.get("x-ratelimit-remaining-tokens")).toBe("7");
    expect(response.headers.get("x-routec-dropped")).toBeNull();
    // 50 tokens at $1, 50 at $0.10, 20 at $10 a million.
    expect(response.headers.get("x-routec-cost")).toBe("0.000255");
    expect(proxy.log[0]?.calls).toMatchObject([{ input: 100, output: 20, cost: 255_000 }]);
  });

  test.each([
    [400, "invalid_request_error", "previous_response_not_found"],
    [429, "rate_limit_error", "rate_limit_exceeded"],
    [500, "server_error", null],
  ])("that is an error %i (%s) is told in the provider's words", async (status, type, code) => {
    const proxy = await served();
    const error = `{ "error":{"message":"No.","type":"${type}","param":null,"code":${JSON.stringify(code)}}}`;
    proxy.keeper.always(answersWith(status, error, { "x-request-id": "req_2" }));
    const response = await post(proxy);
    expect([response.status, await response.text()]).toEqual([status, error]);
    expect([response.headers.get("x-request-id"), response.headers.get("x-should-retry")]).toEqual(["req_2", "false"]);
  });

  test.each([
    ["rate_limit_exceeded", "rate_limited"],
    ["server_error", "server_error"],
    ["invalid_prompt", "invalid"],
  ])(
    "that failed with %s and status 200 gives the failure %s to the plan, which goes on in its dialect",
    async (code, failure) => {
      const proxy = await served("-> gpt else on rate_limited, server_error, invalid other");
      const failed = { ...JSON.parse(RESPONSE), status: "failed", output: [], error: { code, message: "No." } };
      proxy.keeper.script(answersWith(200, failed));
      const response = await post(proxy, asked());
      expect(await response.json()).toMatchObject({ object: "response", status: "completed" });
      expect(proxy.log[0]?.failures).toMatchObject([{ model: "gpt", failure }]);
      expect(sent(proxy.spare)).toMatchObject({ model: "other", messages: [{ role: "user", content: "3 + 4?" }] });
    },
  );
});

describe("a stream", () => {
  test("passes byte for byte, and is paid for by its last event, however long that is", async () => {
    const proxy = await served();
    proxy.keeper.always(streamsAll());
    expect(await (await post(proxy, streamed)).text()).toBe(EVENTS.join(""));
    expect(sent(proxy.keeper)).toEqual({ ...JSON.parse(streamed), model: "gpt-5.1" });
    expect(proxy.log[0]?.calls).toMatchObject([{ input: 100, output: 20, cost: 255_000, end: "complete" }]);
  });

  test("is the same wherever its bytes are cut", async () => {
    const proxy = await served();
    const bytes = Buffer.from(EVENTS.join("")).toString("latin1");
    for (const size of [97, 1024]) {
      const pieces = bytes.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      proxy.keeper.script(
        streamsBy((_write, response) => {
          for (const piece of pieces) response.write(Buffer.from(piece, "latin1"));
          response.end();
        }),
      );
      expect(await (await post(proxy, streamed)).text()).toBe(EVENTS.join(""));
      expect(proxy.log.at(-1)?.calls).toMatchObject([{ cost: 255_000, end: "complete" }]);
    }
  });

  test("is held until its first content, and not for longer", async () => {
    const proxy = await served();
    let finish: () => void = () => {};
    proxy.keeper.always(
      streamsBy((write, response) => {
        write(SPEAKING.join(""));
        finish = () => response.end(EVENTS.slice(SPEAKING.length).join(""));
      }),
    );
    const response = await post(proxy, streamed);
    finish();
    expect(await response.text()).toBe(EVENTS.join(""));
  });

  test("ends when the provider says so, and not when it hangs up", async () => {
    const proxy = await served();
    proxy.keeper.always(
      streamsBy((write) => {
        for (const piece of EVENTS) write(piece);
      }),
    );
    expect(await (await post(proxy, streamed)).text()).toBe(EVENTS.join(""));
  });

  const limited = { code: "rate_limit_exceeded", message: "Slow down." };
  test.each([
    ["an error", event({ type: "error", ...limited }, 5)],
    ["an error within", event({ type: "error", error: limited } as never, 5)],
    [
      "a failed response",
      event({ type: "response.failed", response: { ...BEGUN, status: "failed", error: limited } } as never, 5),
    ],
  ])("that reports %s before its first content falls through, and behind it passes it on", async (_, error) => {
    const proxy = await served("-> gpt else other");
    proxy.keeper.script(streamsAll([...SILENT, error]), streamsAll([...SPEAKING, error]));
    expect(await (await post(proxy, streamed)).text()).toContain("Hello");
    expect(proxy.log[0]?.failures).toMatchObject([{ model: "gpt", failure: "rate_limited" }]);
    expect(await (await post(proxy, streamed)).text()).toBe([...SPEAKING, error].join(""));
    expect(proxy.log[1]).toMatchObject({ outcome: "broken", calls: [{ failure: "rate_limited" }] });
  });

  test("that breaks off ends in the next event, an error that OpenAI's own client reads", async () => {
    const proxy = await served();
    proxy.keeper.always(streamsAll(SPEAKING));
    const text = await (await post(proxy, streamed)).text();
    expect(text.startsWith(SPEAKING.join(""))).toBe(true);
    expect(JSON.parse(text.slice(text.lastIndexOf("data: ") + 6))).toMatchObject({ type: "error", sequence_number: 6 });
    const client = new OpenAI({ apiKey: "none", baseURL: `${proxy.url}/v1`, maxRetries: 0 });
    const stream = await client.responses.create({ model: "chat", input: "?", stream: true });
    const read = async (): Promise<void> => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toThrow("the answer of `gpt` broke off");
  });
});

describe("a step's options", () => {
  test("change what they say, and nothing else", async () => {
    const proxy = await served(
      '-> gpt with { max_tokens 500, system "./prompt.md", temperature 0.5, reasoning high, tools only [sql] }',
    );
    const [sql, search] = JSON.parse(BODY).tools;
    const input = [
      { role: "developer", content: "Mine." },
      { role: "user", content: "?" },
    ];
    const rest = { input, previous_response_id: "resp_0", reasoning: { summary: "auto" }, new_member: 1 };
    await post(
      proxy,
      asked({
        ...rest,
        max_output_tokens: 900,
        instructions: "Mine.",
        tools: [sql, search],
        tool_choice: { type: "web_search" },
      }),
    );
    expect(sent(proxy.keeper)).toEqual({
      ...rest,
      model: "gpt-5.1",
      max_output_tokens: 500,
      instructions: "How hard is this?",
      input: [input[1]],
      temperature: 0.5,
      reasoning: { summary: "auto", effort: "high" },
      tools: [sql],
    });
  });

  test("do not let it ask for more than the model writes", async () => {
    const proxy = await served();
    await post(proxy, asked({ max_output_tokens: 32_000, metadata: { k: "v" } }));
    expect(sent(proxy.keeper)).toMatchObject({ max_output_tokens: 8000, metadata: { k: "v" } });
  });
});

describe("plans", () => {
  const changed = (from: string, to: string) => answersWith(200, RESPONSE.replace(from, to));

  test("go on from what was filtered or refused where they say so, whole or streamed", async () => {
    const proxy = await served("-> gpt else on filtered, refused other");
    const filtered = RESPONSE.replace('"incomplete_details":null', '"incomplete_details":{"reason":"content_filter"}');
    const refusal = {
      ...JSON.parse(RESPONSE),
      output: [{ ...message, content: [{ type: "refusal", refusal: "No." }] }],
    };
    const incomplete = event({ type: "response.incomplete", response: JSON.parse(filtered) } as never, 9);
    proxy.keeper.script(answersWith(200, filtered), answersWith(200, refusal), streamsAll([...SPEAKING, incomplete]));
    for (const body of [asked(), asked(), streamed])
      expect((await post(proxy, body)).headers.get("x-routec-model")).toBe("other");
    const failures = proxy.log.map((record) => record.failures[0]?.failure);
    expect(failures).toEqual(["filtered", "refused", "filtered"]);
  });

  test("have gates that read what passes", async () => {
    const proxy = await served('-> cascade { gpt accept when answer contains "Eight" and finish == tools  other }');
    expect((await post(proxy, asked())).headers.get("x-routec-model")).toBe("other");
    proxy.keeper.always(changed("Seven", "Eight"));
    expect(await (await post(proxy)).text()).toBe(RESPONSE.replace("Seven", "Eight"));
    proxy.keeper.always(streamsAll(EVENTS.map((each) => each.replaceAll("Seven.", "Eight."))));
    expect(await (await post(proxy, streamed)).text()).toContain("Eight");
  });

  test("ask in the form of a chat where a gate needs what only that lets be taken out again", async () => {
    const proxy = await served("-> cascade { gpt accept when confidence >= 0.9  other }");
    await post(proxy, asked());
    expect(proxy.keeper.requests[0]?.path).toBe("/v1/chat/completions");
  });
});
