/**
 * Answers that were recorded from providers, through the whole proxy to clients of each dialect: every one comes out valid,
 * and with all of its text, calls, thoughts and tokens.
 */
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProxy, type DecisionRecord } from "../../../runtime/index.ts";
import type { Provider } from "../../../runtime/table/index.ts";
import { type BridgedSaid, SAID_IN, SAID_IN_STREAM } from "../../support/bridged-said.ts";
import {
  type Census,
  censusOfChat,
  censusOfChunks,
  censusOfMessage,
  censusOfMessageEvents,
  censusOfResponse,
  censusOfResponseEvents,
  censusOfSaid,
} from "../../support/census.ts";
import { answersWith, type FakeProvider, fakeProvider, streamsBy } from "../../support/fake-provider.ts";
import { call, model, policy, provider } from "../../support/table.ts";
import { schemaOfTypes } from "../../support/type-schema.ts";
import {
  conforms,
  conformsToResponses,
  eventsIn,
  hasData,
  recorded,
  recordedEvents,
  recordings,
  sse,
  withData,
} from "../dialects/harness.ts";
import { FACTS, framed, UPSTREAM } from "../providers/bridge/harness.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers of any dialect
type Json = any;

/** A dialect that providers answer in: which recordings are in it, and what they hold. */
interface Outbound {
  readonly name: string;
  readonly facts: Partial<Provider>;
  readonly upstream?: string;
  readonly files: RegExp;
  /** Whether a whole answer, or the first event of a stream, is one of what is asked here. */
  readonly isAnswer: (whole: Json) => boolean;
  readonly begins: RegExp;
  /** Who asks; all where it is not said. */
  readonly clients?: readonly string[];
  readonly census: (whole: Json) => Partial<Census>;
  readonly streamed: (events: readonly Json[]) => Partial<Census>;
  /** The lines of a recording as they stood on the wire. */
  readonly wire: (events: readonly string[]) => Buffer;
}

/** One that is spoken over the AI SDK. */
function over(name: "gemini" | "bedrock" | "cohere", folder: string): Outbound {
  const ofAnswers = { gemini: "candidates", bedrock: "output", cohere: "message" }[name];
  return {
    name,
    facts: { protocol: name, ...FACTS[name] },
    upstream: UPSTREAM[name],
    files: new RegExp(`^${folder}/[^/]*$`),
    isAnswer: (whole) => whole[ofAnswers] !== undefined,
    begins: /./,
    census: (whole) => censusOfSaid(SAID_IN[name]?.(whole) as BridgedSaid),
    streamed: (events) => censusOfSaid(SAID_IN_STREAM[name]?.(events) as BridgedSaid),
    wire: (events) => Buffer.concat(events.map((each) => framed(name, each))),
  };
}

const OUTBOUND: readonly Outbound[] = [
  {
    name: "openai",
    facts: { protocol: "openai" },
    isAnswer: (whole) => Array.isArray(whole.choices),
    begins: /"choices"/,
    files: /^(?:openai\/chat|openai-compatible|alibaba|azure|deepseek|groq|mistral|xai\/xai-)/,
    census: censusOfChat,
    streamed: censusOfChunks,
    wire: (events) => sse([...events.map((each) => JSON.stringify(JSON.parse(each))), "[DONE]"], false),
  },
  {
    name: "anthropic",
    facts: { protocol: "anthropic" },
    isAnswer: (whole) => whole.type === "message" && Array.isArray(whole.content),
    begins: /"message_start"/,
    files: /^anthropic\/(?!skills)/,
    census: censusOfMessage,
    streamed: censusOfMessageEvents,
    wire: (events) => sse(events),
  },
  // Asked by others than its own clients it is a provider of chat completions.
  {
    name: "responses",
    facts: { protocol: "openai", quirks: { responses: true } },
    isAnswer: (whole) => whole.object === "response",
    begins: /"response.created"/,
    files: /^(?:openai\/responses|azure|xai\/responses)\//,
    clients: ["responses"],
    census: censusOfResponse,
    streamed: censusOfResponseEvents,
    wire: (events) => sse(events),
  },
  over("gemini", "google"),
  over("bedrock", "amazon-bedrock"),
  over("cohere", "cohere"),
];

/** A dialect that clients speak. */
interface Inbound {
  readonly path: string;
  /** What passes through untouched: nobody but its provider answers for it. */
  readonly passes: string;
  readonly request: (stream: boolean) => object;
  readonly census: (whole: Json) => Census;
  readonly streamed: (events: readonly Json[]) => Census;
  readonly valid: (whole: Json) => void;
  readonly validEvent: (event: Json) => void;
}

const ajv = new Ajv2020({ strict: false });
ajv.addSchema(
  schemaOfTypes(
    new URL("../../../node_modules/@anthropic-ai/sdk/resources/messages/messages.d.ts", import.meta.url),
    "anthropic",
  ),
);
const isAnthropic = (name: string, value: unknown): void => {
  const validate = ajv.getSchema(`anthropic#/$defs/${name}`);
  expect(validate?.(value), `${JSON.stringify(validate?.errors)} of ${JSON.stringify(value)}`).toBe(true);
};

