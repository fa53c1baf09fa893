import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tellBody, WholeRequest } from "../../../runtime/proxy/whole-request.ts";

/** What became of requests, in order. */
let seen: string[];

/** Answers with the request's path and body; `/late` reads its body only after a turn of the event loop. */
function echo(request: IncomingMessage, response: ServerResponse): void {
  const pieces: Buffer[] = [];
  const read = (): void =>
    tellBody(request, {
      piece: (bytes) => pieces.push(bytes),
      end: () => response.end(`${request.url} ${Buffer.concat(pieces)}`),
    });
  if (request.url === "/late") setImmediate(read);
  else if (request.url === "/unread") response.end("/unread");
  else read();
  request.on("close", () => seen.push(`${request.url} closed`));
  request.on("aborted", () => seen.push(`${request.url} aborted`));
}

const servers = [createServer({ IncomingMessage: WholeRequest }, echo), createServer(echo)] as const;

beforeAll(async () => {
  for (const server of servers) await once(server.listen(0, "127.0.0.1"), "listening");
});

afterAll(() => {
  for (const server of servers) server.close();
});

/** Sends the pieces over one connection, and gives all that comes back until the server closes it. */
async function talk(server: (typeof servers)[number], pieces: readonly Buffer[]): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").setNoDelay();
  let answer = "";
  socket.on("data", (bytes) => {
    answer += bytes.toString();
  });
  for (const piece of pieces) await new Promise((sent) => socket.write(piece, () => setImmediate(sent)));
  await once(socket, "close");
  return answer.replaceAll(/^Date: .*\r\n/gm, "");
}

interface Sent {
  readonly path: string;
  readonly body: string;
  readonly chunked: boolean;
}

function written({ path, body, chunked }: Sent, isLast: boolean): string {
  const head = `POST ${path} HTTP/1.1\r\nHost: here\r\n${isLast ? "Connection: close\r\n" : ""}`;
  if (!chunked) return `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
  const chunk = body === "" ? "" : `${body.length.toString(16)}\r\n${body}\r\n`;
  return `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`;
}

describe("requests that are told whole", () => {
  const sent = fc.record({
    path: fc.constantFrom("/now", "/late", "/unread"),
    body: fc.string({ unit: fc.constantFrom("a", "b", "\n", "0"), maxLength: 200 }),
    chunked: fc.boolean(),
  });
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });

  test("are answered as streams are, however many come on a connection and however they are cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { minLength: 1, maxLength: 4 }), cuts, async (requests, at) => {
        seen = [];
        const bytes = Buffer.from(requests.map((each, index) => written(each, index === requests.length - 1)).join(""));
        const ends = [...at.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b), bytes.length];
        const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        const [told, streamed] = [await talk(servers[0], pieces), await talk(servers[1], pieces)];
        expect(told).toBe(streamed);
        expect(told.match(/HTTP\/1.1 200/g)).toHaveLength(requests.length);
      }),
      { numRuns: 60 },
    );
  });

  test("are aborted where the client leaves in the middle", async () => {
    seen = [];
    const [server] = servers;
    const request = once(server, "request");
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write("POST /now HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nhalf");
    const [message] = (await request) as [IncomingMessage];
    const closed = new Promise((close) => message.on("close", close));
    socket.destroy();
    await closed;
    expect(seen).toEqual(["/now aborted", "/now closed"]);
  });

  test("are let go of once they are answered", async () => {
    const [server] = servers;
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    const request = once(server, "request");
    socket.write("POST /now HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nbody");
    const [message] = (await request) as [IncomingMessage];
    await once(socket, "data");
    expect(message.readableEnded).toBe(true);
    // It is by this that a server that keeps the connection knows it.
    expect(message.listenerCount("end")).toBe(0);
    socket.destroy();
  });
});
