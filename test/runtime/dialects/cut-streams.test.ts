/** A stream comes in pieces that may be cut at any byte: what comes out is the same wherever it is. */
import { describe, expect, test } from "vitest";
import {
  ChatStream,
  MESSAGES_WIRE,
  MessagesStream,
  RESPONSES_WIRE,
  ResponsesStream,
  type StreamTranslator,
} from "../../../runtime/dialects/index.ts";
import { EventReader } from "../../../runtime/plan/event-reader.ts";
import { Received } from "../../../runtime/plan/received.ts";
import { CHAT_WIRE, type Wire } from "../../../runtime/plan/wire.ts";
import { fed, sse } from "./harness.ts";

const usage = { input_tokens: 9, cache_read_input_tokens: 3, cache_creation_input_tokens: 0, output_tokens: 1 };
const MESSAGE = [
  { type: "message_start", message: { id: "m", model: "c", content: [], usage } },
  { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "Hm – 🤔" } },
  { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "c2ln" } },
  { type: "content_block_stop", index: 0 },
  { type: "ping" },
  { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "żółć \n\n data: [DONE]" } },
  { type: "content_block_stop", index: 1 },
  { type: "content_block_start", index: 2, content_block: { type: "tool_use", id: "t", name: "f", input: {} } },
  { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: '{"a":"👍"}' } },
  { type: "content_block_stop", index: 2 },
  { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 7 } },
  { type: "message_stop" },
].map((event) => JSON.stringify(event));

const messages = sse(MESSAGE);
const chat = Buffer.from(fed(new ChatStream({ created: 1, includeUsage: true }), messages));
const responses = Buffer.from(fed(new ResponsesStream({}), chat));

const DIRECTIONS: readonly (readonly [string, Buffer, () => StreamTranslator])[] = [
  ["messages to chat completions", messages, () => new ChatStream({ created: 1, includeUsage: true })],
  ["chat completions to messages", chat, () => new MessagesStream()],
  ["chat completions to responses", chat, () => new ResponsesStream({})],
];

/** That it is the same as whole when cut in two at each of `places`. */
function sameWhenCut(bytes: Buffer, translator: () => StreamTranslator, places: readonly number[]): void {
  const whole = fed(translator(), bytes);
  expect(whole.length).toBeGreaterThan(500);
  for (const at of places)
    expect(fed(translator(), bytes.subarray(0, at), bytes.subarray(at)), `cut at ${at}`).toBe(whole);
}

describe.each(DIRECTIONS)("%s", (_, bytes, translator) => {
  test("cut at every byte, and into single ones", () => {
    sameWhenCut(bytes, translator, [...bytes.keys()]);
    const single = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
    expect(fed(translator(), ...single)).toBe(fed(translator(), bytes));
  });

  test("with carriage returns, cut around each of them", () => {
    const returned = Buffer.from(bytes.toString().replaceAll("\n", "\r\n"));
    const places = [...returned.keys()].filter((at) => [returned[at], returned[at - 1]].includes(0x0d));
    sameWhenCut(returned, translator, places);
    expect(fed(translator(), returned)).toBe(fed(translator(), bytes));
  });
});

test.each([
  ["a line", "x".repeat(1024)],
  ["an event", `data: ${"x".repeat(1017)}\n`],
])("%s without an end is not kept, and what comes behind it is read", (_, piece) => {
  const reader = new EventReader();
  const mebibyte = Buffer.from(piece.repeat(1024));
  reader.read(Buffer.from("data: "));
  for (let count = 0; count < 40; count++) reader.read(mebibyte);
  const [long = "", next] = reader.read(Buffer.from("\n\ndata: next\n\n"));
  expect(long.length).toBeLessThan(34 * 1024 * 1024);
  expect(next).toBe("next");
});

const WIRES: readonly (readonly [string, Buffer, Wire])[] = [
  ["messages", messages, MESSAGES_WIRE],
  ["chat completions", chat, CHAT_WIRE],
  ["responses", responses, RESPONSES_WIRE],
];

test.each(WIRES)("%s that pass are read alike", (_, bytes, wire) => {
  // The responses repeat themselves, and are long.
  const step = Math.ceil(bytes.length / 2000);
  for (let at = 1; at < bytes.length; at += step) {
    const stream = wire.stream(true);
    stream.read(bytes.subarray(0, at));
    stream.read(bytes.subarray(at));
    expect(stream, `cut at ${at}`).toMatchObject({ content: true, finished: true, done: true, error: undefined });
    expect(stream.usage(bytes)).toEqual({ prompt: 12, cached: 3, written: 0, completion: 7 });
    expect(stream.ending(bytes)).toMatchObject({ complete: true, error: undefined });
  }
  // Cut short it is not complete, but for the blank line that ends its last event.
  for (let at = 1; at < bytes.length; at += step) {
    const received = new Received();
    const stream = wire.stream(false);
    const passed = (piece: Buffer): boolean => {
      received.push(piece);
      return stream.pass(piece, received);
    };
    expect([passed(bytes.subarray(0, at)), passed(bytes.subarray(at))], `cut at ${at}`).toEqual([false, true]);
  }
});
