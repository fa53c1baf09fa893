/** In every dialect that a simulated provider speaks: what it says, and that its failures are taken for what they are. */
import { existsSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { MESSAGES_WIRE } from "../../../../runtime/dialects/index.ts";
import { CHAT_WIRE } from "../../../../runtime/plan/wire.ts";
import { FAILURES, type Failure, type Simulated, type SimulatedCall } from "../../../../runtime/table/index.ts";
import { schemaOfTypes } from "../../../support/type-schema.ts";
import { conforms, eventsIn, gathered, hasData, withData } from "../../dialects/harness.ts";
import type { Conversation } from "../harness.ts";
import { lab } from "./harness.ts";

type Dialect = NonNullable<Simulated["speaks"]>;

const UPSTREAM: Readonly<Record<Dialect, string>> = {
  openai: "gpt-5.1",
  azure: "gpt-5.1",
  anthropic: "claude-sonnet-4-5",
  gemini: "gemini-3-pro-preview",
  bedrock: "eu.amazon.nova-pro-v1:0",
  cohere: "command-a-03-2025",
};
const DIALECTS = Object.keys(UPSTREAM) as Dialect[];

/** What the dialects have no word for; the compiler refuses it there. */
const UNSAID: Partial<Record<Dialect, readonly Failure[]>> = {
  gemini: ["refused"],
  bedrock: ["refused"],
  cohere: ["refused", "filtered"],
};
/** Of these none says how long to wait after a 429. */
const WAITLESS: readonly Dialect[] = ["bedrock", "cohere"];
const LOCAL: readonly Failure[] = ["over_budget", "unsupported"];
const STATED = FAILURES.filter((each) => ![...LOCAL, "timeout", "unreachable"].includes(each));

const CALLS: SimulatedCall[] = [{ name: "weather", arguments: { city: "Zürich", days: 3 } }, { name: "clock" }];
const TOOLS = CALLS.map(({ name }) => ({ type: "function", function: { name, parameters: { type: "object" } } }));

interface ChatCall {
  readonly id: string;
  readonly function: { readonly name: string; readonly arguments: string };
}

const labOf = (speaks: Dialect, more: Simulated = {}) =>
  lab({ speaks, ...more }, undefined, { upstream: UPSTREAM[speaks] });
const heard = (speaks: Dialect): string => `${UPSTREAM[speaks]} (simulated) heard: Hello?`;

/** The failure that a call came to in the end, as plans see it. */
function failureOf(talk: Conversation, wire = CHAT_WIRE): Failure | "answered" {
  const [, failed] = /^fail (\w+)/.exec(talk.told.at(-1) ?? "") ?? [];
  if (failed !== undefined) return failed as Failure;
  const body = Buffer.from(talk.text());
  if (talk.status !== 200) return wire.failureOf(talk.status, body).failure;
  const { error, refused, filtered } = wire.inspect(body, body.toString(), true);
  return error?.failure ?? (refused ? "refused" : filtered ? "filtered" : "answered");
}

describe.each(DIALECTS)("a provider that speaks %s", (speaks) => {
  test("answers, whole and in pieces, and says what it took", async () => {
    const { ask, stream } = await labOf(speaks);
    const whole = JSON.parse((await ask()).text());
    expect(whole).toMatchObject({
      object: "chat.completion",
      choices: [{ message: { content: heard(speaks) }, finish_reason: "stop" }],
      usage: { prompt_tokens: 9, completion_tokens: Math.ceil(heard(speaks).length / 4) },
    });
    const streamed = await stream({ stream_options: { include_usage: true } });
    expect(gathered(streamed.text())).toMatchObject({
      content: heard(speaks),
      finish: "stop",
      usage: { completion_tokens: whole.usage.completion_tokens },
    });
    expect(streamed.chunks.length).toBeGreaterThan(4);
  });

  test("stops where it was told to", async () => {
    const { ask, stream } = await labOf(speaks);
    expect(JSON.parse((await ask({ max_tokens: 5 })).text()).choices[0].finish_reason).toBe("length");
    expect(gathered((await stream({ max_tokens: 5 })).text()).finish).toBe("length");
  });

  test.each(STATED.filter((failure) => !UNSAID[speaks]?.includes(failure)))(
    "fails as %s, and then answers",
    async (failure) => {
      const { ask, stream } = await labOf(speaks, { script: [failure, failure] });
      const talk = await ask();
      expect(failureOf(talk)).toBe(failure);
      if (failure === "rate_limited" && !WAITLESS.includes(speaks))
        expect(talk.headers.join(" ")).toMatch(/retry-after(?: 1|-ms 1000)\b/);
      const streamed = await stream();
      if (streamed.status !== 200) expect(failureOf(streamed)).toBe(failure);
      else expect(streamed.text()).toMatch(failure === "refused" ? /"refusal":"I can't/ : /"content_filter"/);
      expect(failureOf(await ask())).toBe("answered");
    },
  );

  test.each<[string, { readonly answer?: string }]>([
    ["and says why", { answer: "Let me look." }],
    ["without a word", {}],
  ])("calls tools %s, and goes on when these have answered", async (_, said) => {
    const { ask, stream } = await labOf(speaks, { answers: [{ calls: CALLS, ...said }, { answer: "Rain." }] });
    const { choices } = JSON.parse((await ask({ tools: TOOLS })).text());
    const [{ message, finish_reason }] = choices;
    expect(finish_reason).toBe("tool_calls");
    expect(message.content || "").toBe(said.answer ?? "");
    const called = message.tool_calls.map(({ function: { name, arguments: input } }: ChatCall) => [
      name,
      JSON.parse(input),
    ]);
    expect(called).toEqual(CALLS.map(({ name, arguments: input = {} }) => [name, input]));
    const streamed = gathered((await stream({ tools: TOOLS })).text());
    expect(streamed).toMatchObject({ content: said.answer ?? "", finish: "tool_calls" });
    expect((streamed.calls as { name: string; arguments: string }[]).map((each) => JSON.parse(each.arguments))).toEqual(
      called.map(([, input]: [string, object]) => input),
    );
    const results = message.tool_calls.map(({ id }: ChatCall) => ({ role: "tool", tool_call_id: id, content: "rain" }));
    const messages = [{ role: "user", content: "Hello?" }, message, ...results];
    expect(JSON.parse((await ask({ tools: TOOLS, messages })).text()).choices[0].message.content).toBe("Rain.");
  });

  test("is not reached, at no cost", async () => {
    const { ask } = await labOf(speaks, { script: ["unreachable"] });
    expect((await ask()).told).toEqual([expect.stringContaining("fail unreachable left=false")]);
    expect(failureOf(await ask())).toBe("answered");
  });

  test("can be given up while it is silent", async () => {
    const { ask, send } = await labOf(speaks, { script: ["timeout"] });
    const talk = send();
    await new Promise(setImmediate);
    talk.control.abort();
    expect(failureOf(await ask())).toBe("answered");
    expect(talk.told).toEqual([]);
  });
});

describe(withData("a translated answer"), () => {
  test.skipIf(!hasData).each(DIALECTS)("of %s is OpenAI's", async (speaks) => {
    const { ask, stream } = await labOf(speaks);
    conforms("CreateChatCompletionResponse", JSON.parse((await ask()).text()));
    for (const event of eventsIn((await stream()).text())) conforms("CreateChatCompletionStreamResponse", event);
  });
});

test("embeddings have OpenAI's shape alone", async () => {
  const embedding = { endpoint: "embeddings" as const, body: Buffer.from('{"input":["a","b"]}') };
  const vectors = await (await labOf("azure")).ask({}, embedding);
  expect(JSON.parse(vectors.text()).data).toHaveLength(2);
  expect(failureOf(await (await labOf("anthropic")).ask({}, embedding))).toBe("unsupported");
});

const TYPES = new URL("../../../../node_modules/@anthropic-ai/sdk/resources/messages/messages.d.ts", import.meta.url);

describe("Anthropic's messages, to a client that speaks them", () => {
  const own = (request: object = {}) => ({
    dialect: "messages" as const,
    body: Buffer.from(
      JSON.stringify({ model: "m", max_tokens: 50, messages: [{ role: "user", content: "Hello?" }], ...request }),
    ),
  });
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(schemaOfTypes(TYPES, "anthropic"));
  const isOf = (name: string, value: unknown) => {
    const validate = ajv.getSchema(`anthropic#/$defs/${name}`);
    expect(validate?.(value), `${name} ${JSON.stringify(validate?.errors)}`).toBe(true);
  };

  test.skipIf(!existsSync(TYPES))(
    "have the shapes of its own types: answers, calls of tools and refusals",
    async () => {
      const script: Simulated["script"] = ["answered", "refused", "filtered", "answered", "refused"];
      const { ask } = await labOf("anthropic", { script, answers: [{ answer: "Let me look.", calls: CALLS }] });
      for (let call = 0; call < 3; call++) isOf("Message", JSON.parse((await ask({}, own())).text()));
      for (let call = 0; call < 2; call++) {
        const events = eventsIn((await ask({}, { ...own({ stream: true }), stream: true })).text()) as {
          type: string;
        }[];
        expect(events.map(({ type }) => type)).toEqual(
          expect.arrayContaining(["message_start", "message_delta", "message_stop"]),
        );
        for (const event of events) if (event.type !== "ping") isOf("RawMessageStreamEvent", event);
      }
    },
  );

  test.each(STATED)("fail as %s", async (failure) => {
    const { ask } = await labOf("anthropic", { script: [failure] });
    const talk = await ask({}, own());
    expect(failureOf(talk, MESSAGES_WIRE)).toBe(failure);
    if (talk.status !== 200)
      expect(JSON.parse(talk.text())).toMatchObject({ type: "error", request_id: expect.stringMatching(/^req_/) });
  });

  test("are counted, which is no call of the script's", async () => {
    const { ask } = await labOf("anthropic", { script: ["overloaded"] });
    const counted = await ask({}, { ...own(), endpoint: "count_tokens" });
    expect([counted.status, counted.text()]).toEqual([200, '{"input_tokens":9}']);
    expect((await ask({}, own())).status).toBe(529);
  });
});
