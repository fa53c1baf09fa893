import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { perfectHash } from "../../../runtime/table/perfect-hash.ts";

/** What a look-up of a value by way of the hash comes to: the text that it is, or nothing. */
function lookUp(texts: readonly string[]): ((value: unknown) => string | undefined) | undefined {
  const hash = perfectHash(texts);
  if (hash === undefined) return undefined;
  const slot = new Function("value", `return ${hash.source("value")}`) as (value: unknown) => number;
  return (value) => {
    const at = slot(value);
    expect(at in hash.texts).toBe(true);
    return hash.texts[at] === value ? (value as string) : undefined;
  };
}

const TEXTS = fc.uniqueArray(fc.string({ unit: "binary", maxLength: 40 }), { minLength: 1, maxLength: 70 });
const NUMBERED = fc
  .tuple(fc.string(), fc.integer({ min: 9, max: 64 }), fc.string())
  .map(([before, count, after]) => Array.from({ length: count }, (_, i) => `${before}${i}${after}`));

describe("a perfect hash", () => {
  it("finds each of its texts, and no other", () => {
    fc.assert(
      fc.property(fc.oneof(TEXTS, NUMBERED), fc.array(fc.string()), (texts, others) => {
        const find = lookUp(texts);
        if (find) for (const text of texts) expect(find(text)).toBe(text);
        for (const other of [...others, ...texts.flatMap((text) => [`${text}x`, text.slice(1), text.toUpperCase()])])
          expect(find?.(other)).toBe(find && texts.includes(other) ? other : undefined);
      }),
    );
  });

  it("is found for names that are alike but for a number", () => {
    fc.assert(
      fc.property(NUMBERED, (texts) => {
        expect(perfectHash(texts)).toBeDefined();
      }),
    );
  });

  it("has a slot for whatever is no text", () => {
    const find = lookUp(Array.from({ length: 20 }, (_, i) => `tenant-${i}`));
    for (const value of [undefined, 12, true, ""]) expect(find?.(value)).toBeUndefined();
  });

  it("is the same each time", () => {
    const texts = Array.from({ length: 20 }, (_, i) => `tenant-${i}`);
    expect(perfectHash(texts)?.source("v")).toBe(perfectHash(texts)?.source("v"));
  });

  it("is not made of more texts than it pays for", () => {
    expect(perfectHash(Array.from({ length: 65 }, (_, i) => `tenant-${i}`))).toBeUndefined();
  });
});
