/** Random chats, there and back again: what is lost is what `docs/dialects.md` says, and nothing else. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ChatStream,
  chatCompletion,
  chatRequest,
  MessagesStream,
  messagesAnswer,
  messagesRequest,
} from "../../../runtime/dialects/index.ts";
import { fed, gathered, sse, told } from "./harness.ts";

const anyText = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }).map((text) => text.toWellFormed()),
  fc.constantFrom("", " ", "\n", '"\\'),
);
const someText = anyText.filter((text) => /\S/.test(text));
const name = fc.stringMatching(/^[a-z_]{1,8}$/);
const input = fc
  .dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  .map((value) => JSON.parse(JSON.stringify(value)));

const textPart = anyText.map((text) => ({ type: "text", text }));
const image = fc
  .constantFrom("https://example.com/a.png", "data:image/webp;base64,UklGRg==")
  .map((url) => ({ type: "image_url", image_url: { url } }));
const file = fc.constant({
  type: "file",
  file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" },
});
const user = fc
  .tuple(someText, fc.array(fc.oneof(textPart, image, file), { maxLength: 3 }), fc.boolean())
  .map(([text, parts, plain]) => ({ role: "user", content: plain ? text : [{ type: "text", text }, ...parts] }));

interface Exchange {
  readonly said: string;
  readonly calls: readonly {
    readonly id: string;
    readonly name: string;
    readonly input: object;
    readonly result: string;
  }[];
}

const call = fc.record({ id: fc.stringMatching(/^[\w.:-]{1,12}$/), name, input, result: anyText });
const exchange: fc.Arbitrary<Exchange> = fc.record({
  said: anyText,
  calls: fc.uniqueArray(call, { selector: ({ id }) => id, maxLength: 3 }),
});

/** What the model says, and the results of the tools that it calls. */
function messagesOf({ said, calls }: Exchange): object[] {
  const tool_calls = calls.map((each) => ({
    id: each.id,
    type: "function",
    function: { name: each.name, arguments: JSON.stringify(each.input) },
  }));
  const results = calls.map(({ id, result }) => ({ role: "tool", tool_call_id: id, content: result }));
  return [{ role: "assistant", content: said, ...(calls.length > 0 && { tool_calls }) }, ...results];
}

const chats = fc.record({
  system: fc.array(someText, { maxLength: 2 }),
  turns: fc.array(fc.tuple(user, exchange), { maxLength: 4 }),
  last: user,
  tools: fc.uniqueArray(name, { maxLength: 3 }),
  more: fc.record(
    {
      temperature: fc.double({ min: 0, max: 0.99, noNaN: true }),
      max_completion_tokens: fc.integer({ min: 1, max: 1000 }),
      stop: fc.array(someText, { minLength: 1, maxLength: 4 }),
      stream: fc.constant(true),
      parallel_tool_calls: fc.constant(false),
      user: someText,
    },
    { requiredKeys: [] },
  ),
});

type Atom = readonly unknown[];

/** All that is said, one thing after the other, without how it is cut into messages. Blank texts say nothing. */
function atoms(messages: readonly unknown[]): Atom[] {
  const ids = new Map<unknown, number>();
  const idOf = (id: unknown): number => ids.get(id) ?? ids.set(id, ids.size).size - 1;
  return (messages as Record<string, unknown>[]).flatMap(({ role, content, tool_calls, tool_call_id }): Atom[] => {
    const parts = Array.isArray(content) ? content : content === null ? [] : [{ type: "text", text: content }];
    const said = parts.filter(({ type, text }) => type !== "text" || /\S/.test(text)).map((part): Atom => [role, part]);
    const calls = (tool_calls as { id: string; function: { name: string; arguments: string } }[] | undefined) ?? [];
    const called = calls.map(
      ({ id, function: { name, arguments: written } }): Atom => [role, idOf(id), name, JSON.parse(written)],
    );
    return tool_call_id === undefined ? [...said, ...called] : [[role, idOf(tool_call_id), ...said]];
  });
}

