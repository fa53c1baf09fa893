import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Transport } from "../../../runtime/plan/index.ts";
import { type DispatchOptions, dispatchTransport } from "../../../runtime/providers/dispatch.ts";
import { endpoints } from "../../../runtime/providers/endpoint.ts";
import type { Provider } from "../../../runtime/table/index.ts";
import {
  answersWith,
  chatCompletion,
  diesInBody,
  diesInStream,
  diesUnanswered,
  type FakeProvider,
  fails,
  fakeProvider,
  garbage,
  halfHeader,
  hangs,
  refusingUrl,
  streamsBy,
} from "../../support/fake-provider.ts";
import { virtualClock } from "../../support/virtual-time.ts";
import { callOf, chatRequest, converse } from "./harness.ts";

let provider: FakeProvider;
let transport: Transport;

async function open(url: string, keys: string[] = [], connections = 256): Promise<Transport> {
  return opened({ url, keys }, { connections });
}

async function opened(facts: Partial<Provider>, options: DispatchOptions = {}): Promise<Transport> {
  const other = await dispatchTransport(endpoints([{ name: "somebody", protocol: "openai", ...facts }], {}), options);
  onTestFinished(() => other.close());
  return other;
}

/** undici gives a connection back to its pool a turn of the event loop after the answer's end. */
function released(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

beforeEach(async () => {
  provider = await fakeProvider();
  transport = await open(provider.url, ["key-1", "key-2"]);
});
afterEach(() => provider.close());

describe("what leaves", () => {
  test("is a POST below the base url's path, with the body as it is", async () => {
    await converse(transport).over;
    expect(provider.requests[0]).toMatchObject({
      method: "POST",
      path: "/v1/chat/completions",
      body: chatRequest().toString(),
      headers: { "content-type": "application/json", "content-length": String(chatRequest().length) },
    });
  });

  test("carries no more headers than it must, and those it is given", async () => {
    await converse(transport, { headers: ["OpenAI-Beta", "x", "OpenAI-Beta", "y"] }).over;
    const { rawHeaders = [] } = provider.requests[0] ?? {};
    const names = rawHeaders.filter((_, index) => index % 2 === 0);
    expect(names).toEqual([
      "host",
      "connection",
      "content-type",
      "authorization",
      "OpenAI-Beta",
      "OpenAI-Beta",
      "content-length",
    ]);
  });

  test("uses the keys in turn", async () => {
    for (let i = 0; i < 3; i++) await converse(transport).over;
    expect(provider.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer key-1",
      "Bearer key-2",
      "Bearer key-1",
    ]);
  });

  test("has no authorization where there is no key", async () => {
    const open1 = await open(provider.url);
    await converse(open1).over;
    expect(provider.requests[0]?.headers.authorization).toBeUndefined();
  });
});

describe("what a provider adds", () => {
  const facts = { headers: [{ name: "x-team", value: "search" }], body: { provider: { zdr: true } } };

  test("its headers, over the client's of that name", async () => {
    await converse(await opened({ url: provider.url, ...facts }), { headers: ["X-Team", "mine", "accept", "a"] }).over;
    expect(provider.requests[0]?.headers).toMatchObject({ "x-team": "search", accept: "a" });
  });

  test("the members of its body", async () => {
    await converse(await opened({ url: provider.url, ...facts })).over;
    expect(JSON.parse(provider.requests[0]?.body ?? "")).toEqual({
      ...JSON.parse(chatRequest().toString()),
      provider: { zdr: true },
    });
  });
});

