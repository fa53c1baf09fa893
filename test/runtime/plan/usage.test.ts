import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { actualCost } from "../../../runtime/plan/cost.ts";
import { usageOfAnswer, usageOfStream } from "../../../runtime/plan/usage.ts";
import { chatCompletion, chatEvents } from "../../support/fake-provider.ts";

const USED = { prompt: 9, cached: 0, written: 0, completion: 4 };

function usageOf(body: unknown): object | undefined {
  return usageOfAnswer(Buffer.from(JSON.stringify(body)));
}

describe("usage of an answer", () => {
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

  test("knows what was written to the cache as another part of it", () => {
    const details = (prompt_tokens_details: object) =>
      usageOf({ usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13, prompt_tokens_details } });
    expect(details({ cached_tokens: 5, cache_write_tokens: 3 })).toEqual({ ...USED, cached: 5, written: 3 });
    expect(details({ cache_write_tokens: 3 })).toEqual({ ...USED, written: 3 });
    expect(details({ cached_tokens: 5, cache_write_tokens: 30 })).toEqual({ ...USED, cached: 5, written: 4 });
  });

  test("counts reasoning that the provider leaves out of the completion (xAI)", () => {
    expect(usageOf({ usage: { prompt_tokens: 307, completion_tokens: 26, total_tokens: 588 } })).toMatchObject({
      completion: 281,
    });
  });

  test.each([undefined, null])("is not known where what was written is %s, but by the total", (completion_tokens) => {
    expect(usageOf({ usage: { prompt_tokens: 9, completion_tokens } })).toBeUndefined();
    expect(usageOf({ usage: { prompt_tokens: 9, completion_tokens, total_tokens: 13 } })).toEqual(USED);
  });

  test.each([-1, 1.5, "9", null, 1e300])("is not believed when a count is %s", (count) => {
    expect(usageOf({ usage: { prompt_tokens: count, completion_tokens: 4 } })).toBeUndefined();
  });

  test.each([
    [
      "beyond the usage object",
      '{"usage":{"prompt_tokens":1,"completion_tokens":0,"total_tokens":1},"x":{"prompt_tokens_details":{"cached_tokens":1}}}',
    ],
    [
      "within another of its objects",
      '{"usage":{"prompt_tokens":1,"completion_tokens":0,"total_tokens":1,"x":{"prompt_tokens_details":{"cached_tokens":1}}}}',
    ],
  ])("details %s are not its own", (_where, body) => {
    expect(usageOfAnswer(Buffer.from(body))).toEqual({ prompt: 1, cached: 0, written: 0, completion: 0 });
  });

  test("is that of JSON.parse, for any answer", () => {
    const count = fc.nat(120);
    // As OpenAI writes it, with details or without.
    const usual = fc
      .record({
        prompt: count,
        completion: count,
        more: fc.nat(3),
        cached: fc.option(count),
        written: fc.option(count, { nil: undefined }),
        reasoning: fc.option(count),
      })
      .map(({ prompt, completion, more, cached, written, reasoning }) => ({
        prompt_tokens: prompt,
        completion_tokens: completion,
        total_tokens: prompt + completion + more,
        ...(cached === null
          ? {}
          : { prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written, audio_tokens: 0 } }),
        ...(reasoning === null ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } }),
      }));
    const keys = fc.constantFrom("usage", 'a "usage', "choices", '"usage":{}', '{"prompt_tokens":');
    const names = fc.constantFrom(
      ...["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "cache_write_tokens", "usage"],
    );
    const details = fc.constantFrom("prompt_tokens_details", "prompt_cache_hit_tokens", "completion_tokens_details");
    const text = fc.constantFrom("usage", '"usage"', "\\", '{"usage":{}}', "}}");
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        usual,
        count,
        text,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.oneof(keys, names, details), tie("value"), { maxKeys: 5 }),
        fc.tuple(usual, fc.dictionary(fc.oneof(keys, details), tie("value"), { maxKeys: 2 })).map(mergeAll),
      ),
    }));
    const body = fc.tuple(
      fc.constantFrom({}, { filler: '"usage":{"\\'.repeat(500) }),
      fc.dictionary(keys, value, { maxKeys: 4 }),
      fc.oneof(value, usual).map((used) => ({ usage: used })),
      fc.dictionary(keys, value, { maxKeys: 2 }),
    );
    fc.assert(
      fc.property(body.map(mergeAll), fc.constantFrom(undefined, 1), (answer, indent) => {
        const written = JSON.stringify(answer, null, indent);
        const used = usageByParsing(written);
        expect(usageOfAnswer(Buffer.from(written))).toEqual(used);
        if (indent === undefined) expect(usageOfStream(Buffer.from(`data: ${written}\r\n\r\n`))).toEqual(used);
      }),
      { numRuns: 2_000 },
    );
  });
});

function mergeAll(objects: readonly object[]): object {
  return Object.assign({}, ...objects);
}

/** The usage of an answer, read the slow and simple way. Of unbelievable counts the tests above have some. */
function usageByParsing(answer: string): object | undefined {
  const { usage } = JSON.parse(answer);
  const { prompt_tokens: prompt, total_tokens: total } = usage ?? {};
  const { completion_tokens: completion = typeof total === "number" ? 0 : undefined } = usage ?? {};
  if (typeof prompt !== "number" || typeof completion !== "number") return undefined;
  const cached = [usage.prompt_tokens_details?.cached_tokens, usage.prompt_cache_hit_tokens].find(
    (count) => typeof count === "number",
  );
  const written = usage.prompt_tokens_details?.cache_write_tokens;
  const read = Math.min(prompt, cached ?? 0);
  return {
    prompt,
    cached: read,
    written: Math.min(prompt - read, typeof written === "number" ? written : 0),
    completion: typeof total === "number" ? Math.max(completion, total - prompt) : completion,
  };
}

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
  const price = { input: 2_000_000, output: 8_000_000, cached: 1_000_001, cache_write: 3_000_001 };

  test("charges what is read from the cache and written to it at their own prices, and rounds up once", () => {
    expect(actualCost(price, { prompt: 10, cached: 4, written: 1, completion: 3 }, 0)).toBe(5 * 2 + 3 * 8 + 4 + 3 + 1);
  });

  test("is exact where floating point is not", () => {
    const tokens = fc.nat(4_000_000);
    const perMillion = fc.nat(1_000_000_000_000);
    fc.assert(
      fc.property(tokens, tokens, perMillion, perMillion, (prompt, completion, input, output) => {
        const exact = BigInt(prompt) * BigInt(input) + BigInt(completion) * BigInt(output);
        const cost = actualCost({ input, output }, { prompt, cached: 0, written: 0, completion }, 0);
        expect(BigInt(cost)).toBe((exact + 999_999n) / 1_000_000n);
      }),
    );
  });
});
