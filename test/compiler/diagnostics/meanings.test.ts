import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { MEANINGS } from "../../../compiler/diagnostics/meanings.ts";
import { CODES, format } from "../../../compiler/index.ts";
import { findingsOf, pages } from "../../../tools/pages/page.ts";

const codesOf = (policy: string): string[] => findingsOf(policy).diagnostics.map(({ code }) => code);

describe.each(Object.entries(MEANINGS))("%s", (code, { meaning, example, mended, why }) => {
  it("is what its example gets, and nothing else", () => expect(codesOf(example)).toEqual([code]));
  it("is gone when that is mended, and nothing else is found", () => expect(codesOf(mended)).toEqual([]));
  it("is told in whole sentences", () => {
    for (const text of [meaning, why]) expect(text).toMatch(/^[A-Z].*[^.]\.$/);
  });
  it("shows policies as `routec fmt` writes them", () => {
    expect(format(mended).text).toBe(mended);
    expect([undefined, example]).toContain(format(example).text);
  });
});

test("every code has a meaning", () => expect(Object.keys(MEANINGS).sort()).toEqual(Object.keys(CODES).sort()));

describe("docs/diagnostics", () => {
  const folder = new URL("../../../docs/diagnostics/", import.meta.url);
  const wanted = pages();
  it.each([...wanted])("%s is what `node tools/pages.ts` writes", (name, text) => {
    expect(readFileSync(new URL(name, folder), "utf8")).toBe(text);
  });
  it("has no page that no code has", () => expect(readdirSync(folder).sort()).toEqual([...wanted.keys()].sort()));
});
