/** What a provider is sent over the AI SDK's packages, and what comes of what it answers. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { PackageError, type TransportOptions } from "../../../../runtime/providers/index.ts";
import type { Provider } from "../../../../runtime/table/index.ts";
import { answersWith, diesInBody, hangs, refusingUrl, streamsBy } from "../../../support/fake-provider.ts";
import { eventsIn, gathered, told } from "../../dialects/harness.ts";
import { type Bridged, bridged, type Dialect, eventMessage, framed, streamed, UPSTREAM } from "./harness.ts";

const opened: Bridged[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

async function open(
  dialect: Dialect,
  facts?: Partial<Provider>,
  options?: Partial<TransportOptions>,
): Promise<Bridged> {
  const made = await bridged(dialect, facts, options);
  opened.push(made);
  return made;
}

const GEMINI = {
  candidates: [{ content: { role: "model", parts: [{ text: "Hi." }] }, finishReason: "STOP" }],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
};
const BEDROCK = {
  output: { message: { role: "assistant", content: [{ text: "Hi." }] } },
  stopReason: "end_turn",
  usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
};
const COHERE = {
  id: "x",
  message: { role: "assistant", content: [{ type: "text", text: "Hi." }] },
  finish_reason: "COMPLETE",
  usage: { billed_units: { input_tokens: 3, output_tokens: 2 }, tokens: { input_tokens: 70, output_tokens: 2 } },
};
const ANSWERS: Readonly<Record<Dialect, object>> = { gemini: GEMINI, vertex: GEMINI, bedrock: BEDROCK, cohere: COHERE };

/** The body that a request comes to. */
async function sent(dialect: Dialect, request: object): Promise<Record<string, unknown>> {
  const each = await open(dialect);
  each.fake.script(answersWith(200, ANSWERS[dialect]));
  await each.ask(request);
  return JSON.parse(each.sent().body);
}

/** Names of what a request loses on its way. */
async function lost(dialect: Dialect, request: object): Promise<readonly string[] | undefined> {
  const each = await open(dialect);
  each.fake.script(answersWith(200, ANSWERS[dialect]));
  return (await each.ask(request)).control.dropped;
}

const PIXEL = "data:image/png;base64,iVBORw0KGgo=";
const WEATHER = { type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } };
const TALK = {
  messages: [
    { role: "system", content: "Be brief." },
    {
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { type: "image_url", image_url: { url: PIXEL } },
      ],
    },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c1", type: "function", function: { name: "weather", arguments: '{"city":"Bonn"}' } }],
    },
    { role: "tool", tool_call_id: "c1", content: "rain" },
  ],
  tools: [WEATHER],
  tool_choice: "required",
  stop: "END",
  max_completion_tokens: 50,
  temperature: 0.5,
};

