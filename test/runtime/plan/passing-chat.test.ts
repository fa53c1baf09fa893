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

/** What is known after an event: held back, it is always parsed. */
function known(heldBack: boolean, data: object): unknown {
  const stream = new PassingChat(heldBack);
  stream.read(Buffer.from(`data: ${JSON.stringify(data)}\n\n`));
  return [stream.content, stream.error];
}

test("whether an event begins an answer, or says that there is none, is known as if it were parsed", () => {
  let began = 0;
  fc.assert(
    fc.property(event, (data) => {
      const read = known(false, data);
      if (JSON.stringify(read).startsWith("[true")) began++;
      expect(read).toEqual(known(true, data));
    }),
    { numRuns: 2000 },
  );
  expect(began).toBeGreaterThan(100);
});
