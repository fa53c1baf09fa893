import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attributeReaders } from "../../../runtime/proxy/attributes.ts";
import { readBody, watch } from "../../../runtime/proxy/body.ts";
import { RequestError } from "../../../runtime/proxy/errors.ts";
import { valueFromText } from "../../../runtime/proxy/text-value.ts";
import type { Attribute, PolicyRoute, Value } from "../../../runtime/table/index.ts";
import { virtualClock } from "../../support/virtual-time.ts";

interface Given {
  readonly headers?: readonly string[];
  readonly body?: object;
  readonly claims?: object;
  readonly now?: number;
}

/** What `attribute` reads from a chat request with these headers and members. */
function readOne(attribute: Attribute, { headers = [], body = {}, claims, now = 0 }: Given = {}): Value | undefined {
  const readers = attributeReaders({ attributes: [attribute], zone: "UTC" });
  const text = Buffer.from(JSON.stringify({ model: "chat", messages: [], ...body }));
  const input = {
    headers,
    claims,
    body: readBody([text], text.length, watch(readers.watched)),
    clock: virtualClock(now),
  };
  return readers.read({ tests: [0] } as unknown as PolicyRoute, input)[0];
}

function refusal(attribute: Attribute, given: Given = {}): string {
  try {
    return `accepted: ${readOne(attribute, given)}`;
  } catch (error) {
    if (error instanceof RequestError && error.status === 400) return error.message;
    throw error;
  }
}

const from = (
  source: "header" | "metadata" | "body" | "claim",
  at: string,
  type: Attribute["type"] = { kind: "string" },
): Attribute => ({ name: "it", type, source: { from: source, at } });
const builtIn = (name: string): Attribute => ({ name, type: { kind: "string" }, source: { from: "builtin" } });
const TIER = { kind: "enum", members: ["free", "pro"] } as const satisfies Attribute["type"];
const orFree = (attribute: Attribute): Attribute => ({ ...attribute, default: "free" });

describe("a header", () => {
  test("has a name without case and an exact value", () => {
    expect(readOne(from("header", "x-it"), { headers: ["X-It", "A b"] })).toBe("A b");
  });
  test("that is empty is present", () => {
    expect(readOne(orFree(from("header", "x-it")), { headers: ["x-it", ""] })).toBe("");
  });
  test("may be UTF-8", () => {
    expect(readOne(from("header", "x-it"), { headers: ["x-it", Buffer.from("żółć").toString("latin1")] })).toBe("żółć");
  });
  test("must not be repeated", () => {
    const headers = ["x-it", "a", "X-IT", "a"];
    expect(refusal(from("header", "x-it"), { headers })).toBe("header `x-it` is given more than once");
  });
  test("must be of its type, even where there is a default", () => {
    expect(refusal(orFree(from("header", "x-it", TIER)), { headers: ["x-it", "gold"] })).toBe(
      "attribute `it` is `gold`: expected one of free, pro in header `x-it`",
    );
  });
});

describe("what is missing", () => {
  test.each(["header", "metadata", "body", "claim"] as const)("%s: takes its default", (source) => {
    expect(readOne(orFree(from(source, "/x", TIER)))).toBe("free");
  });
  test.each([
    ["header", "header `/x`"],
    ["metadata", "metadata `/x`"],
    ["body", "`/x` of the body"],
    ["claim", "claim `/x`"],
  ] as const)("%s: is refused without one", (source, where) => {
    expect(refusal(from(source, "/x", TIER))).toBe(
      `attribute \`it\` is missing: expected one of free, pro in ${where}`,
    );
  });
});

describe("a claim", () => {
  const claims = { org: "acme", "a/b": { tiers: ["pro"] } };
  test("is found by its name, or by a JSON pointer", () => {
    expect(readOne(from("claim", "org"), { claims })).toBe("acme");
    expect(readOne(from("claim", "/a~1b/tiers/0", TIER), { claims })).toBe("pro");
  });
  test("has a JSON type, which is not converted", () => {
    expect(refusal(from("claim", "org", { kind: "bool" }), { claims })).toBe(
      "attribute `it` is `acme`: expected true or false in claim `org`",
    );
  });
});

