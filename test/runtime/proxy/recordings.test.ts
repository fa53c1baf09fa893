/**
 * Answers that were recorded from providers, through the whole proxy to clients of each dialect: every one comes out valid,
 * and with all of its text, calls, thoughts and tokens.
 */
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProxy } from "../../../runtime/proxy/index.ts";
import {
  type Census,
  censusOfChat,
  censusOfChunks,
  censusOfMessage,
  censusOfMessageEvents,
  censusOfResponse,
  censusOfResponseEvents,
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

// biome-ignore lint/suspicious/noExplicitAny: answers of any dialect
type Json = any;

/** A dialect that providers answer in: which recordings are in it, and what they hold. */
interface Outbound {
  readonly protocol: "openai" | "anthropic";
  readonly files: RegExp;
  readonly census: (whole: Json) => Census;
  readonly streamed: (events: readonly Json[]) => Census;
  /** The lines of a recording as they stood on the wire. */
  readonly wire: (events: readonly string[]) => Buffer;
}

const OUTBOUND: readonly Outbound[] = [
  {
    protocol: "openai",
    files: /^(?:openai\/chat|openai-compatible|alibaba|azure|deepseek|groq|mistral|xai\/xai-)/,
    census: censusOfChat,
    streamed: censusOfChunks,
    wire: (events) => sse([...events.map((each) => JSON.stringify(JSON.parse(each))), "[DONE]"], false),
  },
  {
    protocol: "anthropic",
    files: /^anthropic\/(?!skills)/,
    census: censusOfMessage,
    streamed: censusOfMessageEvents,
    wire: (events) => sse(events),
  },
];

/** A dialect that clients speak. */
interface Inbound {
  readonly path: string;
  /** What passes through untouched: nobody but its provider answers for it. */
  readonly passes: Outbound["protocol"] | undefined;
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
    passes: undefined,
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

beforeAll(async () => {
  const protocols = OUTBOUND.map(({ protocol }) => protocol);
  const served = await Promise.all(protocols.map(async (protocol) => ({ protocol, fake: await fakeProvider() })));
  fakes = Object.fromEntries(served.map(({ protocol, fake }) => [protocol, fake]));
  const everything = policy({
    providers: served.map(({ protocol, fake }) => ({ ...provider(protocol, fake.url, ["key"]), protocol })),
    models: protocols.map((protocol) => model(protocol, protocol)),
    routes: protocols.map((protocol) => ({ names: [protocol], rules: [call(protocol)] })),
  });
  proxy = await createProxy(everything, { env: {} });
  url = `http://127.0.0.1:${(await proxy.listen({ port: 0 })).port}/v1`;
});

afterAll(async () => {
  await proxy?.close();
  for (const fake of Object.values(fakes)) await fake.close();
});

async function ask({ path, request }: Inbound, protocol: string, stream: boolean): Promise<string> {
  const body = JSON.stringify({ model: protocol, ...request(stream) });
  const response = await fetch(`${url}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const text = await response.text();
  expect([response.status, text]).toEqual([200, text]);
  return text;
}

/** Broken on purpose: the AI SDK's tests of streams that two messages were spliced into. */
const BROKEN = /spliced-message-start|programmatic-tool-calling\.1\.chunks|anthropic-fallback/;

const isAnswer = (whole: Json): boolean =>
  Array.isArray(whole.choices) || (whole.type === "message" && Array.isArray(whole.content));
const isStream = ([first = ""]: readonly string[]): boolean => /"choices"|"message_start"/.test(first);

const CASES = OUTBOUND.flatMap((outbound) =>
  Object.entries(INBOUND).map(([client, inbound]) => ({
    ...outbound,
    outbound,
    client,
    inbound,
    from: outbound.protocol,
  })),
);

describe.skipIf(!hasData).each(CASES)(withData("$from to a client of $client"), ({ outbound, inbound }) => {
  const { protocol, files } = outbound;
  const whole = recordings("", ".json").filter((file) => files.test(file) && isAnswer(recorded(file)));
  const streams = recordings("", ".chunks.txt").filter(
    (file) => files.test(file) && !BROKEN.test(file) && isStream(recordedEvents(file)),
  );

  test("has recordings", () => {
    expect(whole.length).toBeGreaterThan(8);
    expect(streams.length).toBeGreaterThan(7);
  });

  test.each(whole)("%s", async (file) => {
    const answer = recorded(file);
    fakes[protocol]?.script(answersWith(200, answer));
    const made = JSON.parse(await ask(inbound, protocol, false));
    if (inbound.passes === protocol) expect(made).toEqual(answer);
    else inbound.valid(made);
    expect(inbound.census(made)).toEqual(outbound.census(answer));
  });

  test.each(streams)("%s", async (file) => {
    const lines = recordedEvents(file);
    const bytes = outbound.wire(lines);
    fakes[protocol]?.script(streamsBy((_write, response) => response.end(bytes)));
    const text = await ask(inbound, protocol, true);
    const events = eventsIn(text);
    if (inbound.passes === protocol) expect(text).toBe(bytes.toString());
    else for (const event of events) inbound.validEvent(event);
    expect(inbound.streamed(events)).toEqual(outbound.streamed(lines.map((line) => JSON.parse(line))));
  });
});
