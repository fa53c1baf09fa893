import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalBody } from "../../../runtime/reuse/canonical.ts";
import { canonicalJson } from "../../../runtime/table/index.ts";

const canonical = (json: string, ...without: string[]): string | undefined => canonicalBody(json, new Set(without));

describe("the same", () => {
  test.each([
    ["key order and white space", '{"a":1,"b":[true, null]}', ' {\n"b" : [ true,null ] , "a":1}\t'],
    ["escapes that are not needed", '{"a":"é/\\"\\\\"}', '{"\\u0061":"\\u00e9\\/\\u0022\\u005c"}'],
    ["how a number is written", '{"a":[100,0.5,0,1e-7]}', '{"a":[1.00e2,5E-1,-0.0,0.0000001]}'],
  ])("%s", (_what, one, other) => {
    expect(canonical(one)).toBe(canonical(other));
    expect(canonical(one)).toBeDefined();
  });

  test("without members that do not matter, at the top only", () => {
    expect(canonical('{"stream":true,"a":{"stream":false}}', "stream")).toBe('{"a":{"stream":false}}');
  });
});

describe("not the same", () => {
  test.each([
    ["numbers that one double stands for", '{"seed":9007199254740993}', '{"seed":9007199254740992}'],
    ["numbers beyond doubles", '{"a":1e999}', '{"a":2e999}'],
    ["numbers next to nothing", '{"a":1e-999}', '{"a":0}'],
    ["a number and its text", '{"a":1}', '{"a":"1"}'],
    ["order in a list", '{"a":[1,2]}', '{"a":[2,1]}'],
    ["white space in a text", '{"a":"x y"}', '{"a":"x  y"}'],
    ["texts that look like structure", '{"a":"1,\\"b\\":2"}', '{"a":"1","b":2}'],
  ])("%s", (_what, one, other) => {
    expect(canonical(one)).not.toBe(canonical(other));
  });
});

describe("has no form", () => {
  test.each([
    ["a key that is there twice", '{"a":1,"a":1}'],
    ["also where it is spelled in two ways, deep inside", '{"m":[{"content":"a","c\\u006fntent":"b"}]}'],
    ["too deep", `{"a":${"[".repeat(300)}${"]".repeat(300)}}`],
    ["no JSON", ""],
    ["no JSON to its end", "{} x"],
    ["a text without an end", '{"a'],
  ])("%s", (_what, json) => {
    expect(canonical(json)).toBeUndefined();
  });
});

test("the form of a value, however it is written, is its canonical JSON", () => {
  const value = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 4 }));
  fc.assert(
    fc.property(value, fc.constantFrom(0, 1, "\t"), fc.boolean(), (given, indent, ascii) => {
      const json = JSON.stringify(given, null, indent);
      const written = ascii
        ? json.replace(/[^\x20-\x7e\s]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`)
        : json;
      const form = canonical(written);
      // Numbers with more digits than are sure to be a double's own stay as they stand.
      expect(JSON.parse(form ?? "")).toEqual(JSON.parse(json));
      if (!/\d{16}|\d\.\d{15}|e-3\d\d/.test(json)) expect(form).toBe(sorted(JSON.parse(json)));
    }),
  );
});

/** Keys sorted as quoted texts, as the form has them. */
function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  if (value === null || typeof value !== "object") return canonicalJson(value);
  const members = Object.entries(value).map(([key, each]) => [JSON.stringify(key), sorted(each)] as const);
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${key}:${each}`)
    .join()}}`;
}
