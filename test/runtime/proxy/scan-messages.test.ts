import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chatRequest } from "../../../runtime/dialects/index.ts";
import { factsOf } from "../../../runtime/proxy/facts.ts";
import { scanMessages } from "../../../runtime/proxy/scan-messages.ts";

const said = { role: "user", content: "Hi." };

function scanned(more: object): ReturnType<typeof scanMessages> {
  return scanMessages(Buffer.from(JSON.stringify({ model: "m", max_tokens: 9, messages: [said], ...more })));
}

describe("a request is read from its bytes", () => {
  test("with its model's place", () => {
    const body = Buffer.from('{ "max_tokens": 7, "model": "claude", "stream": true, "messages": [] }');
    const facts = scanMessages(body);
    expect(facts).toMatchObject({ model: "claude", maxTokens: 7, stream: true, turns: 0, needs: 0 });
    expect(body.toString("utf8", facts?.modelStart, facts?.modelEnd)).toBe('"claude"');
  });

  test("with calls of tools, and what they gave", () => {
    const messages = [
      said,
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "?" },
          { type: "tool_use", id: "1", input: {} },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "1", content: [{ type: "text", text: "4" }] }] },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "2", content: "4" },
          { type: "text", text: "So?" },
        ],
      },
    ];
    expect(scanned({ messages, system: "Be kind.", tools: [{ name: "add" }] })?.turns).toBe(1 + 1 + 1 + 1 + 2);
  });
});

describe("it is declined", () => {
  test.each<[string, object]>([
    ["with an image", { messages: [{ role: "user", content: [{ type: "image", source: {} }] }] }],
    [
      "with a document that a tool gave",
      {
        messages: [{ role: "user", content: [{ type: "tool_result", content: [{ type: "document" }] }] }],
      },
    ],
    ["with a tool that the provider runs", { tools: [{ type: "web_search_20250305", name: "web_search" }] }],
    ["with a member that nobody knows", { container: "c" }],
    ["with a format of its answer", { output_config: { format: { type: "json_schema", schema: {} } } }],
    ["with a role that is none", { messages: [{ role: "robot", content: "Hi." }] }],
    ["without messages", { messages: undefined }],
    ["without a model", { model: "" }],
    ["with a cap that is none", { max_tokens: null }],
  ])("%s", (_, more) => {
    expect(scanned(more)).toBeUndefined();
  });

  test("where a member comes twice", () => {
    expect(scanMessages(Buffer.from('{"model":"a","messages":[],"model":"b"}'))).toBeUndefined();
    expect(
      scanMessages(Buffer.from('{"model":"a","messages":[{"role":"user","role":"user","content":""}]}')),
    ).toBeUndefined();
  });
});

/** Values that stand where others are expected, now and then. */
const odd = fc.constantFrom<unknown[]>(null, 0, 1.5, -3, "", "x", "text", true, [], {}, ["x"], { type: "text" });
const mostly = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd });

const text = fc.string({ unit: fc.constantFrom("a", '"', "\\", "\n", "é", "😀", " "), maxLength: 12 });
const textBlock = fc.record(
  { type: mostly(fc.constant("text")), text: mostly(text), cache_control: fc.constant({ type: "ephemeral" }) },
  { requiredKeys: ["type"] },
);
const block = fc.oneof(
  { weight: 4, arbitrary: textBlock },
  fc.record({
    type: fc.constantFrom("tool_use", "thinking", "redacted_thinking", "image", "odd"),
    input: odd,
    text: odd,
  }),
  fc.record({
    type: fc.constant("tool_result"),
    tool_use_id: text,
    content: mostly(fc.oneof(text, fc.array(textBlock, { maxLength: 2 }))),
  }),
);
const message = fc.record(
  {
    role: mostly(fc.constantFrom("user", "assistant")),
    content: mostly(fc.oneof(text, fc.array(mostly(block), { maxLength: 3 }))),
    name: odd,
  },
  { requiredKeys: ["role", "content"] },
);
const request = fc.record(
  {
    model: mostly(fc.constantFrom("m", "claude-é")),
    messages: mostly(fc.array(mostly(message), { maxLength: 4 })),
    system: mostly(fc.oneof(text, fc.array(textBlock, { maxLength: 2 }))),
    max_tokens: mostly(fc.nat(1_000_000)),
    stream: mostly(fc.boolean()),
    tools: mostly(fc.array(mostly(fc.record({ name: text, type: mostly(fc.constant("custom")) })), { maxLength: 2 })),
    thinking: mostly(
      fc.record({ type: fc.constantFrom("enabled", "disabled", "adaptive"), budget_tokens: fc.nat(100_000) }),
    ),
    temperature: odd,
    metadata: odd,
    tool_choice: odd,
    stop_sequences: odd,
    output_format: odd,
  },
  { requiredKeys: ["model", "messages"] },
);

test("what is read is what is known of the chat that can be made, which then always can", () => {
  let read = 0;
  fc.assert(
    fc.property(request, fc.constantFrom(undefined, 2), (given, indent) => {
      const body = Buffer.from(JSON.stringify(given, null, indent));
      const scan = scanMessages(body);
      if (scan === undefined) return;
      read++;
      const { modelStart, modelEnd, spans, ...facts } = scan;
      const { chat, dropped } = chatRequest(JSON.parse(body.toString()));
      expect(facts).toEqual({ ...factsOf(chat, body.length), inputs: undefined });
      expect(body.toString("utf8", modelStart, modelEnd)).toBe(JSON.stringify(facts.model));
      expect(spans).toEqual([]);
      // Media, of which the chat would lack some, and of which facts tell.
      expect(dropped).not.toEqual(expect.arrayContaining([expect.stringMatching(/image|document|file|computer/)]));
    }),
    { numRuns: 3000 },
  );
  expect(read).toBeGreaterThan(100);
});

test("a body that is cut anywhere, or broken, is declined or read as JSON is", () => {
  const body = JSON.stringify({
    model: "m",
    max_tokens: 9,
    system: "é",
    messages: [said],
    thinking: { type: "adaptive" },
  });
  for (let end = 0; end < body.length; end++) expect(scanMessages(Buffer.from(body.slice(0, end)))).toBeUndefined();
  for (const at of body.split("").keys()) {
    const broken = `${body.slice(0, at)}!${body.slice(at + 1)}`;
    if (scanMessages(Buffer.from(broken)) !== undefined) expect(() => JSON.parse(broken)).not.toThrow();
  }
});