describe("keys", () => {
  const keysUsed = (): unknown[] => provider.requests.map(({ headers }) => headers.authorization);

  test("rest after a 429 while the others go on, and are back after a second", async () => {
    const clock = virtualClock();
    const other = await opened({ url: provider.url, keys: ["1", "2"] }, { clock });
    provider.script(fails(429));
    for (let i = 0; i < 3; i++) await converse(other).over;
    clock.advance(1000);
    await converse(other).over;
    expect(keysUsed()).toEqual(["Bearer 1", "Bearer 2", "Bearer 2", "Bearer 1"]);
  });

  test("that all rest let no call leave", async () => {
    const clock = virtualClock();
    const other = await opened({ url: provider.url, keys: ["1"] }, { clock });
    provider.script(fails(429, null, { "retry-after": "7" }));
    const { model } = callOf();
    expect(other.resting?.(model)).toBeUndefined();
    await converse(other).over;
    expect(other.resting?.(model)).toMatchObject({ failure: "rate_limited", retryAfter: 7000 });
    const second = converse(other);
    expect(second.told).toEqual([]);
    await second.over;
    expect(second.told).toEqual(["fail rate_limited left=false: all keys of the provider rest"]);
    expect(provider.requests).toHaveLength(1);
    const third = converse(other);
    third.control.abort();
    await released();
    expect(third.told).toEqual([]);
  });

  test("that were refused are not used again", async () => {
    const other = await opened({ url: provider.url, keys: ["1", "2"] });
    provider.script(fails(401), fails(403));
    for (let i = 0; i < 3; i++) await converse(other).over;
    expect(keysUsed()).toEqual(["Bearer 1", "Bearer 2"]);
    expect(other.resting?.(callOf().model)).toMatchObject({ failure: "unauthorized" });
    // A 403 may be about the model alone.
    expect(other.resting?.({ ...callOf().model, name: "other" })).toBeUndefined();
  });

  test("are not blamed for a request that a moderator refused", async () => {
    const other = await opened({ url: provider.url, keys: ["1"] });
    provider.script(answersWith(403, { error: { code: 403, message: "x", metadata: { flagged_input: "x" } } }));
    await converse(other).over;
    expect(other.resting?.(callOf().model)).toBeUndefined();
  });
});

describe("what comes back", () => {
  test("is told as it came, with its headers by name in lower case", async () => {
    provider.script(answersWith(201, chatCompletion("Hi."), { "X-Request-ID": "7" }));
    const talk = converse(transport);
    await talk.over;
    expect(talk.told).toEqual(["head 201", "data", "end"]);
    expect(talk.headers).toEqual(expect.arrayContaining(["x-request-id", "7"]));
    expect(talk.text()).toBe(JSON.stringify(chatCompletion("Hi.")));
  });

  test("may be an error, or a redirect, which is not followed", async () => {
    provider.script(fails(429), answersWith(302, "", { location: "/v1/elsewhere" }));
    const [first, second] = [converse(transport), converse(transport)];
    await Promise.all([first.over, second.over]);
    expect([first.status, second.status].sort()).toEqual([302, 429]);
    expect(provider.requests).toHaveLength(2);
  });

  test("begins behind interim answers", async () => {
    provider.script((_request, response, socket) => {
      socket.write("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n");
      response.writeHead(200).end("{}");
    });
    const talk = converse(transport);
    await talk.over;
    expect(talk.told).toEqual(["head 200", "data", "end"]);
  });
});

