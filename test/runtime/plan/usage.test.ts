import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { actualCost } from "../../../runtime/plan/cost.ts";
import { usageOfAnswer, usageOfStream } from "../../../runtime/plan/usage.ts";
import { chatCompletion, chatEvents } from "../../support/fake-provider.ts";

const USED = { prompt: 9, cached: 0, completion: 4 };

function usageOf(body: unknown): object | undefined {
  return usageOfAnswer(Buffer.from(JSON.stringify(body)));
}

describe("usage of an unstreamed answer", () => {
  test("is found wherever it stands in the outermost object", () => {
    expect(usageOf(chatCompletion("Hello."))).toEqual(USED);
    expect(usageOf({ usage: { prompt_tokens: 9, completion_tokens: 4 }, choices: [] })).toEqual(USED);
    expect(usageOfAnswer(Buffer.from(JSON.stringify(chatCompletion("Hello."), null, 2)))).toEqual(USED);
  });

  test("is not taken from what looks like it", () => {
    const decoy = { usage: { prompt_tokens: 1, completion_tokens: 1 } };
    expect(usageOf({ choices: [decoy] })).toBeUndefined();
    expect(usageOf({ usage: { prompt_tokens: 9, completion_tokens: 4 }, choices: [decoy] })).toEqual(USED);
    expect(usageOf(chatCompletion(JSON.stringify(decoy)))).toEqual(USED);
    expect(usageOf({ usage: { prompt_tokens: 9, completion_tokens: 4 }, said: 'the "usage' })).toEqual(USED);
    expect(usageOf({ usage: { prompt_tokens: 9, completion_tokens: 4 }, said: "usage" })).toEqual(USED);
  });

  test("knows cached tokens as a part of the prompt", () => {
    const usage = { prompt_tokens: 9, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 5 } };
    expect(usageOf({ usage })).toEqual({ ...USED, cached: 5 });
    expect(usageOf({ usage: { prompt_tokens: 9, completion_tokens: 4, prompt_cache_hit_tokens: 5 } })).toEqual({
      ...USED,
      cached: 5,
    });
  });

  test("counts reasoning that the provider leaves out of the completion (xAI)", () => {
    expect(usageOf({ usage: { prompt_tokens: 307, completion_tokens: 26, total_tokens: 588 } })).toMatchObject({
      completion: 281,
    });
  });

  test.each([-1, 1.5, "9", null, 1e300])("is not believed when a count is %s", (count) => {
    expect(usageOf({ usage: { prompt_tokens: count, completion_tokens: 4 } })).toBeUndefined();
  });

  test("is that of JSON.parse, for any answer", () => {
    const keys = fc.constantFrom("usage", 'a "usage', "choices", "x", '"usage":{}');
    const counts = fc.oneof(
      fc.record({ prompt_tokens: fc.nat(99), completion_tokens: fc.nat(99) }),
      // As OpenAI writes it: with a total, and details of which only the prompt's cached tokens count.
      fc
        .record({
          prompt_tokens: fc.nat(99),
          completion_tokens: fc.nat(99),
          cached: fc.nat(120),
          where: fc.constantFrom("prompt_tokens_details", "other"),
        })
        .map(({ cached, where, ...rest }) => ({
          ...rest,
          total_tokens: rest.prompt_tokens + rest.completion_tokens,
          [where]: { audio_tokens: 0, cached_tokens: cached },
        })),
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        counts,
        fc.constantFrom("usage", '"usage"', "\\", '{"usage":{}}'),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(keys, tie("value"), { maxKeys: 3 }),
      ),
    })).value;
    fc.assert(
      fc.property(fc.dictionary(keys, json, { maxKeys: 4 }), fc.constantFrom(undefined, 1), (body, indent) => {
        const text = JSON.stringify(body, null, indent);
        const used = Reflect.get(JSON.parse(text), "usage");
        const isUsage =
          typeof used === "object" && used !== null && "prompt_tokens" in used && "completion_tokens" in used;
        const expected = isUsage
          ? {
              prompt: used.prompt_tokens,
              cached: Math.min(used.prompt_tokens, used.prompt_tokens_details?.cached_tokens ?? 0),
              completion: used.completion_tokens,
            }
          : undefined;
        expect(usageOfAnswer(Buffer.from(text))).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("usage of a stream", () => {
  function usageIn(events: readonly string[]): object | undefined {
    return usageOfStream(Buffer.from(events.map((event) => `data: ${event}\n\n`).join("")));
  }

  test("stands in an event of its own before [DONE]", () => {
    expect(usageIn(chatEvents("Hello.", { includeUsage: true }))).toEqual(USED);
  });

  test("or in the last choice", () => {
    const last = { choices: [{ finish_reason: "stop" }], usage: { prompt_tokens: 9, completion_tokens: 4 } };
    expect(usageIn([JSON.stringify(last)])).toEqual(USED);
  });

  test("or in Groq's own member", () => {
    expect(usageIn(['{"choices":[],"x_groq":{"usage":{"prompt_tokens":9,"completion_tokens":4}}}'])).toEqual(USED);
  });

  test("and the last one counts", () => {
    expect(
      usageIn([
        '{"usage":{"prompt_tokens":9,"completion_tokens":1}}',
        '{"usage":{"prompt_tokens":9,"completion_tokens":4}}',
        '{"usage":null}',
      ]),
    ).toEqual(USED);
  });

  test("even when the tail begins in the middle of an event", () => {
    expect(
      usageOfStream(Buffer.from('_tokens":1}}\n\ndata: {"usage":{"prompt_tokens":9,"completion_tokens":4}}\n\n')),
    ).toEqual(USED);
    expect(usageOfStream(Buffer.from('a: {"usage":{"prompt_tokens":9,"completion_tokens":4}}\n\n'))).toBeUndefined();
  });
});

describe("cost", () => {
  const price = { input: 2_000_000, output: 8_000_000, cached: 1_000_001 };

  test("charges cached tokens at their own price, and rounds up once", () => {
    expect(actualCost(price, { prompt: 10, cached: 4, completion: 3 })).toBe(6 * 2 + 3 * 8 + 4 + 1);
  });

  test("is exact where floating point is not", () => {
    const tokens = fc.nat(4_000_000);
    const perMillion = fc.nat(1_000_000_000_000);
    fc.assert(
      fc.property(tokens, tokens, perMillion, perMillion, (prompt, completion, input, output) => {
        const exact = BigInt(prompt) * BigInt(input) + BigInt(completion) * BigInt(output);
        const cost = actualCost({ input, output }, { prompt, cached: 0, completion });
        expect(BigInt(cost)).toBe((exact + 999_999n) / 1_000_000n);
      }),
    );
  });
});
