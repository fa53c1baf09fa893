/** What holds of every signal that is computed in this process, for whatever text. */
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { tablePattern } from "../../../compiler/strings/index.ts";
import { localSignal, textsOf } from "../../../runtime/signals/index.ts";
import { TEXT_LIMIT } from "../../../runtime/signals/texts.ts";
import { type AttributeType, type Signal, type SignalFrom, valueFromJson } from "../../../runtime/table/index.ts";

const BOOL: AttributeType = { kind: "bool" };

function signal(source: SignalFrom, type: AttributeType = BOOL): Signal {
  return { name: "each", type, source };
}

const SIGNALS: readonly Signal[] = [
  signal({
    kind: "patterns",
    named: ["email", "iban", "phone", "credit_card"],
    regexes: [tablePattern({ kind: "regex", source: "(a|a)*b", ignoreCase: false })],
  }),
  signal({ kind: "keywords", words: ["urgent", "a b", "\ud800"] }),
  signal({ kind: "language" }, { kind: "enum", members: ["en", "ja", "ru", "other"] }),
  signal({ kind: "classifier", weights: { version: 1, bias: 0, weights: { a: 1 } } }, { kind: "score" }),
  signal(
    { kind: "classifier", weights: { version: 2, buckets: 64, bias: [0], weights: { 3: [1] } } },
    { kind: "score" },
  ),
];

function compute(each: Signal, text: string) {
  return localSignal(each)?.(textsOf({ messages: [{ role: "user", content: text }] }));
}

/** Texts of what is hard to read: lone surrogates, digits, signs that patterns look for. */
const hardText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: fc.constantFrom("4", "0", "+", " ", "-", "(", ")", "@", ".", "D", "E", "8", "9", "\ud83d", "a") }),
);

describe.each(SIGNALS)("$source.kind", (each) => {
  it("gives a value of its type for every text", () => {
    fc.assert(
      fc.property(hardText, (text) => {
        expect(valueFromJson(each.type, compute(each, text))).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });

  it.each(["a", "1", "1 ", "@", "a@a.", "DE89 ", "\ud800", "+", "()", "ﷺ", "urgen", "aab "])(
    "takes a megabyte of `%s`",
    (piece) => {
      expect(compute(each, piece.repeat(1_000_000 / piece.length))).toBeDefined();
    },
  );
});

/** How often units of the text are looked at, where that is not left to the engine's regular expressions. */
function stepsOf(each: Signal, text: string): number {
  const units = vi.spyOn(String.prototype, "charCodeAt");
  const points = vi.spyOn(String.prototype, "codePointAt");
  compute(each, text);
  const steps = units.mock.calls.length + points.mock.calls.length;
  units.mockRestore();
  points.mockRestore();
  return steps;
}

describe("time", () => {
  const local = signal({ kind: "patterns", named: ["email", "iban"], regexes: [] });
  const words = signal({ kind: "keywords", words: ["a".repeat(20), "aab aab aab"] });

  it.each([
    ["email", local, "a@a."],
    ["email", local, `a@${"a".repeat(300)}`],
    ["iban", local, "DE89 "],
    ["iban", local, "DE89 3704 0044 0532 0130 01 "],
    ["keywords", words, "a"],
    ["keywords", words, "aab "],
  ])("is linear, counted in steps: %s", (_, each, piece) => {
    const once = stepsOf(each, piece.repeat(30_000 / piece.length));
    const twice = stepsOf(each, piece.repeat(60_000 / piece.length));
    expect(once).toBeGreaterThan(0);
    expect(twice / once).toBeLessThan(2.1);
  });
});

describe("textsOf", () => {
  it("has what the user asked last, and all that is sent", () => {
    const texts = textsOf({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "First." },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ function: { name: "find", arguments: '{"name":"Jane"}' } }],
        },
        { role: "tool", content: [{ type: "text", text: "Jane Doe" }] },
        {
          role: "user",
          content: [
            { type: "text", text: "Second" },
            { type: "image_url", image_url: {} },
            { type: "text", text: "part." },
          ],
        },
      ],
    });
    expect(texts.asked).toBe("Second\npart.");
    expect(texts.all).toBe('Be brief.\nFirst.\n{"name":"Jane"}\nJane Doe\nSecond\npart.');
  });

  it("never throws, and its texts are well-formed and bounded", () => {
    fc.assert(
      fc.property(fc.anything(), (body) => {
        const { asked, all } = textsOf(body);
        expect(asked.isWellFormed() && all.isWellFormed()).toBe(true);
      }),
    );
    expect(textsOf({ messages: [{ role: "user", content: "x".repeat(TEXT_LIMIT + 5) }] }).all).toHaveLength(TEXT_LIMIT);
  });
});
