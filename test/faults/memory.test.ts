/** What a service holds in memory does not grow with what passes through it. */
import { connect } from "node:net";
import { expect, test } from "vitest";
import { heapOf, PROBED } from "../soak/heap.ts";
import { type Behaviour, chatEvents, streamsBy } from "../support/fake-provider.ts";
import { provided, served } from "./harness.ts";
import { ask } from "./service.ts";

const MB = 1_000_000;
/** More than sockets and pools hold; far less than what passes. */
const LITTLE = 16 * MB;
const ONE = { args: ["--workers", "1"], env: PROBED };
const CHUNK = "x".repeat(64 * 1024);
const [role = "", word = ""] = chatEvents("Hello there.");

/** Sends `megabytes` in pieces, as fast as they are taken, between a beginning and an end. */
function sends(
  megabytes: number,
  beginning: string,
  piece: string,
  end: string,
): { behaviour: Behaviour; sent: () => number } {
  let sent = 0;
  const behaviour = streamsBy((write, response) => {
    const more = (): void => {
      while (sent < megabytes * MB) {
        sent += piece.length;
        if (!write(piece)) {
          response.once("drain", more);
          return;
        }
      }
      response.end(end);
    };
    write(beginning);
    more();
  });
  return { behaviour, sent: () => sent };
}

test("an answer of 100 MB passes, and little of it is held", async () => {
  const provider = await provided();
  const service = await served(provider.url, "route chat -> a", ONE);
  const [beginning, end] = ['{"choices":[{"index":0,"message":{"content":"', '"}}]}'];
  const { behaviour } = sends(100, beginning, CHUNK, end);
  provider.script(behaviour);
  const before = await heapOf(service);
  let length = 0;
  let most = 0;
  for await (const chunk of (await ask(service)).body ?? []) {
    length += chunk.length;
    if (length > 50 * MB && most === 0) most = await heapOf(service);
  }
  expect(length).toBeGreaterThan(100 * MB);
  expect(most - before).toBeLessThan(LITTLE);
  expect((await heapOf(service)) - before).toBeLessThan(LITTLE);
});

test("a slow reader of a fast stream holds the provider back, and nothing is held for it", async () => {
  const provider = await provided();
  const service = await served(provider.url, "route chat -> a", ONE);
  const event = `data: {"choices":[{"index":0,"delta":{"content":"${CHUNK}"}}]}\n\n`;
  const { behaviour, sent } = sends(400, `data: ${role}\n\ndata: ${word}\n\n`, event, "data: [DONE]\n\n");
  provider.script(behaviour);
  const before = await heapOf(service);
  const body = JSON.stringify({ model: "chat", stream: true, messages: [{ role: "user", content: "Hello" }] });
  const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  const reader = connect(service.port, "127.0.0.1", () => reader.write(head + body)).pause();
  await provider.arrival(0);
  // Others are served meanwhile; until nothing more is taken from the provider.
  for (let last = -1; last !== sent(); ) {
    last = sent();
    for (let i = 0; i < 20; i++) expect((await ask(service)).status).toBe(200);
  }
  expect(sent()).toBeLessThan(100 * MB);
  expect((await heapOf(service)) - before).toBeLessThan(LITTLE);
  let tail = "";
  for await (const chunk of reader.setEncoding("latin1")) {
    tail = (tail + chunk).slice(-200);
    if (tail.includes("[DONE]")) break;
  }
  expect(tail).toContain("data: [DONE]");
  expect(sent()).toBeGreaterThanOrEqual(400 * MB);
});
