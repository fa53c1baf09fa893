/**
 * A provider of Anthropic's dialect for the benchmark of dialects: a message of about 700 bytes, or 200 events of a stream,
 * one every 5 ms. It is itself no part of what is measured.
 *
 *   node bench/messages-upstream.ts PORT
 */
import { createServer, type ServerResponse } from "node:http";

/** Milliseconds between the events of one stream. */
const PACE = 5;
const WORDS = 200;

const usage = { input_tokens: 212, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 46 };
const message = {
  id: "msg_01QC4g3HwBThD4BaNtBckFDJ",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  content: [] as object[],
  stop_reason: null as string | null,
  stop_sequence: null,
  usage,
};
const text = "a stale cache, a retry that never backed off, and a limit nobody had read; ".repeat(5);
const whole = JSON.stringify({ ...message, content: [{ type: "text", text }], stop_reason: "end_turn" });

const event = (data: { readonly type: string }): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const delta = (said: string): string =>
  event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: said } } as { type: string });
const head =
  event({ type: "message_start", message } as { type: string }) +
  event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } } as { type: string });
// The client of the benchmark looks for the last word of an answer.
const tail =
  delta("[DONE]") +
  event({ type: "content_block_stop", index: 0 } as { type: string }) +
  event({ type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage } as { type: string }) +
  event({ type: "message_stop" });

const open = new Map<ServerResponse, number>();

setInterval(() => {
  for (const [response, told] of open) {
    if (told < WORDS) response.write(delta(` word ${told} of them`));
    else response.end(tail);
    if (told < WORDS) open.set(response, told + 1);
    else open.delete(response);
  }
}, PACE);

createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => {
    body += chunk.toString("latin1");
  });
  request.on("end", () => {
    if (!body.includes('"stream":true')) {
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(whole) });
      response.end(whole);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" }).write(head);
    open.set(response, 0);
    response.on("close", () => open.delete(response));
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
