/**
 * The yardstick: the least that a proxy of `node:http` and undici's `dispatch` does. It passes requests and answers
 * through, with headers as objects and undici's default timeouts. With `parse` it also does what most gateways do:
 * parses the body, sets `model` and serialises it again.
 *
 *   node bench/passthrough.ts PORT UPSTREAM-ORIGIN [parse]
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Dispatcher, Pool } from "undici";

const [port, origin, mode] = process.argv.slice(2);
if (port === undefined || origin === undefined || (mode !== undefined && mode !== "parse")) {
  throw new Error("usage: node bench/passthrough.ts PORT UPSTREAM-ORIGIN [parse]");
}
const pool = new Pool(origin, { connections: 256, headersTimeout: 300_000, bodyTimeout: 300_000 });

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const [first = Buffer.alloc(0)] = chunks;
    const body = chunks.length > 1 ? Buffer.concat(chunks) : first;
    forward(request, mode === "parse" && body.length > 0 ? rewritten(body) : body, response);
  });
}).listen(Number(port), "127.0.0.1");

function rewritten(body: Buffer): Buffer {
  const request = JSON.parse(body.toString());
  request.model = "gpt-4o-mini-2024-07-18";
  return Buffer.from(JSON.stringify(request));
}

function forward(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const { host, connection, "content-length": length, ...headers } = request.headers;
  const options = { path: request.url ?? "/", method: request.method as Dispatcher.HttpMethod, headers, body };
  pool.dispatch(options, {
    onRequestStart() {},
    onResponseStart(controller, status, received) {
      const { connection, "keep-alive": keepAlive, "transfer-encoding": encoding, ...rest } = received;
      response.writeHead(status, rest);
      response.on("drain", () => controller.resume());
    },
    onResponseData(controller, chunk) {
      // Of a client that has left nothing drains any more: its connection would never be free again.
      if (!response.write(chunk) && !response.destroyed) controller.pause();
    },
    onResponseEnd() {
      response.end();
    },
    onResponseError(_controller, error) {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end(error.message);
    },
  });
}
