import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { load } from "../../../runtime/index.ts";
import type { Attribute } from "../../../runtime/table/index.ts";
import {
  answers,
  answersWith,
  type Behaviour,
  chatCompletion,
  chatEvents,
  diesInStream,
  errorBody,
  fails,
  hangs,
  streamsBy,
} from "../../support/fake-provider.ts";
import { call, orElse, type TableSpec, table } from "../../support/table.ts";
import { ask, burst, chatBody, errorOf, firstElseSecond, KEY, onlyFirst, provided, raw, serve } from "./harness.ts";

/** A proxy of one model over a fake provider that does `behaviour`. */
async function over(behaviour?: Behaviour, more: Partial<TableSpec> = {}) {
  const fake = await provided();
  if (behaviour !== undefined) fake.always(behaviour);
  return { fake, ...(await serve(onlyFirst(fake.url, more), { limits: { body: 5000 } })) };
}

const tier: Attribute = {
  name: "tier",
  type: { kind: "enum", members: ["free", "pro"] },
  source: { from: "header", at: "x-tier" },
};

describe("requests that never reach a provider", () => {
  type Case = readonly [name: string, request: RequestInit & { path?: string }, status: number, error: object];
  const json = { method: "POST", headers: { "content-type": "application/json" } };
  const cases: readonly Case[] = [
    ["an unknown path", { path: "/v1/nothing" }, 404, { message: "nothing is served at `GET /v1/nothing`" }],
    ["a wrong method", {}, 405, { message: "`/v1/chat/completions` takes POST, not GET" }],
    [
      "a wrong method on models",
      { ...json, path: "/v1/models" },
      405,
      { message: "`/v1/models` takes GET, HEAD, not POST" },
    ],
    ["no body", json, 400, { message: "the request body is empty: expected a JSON object" }],
    ["malformed JSON", { ...json, body: '{"model":' }, 400, { message: "the request body is not valid JSON" }],
    [
      "no model",
      { ...json, body: '{"messages":[]}' },
      400,
      { param: "model", message: "you must provide a model parameter" },
    ],
    ["a model of a wrong type", { ...json, body: '{"model":4,"messages":[]}' }, 400, { param: "model" }],
    ["no messages", { ...json, body: '{"model":"chat"}' }, 400, { param: "messages" }],
    ["a wrong stream", { ...json, body: '{"model":"chat","messages":[],"stream":1}' }, 400, { param: "stream" }],
    [
      "an unknown model",
      { ...json, body: '{"model":"x","messages":[]}' },
      404,
      { param: "model", code: "model_not_found" },
    ],
    ["a missing attribute", { ...json, body: '{"model":"chat","messages":[]}' }, 400, { param: "tier" }],
    [
      "an invalid attribute",
      { ...json, headers: { "x-tier": "gold" }, body: '{"model":"chat","messages":[]}' },
      400,
      { param: "tier", message: "attribute `tier` is `gold`: expected one of free, pro in header `x-tier`" },
    ],
    ["a content type", { ...json, headers: { "content-type": "text/xml" }, body: "{}" }, 415, {}],
    ["a content encoding", { ...json, headers: { "content-encoding": "gzip" }, body: "{}" }, 415, {}],
    ["a body over the limit", { ...json, body: " ".repeat(5001) }, 413, { code: "request_too_large" }],
    ["a page of another site", { ...json, headers: { origin: "https://example.com" }, body: "{}" }, 403, {}],
  ];

  test.each(cases)("%s", async (_, { path = "/v1/chat/completions", ...request }, status, error) => {
    const { url, fake } = await over(undefined, { attributes: [tier] });
    const headers = { "content-type": "application/json", ...request.headers };
    const response = await fetch(url + path, request.method === "POST" ? { ...request, headers } : request);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(response.headers.get("x-routec-decision")).toMatch(/^\w+-\w+$/);
    const shape = {
      message: expect.any(String),
      type: "invalid_request_error",
      param: null,
      code: expect.toBeOneOf([null, expect.any(String)]),
    };
    expect(await errorOf(response)).toEqual({ status, error: { ...shape, ...error } });
    expect(fake.requests).toEqual([]);
  });

  test("405 says what is allowed", async () => {
    const { url } = await over();
    expect((await fetch(`${url}/v1/chat/completions`)).headers.get("allow")).toBe("POST");
  });

  test("what the policy rejects", async () => {
    const reject = { kind: "reject", status: 403, text: "not in your plan" } as const;
    const { url, fake, log } = await over(undefined, { routes: [{ names: ["chat"], rules: [reject] }] });
    expect(await errorOf(await ask(url))).toMatchObject({
      status: 403,
      error: { message: "not in your plan", code: "rejected_by_policy" },
    });
    expect(fake.requests).toEqual([]);
    expect(log[0]).toMatchObject({ outcome: "rejected", status: 403, rule: "chat:0", calls: [] });
  });
});