describe("what breaks", () => {
  test("a refused connection: nothing left", async () => {
    const refused = await open(await refusingUrl());
    const talk = converse(refused);
    await talk.over;
    expect(talk.told).toEqual([expect.stringMatching(/^fail unreachable left=false: connect ECONNREFUSED/)]);
  });

  test("a public name that resolves to a private address: nothing left", async () => {
    const { port } = new URL(provider.url);
    const talk = converse(
      await opened(
        { url: `http://api.example.com:${port}/v1` },
        { lookup: (_host, _options, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }], 4) },
      ),
    );
    await talk.over;
    expect(talk.told).toEqual([
      "fail unreachable left=false: `api.example.com` resolves to the private address 127.0.0.1, which is reached only where its url names it",
    ]);
    expect(provider.requests).toEqual([]);
  });

  test("unless the operator lets every name", async () => {
    const lookup = (): void => expect.fail("the system resolves names then");
    const talk = converse(await opened({ url: provider.url }, { lookup, privateAddresses: true }));
    await talk.over;
    expect(talk.status).toBe(200);
  });

  test.each([
    ["before the first byte", diesUnanswered, [/^fail unreachable left=true: other side closed$/]],
    ["in the header", halfHeader, [/^fail (unreachable|server_error) left=true: /]],
    ["in the body", diesInBody, ["head 200", "data", /^fail server_error left=true: /]],
    ["in a stream", diesInStream(), ["head 200", "data", /^fail server_error left=true: /]],
    ["with what is not HTTP", garbage, [/^fail server_error left=true: /]],
  ])("%s", async (_where, behaviour, told) => {
    provider.script(behaviour);
    const talk = converse(transport);
    await talk.over;
    expect(talk.told).toEqual(told.map((line) => (typeof line === "string" ? line : expect.stringMatching(line))));
  });

  test("a kept-alive connection that the provider closed meanwhile", async () => {
    await converse(transport).over;
    await released();
    provider.script(diesUnanswered);
    const second = converse(transport);
    await second.over;
    expect(provider.requests.map(({ connection }) => connection)).toEqual([0, 0]);
    expect(second.told).toEqual(["fail unreachable left=true: other side closed"]);
  });

  test("a header that cannot be sent: told after `send` has returned", async () => {
    const talk = converse(transport, { headers: ["x-bad", "line\nbreak"] });
    expect(talk.told).toEqual([]);
    await talk.over;
    expect(talk.told).toEqual(["fail unreachable left=false: invalid x-bad header"]);
  });
});

describe("connections", () => {
  test("are used again", async () => {
    for (let i = 0; i < 3; i++) {
      await converse(transport).over;
      await released();
    }
    expect(provider.requests.map(({ connection }) => connection)).toEqual([0, 0, 0]);
  });

  test("are no more than allowed: further calls wait", async () => {
    const narrow = await open(provider.url, [], 1);
    await Promise.all([converse(narrow).over, converse(narrow).over, converse(narrow).over]);
    expect(provider.requests.map(({ connection }) => connection)).toEqual([0, 0, 0]);
  });

  test("are closed when their call is given up before an answer", async () => {
    provider.script(hangs);
    const talk = converse(transport);
    const arrived = await provider.arrival(0);
    talk.control.abort();
    await arrived.closed;
    expect(talk.told).toEqual([]);
  });

  test("are closed when their call is given up in a stream", async () => {
    provider.script(streamsBy((write) => void write("data: {}\n\n")));
    const talk = converse(transport);
    await talk.heard("data");
    talk.control.abort();
    await provider.requests[0]?.closed;
    expect(talk.told).toEqual(["head 200", "data"]);
  });

  test("are not used for a call that was given up while it waited for one", async () => {
    const narrow = await open(provider.url, [], 1);
    provider.script(hangs);
    const first = converse(narrow);
    await provider.arrival(0);
    const second = converse(narrow);
    const third = converse(narrow, { body: Buffer.from('{"model":"third"}') });
    second.control.abort();
    first.control.abort();
    await third.over;
    expect(provider.requests.map(({ body }) => JSON.parse(body).model)).toEqual(["gpt-small", "third"]);
  });
});

test("a reader that pauses holds the provider back, down to its socket", async () => {
  const piece = "x".repeat(64 * 1024);
  let written = 0;
  const full = Promise.withResolvers<void>();
  // More than the buffers of two sockets take, which the system lets grow to 4 and 32 MiB.
  const total = 1024;
  provider.script(
    streamsBy((write, response) => {
      const more = (): void => {
        while (written < total) {
          written++;
          if (!write(piece)) {
            full.resolve();
            response.once("drain", more);
            return;
          }
        }
        response.end();
      };
      more();
    }),
  );
  const talk = converse(transport);
  await talk.heard("data");
  talk.control.pause();
  await full.promise;
  const heard = talk.chunks.length;
  // A round trip of another call on the same event loop: whatever was under way has come by then.
  await converse(transport).over;
  expect(talk.chunks.length).toBeLessThanOrEqual(heard + 1);
  expect(written).toBeLessThan(total);
  talk.control.resume();
  await talk.over;
  expect(talk.text()).toHaveLength(total * piece.length);
});