describe("a request", () => {
  test("to Gemini", async () => {
    expect(await sent("gemini", TALK)).toMatchObject({
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: [
        { role: "user", parts: [{ text: "What is this?" }, { inlineData: { mimeType: "image/png" } }] },
        { role: "model", parts: [{ functionCall: { name: "weather", args: { city: "Bonn" } } }] },
        { role: "user", parts: [{ functionResponse: { name: "weather" } }] },
      ],
      generationConfig: { maxOutputTokens: 50, temperature: 0.5, stopSequences: ["END"] },
      toolConfig: { functionCallingConfig: { mode: "ANY" } },
    });
    const [{ sent: arrived }] = opened as [Bridged];
    expect(arrived().path).toBe("/models/gemini-3-pro-preview:generateContent");
    expect(arrived().headers["x-goog-api-key"]).toBe("k");
  });

  test("to Bedrock", async () => {
    expect(await sent("bedrock", TALK)).toMatchObject({
      system: [{ text: "Be brief." }],
      messages: [
        { role: "user", content: [{ text: "What is this?" }, { image: { format: "png" } }] },
        { role: "assistant", content: [{ toolUse: { toolUseId: "c1", name: "weather", input: { city: "Bonn" } } }] },
        { role: "user", content: [{ toolResult: { toolUseId: "c1", content: [{ text: "rain" }] } }] },
      ],
      inferenceConfig: { maxTokens: 50, temperature: 0.5, stopSequences: ["END"] },
      toolConfig: { toolChoice: { any: {} } },
    });
    const [{ sent: arrived }] = opened as [Bridged];
    expect(arrived().path).toBe(`/model/${encodeURIComponent(UPSTREAM.bedrock)}/converse`);
    expect(arrived().headers.authorization).toBe("Bearer k");
  });

  test("to Cohere", async () => {
    const body = await sent("cohere", { ...TALK, tool_choice: { type: "function", function: { name: "weather" } } });
    expect(body).toMatchObject({
      model: UPSTREAM.cohere,
      messages: [{ role: "system" }, { role: "user" }, { role: "assistant" }, { role: "tool", tool_call_id: "c1" }],
      tool_choice: "REQUIRED",
      stop_sequences: ["END"],
      max_tokens: 50,
    });
    const [{ sent: arrived }] = opened as [Bridged];
    expect([arrived().path, arrived().headers.authorization]).toEqual(["/chat", "Bearer k"]);
  });

  test("has its JSON schema, how much to reason, and its sound and files", async () => {
    const schema = { type: "object", properties: { a: { type: "string" } } };
    const content = [
      { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
      { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" } },
    ];
    const request = {
      messages: [{ role: "user", content }],
      reasoning_effort: "low",
      response_format: { type: "json_schema", json_schema: { name: "n", schema } },
    };
    expect(await sent("gemini", request)).toMatchObject({
      contents: [
        { parts: [{ inlineData: { mimeType: "audio/wav" } }, { inlineData: { mimeType: "application/pdf" } }] },
      ],
      generationConfig: { responseMimeType: "application/json", thinkingConfig: { thinkingLevel: "low" } },
    });
  });

  test("is never capped above what the model writes", async () => {
    const body = await sent("gemini", { max_tokens: 99_999 });
    expect(body).toMatchObject({ generationConfig: { maxOutputTokens: 1_000 } });
  });

  test.each<[Dialect, object, string[]]>([
    [
      "gemini",
      { n: 2, logprobs: true, logit_bias: { 5: 1 }, user: "u", parallel_tool_calls: false, tools: [WEATHER] },
      ["n", "logprobs", "logit_bias", "user", "parallel_tool_calls"],
    ],
    ["gemini", { n: 1, user: null, parallel_tool_calls: true, metadata: { a: "b" }, modalities: ["text"] }, []],
    ["bedrock", { seed: 1, frequency_penalty: 0.5, presence_penalty: 0 }, ["frequency_penalty", "seed"]],
    [
      "gemini",
      {
        messages: [
          { role: "user", content: "a", name: "n" },
          { role: "system", content: "b" },
        ],
      },
      ["name", "system_position"],
    ],
    [
      "gemini",
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "file", file: { file_id: "f" } },
              { type: "text", text: "a" },
            ],
          },
        ],
      },
      ["file"],
    ],
    ["gemini", { "bad name": 1, ok_name: 2 }, ["others", "ok_name"]],
  ])("to %s that says %j loses %j by name", async (dialect, request, names) => {
    expect([...((await lost(dialect, request)) ?? [])].sort()).toEqual([...names].sort());
  });

  test("that a package cannot say is unsupported, and never leaves", async () => {
    const each = await open("bedrock");
    const content = [{ type: "image_url", image_url: { url: "https://example.com/a.png" } }];
    const { told: lines } = await each.ask({ messages: [{ role: "user", content }] });
    expect(lines).toEqual([expect.stringMatching(/^fail unsupported left=false: /)]);
    expect(each.fake.requests).toEqual([]);
  });

  test("that cannot be read is the client's mistake", async () => {
    const each = await open("gemini");
    expect((await each.ask({ messages: [{ role: "robot" }] })).told).toEqual([
      'fail invalid left=false: `messages[0].role` must be `system`, `developer`, `user`, `assistant` or `tool`, not `"robot"`',
    ]);
  });

  test("passes on the client's trace, and nothing that it was not given", async () => {
    const each = await open("gemini", { headers: [{ name: "x-team", value: "search" }] });
    each.fake.script(answersWith(200, GEMINI));
    await each.ask({}, { headers: ["traceparent", "00-1-1-00"] });
    expect(each.sent().headers).toMatchObject({ traceparent: "00-1-1-00", "x-team": "search" });
  });
});