describe("the answer's headers", () => {
  test("say what was decided", async () => {
    const { url, fake } = await over();
    const response = await ask(url);
    const policy = load(table({ ...spec(fake.url) }));
    expect(Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("x-routec-")))).toEqual({
      "x-routec-attempts": "1",
      // 9 tokens at $1 and 4 at $2, per million.
      "x-routec-cost": "0.000017",
      "x-routec-decision": expect.stringMatching(/^\w+-\w+$/),
      "x-routec-model": "first",
      "x-routec-policy": policy.table.hash,
      "x-routec-rule": "chat:0",
    });
  });

  function spec(url: string): TableSpec {
    const { providers, models } = onlyFirst(url).table;
    return { providers, models, routes: [{ names: ["chat"], rules: [call("first")] }] };
  }

  test("have ids of their own", async () => {
    const { url } = await over();
    const ids = await Promise.all(
      [ask(url), ask(url)].map(async (asked) => (await asked).headers.get("x-routec-decision")),
    );
    expect(new Set(ids).size).toBe(2);
  });

  test("are the provider's, but for what is of its connection", async () => {
    const { url } = await over(
      answersWith(200, chatCompletion("Hi"), {
        "x-request-id": "r-1",
        "openai-processing-ms": "5",
        "set-cookie": "a=b",
        connection: "keep-alive, x-hop",
        "x-hop": "1",
        "x-routec-model": "forged",
      }),
    );
    const { headers } = await ask(url);
    const names = ["x-request-id", "openai-processing-ms", "set-cookie", "x-hop", "x-routec-model"];
    expect(names.map((name) => headers.get(name))).toEqual(["r-1", "5", null, null, "first"]);
  });

  test("of an exhausted plan count its attempts and say when to try again", async () => {
    const { url } = await over(fails(429, "rate_limit_exceeded", { "retry-after": "7" }));
    const response = await ask(url);
    expect(response.status).toBe(429);
    expect(
      ["x-routec-attempts", "x-routec-rule", "retry-after", "x-should-retry"].map((name) => response.headers.get(name)),
    ).toEqual(["1", "chat:0", "7", "false"]);
  });
});

describe("the request's headers", () => {
  test("go upstream only where they are known to be harmless", async () => {
    const { url, fake } = await over();
    await ask(url, chatBody(), {
      authorization: "Bearer of-the-client",
      cookie: "a=b",
      "x-api-key": "of-the-client",
      "openai-beta": "x",
      traceparent: "00-1-1-00",
      "x-other": "1",
    });
    const { headers } = fake.requests[0] ?? { headers: {} };
    expect(headers).toMatchObject({ authorization: `Bearer ${KEY}`, "openai-beta": "x", traceparent: "00-1-1-00" });
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(["cookie"]));
    expect(JSON.stringify(headers)).not.toMatch(/of-the-client|x-other|accept-encoding|cookie/);
  });
});

