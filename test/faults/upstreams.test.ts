/** A provider that misbehaves, in every way that we know of: the next step of the plan answers, and nothing is lost or held. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { load } from "../../runtime/index.ts";
import { budgetsSpent } from "../../runtime/ledger/spent.ts";
import { createMemoryStore } from "../../runtime/ledger/stores/memory.ts";
import { tableOf } from "../compiler/support.ts";
import { ask, chatBody, provided, serve } from "../runtime/proxy/harness.ts";
import {
  answers,
  answersWith,
  type Behaviour,
  chatCompletion,
  chatEvents,
  diesInBody,
  diesInStream,
  diesUnanswered,
  errorBody,
  fails,
  garbage,
  halfHeader,
  hangs,
  refusingUrl,
  streams,
  streamsBy,
} from "../support/fake-provider.ts";

/** `first` may take so many milliseconds, and be silent for so many. */
const [TIMEOUT, IDLE] = [400, 200];

function policyOf(first: string, second: string) {
  const facts = "{ context 8k  output 1k  price { input $1, output $2 } }";
  return load(
    tableOf(`
    provider one { protocol openai  url "${first}" }
    provider two { protocol openai  url "${second}" }
    model first = one "first" ${facts}
    model second = two "second" ${facts}
    budget cap { limit $100 per month }
    route chat -> first with { timeout ${TIMEOUT}ms, idle ${IDLE}ms } else second`),
  );
}

async function beside(url: string) {
  const second = await provided();
  const store = createMemoryStore();
  const policy = policyOf(url, second.url);
  const proxy = await serve(policy, { store });
  const spent = async (): Promise<number> => (await budgetsSpent(policy.table, store, Date.now())).get("cap") ?? 0;
  return { ...proxy, second, spent };
}

/** An answer as it stands on the wire, whatever it says of itself. */
const wire =
  (text: string, end = false): Behaviour =>
  (_request, _response, socket) =>
    void socket.write(text, () => end && socket.end());

const body = JSON.stringify(chatCompletion("Hello there."));
const [role = "", word = ""] = chatEvents("Hello there.");
const JSON_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
const SSE_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";

/** Writes `piece` again and again until the connection is closed. */
const forever = (piece: string, pause = 0): Behaviour =>
  streamsBy((write, response) => {
    const more = (): void => {
      if (response.closed) return;
      if (write(piece)) setTimeout(more, pause);
      else response.once("drain", more);
    };
    more();
  });

const BOMB = gzipSync(Buffer.alloc(50_000_000, " "));

const ALIKE: Readonly<Record<string, Behaviour>> = {
  "says nothing": hangs,
  "closes the connection": diesUnanswered,
  "sends half a header": halfHeader,
  "stops in its header": wire("HTTP/1.1 200 OK\r\ncontent-ty"),
  "speaks no HTTP": garbage,
  "answers with an error": fails(500),
  "answers with an error inside a 200": answersWith(200, errorBody("server_error")),
  "answers with a page": answersWith(200, "<!doctype html><title>Welcome</title>", { "content-type": "text/html" }),
  "answers with nothing": answersWith(200, ""),
  "answers with 204": (_request, response) => void response.writeHead(204).end(),
  "redirects elsewhere": answersWith(302, "", { location: "http://169.254.169.254/latest" }),
  "sends a gzip bomb": (_request, response) =>
    void response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(BOMB),
  "says only that more is to come": wire("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"),
  "sends two lengths": wire(`${JSON_HEAD}content-length: ${body.length}\r\ncontent-length: 5\r\n\r\n${body}`),
  "sends a length and chunks": wire(`${JSON_HEAD}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n${body}`),
  "sends a header without end": wire(`${JSON_HEAD}x: ${"x".repeat(100_000)}`),
};

const WHOLE: Readonly<Record<string, Behaviour>> = {
  ...ALIKE,
  "dies in its body": diesInBody,
  "promises more than it sends": wire(`${JSON_HEAD}content-length: ${body.length + 1}\r\n\r\n${body}`, true),
  "promises less than it sends": wire(`${JSON_HEAD}content-length: ${body.length - 5}\r\n\r\n${body}`),
  "trickles without end": forever(" ", 20),
  "sends chunks that are none": wire(`${JSON_HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n${body}`),
};

const STREAM: Readonly<Record<string, Behaviour>> = {
  ...ALIKE,
  "dies before the first content": diesInStream(role),
  "sends only comments without end": forever(": ping\n\n", 20),
  "sends events without content without end": forever("data: {}\n\n"),
  "sends one event without end": forever("x".repeat(10_000)),
  "sends garbage": streams("\x00\xff", "{", "[]", "null", "[DONE]"),
  "fails in its first event": streams(role, JSON.stringify(errorBody("overloaded"))),
  "ends without content": streams(role),
};