describe("who calls", () => {
  test("AWS is shown by a signature", async () => {
    const credentials = JSON.stringify({ AccessKeyId: "AKIAX", SecretAccessKey: "s", SessionToken: "t" });
    const each = await open("bedrock", { credentials, keys: [] as never });
    each.fake.script(answersWith(200, BEDROCK));
    await each.ask();
    expect(each.sent().headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIAX\/\d{8}\/eu-central-1\/bedrock\/aws4_request, SignedHeaders=.*, Signature=[0-9a-f]{64}$/,
    );
    expect(each.sent().headers["x-amz-security-token"]).toBe("t");
  });

  test("Google is shown by a token that is got with the credentials", async () => {
    const folder = mkdtempSync(join(tmpdir(), "routec-bridge-"));
    const each = await open("gemini");
    const token = { access_token: "ya29", issued_token_type: "x", token_type: "Bearer", expires_in: 3600 };
    each.fake.script(answersWith(200, token), answersWith(200, GEMINI));
    writeFileSync(join(folder, "subject"), "s");
    const credentials = JSON.stringify({
      type: "external_account",
      audience: "//iam.googleapis.com/a",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: each.fake.url,
      credential_source: { file: join(folder, "subject") },
    });
    const vertex = await open("vertex", { credentials, url: new URL(each.fake.url).origin });
    await vertex.ask();
    rmSync(folder, { recursive: true });
    expect(each.sent(1).headers.authorization).toBe("Bearer ya29");
    expect(each.sent(1).path).toBe(
      "/projects/p/locations/europe-west4/publishers/google/models/gemini-3-pro-preview:generateContent",
    );
  });

  test("is told apart by several keys, used in turn; one that is refused is not used again", async () => {
    const each = await open("gemini", { keys: ["one", "two"] });
    const unknown = {
      error: { code: 400, message: "No.", status: "INVALID_ARGUMENT", details: [{ reason: "API_KEY_INVALID" }] },
    };
    each.fake.script(answersWith(400, unknown));
    each.fake.always(answersWith(200, GEMINI));
    expect((await each.ask()).status).toBe(401);
    await each.ask();
    await each.ask();
    expect(each.fake.requests.map(({ headers }) => headers["x-goog-api-key"])).toEqual(["one", "two", "two"]);
  });

  test.each<[Dialect, (headers: Record<string, unknown>) => unknown]>([
    ["gemini", (headers) => headers["x-goog-api-key"]],
    ["bedrock", ({ authorization }) => authorization?.toString().slice("Bearer ".length)],
    ["cohere", ({ authorization }) => authorization?.toString().slice("Bearer ".length)],
  ])("is told by the keys that a file has now: %s", async (dialect, keyOf) => {
    const folder = mkdtempSync(join(tmpdir(), "routec-bridge-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "keys");
    writeFileSync(file, "old\n");
    const each = await open(dialect, { keys: [{ env: "KEY" }] }, { env: { KEY_FILE: file }, look: 5 });
    each.fake.always(answersWith(200, ANSWERS[dialect]));
    each.fake.script(answersWith(401, {}));
    await each.ask();
    expect(each.transport.resting?.(each.model)).toMatchObject({ failure: "unauthorized" });
    writeFileSync(file, "new\nnewer\n");
    // The refused key is not sent again: each round looks once more whether there is another.
    while (each.transport.resting?.(each.model) !== undefined) await new Promise((resolve) => setImmediate(resolve));
    for (let call = 0; call < 3; call++) await each.ask();
    expect(each.fake.requests.map(({ headers }) => keyOf(headers))).toEqual(["old", "new", "newer", "new"]);
  });

  test("is told by the key that the call was counted for, whosever turn it is", async () => {
    const each = await open("gemini", { keys: ["one", "two"] });
    each.fake.always(answersWith(200, GEMINI));
    const [one, two] = each.transport.keys?.(each.model) ?? [];
    for (const key of [two, one, one]) await each.begin({}, {}, key).over;
    expect(each.fake.requests.map(({ headers }) => headers["x-goog-api-key"])).toEqual(["two", "one", "one"]);
  });

  test("is told by the other key where an answer says that nothing is left of one", async () => {
    const each = await open("cohere", { keys: ["one", "two"] });
    const headers = { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "5m" };
    each.fake.script(answersWith(200, COHERE, headers));
    each.fake.always(answersWith(200, COHERE));
    for (let call = 0; call < 3; call++) await each.ask();
    const used = each.fake.requests.map(({ headers: { authorization } }) => authorization);
    expect(used).toEqual(["Bearer one", "Bearer two", "Bearer two"]);
  });
});

describe("an answer", () => {
  test("of Cohere counts the tokens that are billed", async () => {
    const each = await open("cohere");
    each.fake.script(answersWith(200, COHERE));
    expect(JSON.parse((await each.ask()).text()).usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 2 });
  });

  test("that was stopped by a filter says so, with a candidate and without one", async () => {
    const each = await open("gemini");
    const blocked = { promptFeedback: { blockReason: "SAFETY" }, usageMetadata: { promptTokenCount: 3 } };
    each.fake.script(
      answersWith(200, { ...GEMINI, candidates: [{ finishReason: "SAFETY" }] }),
      answersWith(200, blocked),
      streamed("gemini", [JSON.stringify(blocked)]),
    );
    expect(told(JSON.parse((await each.ask()).text())).finish).toBe("content_filter");
    expect(told(JSON.parse((await each.ask()).text())).finish).toBe("content_filter");
    expect(gathered((await each.ask({ stream: true }, { stream: true })).text()).finish).toBe("content_filter");
  });

  test("has the pictures that were made, as OpenRouter has them", async () => {
    const picture = { inlineData: { mimeType: "image/png", data: PIXEL.slice(PIXEL.indexOf(",") + 1) } };
    const made = { ...GEMINI, candidates: [{ content: { role: "model", parts: [picture] }, finishReason: "STOP" }] };
    const images = [{ type: "image_url", image_url: { url: PIXEL } }];
    const { fake, ask } = await open("gemini");
    fake.script(answersWith(200, made), streamed("gemini", [JSON.stringify(made)]));
    expect(JSON.parse((await ask()).text()).choices[0].message).toMatchObject({ content: "", images });
    expect(gathered((await ask({ stream: true }, { stream: true })).text())).toMatchObject({ images });
  });

  test("that went wrong at the provider is a failure", async () => {
    const each = await open("gemini");
    const wrong = { ...GEMINI, candidates: [{ finishReason: "MALFORMED_FUNCTION_CALL" }] };
    each.fake.script(answersWith(200, wrong), streamed("gemini", [JSON.stringify(wrong)]));
    expect((await each.ask()).told).toEqual([
      "fail server_error left=true: the provider ended its answer with `MALFORMED_FUNCTION_CALL`",
    ]);
    expect(eventsIn((await each.ask({ stream: true }, { stream: true })).text())).toMatchObject([
      { error: { message: "the provider ended its answer with `MALFORMED_FUNCTION_CALL`", code: "server_error" } },
    ]);
  });

  test("keeps Google's signatures of calls, and gives them back", async () => {
    const each = await open("gemini");
    const part = { functionCall: { name: "weather", args: { city: "Bonn" } }, thoughtSignature: "sig" };
    const signed = { ...GEMINI, candidates: [{ content: { role: "model", parts: [part] }, finishReason: "STOP" }] };
    each.fake.script(answersWith(200, signed), streamed("gemini", [JSON.stringify(signed)]), answersWith(200, GEMINI));
    const [call] = JSON.parse((await each.ask({ tools: [WEATHER] })).text()).choices[0].message.tool_calls;
    expect(call.extra_content).toEqual({ google: { thought_signature: "sig" } });
    const stream = await each.ask({ tools: [WEATHER], stream: true }, { stream: true });
    expect(stream.text()).toContain('"extra_content":{"google":{"thought_signature":"sig"}}');
    const messages = [
      { role: "user", content: "?" },
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: call.id, content: "rain" },
    ];
    await each.ask({ messages, tools: [WEATHER] });
    expect(each.sent(2).body).toContain('"thoughtSignature":"sig"');
  });

  test("keeps signed thoughts of Claude on Bedrock, and gives them back", async () => {
    const each = await open("bedrock");
    const thought = { reasoningContent: { reasoningText: { text: "Hm.", signature: "sig" } } };
    const whole = { ...BEDROCK, output: { message: { role: "assistant", content: [thought, { text: "Hi." }] } } };
    const pieces = [
      { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { text: "Hm." } } } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { signature: "sig" } } } },
      { contentBlockStop: { contentBlockIndex: 0 } },
      { contentBlockDelta: { contentBlockIndex: 1, delta: { text: "Hi." } } },
      { messageStop: { stopReason: "end_turn" } },
    ];
    each.fake.script(
      answersWith(200, whole),
      streamed(
        "bedrock",
        pieces.map((piece) => JSON.stringify(piece)),
      ),
      answersWith(200, BEDROCK),
    );
    const { message } = JSON.parse((await each.ask()).text()).choices[0];
    const blocks = [{ type: "thinking", thinking: "Hm.", signature: "sig" }];
    expect(message.thinking_blocks).toEqual(blocks);
    expect(gathered((await each.ask({ stream: true }, { stream: true })).text())).toMatchObject({
      reasoning_content: "Hm.",
      thinking_blocks: blocks,
      content: "Hi.",
    });
    await each.ask({
      messages: [{ role: "user", content: "?" }, message, { role: "user", content: "!" }],
      reasoning_effort: "low",
    });
    expect(each.sent(2).body).toContain('"signature":"sig"');
  });
});