describe("metadata", () => {
  test("is text, read by the type", () => {
    expect(readOne(from("metadata", "n", { kind: "int" }), { body: { metadata: { n: "12" } } })).toBe(12);
  });
  test("that is no text is refused", () => {
    const body = { metadata: { n: 12 } };
    expect(refusal(from("metadata", "n", { kind: "int" }), { body })).toBe(
      "attribute `it` is `12`: expected a whole number in metadata `n`",
    );
  });
});

describe("the body", () => {
  test.each([
    ["/user", { user: "a" }, "a"],
    ["/x/1/a~1b", { x: [0, { "a/b": "c" }] }, "c"],
    ["/messages/0/role", { messages: [{ role: "user" }] }, "user"],
  ])("at %s", (at, body, value) => {
    expect(readOne(from("body", at), { body })).toBe(value);
  });
  test.each([
    [{ kind: "bool" }, true, true],
    [{ kind: "int" }, -3, -3],
    [{ kind: "score" }, 0.5, 0.5],
    [{ kind: "money" }, 0.1, 1e8],
    [{ kind: "duration" }, 1500, 1500],
    [TIER, "pro", "pro"],
  ] as const)("of type %j takes %j", (type, x, value) => {
    expect(readOne(from("body", "/x", type as Attribute["type"]), { body: { x } })).toBe(value);
  });
  test.each([
    [{ kind: "bool" }, "true"],
    [{ kind: "int" }, "3"],
    [{ kind: "int" }, 1.5],
    [{ kind: "score" }, 2],
    [{ kind: "string" }, null],
    [TIER, "gold"],
  ] as const)("of type %j is not converted from %j", (type, x) => {
    expect(refusal(from("body", "/x", type as Attribute["type"]), { body: { x } })).toMatch(/^attribute `it` is `/);
  });
  test("has no members that its object inherits", () => {
    expect(refusal(from("body", "/constructor/name"))).toMatch(/is missing/);
  });
});

describe("built in", () => {
  const messages = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "One" },
    { role: "assistant", content: "Two" },
    {
      role: "user",
      content: [
        { type: "text", text: "Three" },
        { type: "image_url", image_url: { url: "u" } },
      ],
    },
  ];
  test.each([
    ["model", "chat"],
    ["endpoint", "chat"],
    ["stream", true],
    ["max_tokens", 9],
    ["turns", 4],
    ["needs.vision", true],
    ["needs.tools", false],
    ["prompt", "One\nThree"],
    ["system", "Be brief."],
    ["time.hour", 23],
    ["time.weekday", "thu"],
  ])("%s is %j", (name, value) => {
    // 1 January 1970, a Thursday.
    expect(readOne(builtIn(name), { body: { messages, stream: true, max_tokens: 9 }, now: 23 * 3_600_000 })).toBe(
      value,
    );
  });
  test("max_tokens that is absent is the largest int", () => {
    expect(readOne(builtIn("max_tokens"))).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe("text forms", () => {
  test.each([
    ["bool", "true", true],
    ["bool", "True", undefined],
    ["int", "-12", -12],
    ["int", "-0", 0],
    ["int", "1e3", undefined],
    ["int", "9007199254740993", undefined],
    ["score", "0.8", 0.8],
    ["score", "1", 1],
    ["score", "1.01", undefined],
    ["money", "12.50", 12_500_000_000],
    ["money", "$12.50", 12_500_000_000],
    ["money", "0.000000001", 1],
    ["money", "0.0000000001", undefined],
    ["money", "-1", undefined],
    ["duration", "250ms", 250],
    ["duration", "30s", 30_000],
    ["duration", "1.5m", 90_000],
    ["duration", "0.5ms", undefined],
    ["duration", "30", undefined],
  ] as const)("%s `%s`", (kind, text, value) => {
    expect(valueFromText({ kind }, text)).toBe(value);
  });

  test("every amount of money to a billionth survives", () => {
    fc.assert(
      fc.property(fc.nat({ max: 999_999 }), fc.nat({ max: 999_999_999 }), (dollars, nano) => {
        const text = `${dollars}.${String(nano).padStart(9, "0")}`;
        expect(valueFromText({ kind: "money" }, text)).toBe(dollars * 1e9 + nano);
      }),
    );
  });
});
