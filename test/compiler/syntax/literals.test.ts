import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readNumber, readText, spell } from "../../../compiler/syntax/literals.ts";

describe("numbers", () => {
  test.each([
    ["12", "int", 12],
    ["-1", "int", -1],
    ["007", "int", 7],
    ["10k", "int", 10_000],
    ["1.5M", "int", 1_500_000],
    ["1_000", "int", 1000],
    ["9007199254740991", "int", Number.MAX_SAFE_INTEGER],
    ["-9007199254740991", "int", -Number.MAX_SAFE_INTEGER],
    ["-0", "int", 0],
    ["0.8", "decimal", 0.8],
    ["-0.5", "decimal", -0.5],
    ["1.0", "decimal", 1],
    ["80%", "percent", 80],
    ["50.0%", "percent", 50],
    ["$0.25", "money", 250_000_000],
    ["$500", "money", 500_000_000_000],
    ["$2k", "money", 2_000_000_000_000],
    ["$0.000000001", "money", 1],
    ["$0.3", "money", 300_000_000],
    ["$1234567.891234567", "money", 1_234_567_891_234_567],
    ["250ms", "duration", 250],
    ["1.5s", "duration", 1500],
    ["5m", "duration", 300_000],
    ["1h", "duration", 3_600_000],
    ["7d", "duration", 604_800_000],
    ["00:00", "clock", 0],
    ["16:30", "clock", 990],
    ["23:59", "clock", 1439],
  ])("%s is the %s %d", (written, kind, value) => expect(readNumber(written)).toEqual({ kind, value }));

  test.each([
    ["10x", "10"],
    ["5sec", "5s"],
    ["5S", "5s"],
    ["2hours", "2h"],
    ["10K", "10k"],
    ["10kb", "10k"],
    ["10MB", "10M"],
    ["3million", "3M"],
    ["16:99", "16:59"],
    ["24:00", "00:00"],
    ["8:30", "08:30"],
    [".5", "0.5"],
    ["$.5", "$0.5"],
    ["5$", "$5"],
    ["5usd", "$5"],
    ["$5d", "$5"],
    ["50pct", "50%"],
    ["1__0", "1_0"],
    ["1_", "1"],
    ["1e3", "1000"],
    ["1.5.2", "1.5"],
    ["-5s", "5s"],
    ["$-1", "$1"],
    ["-$1", "$1"],
    ["$$1", "$1"],
    ["1.5%", "2%"],
    ["0.0005k", "1"],
    ["0.5ms", "1ms"],
  ])("%s is none; the nearest is %s", (written, nearest) => expect(readNumber(written)).toMatchObject({ nearest }));

  test.each([
    ["$0.0000000001", "not a whole number of nano-dollars"],
    ["9007199254740992", "is too large: the most is `9007199254740991`"],
    ["-9007199254740993", "is too large: the most is `9007199254740991`"],
    ["$10M", "is too large: the most is `$9007199.254740991`"],
    ["9".repeat(100), "a number of 100 characters is too long"],
  ])("%s: %s", (written, message) =>
    expect(readNumber(written)).toMatchObject({ message: expect.stringContaining(message) }),
  );

  test.each(["0x10", "0b1", "5m30s", "12abc3"])("%s is none, and its first digits are not what was meant", (written) =>
    expect(readNumber(written)).not.toHaveProperty("nearest"),
  );

  test("what is spelled is read as the same number", () => {
    const whole = (max: number) => fc.integer({ min: 0, max });
    const numbers = fc.oneof(
      fc.record({ kind: fc.constant("int" as const), value: fc.maxSafeInteger() }),
      fc.record({
        kind: fc.constant("decimal" as const),
        value: fc
          .tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.nat({ max: 12 }))
          .map(([n, places]) => n / 10 ** places),
      }),
      fc.record({
        kind: fc.constantFrom("money" as const, "duration" as const, "percent" as const),
        value: fc.maxSafeNat(),
      }),
      fc.record({ kind: fc.constant("clock" as const), value: whole(1439) }),
    );
    fc.assert(
      fc.property(numbers, (number) => {
        const read = readNumber(spell(number));
        expect(read).toEqual({ kind: number.kind, value: number.value === 0 ? expect.closeTo(0) : number.value });
      }),
    );
  });

  test("whatever hangs together is a number, or is told the nearest that is", () => {
    const signs = fc.constantFrom(
      "-",
      "$",
      ".",
      ":",
      "_",
      "%",
      "0",
      "1",
      "9",
      "k",
      "M",
      "s",
      "m",
      "ms",
      "h",
      "d",
      "x",
      "e",
      "usd",
    );
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 8 }), (parts) => {
        const read = readNumber(parts.join(""));
        if ("kind" in read) expect(readNumber(spell(read))).toEqual(read);
        else if (read.nearest !== undefined) expect(readNumber(read.nearest)).toHaveProperty("kind");
      }),
      { numRuns: 5000 },
    );
  });

  test("money is exact: what was written is what is counted", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) }), (nanos) => {
        const written = `$${nanos / 10n ** 9n}.${String(nanos % 10n ** 9n).padStart(9, "0")}`;
        expect(readNumber(written)).toEqual({ kind: "money", value: Number(nanos) });
      }),
    );
  });
});

describe("texts", () => {
  test("any text that JSON writes is read back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(readText(JSON.stringify(text).slice(1, -1))).toEqual({ text });
      }),
    );
  });

  test.each([
    ["\\q", "`\\q` is not an escape"],
    ["\\u12", "`\\u` is not an escape"],
    ["\\ud800", "half of a surrogate pair"],
  ])("%s: %s", (inner, message) =>
    expect(readText(inner)).toMatchObject({ message: expect.stringContaining(message) }),
  );
});