describe("an error", () => {
  const google = (code: number, status: string) => ({ error: { code, message: "No.", status } });
  test.each<[Dialect, number, object, Record<string, string>, number]>([
    ["gemini", 429, google(429, "RESOURCE_EXHAUSTED"), {}, 429],
    ["gemini", 503, google(503, "UNAVAILABLE"), {}, 503],
    ["gemini", 400, google(400, "INVALID_ARGUMENT"), {}, 400],
    ["bedrock", 429, { message: "No." }, { "x-amzn-errortype": "ThrottlingException:http://x" }, 429],
    ["bedrock", 424, { message: "No." }, { "x-amzn-errortype": "ModelErrorException" }, 502],
    ["cohere", 404, { message: "No." }, {}, 404],
  ])("of %s with status %d is one of OpenAI's", async (dialect, status, body, headers, meant) => {
    const each = await open(dialect);
    each.fake.always(answersWith(status, body, headers));
    for (const stream of [false, true]) {
      const {
        status: came,
        text,
        told: lines,
      } = await each.ask({ stream }, { stream, model: { ...each.model, name: `m${stream}` } });
      expect([came, lines.at(-1)]).toEqual([meant, "end"]);
      expect(JSON.parse(text()).error).toMatchObject({ message: "No." });
    }
  });

  test("that says when to come back is heard: the key rests, and so long", async () => {
    const each = await open("gemini");
    const body = {
      error: { code: 429, message: "No.", status: "RESOURCE_EXHAUSTED", details: [{ retryDelay: "34.4s" }] },
    };
    each.fake.script(answersWith(429, body));
    const { headers } = await each.ask();
    expect(headers.slice(headers.indexOf("retry-after-ms"))).toEqual(["retry-after-ms", "34400"]);
    expect((await each.ask()).told).toEqual(["fail rate_limited left=false: all keys of the provider rest"]);
    expect(each.transport.resting?.(each.model)?.retryAfter).toBeGreaterThan(30_000);
  });

  test("in a stream is told in it, and no end", async () => {
    const each = await open("bedrock");
    each.fake.script((_request, response) => {
      response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
      response.write(framed("bedrock", '{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Hi"}}}'));
      response.end(eventMessage("throttlingException", '{"message":"Slow down."}'));
    });
    const { text } = await each.ask({ stream: true }, { stream: true });
    expect(eventsIn(text()).at(-1)).toMatchObject({ error: { code: "rate_limit_exceeded" } });
    expect(text()).not.toContain("[DONE]");
  });

  test.each<Dialect>(["gemini", "bedrock", "cohere"])(
    "of a stream of %s that ends in the middle is seen: it has no end",
    async (dialect) => {
      const first = {
        gemini: '{"candidates":[{"content":{"parts":[{"text":"Hi"}],"role":"model"}}]}',
        bedrock: '{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Hi"}}}',
        cohere: '{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hi"}}}}',
        vertex: "",
      };
      const each = await open(dialect);
      each.fake.script(streamed(dialect, [first[dialect]]));
      const { text } = await each.ask({ stream: true }, { stream: true });
      expect(text()).toContain('"content":"Hi"');
      expect(text()).not.toContain("[DONE]");
      expect(text()).not.toContain('"finish_reason":"stop"');
    },
  );

  test("below HTTP, and an answer that is none", async () => {
    const each = await open("gemini");
    each.fake.script(diesInBody, answersWith(200, "<html>"), answersWith(302, "", { location: "http://127.0.0.1:1/" }));
    expect((await each.ask()).told).toEqual([expect.stringMatching(/^fail server_error left=true: /)]);
    expect((await each.ask()).told).toEqual([
      expect.stringMatching(/^fail server_error left=true: the package could not/),
    ]);
    expect((await each.ask()).status).toBe(302);
    const away = await open("gemini", { url: await refusingUrl() });
    expect((await away.ask()).told).toEqual([expect.stringMatching(/^fail unreachable left=false: /)]);
  });
});