const INBOUND: Readonly<Record<string, Inbound>> = {
  "chat completions": {
    path: "chat/completions",
    passes: "openai",
    request: (stream) => ({
      messages: [{ role: "user", content: "?" }],
      stream,
      ...(stream && { stream_options: { include_usage: true } }),
    }),
    census: censusOfChat,
    streamed: censusOfChunks,
    valid: (whole) => conforms("CreateChatCompletionResponse", whole),
    validEvent: (event) => conforms("CreateChatCompletionStreamResponse", event),
  },
  responses: {
    path: "responses",
    passes: "responses",
    request: (stream) => ({ input: "?", stream }),
    census: censusOfResponse,
    streamed: censusOfResponseEvents,
    valid: (whole) => conformsToResponses("Response", whole),
    validEvent: (event) => conformsToResponses("ResponseStreamEvent", event),
  },
  messages: {
    path: "messages",
    passes: "anthropic",
    request: (stream) => ({ max_tokens: 100, messages: [{ role: "user", content: "?" }], stream }),
    census: censusOfMessage,
    streamed: censusOfMessageEvents,
    valid: (whole) => isAnthropic("Message", whole),
    validEvent: (event) => isAnthropic("RawMessageStreamEvent", event),
  },
};

let fakes: Readonly<Record<string, FakeProvider>> = {};
let proxy: Awaited<ReturnType<typeof createProxy>> | undefined;
let url = "";
let last: DecisionRecord | undefined;

beforeAll(async () => {
  const served = await Promise.all(OUTBOUND.map(async (outbound) => ({ ...outbound, fake: await fakeProvider() })));
  fakes = Object.fromEntries(served.map(({ name, fake }) => [name, fake]));
  const everything = policy({
    providers: served.map(({ name, facts, fake }) => {
      const base = facts.protocol === "bedrock" ? new URL(fake.url).origin : fake.url;
      return { ...provider(name, base, ["key"]), ...facts };
    }),
    models: OUTBOUND.map(({ name, upstream }) => model(name, name, upstream === undefined ? {} : { upstream })),
    routes: OUTBOUND.map(({ name }) => ({ names: [name], rules: [call(name)] })),
  });
  const log = (record: DecisionRecord): void => {
    last = record;
  };
  proxy = await createProxy(everything, { env: {}, log });
  url = `http://127.0.0.1:${(await proxy.listen({ port: 0 })).port}/v1`;
});

afterAll(async () => {
  await proxy?.close();
  for (const fake of Object.values(fakes)) await fake.close();
});

async function ask({ path, request }: Inbound, name: string, stream: boolean): Promise<string> {
  const body = JSON.stringify({ model: name, ...request(stream) });
  const response = await fetch(`${url}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const text = await response.text();
  expect([response.status, text]).toEqual([200, text]);
  return text;
}

/** Broken on purpose, or by how they were recorded: two answers in one stream, a line that is no JSON; and one of a failure. */
const BROKEN =
  /spliced-message-start|programmatic-tool-calling\.1\.chunks|anthropic-fallback|openai-(?:error|shell-tool|reasoning-encrypted-content)\.1\.chunks|parallel-tool-call-wrapper\.1\.chunks/;

const CASES = OUTBOUND.flatMap((outbound) =>
  Object.entries(INBOUND)
    .filter(([client]) => outbound.clients?.includes(client) ?? true)
    .map(([client, inbound]) => ({ outbound, client, inbound, from: outbound.name })),
);

describe.skipIf(!hasData).each(CASES)(withData("$from to a client of $client"), ({ outbound, inbound }) => {
  const { name, files, isAnswer, begins, census } = outbound;
  const own = (file: string): boolean => files.test(file) && !BROKEN.test(file);
  const whole = recordings("", ".json").filter((file) => own(file) && isAnswer(recorded(file)));
  const streams = recordings("", ".chunks.txt").filter(
    (file) => own(file) && begins.test(recordedEvents(file)[0] ?? ""),
  );
  const passes = inbound.passes === name;

  /** The answer holds what was recorded, and is paid for by the tokens that are said in it. */
  function holds(made: Census, expected: Partial<Census>): void {
    expect(made).toMatchObject(expected);
    const [paid] = last?.calls ?? [];
    if (expected.prompt === undefined) return;
    expect([paid?.input, paid?.output]).toEqual([expected.prompt, expected.completion]);
  }

  test("has recordings", () => {
    expect(whole.length).toBeGreaterThan(1);
    expect(streams.length).toBeGreaterThan(1);
  });

  test.each(whole)("%s", async (file) => {
    const answer = recorded(file);
    fakes[name]?.script(answersWith(200, answer));
    const made = JSON.parse(await ask(inbound, name, false));
    if (passes) expect(made).toEqual(answer);
    else inbound.valid(made);
    holds(inbound.census(made), census(answer));
  });

  test.each(streams)("%s", async (file) => {
    const lines = recordedEvents(file);
    const bytes = outbound.wire(lines);
    fakes[name]?.script(streamsBy((_write, response) => response.end(bytes)));
    const text = await ask(inbound, name, true);
    const events = eventsIn(text);
    if (passes) expect(text).toBe(bytes.toString());
    else for (const event of events) inbound.validEvent(event);
    holds(inbound.streamed(events), outbound.streamed(lines.map((line) => JSON.parse(line))));
  });
});
