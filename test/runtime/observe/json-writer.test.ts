import fc from "fast-check";
import { expect, test } from "vitest";
import { dollars } from "../../../runtime/observe/dollars.ts";
import { bytesOf, JsonWriter } from "../../../runtime/observe/json-writer.ts";

/** What is written, from a writer that has to grow for nearly all of it. */
function written(write: (to: JsonWriter) => void): string {
  const to = new JsonWriter(1);
  write(to);
  return to.written.toString("latin1");
}

test("numbers are written as JSON has them", () => {
  const edges = [
    0,
    9,
    10,
    999_999_999,
    1_000_000_000,
    1_000_000_001,
    2 ** 31,
    2 ** 32,
    Number.MAX_SAFE_INTEGER,
    0.5,
    -3,
  ];
  const numbers = fc.oneof(
    fc.constantFrom(...edges),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  fc.assert(
    fc.property(numbers, (value) => {
      expect(written((to) => to.number(value))).toBe(String(value));
    }),
  );
});

test("thousandths and billionths are written without closing zeros", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger().map(Math.abs), fc.nat(2_000_000), (nano, thousandths) => {
      expect(written((to) => to.parts(nano, 1_000_000_000))).toBe(dollars(nano));
      expect(written((to) => to.parts(thousandths, 1_000))).toBe(String(thousandths / 1_000));
    }),
  );
});

test("strings are written in ASCII, and say what they said", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const json = written((to) => to.string(text));
      expect(json).toMatch(/^[\x20-\x7e]*$/);
      expect(JSON.parse(json)).toBe(text);
    }),
  );
});

test("one thing stands behind the other, and what is taken back is gone", () => {
  const long = "x".repeat(100);
  const to = new JsonWriter(16);
  to.ascii("a");
  to.bytes(bytesOf(long));
  const { length } = to;
  to.ascii("not this");
  to.length = length;
  to.bytes(bytesOf("z"));
  expect(to.written.toString("latin1")).toBe(`a${long}z`);
  to.clear(16);
  to.ascii("b");
  expect(to.written.toString("latin1")).toBe("b");
});