describe("a call", () => {
  test("that is given up is closed at the provider, before its answer and within it", async () => {
    const each = await open("gemini");
    const chunk = `data: ${JSON.stringify({ ...GEMINI, candidates: [{ content: { parts: [{ text: "Hi" }] } }] })}\n\n`;
    each.fake.script(
      hangs,
      streamsBy((write) => void write(chunk)),
    );
    const waiting = each.begin();
    const first = await each.fake.arrival(0);
    waiting.control.abort();
    await first.closed;
    expect(waiting.told).toEqual([]);
    const streaming = each.begin({ stream: true }, { stream: true });
    const second = await each.fake.arrival(1);
    await streaming.heard("data");
    streaming.control.abort();
    await second.closed;
    expect(streaming.told).toEqual(["head 200", "data"]);
  });

  test("that is paused says nothing until it goes on", async () => {
    const each = await open("gemini");
    const piece = (text: string, end: object = {}): string =>
      `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text }] }, ...end }] })}\n\n`;
    const { promise: goOn, resolve } = Promise.withResolvers<void>();
    each.fake.script(
      streamsBy((write, response) => {
        write(piece("one"));
        void goOn.then(() => {
          write(piece("two", { finishReason: "STOP" }));
          response.end();
        });
      }),
    );
    const streaming = each.begin({ stream: true }, { stream: true });
    await streaming.heard("data");
    streaming.control.pause();
    resolve();
    const before = streaming.text();
    streaming.control.resume();
    await streaming.over;
    expect(gathered(before).content).toBe("one");
    expect(gathered(streaming.text())).toMatchObject({ content: "onetwo", finish: "stop" });
  });

  test("to an address that only this network has is not made where the policy does not name it", async () => {
    const each = await open("gemini", { url: "http://example.com:1/v1" });
    const { told: lines } = await each.ask();
    expect(lines[0]).toMatch(/^fail unreachable left=false/);
  });
});