describe("before anything has gone to the client, a provider that", () => {
  const cases = (all: Readonly<Record<string, Behaviour>>, stream: boolean) =>
    Object.entries(all).map(([name, behaviour]) => [name, stream ? "streamed" : "whole", behaviour] as const);

  test.concurrent.each([...cases(WHOLE, false), ...cases(STREAM, true)])("%s (%s)", async (_, kind, behaviour) => {
    const first = await provided();
    first.always(behaviour);
    const { url, log, second, spent } = await beside(first.url);
    const response = await ask(url, chatBody({ stream: kind === "streamed" }));
    const text = await response.text();
    expect([response.status, response.headers.get("x-routec-model")]).toEqual([200, "second"]);
    expect(text).toContain(kind === "streamed" ? "[DONE]" : "Hello there.");
    expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
    expect(log).toHaveLength(1);
    expect(await spent()).toBe(log[0]?.calls.reduce((sum, { cost }) => sum + cost, 0));
  });
});

test.each([
  ["refuses connections", refusingUrl],
  ["has a name that nobody knows", async () => "http://nobody.invalid/v1"],
])("a provider that %s costs nothing", async (_, url) => {
  const { url: proxy, spent } = await beside(await url());
  expect((await ask(proxy)).headers.get("x-routec-model")).toBe("second");
  expect(await spent()).toBe(17_000);
});

describe("after the first content a stream that", () => {
  test.each<readonly [string, Behaviour]>([
    ["dies", diesInStream(role, word)],
    ["falls silent", wire(`${SSE_HEAD}\r\ndata: ${role}\n\ndata: ${word}\n\n`)],
    ["reports an error", streams(role, word, JSON.stringify({ error: { message: "it broke", type: "server_error" } }))],
    ["turns to garbage and ends", streams(role, word, "\x00\xff")],
    ["ends without having said so", streams(role, word)],
  ])("%s ends with one error event, is not repeated, and is paid for in full", async (_, behaviour) => {
    const first = await provided();
    first.always(behaviour);
    const { url, second, log, spent } = await beside(first.url);
    const text = await (await ask(url, chatBody({ stream: true }))).text();
    const events = text.split("\n\n").filter((event) => event !== "");
    expect(events.slice(0, 2)).toEqual([`data: ${role}`, `data: ${word}`]);
    expect(JSON.parse((events.at(-1) ?? "").slice("data: ".length))).toMatchObject({ error: { type: "server_error" } });
    expect(text.match(/"error"/g)).toHaveLength(1);
    expect(second.requests).toEqual([]);
    expect(log).toMatchObject([{ outcome: "broken", calls: [{ end: "failed" }] }]);
    // 152 tokens in and 1,000 out.
    expect(await spent()).toBe(2_152_000);
  });
});

test("a storm of 429 is answered from the next step, and the provider is left alone while it asks to be", async () => {
  const first = await provided();
  first.always(fails(429, "rate_limit_exceeded", { "retry-after": "30" }));
  const { url, second, spent } = await beside(first.url);
  for (let i = 0; i < 5; i++) {
    const all = await Promise.all(Array.from({ length: 20 }, () => ask(url)));
    expect(all.map(({ headers }) => headers.get("x-routec-model"))).toEqual(Array(20).fill("second"));
  }
  expect(second.requests).toHaveLength(100);
  // Those that had left when the first answer came.
  expect(first.requests.length).toBeLessThanOrEqual(20);
  expect(await spent()).toBe(100 * 17_000);
});

test("interim answers are passed over", async () => {
  const first = await provided();
  first.always(
    wire(`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${JSON_HEAD}content-length: ${body.length}\r\n\r\n${body}`),
  );
  const { url } = await beside(first.url);
  const response = await ask(url);
  expect([response.headers.get("x-routec-model"), response.headers.get("link")]).toEqual(["first", null]);
});

test("an answer that comes after the call was given up is no other call's", async () => {
  const first = await provided();
  const late: (() => void)[] = [];
  first.script((...call) => void late.push(() => answers("late")(...call)));
  first.always(answers("in time"));
  const { url } = await beside(first.url);
  expect((await ask(url)).headers.get("x-routec-model")).toBe("second");
  for (const answer of late) answer();
  const text = await (await ask(url)).text();
  expect(text).toContain("in time");
});