describe("exhausted plans", () => {
  test.each([
    [fails(500), 502, "server_error"],
    [fails(401), 502, "upstream_unauthorized"],
    [fails(429), 429, "rate_limit_exceeded"],
    [fails(503), 503, "overloaded"],
    [fails(400, "context_length_exceeded"), 400, "context_length_exceeded"],
    [fails(400, "content_filter"), 400, "content_filter"],
  ])("%#: %j", async (behaviour, status, code) => {
    const { url, fake } = await over(behaviour);
    const { error, ...answer } = await errorOf(await ask(url));
    expect({ ...answer, code: error.code }).toEqual({ status, code });
    expect(error.message).toMatch(/^no model of the plan could answer: `first` failed with \w+ \(\d+\)$/);
    expect(error.message).not.toContain(KEY);
    expect(error.message).not.toContain(new URL(fake.url).host);
  });

  test("a timeout is 504", async () => {
    const { url } = await over((): void => {}, { routes: [{ names: ["chat"], rules: [call("first", 30)] }] });
    expect(await errorOf(await ask(url))).toMatchObject({ status: 504, error: { code: "timeout" } });
  });

  test("what is too long for every model is not sent", async () => {
    const { url, fake } = await over(undefined, {
      models: onlyFirst("http://x").table.models.map((model) => ({ ...model, context: 10 })),
    });
    expect(await errorOf(await ask(url))).toMatchObject({ status: 400, error: { code: "context_length_exceeded" } });
    expect(fake.requests).toEqual([]);
  });

  test("a verdict on the request passes with its own status", async () => {
    const { url } = await over(answersWith(422, errorBody("bad", "no such thing")));
    expect(await errorOf(await ask(url))).toEqual({ status: 422, ...errorBody("bad", "no such thing") });
  });
});

describe("streams", () => {
  const [role = "", first = ""] = chatEvents("Hello there.");

  test("come as they are sent", async () => {
    let write: ((piece: string) => boolean) | undefined;
    let end: (() => void) | undefined;
    const { url, log } = await over(
      streamsBy((writer, response) => {
        writer(`data: ${role}\n\ndata: ${first}\n\n`);
        write = writer;
        end = () => response.end();
      }),
    );
    const response = await ask(url, chatBody({ stream: true }));
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe(`data: ${role}\n\ndata: ${first}\n\n`);
    expect(log).toEqual([]);
    write?.("data: {}\n\n");
    expect((await reader?.read())?.value).toBe("data: {}\n\n");
    write?.("data: [DONE]\n\n");
    end?.();
    expect((await reader?.read())?.value).toBe("data: [DONE]\n\n");
    expect((await reader?.read())?.done).toBe(true);
    expect(response.headers.get("x-routec-model")).toBe("first");
  });

  test.each([
    ["by a broken connection", (response: ServerResponse) => response.socket?.end()],
    ["by their end", (response: ServerResponse) => response.end()],
  ])("that break off in the middle of an event, %s, end with a whole one that says so", async (_, end) => {
    const { url, logged } = await over(
      streamsBy((writer, response) => {
        writer(`data: ${role}\n\ndata: ${first}\n\ndata: {"choices":[`);
        end(response);
      }),
    );
    const record = logged();
    const text = await (await ask(url, chatBody({ stream: true }))).text();
    const events = text.split("\n\n").slice(0, -1);
    expect(events.slice(0, 2)).toEqual([`data: ${role}`, `data: ${first}`]);
    expect(JSON.parse(events[2]?.slice("data: ".length) ?? "")).toMatchObject({
      error: { message: "the answer of `first` broke off with server_error", type: "server_error" },
    });
    expect(events.length).toBe(3);
    expect(await record).toMatchObject({ outcome: "broken", model: "first" });
  });

  test("that the provider ends with an error of its own have that one alone", async () => {
    const error = 'data: {"error":{"message":"worker died","type":"server_error"}}\n\n';
    const { url, logged } = await over(
      streamsBy((write, response) => {
        write(`data: ${role}\n\ndata: ${first}\n\n${error}`);
        response.end();
      }),
    );
    const record = logged();
    const text = await (await ask(url, chatBody({ stream: true }))).text();
    expect(text).toBe(`data: ${role}\n\ndata: ${first}\n\n${error}`);
    expect(await record).toMatchObject({ outcome: "broken" });
  });

  test("that break off in an event too large to hold end with one that stands alone", async () => {
    const { url } = await over(
      streamsBy((write, response) => {
        write(`data: ${role}\n\ndata: ${first}\n\ndata: {"choices":["${"x".repeat(200_000)}`);
        response.end();
      }),
    );
    const text = await (await ask(url, chatBody({ stream: true }))).text();
    expect(text.split("\n\n").at(-2)).toMatch(/^data: \{"error":/);
  });

  test("end at [DONE], though the provider leaves its connection open", async () => {
    const { url, logged, fake } = await over(
      streamsBy((write) => void write(`data: ${role}\n\ndata: ${first}\n\ndata: [DONE]\n\n`)),
    );
    const record = logged();
    const response = await ask(url, chatBody({ stream: true }));
    expect(await response.text()).toMatch(/\[DONE\]\n\n$/);
    expect(await record).toMatchObject({ outcome: "answered", calls: [{}] });
    await fake.requests[0]?.closed;
  });

  test("pause the provider while the client is slow", async () => {
    const piece = `data: {"choices":[{"delta":{"content":"${"x".repeat(60_000)}"}}]}\n\n`;
    const provider = burst(piece, 300);
    const { url } = await serve(onlyFirst("http://127.0.0.1:9/v1"), { doors: { transport: provider.transport } });
    const text = await (await ask(url, chatBody({ stream: true }))).text();
    expect(text === provider.text).toBe(true);
    expect(provider.pauses).toBeGreaterThan(0);
  });

  test("whose client goes away end upstream", async () => {
    const { url, fake, logged } = await over(streamsBy((write) => void write(`data: ${role}\n\ndata: ${first}\n\n`)));
    const record = logged();
    const controller = new AbortController();
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify(chatBody({ stream: true })),
      headers: { "content-type": "application/json" },
      signal: controller.signal,
    });
    const { closed } = await fake.arrival(0);
    controller.abort();
    await closed;
    expect(response.status).toBe(200);
    expect(await record).toMatchObject({ outcome: "cancelled", model: "first" });
  });
});