describe("embeddings", () => {
  test("come as OpenAI's, as numbers and in base64, however many at a time the provider takes", async () => {
    const each = await open("cohere");
    each.fake.always((request, response) => {
      const { texts } = JSON.parse(request.body);
      const body = {
        id: "x",
        embeddings: { float: texts.map((text: string) => [text.length, 0.5]) },
        texts,
        meta: { billed_units: { input_tokens: texts.length } },
      };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(body));
    });
    const input = Array.from({ length: 100 }, (_, at) => "x".repeat(at + 1));
    const request = { model: "m", input, encoding_format: "base64", dimensions: 2 };
    const { text, control } = await each.ask(
      {},
      { endpoint: "embeddings", body: Buffer.from(JSON.stringify(request)) },
    );
    const answer = JSON.parse(text());
    expect(answer).toMatchObject({ object: "list", usage: { prompt_tokens: 100, total_tokens: 100 } });
    expect(control.dropped).toEqual(["dimensions"]);
    const bytes = Buffer.from(answer.data[99].embedding, "base64");
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4)]).toEqual([100, 0.5]);
    const one = await each.ask({}, { endpoint: "embeddings", body: Buffer.from('{"input":"abc"}') });
    expect(JSON.parse(one.text()).data).toEqual([{ object: "embedding", index: 0, embedding: [3, 0.5] }]);
  });

  test("of tokens are unsupported", async () => {
    const each = await open("cohere");
    const body = Buffer.from('{"input":[[1,2]]}');
    expect((await each.ask({}, { endpoint: "embeddings", body })).told).toEqual([
      "fail unsupported left=false: it embeds texts, and no lists of tokens",
    ]);
  });
});

describe("a package", () => {
  const named = (name: string) => bridged("gemini", { protocol: "ai_sdk", package: name });
  test("that is missing is named, with how to get it", async () => {
    await expect(named("@no-such-scope/ai-thing/part")).rejects.toThrow(
      new PackageError(
        "provider `somebody` needs the package `@no-such-scope/ai-thing`, which is not installed: `npm install @no-such-scope/ai-thing`",
      ),
    );
  });
  test("that is none of the AI SDK's is refused", async () => {
    await expect(named("undici")).rejects.toThrow(/`undici` is none of the AI SDK's/);
  });
  test("can be any of them", async () => {
    const each = await bridged("gemini", { protocol: "ai_sdk", package: "@ai-sdk/openai-compatible" });
    opened.push(each);
    const { status, text } = await each.ask();
    expect([status, JSON.parse(text()).choices[0].message.content]).toEqual([200, "Hello there."]);
  });
});
