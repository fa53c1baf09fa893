import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DecisionLine } from "../../../runtime/observe/decision-log.generated.ts";
import { dollars } from "../../../runtime/observe/dollars.ts";
import { type LineOptions, lineOf } from "../../../runtime/observe/line.ts";
import { type DecisionRecord, OUTCOMES } from "../../../runtime/observe/observer.ts";
import { readLine } from "../../../runtime/observe/read-line.ts";
import { attempt, record } from "./harness.ts";

const TEXTLESS: LineOptions = { texts: false };

function read(more: Partial<DecisionRecord>, options = TEXTLESS, lost = 0): DecisionLine {
  return readLine(lineOf(record(more), options, lost), "log:1");
}

describe("a line", () => {
  test("tells of a request that was answered at once", () => {
    expect(lineOf(record(), TEXTLESS)).toBe(
      '{"format":1,"id":"m1x-0","time":1000,"policy":"sha256:00","route":"chat","rule":"chat:1","asked":"chat",' +
        '"outcome":"answered","status":200,"stream":false,"attributes":{},"model":"small","attempts":[{"model":"small",' +
        '"provider":"somebody","end":"complete","status":200,"first_ms":120,"ms":340,"input":9,"output":4,' +
        '"cost":0.000058}],"input":9,"output":4,"cost":0.000058,"first_ms":121,"ms":342}\n',
    );
  });

  test("tells of every attempt, and of steps that made none", () => {
    const line = read({
      calls: [
        attempt({ end: "failed", failure: "rate_limited", status: 429, content: undefined, cost: 0 }),
        attempt({ retry: 1, end: "cancelled" }),
        attempt({ purpose: "judge", input: undefined, output: undefined }),
      ],
      failures: [
        { model: "big", failure: "over_budget", status: undefined, detail: "budget `month` has no room" },
        { model: "small", failure: "rate_limited", status: 429, detail: "Slow down, you with the prompt `secret`" },
      ],
    });
    expect(line.attempts.map(({ end, failure, retry, for: purpose }) => [end, failure, retry, purpose])).toEqual([
      ["failed", "rate_limited", undefined, undefined],
      ["cancelled", undefined, 1, undefined],
      ["complete", undefined, undefined, "judge"],
    ]);
    expect(line.failures).toEqual([
      { model: "big", failure: "over_budget" },
      { model: "small", failure: "rate_limited", status: 429 },
    ]);
    expect(line).toMatchObject({ input: 18, output: 8, cost: 0.000116 });
  });

  test("has the values that rules tested: the request's, the state's and the signals' apart", () => {
    const line = read({
      values: ["pro", undefined, undefined, 1_500_000_000, true, 95, 2_000_000_000],
      signals: [{ name: "hard", value: true, milliseconds: 12, cost: 1000, standIn: true }],
      calls: [attempt({ purpose: "signal", cost: 1000 })],
    });
    expect(line).toMatchObject({
      attributes: { tier: "pro", spend: 1.5 },
      state: { "month.used": 95, "cap.used": 25 },
      signals: [{ name: "hard", value: true, ms: 12, cost: 0.000001, stand_in: true }],
      // What the signal's call cost is the signal's, counted once.
      cost: 0.000001,
    });
  });

  test("says how many before it were lost", () => {
    expect(read({}, TEXTLESS, 17).lost).toBe(17);
  });

  test("names the kind of a fault, and not its message", () => {
    expect(read({ outcome: "fault", fault: new RangeError("with a secret") }).fault).toBe("RangeError");
  });
});

describe("what a user says", () => {
  const said = {
    values: [undefined, "my prompt", "my first message"],
    texts: { prompt: "I am ann@example.com, key sk-abcdefghijklmnop", system: "Be kind" },
    failures: [{ model: "a", failure: "invalid" as const, status: 400, detail: "bad `my prompt`" }],
  };

  test("is not logged, but how long it is", () => {
    const line = lineOf(record(said), TEXTLESS);
    expect(line).toContain('"attributes":{"prompt":{"length":9},"first":{"length":16}}');
    expect(line).not.toMatch(/my prompt|my first|ann@|kind/);
  });

  test("is logged, masked, where the operator asks for it", () => {
    expect(read(said, { texts: true })).toMatchObject({
      prompt: "I am [email], key [key]",
      system: "Be kind",
      failures: [{ detail: "bad `my prompt`" }],
    });
  });
});

test("every line is one line of ASCII that the schema allows, and says what the record says", () => {
  const text = fc.string({ unit: "binary" });
  const records = fc.record({
    decision: text,
    asked: fc.option(text, { nil: undefined }),
    key: fc.option(text, { nil: undefined }),
    outcome: fc.constantFrom(...OUTCOMES),
    firstContent: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }),
    values: fc.tuple(text, text, text),
    texts: fc.option(fc.record({ prompt: text, system: text }), { nil: undefined }),
  });
  fc.assert(
    fc.property(records, fc.boolean(), (more, texts) => {
      const line = lineOf(record(more), { texts });
      expect(line).toMatch(/^[\x20-\x7e]*\n$/);
      const told = readLine(line, "log:1");
      expect([told.id, told.asked, told.key, told.attributes.tier]).toEqual([
        more.decision,
        more.asked,
        more.key,
        more.values[0],
      ]);
    }),
  );
});

describe("a line that is none", () => {
  test.each([
    ["", "log:7: `` is not JSON, expected a line of a decision log"],
    [
      `{"format":1,"id":"${"x".repeat(99)}`,
      `log:7: \`{"format":1,"id":"${"x".repeat(22)}…\` is not JSON, expected a line of a decision log`,
    ],
    ["{}", "log:7: the line must have required property 'format'"],
    [lineOf(record(), TEXTLESS).replace("200", '"ok"'), "log:7: /status must be integer"],
  ])("%s", (line, message) => {
    expect(() => readLine(line, "log:7")).toThrow(message);
  });
});

test.each([
  [0, "0"],
  [1, "0.000000001"],
  [58_000, "0.000058"],
  [1_500_000_000, "1.5"],
  [12_000_000_000, "12"],
])("%d nano-dollars are %s dollars", (nano, text) => {
  expect(dollars(nano)).toBe(text);
});

test("dollars are a number of JSON, and no cent is lost", () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeNat(), fc.double({ min: 0, max: 1e12, noNaN: true })), (nano) => {
      const text = dollars(nano);
      expect(text).toMatch(/^(?:0|[1-9]\d*)(?:\.\d{0,8}[1-9])?$/);
      const [whole = "", fraction = ""] = text.split(".");
      expect(BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"))).toBe(BigInt(Math.round(nano)));
    }),
  );
});
