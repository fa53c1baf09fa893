/** Clients that take their time, that come in crowds, and that try to be taken for others. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { chatBody, onlyFirst, provided as provider, raw, serve } from "../runtime/proxy/harness.ts";
import { provided, served } from "./harness.ts";
import { ask, type Service } from "./service.ts";

/** Opens so many connections that say nothing. */
async function crowd({ port }: Pick<Service, "port">, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(500, count - sockets.length) }, () => connect(port, "127.0.0.1"));
    for (const socket of some) socket.on("error", () => {});
    await Promise.all(some.map((socket) => once(socket, "connect")));
    sockets.push(...some);
  }
  return sockets;
}

/** All that comes on a connection until it is closed. */
async function rest(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket.setEncoding("latin1")) text += chunk;
  return text;
}

const HEAD = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
const BODY = JSON.stringify(chatBody());

describe("connections", () => {
  test("10,000 that are idle keep nobody from being served", async () => {
    const { url } = await provided();
    const service = await served(url, "route chat -> a", { args: ["--workers", "2"] });
    const sockets = await crowd(service, 10_000);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(service)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    // An idle connection is good for a request after all that.
    const [first] = sockets;
    first?.write(`${HEAD}Connection: close\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`);
    expect(first && (await rest(first))).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(await service.stop()).toBe(0);
  });

  test("beyond the limit are closed, and make room again when they go", async () => {
    const { url } = await provided();
    const config = { limits: { connections: 20 } };
    const service = await served(url, "route chat -> a", { args: ["--workers", "1"], config });
    const sockets = await crowd(service, 20);
    const [beyond] = await crowd(service, 1);
    if (beyond !== undefined) await rest(beyond).catch(() => "");
    const gone = sockets.map((socket) => once(socket, "close"));
    for (const socket of sockets) socket.destroy();
    await Promise.all(gone);
    let status: number | undefined;
    while (status === undefined) status = (await ask(service).catch(() => undefined))?.status;
    expect(status).toBe(200);
  });

  test.each([
    ["header", "Content-Length: 100\r\n"],
    ["body", `Content-Length: ${BODY.length}\r\n\r\n${BODY.slice(0, 10)}`],
  ])("whose client takes all day for its %s are closed, with 408", async (_, beginning) => {
    const fake = await provider();
    const limits = { headerTimeout: 100, requestTimeout: 200 };
    const { port } = await serve(onlyFirst(fake.url), { limits });
    const socket = connect(port, "127.0.0.1", () => socket.write(HEAD + beginning));
    const trickle = setInterval(() => socket.write("x"), 20);
    const text = await rest(socket.on("error", () => {})).finally(() => clearInterval(trickle));
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(fake.requests).toEqual([]);
  });

  test.each([
    ["stream", true],
    ["whole answer", false],
  ])("whose client takes nothing of its %s are closed, and nobody waits for it", async (_, stream) => {
    const fake = await provider();
    const piece = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "x".repeat(60_000) } }] })}\n\n`;
    const whole = JSON.stringify({
      choices: [{ message: { content: "x".repeat(30_000_000) }, finish_reason: "stop" }],
    });
    fake.always((_request, response) => {
      response.writeHead(200, { "content-type": stream ? "text/event-stream" : "application/json" });
      const flow = (): void => {
        while (response.write(piece));
      };
      if (!stream) response.end(whole);
      else flow();
      response.on("drain", flow);
    });
    const { proxy, port } = await serve(onlyFirst(fake.url), { limits: { readTimeout: 100 } });
    const body = JSON.stringify(chatBody({ stream }));
    const socket = connect(port, "127.0.0.1", () =>
      socket.write(`${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`),
    );
    onTestFinished(
      () =>
        void socket
          .pause()
          .on("error", () => {})
          .destroy(),
    );
    const { closed } = await fake.arrival(0);
    if (stream) await closed;
    await proxy.close();
  });

  test("that are idle for too long are closed", async () => {
    const fake = await provider();
    const { port } = await serve(onlyFirst(fake.url), { limits: { idleTimeout: 50 } });
    const request = `${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY}`;
    expect(await raw(port, request)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });
});

describe("a request that two readers could take for different ones", () => {
  const length = `Content-Length: ${BODY.length}`;
  const inner = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n";

  test.each([
    ["a folded header", `X: a\r\n b\r\n${length}`, BODY],
    ["a folded length", `Content-Length:\r\n ${BODY.length}`, BODY],
    ["a bare line feed after a header", `X: a\n${length}`, BODY],
    ["a bare carriage return in a header", `X: a\rb\r\n${length}`, BODY],
    ["a NUL in a header", `X: a\0b\r\n${length}`, BODY],
    ["a length with a sign", `Content-Length: +${BODY.length}`, BODY],
    ["a length in hexadecimal", `Content-Length: 0x${BODY.length.toString(16)}`, BODY],
    ["a list of lengths", `Content-Length: ${BODY.length}, ${BODY.length}`, BODY],
    ["the same length twice", `${length}\r\n${length}`, BODY],
    ["a negative length", "Content-Length: -1", BODY],
    ["an unknown coding", "Transfer-Encoding: xchunked", BODY],
    ["chunks that are not the last coding", "Transfer-Encoding: chunked, identity", BODY],
    ["chunks twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", `0\r\n\r\n${inner}`],
    ["chunks with a space before the colon", "Transfer-Encoding : chunked", `0\r\n\r\n${inner}`],
    ["chunks and a length", `Transfer-Encoding: chunked\r\nContent-Length: 4`, `0\r\n\r\n${inner}`],
    ["chunks and a length hidden by a tab", `Transfer-Encoding:\tchunked\r\n${length}`, `0\r\n\r\n${inner}`],
    ["a chunk whose length has a sign", "Transfer-Encoding: chunked", `+5\r\n${BODY}`],
    ["a chunk that ends with a bare line feed", "Transfer-Encoding: chunked", `5\n${BODY}`],
    ["a chunk that is longer than it says", "Transfer-Encoding: chunked", `5\r\n${BODY}\r\n0\r\n\r\n`],
    ["a chunk extension without end", "Transfer-Encoding: chunked", `5;${"x".repeat(20_000)}`],
  ])("%s: is refused, and its connection closed", async (_, headers, body) => {
    const fake = await provider();
    const { port } = await serve(onlyFirst(fake.url));
    const text = await raw(port, `${HEAD}${headers}\r\n\r\n${body}`);
    expect(text).toMatch(/^HTTP\/1\.1 (400|413) /);
    // One answer, and nothing behind it.
    expect(text.split("HTTP/1.1 ").length).toBe(2);
    expect(fake.requests).toEqual([]);
  });

  test("chunk extensions and trailers are left away", async () => {
    const fake = await provider();
    const { port } = await serve(onlyFirst(fake.url));
    const chunks = `${BODY.length.toString(16)};a=b\r\n${BODY}\r\n0\r\nX-Routec: trailer\r\nAuthorization: forged\r\n\r\n`;
    const text = await raw(port, `${HEAD}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(fake.requests.map(({ body }) => JSON.parse(body).messages)).toEqual([JSON.parse(BODY).messages]);
    expect(JSON.stringify(fake.requests[0]?.rawHeaders)).not.toMatch(/forged|trailer/);
  });

  test("requests in a row on one connection are answered in their order, each by itself", async () => {
    const fake = await provider();
    const held: (() => void)[] = [];
    fake.script(
      (_request, response) => void held.push(() => response.writeHead(400).end('{"error":{"message":"one"}}')),
    );
    fake.always((_request, response) => {
      response.writeHead(422).end('{"error":{"message":"two"}}');
      for (const answer of held.splice(0)) answer();
    });
    const { port } = await serve(onlyFirst(fake.url));
    const one = `${HEAD}${length}\r\n\r\n${BODY}`;
    const text = await raw(port, one + one.replace(length, `Connection: close\r\n${length}`));
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(["400", "422"]);
    expect(text.indexOf("one")).toBeLessThan(text.indexOf("two"));
  });
});
