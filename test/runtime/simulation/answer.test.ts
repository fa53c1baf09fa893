/** Gates see of a simulated answer what it was to have, streamed or not. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readAnswer } from "../../../runtime/plan/answer.ts";
import { type AnswerFacts, streamedAnswer, wholeAnswer } from "../../../runtime/simulation/answer.ts";
import { contradiction } from "../../../runtime/simulation/index.ts";

const facts = fc.record(
  {
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    refused: fc.boolean(),
    finish: fc.constantFrom("stop", "length", "tools", "filtered"),
    output_tokens: fc.nat(1_000_000),
    answer: fc.string({ unit: "grapheme" }),
  },
  { requiredKeys: [] },
);

function seen(given: AnswerFacts, stream: boolean) {
  const said = { facts: given, purpose: "answer" as const, promptTokens: 32, mostTokens: 100 };
  return readAnswer(stream ? streamedAnswer(said) : wholeAnswer(said), stream);
}

test.each([false, true])("facts are read back, stream: %s", (stream) => {
  fc.assert(
    fc.property(facts, (given) => {
      const answer = seen(given, stream);
      expect(answer.confidence).toBeCloseTo(given.confidence ?? 1, 12);
      expect(answer.refused).toBe(given.refused ?? false);
      expect(answer.finish).toBe(given.finish ?? "stop");
      expect(answer.outputTokens).toBe(given.output_tokens ?? 64);
      if (given.answer !== undefined) expect(answer.text).toBe(given.answer);
    }),
  );
});

test("a confidence as policies have them is met to the last bit from 0.4 on, and below it hardly passed", () => {
  for (let percent = 0; percent <= 100; percent++) {
    const given = percent / 100;
    const { confidence = 0 } = seen({ confidence: given }, false);
    if (given >= 0.4) expect(confidence).toBe(given);
    expect(confidence - given).toBeGreaterThanOrEqual(0);
    expect(confidence - given).toBeLessThan(1e-15);
  }
});

test.each([
  [{ answer: "{}", valid_json: false }, "the answer `{}` is JSON"],
  [{ answer: "hello", valid_json: true }, "the answer `hello` is no JSON"],
  [{ answer: "hello", valid_json: false }, undefined],
])("no answer can be %j: %s", (given, why) => {
  expect(contradiction(given)).toBe(why);
});