describe("the log", () => {
  /** The record of a request whose first model answers 429 and whose second does `behaviour`. */
  async function recordOf(behaviour: Behaviour, more: { stream?: boolean; cancel?: boolean } = {}) {
    const [one, two] = [await provided(), await provided()];
    one.always(fails(429));
    two.always(behaviour);
    const { url, logged } = await serve(firstElseSecond(one.url, two.url));
    const record = logged();
    const controller = new AbortController();
    const asked = fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify(chatBody({ stream: more.stream })),
      headers: { "content-type": "application/json" },
      signal: controller.signal,
    }).then((response) => response.text());
    await two.arrival(0);
    if (more.cancel) controller.abort();
    await asked.catch(() => {});
    return record;
  }

  const busy = { model: "first", failure: "rate_limited", status: 429 };

  test.each([
    ["answered", answers(), {}, [busy]],
    ["answered", answers(), { stream: true }, [busy]],
    ["cancelled", hangs, { cancel: true }, [busy]],
    ["broken", diesInStream(), { stream: true }, [busy, { model: "second", failure: "server_error" }]],
    ["exhausted", fails(500), {}, [busy, { model: "second", failure: "server_error", status: 500 }]],
  ])("of a request that is %s counts calls and lists failures (%#)", async (outcome, behaviour, more, failures) => {
    expect(await recordOf(behaviour, more)).toMatchObject({ outcome, calls: [{}, {}], failures });
  });

  test("of a request that is rejected in the end, too", async () => {
    const fake = await provided();
    fake.always(fails(429));
    const run = orElse(call("first"), { kind: "reject", status: 503 });
    const { url, log } = await serve(onlyFirst(fake.url, { routes: [{ names: ["chat"], rules: [run] }] }));
    const { headers } = await ask(url);
    expect(headers.get("x-routec-attempts")).toBe("1");
    expect(log).toMatchObject([{ outcome: "rejected", calls: [{}], failures: [busy] }]);
  });
});

