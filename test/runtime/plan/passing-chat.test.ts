import fc from "fast-check";
import { expect, test } from "vitest";
import { PassingChat } from "../../../runtime/plan/passing-chat.ts";

const text = fc.string({
  unit: fc.constantFrom("a", '"', "\\", "{", "}", ":", '"delta":{"content":"x', '"error"'),
  maxLength: 4,
});
const delta = fc.record(
  { role: fc.constant("assistant"), content: fc.option(text), refusal: fc.option(text), reasoning_content: text },
  { requiredKeys: [] },
);
const event = fc.record(
  {
    id: text,
    error: fc.option(fc.record({ message: text, code: fc.constantFrom("server_error", "rate_limit") })),
    choices: fc.array(
      fc.record(
        { index: fc.nat(2), delta, message: delta, finish_reason: fc.option(fc.constantFrom("stop", "length")) },
        { requiredKeys: [] },
      ),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
);

const written = (events: readonly object[]): string =>
  events.map((data) => `data: ${JSON.stringify(data)}\n\n`).join("");

/** What is known after events that come at once. */
function known(heldBack: boolean, ...events: readonly object[]): unknown {
  const stream = new PassingChat(heldBack);
  stream.read(Buffer.from(written(events)));
  return [stream.content, stream.error];
}

test("whether events begin an answer, or say that there is none, is known as if each were parsed", () => {
  let began = 0;
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 3 }), (events) => {
      const read = known(false, ...events);
      // Held back, an event is always parsed. What follows content, or an error, is not looked at.
      const parsed = events.map((data) => known(true, data));
      const first = parsed.find((each) => JSON.stringify(each) !== "[false,null]") ?? [false, undefined];
      if (JSON.stringify(read).startsWith("[true")) began++;
      expect(read).toEqual(first);
    }),
    { numRuns: 2000 },
  );
  expect(began).toBeGreaterThan(100);
});

const TEXT = { choices: [{ index: 0, delta: { role: "assistant", content: "é" }, finish_reason: null }] };

const ROLE = { choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] };

test.each([
  ["the first", [TEXT]],
  ["one after another", [ROLE, TEXT]],
])("an event that is cut is waited for, wherever it is: %s", (_, events) => {
  const bytes = Buffer.from(written(events));
  for (let cut = 1; cut < bytes.length; cut++) {
    const stream = new PassingChat(false);
    stream.read(bytes.subarray(0, cut));
    expect(stream.content, String(cut)).toBe(false);
    stream.read(bytes.subarray(cut));
    expect(stream.content, String(cut)).toBe(true);
  }
});

test("what looks like an event within another is none", () => {
  const stream = new PassingChat(false);
  stream.read(Buffer.from("data: [\n"));
  stream.read(Buffer.from(written([TEXT])));
  expect(stream.content).toBe(false);
});

test("an answer that comes whole with its end is done", () => {
  const stream = new PassingChat(false);
  stream.read(Buffer.from(`${written([TEXT])}data: [DONE]\n\n`));
  expect(stream).toMatchObject({ content: true, done: true });
});