test("chat, messages, chat: all that was said is there, in its order", () => {
  fc.assert(
    fc.property(chats, ({ system, turns, last, tools, more }) => {
      const functions = tools.map((each) => ({
        type: "function",
        function: { name: each, parameters: { type: "object" } },
      }));
      const messages = [
        ...system.map((content) => ({ role: "system", content })),
        ...turns.flatMap(([asked, answered]) => [asked, ...messagesOf(answered)]),
        last,
      ];
      const chat = { model: "m", messages, ...(tools.length > 0 && { tools: functions }), ...more };
      const there = messagesRequest(chat, { model: "claude-sonnet-4-5", output: 1000 });
      const { chat: back, dropped } = chatRequest(there.body);
      expect([...there.dropped, ...dropped]).toEqual([]);
      expect(atoms(back.messages)).toEqual(atoms(messages));
      const { messages: _m, tools: _t, parallel_tool_calls: _p, ...rest } = back;
      const { parallel_tool_calls: alone, ...expected } = more;
      expect(back.parallel_tool_calls).toBe(tools.length > 0 ? alone : undefined);
      expect(back.tools).toEqual(tools.length > 0 ? functions : undefined);
      expect(rest).toMatchObject({ model: "claude-sonnet-4-5", max_completion_tokens: 1000, ...expected });
    }),
  );
});

const block = fc.oneof(
  someText.map((text) => ({ type: "text", text })),
  fc.record({ type: fc.constant("thinking"), thinking: someText, signature: fc.constant("sig") }),
  fc.record({ type: fc.constant("tool_use"), id: fc.uuid(), name, input }),
  fc.record({ type: fc.constant("server_tool_use"), id: fc.uuid(), name, input }),
);

/** The events of a message, its texts in pieces of `size` characters. */
function eventsOf(content: readonly Record<string, unknown>[], stop_reason: string, size: number): string[] {
  const cut = (text: string): string[] =>
    [...text].flatMap((_, at, all) => (at % size === 0 ? [all.slice(at, at + size).join("")] : []));
  const events: object[] = [
    {
      type: "message_start",
      message: { id: "i", model: "m", content: [], usage: { input_tokens: 1, output_tokens: 1 } },
    },
  ];
  for (const [index, { text, thinking, input, signature, ...start }] of content.entries()) {
    const deltas = [
      ...cut(String(text ?? "")).map((each) => ({ type: "text_delta", text: each })),
      ...cut(String(thinking ?? "")).map((each) => ({ type: "thinking_delta", thinking: each })),
      ...(signature === undefined ? [] : [{ type: "signature_delta", signature }]),
      ...(input === undefined
        ? []
        : cut(JSON.stringify(input)).map((each) => ({ type: "input_json_delta", partial_json: each }))),
    ];
    events.push({
      type: "content_block_start",
      index,
      content_block: { ...start, ...(input !== undefined && { input: {} }) },
    });
    for (const delta of deltas) events.push({ type: "content_block_delta", index, delta });
    events.push({ type: "content_block_stop", index });
  }
  events.push({ type: "message_delta", delta: { stop_reason }, usage: { output_tokens: 2 } }, { type: "message_stop" });
  return events.map((event) => JSON.stringify(event));
}

describe("answers", () => {
  const answers = fc.tuple(
    fc.array(block, { maxLength: 5 }),
    fc.constantFrom("end_turn", "max_tokens"),
    fc.integer({ min: 1, max: 9 }),
  );
  const whole = (content: readonly object[], stop_reason: string) =>
    chatCompletion({ id: "i", model: "m", content, stop_reason, usage: { input_tokens: 1, output_tokens: 2 } }, 0);

  test("streamed say what they say whole, however they are cut", () => {
    fc.assert(
      fc.property(answers, fc.infiniteStream(fc.integer({ min: 1, max: 90 })), ([content, stop, size], sizes) => {
        const bytes = sse(eventsOf(content, stop, size));
        const pieces: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += pieces.at(-1)?.length ?? 0)
          pieces.push(bytes.subarray(at, at + Number(sizes.next().value)));
        expect(gathered(fed(new ChatStream({ created: 0, includeUsage: true }), ...pieces))).toEqual(
          told(whole(content, stop)),
        );
      }),
    );
  });

  test("through both streams call the same tools with the same input", () => {
    fc.assert(
      fc.property(answers, ([content, stop, size]) => {
        const chat = fed(new ChatStream({ created: 0, includeUsage: true }), sse(eventsOf(content, stop, size)));
        const messages = fed(new MessagesStream(), Buffer.from(chat));
        const made = messagesAnswer(whole(content, stop));
        if (made.type === "error") throw new Error(made.error.message);
        for (const each of made.content) {
          if (each.type === "tool_use") expect(messages).toContain(JSON.stringify(each.id));
        }
        expect(messages.match(/event: content_block_start/g)?.length).toBe(
          messages.match(/event: content_block_stop/g)?.length,
        );
        expect(messages.endsWith('event: message_stop\ndata: {"type":"message_stop"}\n\n')).toBe(true);
      }),
    );
  });
});
