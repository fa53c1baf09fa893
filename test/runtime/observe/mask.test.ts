import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { masked } from "../../../runtime/observe/mask.ts";

describe("is masked", () => {
  test.each([
    ["write to Ann.B+c@mail.example.co.uk.", "write to [email]."],
    // The card schemes' published test numbers.
    ["4111 1111 1111 1111", "[card]"],
    ["card:5555-5555-5555-4444!", "card:[card]!"],
    ["378282246310005", "[card]"],
    ["Authorization: Bearer abc.def-12345", "Authorization: [credential]"],
    ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_-1", "[token]"],
    ["sk-proj-abcdefghijklmnop1234", "[key]"],
    ["AKIAIOSFODNN7EXAMPLE", "[key]"],
    ["ghp_0123456789abcdef0123", "[key]"],
    ["rk_0123456789abcdef", "[key]"],
    ['api_key = "hunter2-hunter2"', '[secret]"'],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----", "[key]"],
  ])("%s", (text, expected) => {
    expect(masked(text)).toBe(expected);
  });
});

test.each([
  ["beginnings of tokens", "eyJ-"],
  ["ends of lines that are none", "-----BEGIN "],
  ["bearers", "bearer "],
  ["digits in groups", "1 "],
  ["at signs", "a@"],
])("a text full of %s, over which a pattern that is not linear would hang, is left as it is", (_what, part) => {
  const text = part.repeat(200_000);
  expect(masked(text)).toBe(text);
});

describe("is not", () => {
  test.each(["4111 1111 1111 1112", "call 555 0100", "a@b", "skip-this", "bearer of news", "1234567890123456789012"])(
    "%s",
    (text) => {
      expect(masked(text)).toBe(text);
    },
  );
});

test("what is masked has nothing left to mask", () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom("ann@example.com", " 4111111111111111 ", "Bearer 0123456789", "sk-0123456789abcdef"),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const once = masked(parts.join(" "));
      expect(masked(once)).toBe(once);
    }),
  );
});