describe("on the wire", () => {
  const body = JSON.stringify(chatBody());
  const post = (headers: string, content = body): string =>
    `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n${content}`;
  const length = `Content-Length: ${body.length}`;

  test.each([
    ["two lengths", post(`${length}\r\nContent-Length: 3`), 400],
    ["a length and chunks", post(`${length}\r\nTransfer-Encoding: chunked`), 400],
    ["chunks that are no numbers", post("Transfer-Encoding: chunked", "zz\r\n"), 400],
    ["a bare line feed", post("X: 1\nY: 2"), 400],
    ["a header with a space before its colon", post(`X : 1\r\n${length}`), 400],
    ["headers that are too large", post(`X: ${"x".repeat(40_000)}`), 431],
    ["no HTTP at all", "\x16\x03\x01\r\n\r\n", 400],
  ])("%s are refused in OpenAI's form", async (_, bytes, status) => {
    const { port, fake } = await over();
    const answer = await raw(port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({ error: { type: "invalid_request_error" } });
    expect(fake.requests).toEqual([]);
  });

  test("no host is refused", async () => {
    const { port } = await over();
    expect(await raw(port, "GET /v1/models HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("another host is refused: it is a name that was made to point here", async () => {
    const { port } = await over();
    const answer = await raw(port, "GET /v1/models HTTP/1.1\r\nHost: evil.example:80\r\nConnection: close\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  });

  test.each(["localhost", "127.0.0.1:80", "[::1]:8080"])("the host %s is this machine", async (host) => {
    const { port } = await over();
    const answer = await raw(port, `GET /v1/models HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("chunks over the limit are refused while they come", async () => {
    const { port, fake } = await over();
    const chunk = `${(6000).toString(16)}\r\n${" ".repeat(6000)}\r\n`;
    expect(await raw(port, post("Transfer-Encoding: chunked", chunk))).toMatch(/^HTTP\/1\.1 413 /);
    expect(fake.requests).toEqual([]);
  });

  test("a body in many pieces is read whole", async () => {
    const { port } = await over();
    const chunks = [...body].map((byte) => `1\r\n${byte}\r\n`).join("");
    const answer = await raw(port, post("Connection: close\r\nTransfer-Encoding: chunked", `${chunks}0\r\n\r\n`));
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("HEAD has no body", async () => {
    const { url } = await over();
    const response = await fetch(`${url}/v1/models`, { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });
});

describe("closing", () => {
  const [role = "", first = ""] = chatEvents("Hello there.");

  test("lets a stream come to its end, and takes no new connection", async () => {
    const fake = await provided();
    let finish: (() => void) | undefined;
    fake.always(
      streamsBy((write, response) => {
        write(`data: ${role}\n\ndata: ${first}\n\n`);
        finish = () => response.end("data: [DONE]\n\n");
      }),
    );
    const { proxy, url, port } = await serve(firstElseSecond(fake.url, fake.url));
    const response = await ask(url, chatBody({ stream: true }));
    const closed = proxy.close();
    const refused = await new Promise<string>((resolve) => {
      connect(port, "127.0.0.1").on("error", (error) => resolve(String(Reflect.get(error, "code"))));
    });
    expect(refused).toBe("ECONNREFUSED");
    finish?.();
    expect(await response.text()).toMatch(/\[DONE\]\n\n$/);
    await closed;
  });

  test("does not wait for idle connections", async () => {
    const { proxy, url } = await over();
    await (await ask(url)).text();
    await proxy.close();
  });

  const body = JSON.stringify(chatBody());
  const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n`;

  /** A connection on which the proxy has a request without the last of its body. */
  async function halfSent(port: number): Promise<Socket> {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(`${head}Expect: 100-continue\r\n\r\n${body.slice(0, -1)}`);
    expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1\.1 100 /);
    return socket;
  }

  test("waits for the rest of a request", async () => {
    const { proxy, port } = await over();
    const socket = await halfSent(port);
    const closed = proxy.close();
    socket.write(body.slice(-1));
    expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1\.1 200 /);
    await closed;
  });

  test("waits for it only so long, and for those that came whole until they are answered", async () => {
    const fake = await provided();
    const finish = Promise.withResolvers<void>();
    fake.always((request, response, socket) => void finish.promise.then(() => answers()(request, response, socket)));
    const { proxy, url, port } = await serve(onlyFirst(fake.url), { limits: { requestTimeout: 300 } });
    const asked = ask(url);
    await fake.arrival(0);
    const half = await halfSent(port);
    const dropped = once(half, "close");
    const closed = proxy.close();
    finish.resolve();
    expect((await asked).status).toBe(200);
    await dropped;
    await closed;
  });

  test("does not wait for a handshake", async () => {
    const { proxy, port } = await serve(onlyFirst("http://127.0.0.1:9/v1"), { tls: { cert: "", key: "" } });
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    await proxy.close();
  });
});
