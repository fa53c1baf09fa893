import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { format, parse } from "../../../compiler/syntax/index.ts";
import { essence } from "./arbitrary.ts";
import { written } from "./arbitrary-files.ts";
import { declared, expectError } from "./support.ts";

test("any tree, however it is written down, is read as that tree", () => {
  fc.assert(
    fc.property(written, ({ tree, text }) => {
      const parsed = parse("p.route", text);
      expect(parsed.diagnostics).toEqual([]);
      expect(essence(parsed.tree)).toEqual(essence(tree));
    }),
    { numRuns: 300 },
  );
});

/** The canonical text of the one declaration, which shows how it was read. */
const read = (text: string) => format(text, { declarations: [declared(text)], comments: [] }).trimEnd();

describe("words with a meaning elsewhere are names", () => {
  test.each([
    "plan plan = limit else signal",
    "plan cheapest = spread else cascade",
    "plan reject = opus",
    "plan a = reject else if",
    "plan each = hedge with { timeout 5s }",
    "let let = plan.route and not test",
    "let a = env == header or if in { when_, match_ }",
    'model model = env "x"',
    "route route, model, each -> each",
    "route each -> a",
    "provider provider",
  ])("%s", (text) => expect(read(text)).toBe(text));

  test("of attributes", () => {
    const text =
      'request {\n  plan   bool  from header "a"\n  claim  body  from claim "b"\n  if     a | b from body "/c"\n}';
    expect(declared(text)).toMatchObject({
      attributes: [{ name: { text: "plan" } }, { name: { text: "claim" } }, { name: { text: "if" } }],
    });
  });
});

describe("there is one way to read", () => {
  test.each([
    [
      "a keyword alternative before a bare name",
      "plan a = reject 429",
      { run: { first: { target: { kind: "reject" } } } },
    ],
    [
      "a text directly after a status is its text",
      'plan a = reject 429 "x"',
      { run: { first: { target: { text: { text: "x" } } } } },
    ],
    [
      "`not` is looser than a comparison",
      "let a = not x == y",
      { condition: { kind: "not", operand: { kind: "comparison" } } },
    ],
    [
      "`not` is tighter than `and`",
      "let a = not x and y",
      { condition: { kind: "and", operands: [{ kind: "not" }, {}] } },
    ],
    [
      "`and` is tighter than `or`",
      "let a = x or y and z",
      { condition: { kind: "or", operands: [{}, { kind: "and" }] } },
    ],
    ["`not in` is one test", "let a = x not in { y }", { condition: { test: { kind: "in", negated: true } } }],
    [
      "a range in a condition",
      "let a = x in 1..3",
      { condition: { test: { values: { kind: "range", from: { value: 1 } } } } },
    ],
    [
      "a range without spaces is no decimal",
      "let a = x in 0.5..1.5",
      { condition: { test: { values: { to: { value: 1.5 } } } } },
    ],
    [
      "a brace after `in` is a set, one after a condition a group",
      "route r { when x in { a } { otherwise -> b } }",
      { rules: [{ kind: "group" }] },
    ],
    [
      "a brace after `with` is options",
      "plan a = b with { timeout 5s }",
      { run: { first: { with: { options: [{}] } } } },
    ],
    [
      "a comma belongs to the failures while they go on",
      "plan a = b else on c, d e",
      { run: { branches: [{ on: [{}, { text: "d" }] }] } },
    ],
    [
      "else binds within parentheses",
      "plan a = (b else c) else d",
      { run: { first: { target: { kind: "parens" } }, branches: [{}] } },
    ],
    ["one word is a type", 'request { a b from header "x" }', { attributes: [{ type: { words: [{}] } }] }],
    [
      "`_` is any value, `_x` a name",
      "route r { match a { _ -> b, _x -> c } }",
      {
        rules: [
          {
            arms: [
              { patterns: [{ alternatives: [{ kind: "any" }] }] },
              { patterns: [{ alternatives: [{ kind: "word" }] }] },
            ],
          },
        ],
      },
    ],
    [
      "a comma after a target ends the arm",
      'route r { match a { "x" -> reject 429, "y" -> b } }',
      { rules: [{ arms: [{}, {}] }] },
    ],
    [
      "a slash after `matches` begins a regular expression",
      "let a = x matches /[/]\\/ y/i",
      { condition: { test: { regex: { source: "[/]\\/ y", ignoreCase: true } } } },
    ],
    ["`->` needs no space", "route r->a", { run: { first: {} } }],
  ])("%s: %s", (_, text, shape) => expect(declared(text)).toMatchObject(shape));
});

describe("reserved words are no names", () => {
  test.each(
    "true false and or not in when match otherwise else on with accept after by from default where every never always starts_with ends_with contains matches can judge".split(
      " ",
    ),
  )("%s", (word) =>
    expectError(`plan ${word} = opus`, "RT1001", `\`${word}\` is a reserved word and cannot be a name`),
  );

  test("nor is `_`", () => expectError("plan _ = opus", "RT1001", "`_` alone is not a name"));
});

describe("what stands where", () => {
  test("spans are exact", () => {
    const text = "  plan a = b else on c d with { timeout 5s } // e";
    const plan = declared(text);
    if (plan.kind !== "plan") throw new Error("a plan was written");
    const at = ({ start, end }: { start: number; end: number }) => text.slice(start, end);
    expect(at(plan.span)).toBe("plan a = b else on c d with { timeout 5s }");
    expect(at(plan.keyword)).toBe("plan");
    expect(plan.run.branches.map(({ span }) => at(span))).toEqual(["else on c d with { timeout 5s }"]);
    expect(plan.run.branches.map(({ step }) => step.with && at(step.with.span))).toEqual(["{ timeout 5s }"]);
  });

  test("a byte order mark is skipped, and counted", () =>
    expect(declared("\ufeffplan a = b").keyword).toEqual({ start: 1, end: 5 }));

  test("doc comments belong to the declaration after them", () => {
    expect(declared("/// One.\n///Two.\n//// no\n// no\n\n///\nplan a = b").doc).toEqual(["One.", "Two.", ""]);
    expect(parse("p", "plan a = b /// not mine\nplan c = d").tree.declarations.map(({ doc }) => doc)).toEqual([[], []]);
  });
});

describe("one mistake is one message", () => {
  test.each([
    ["plan a = b c", "RT1001", "expected a declaration such as `plan` or `route`, found `c`"],
    ["plan a =\nplan c = d", "RT1001", "expected the name of a plan or a model after `=`"],
    ["plan a = 5sec", "RT1002", "`5sec` is not a number"],
    ['import "a', "RT1003", "the text has no closing"],
    ["let a = x matches /b", "RT1003", "the regular expression has no closing"],
    ["let a = x matches /b/gi", "RT1001", "`gi` is not a flag"],
    ["signal x { a { b } }\nplan a = b", "RT1001", "expected a type, found `{`"],
    ["limit a = 60 requests per hour", "RT1001", "expected `{`, found `=`"],
    ["plan a = cheapest [b, c]", "RT1001", "expected `{`, found `[`"],
    ["plan a = cheapest b, c else d", "RT1001", "expected `{`, found `b`"],
    ["time zone Europe/Warsaw", "RT1001", "expected a text in double quotes, found `Europe`"],
    ['test "a" {\n  send b {\n    c d\n  expect plan e\n}', "RT1001", "expected `}` after `d`"],
    ["plan a = §§ b", "RT1005", "`§§` means nothing here"],
    ["plan a-b = c", "RT1005", "`a-b` is not a name"],
    ["plan a = 1 2 3 4 5", "RT1001", "expected the name of a plan or a model, found `1`"],
    ["route a { when b -> c", "RT1001", "expected `}` after `c`"],
    ["route a when b -> c\n}\nplan d = e", "RT1001", "expected `->` or `{`"],
    ["route a -> b\n}\nplan d = e", "RT1001", "this `}` closes nothing"],
    ["request {\r\n  tier free from\r\n}", "RT1001", "expected `header`, `claim`, `metadata` or `body` after `from`"],
    ["rout a -> b", "RT1001", "expected a declaration such as `plan` or `route`, found `rout`"],
    ["plan a = (b else c\nplan d = e", "RT1001", "expected `)` after `c`"],
    ["let a = 0 < x", "RT1001", "a constant stands on the right: write `x > 0`"],
    ["let a = 0 < 1", "RT1001", "expected a condition, found `0`"],
    ["let a = b == 1,000", "RT1002", "a number has no commas: write `1_000`"],
    ["route a { deadline $1,000.5k, otherwise -> b }", "RT1002", "a number has no commas: write `$1_000.5k`"],
    ["let a = b == 1,00", "RT1001", "expected a declaration such as `plan` or `route`, found `,`"],
    ["let a = b AND c", "RT1001", "expected a declaration such as `plan` or `route`, found `AND`"],
    ["let a = b in [c, d]", "RT1001", "`[` is not used here: write `{`"],
    ["let a = b in {c, d)", "RT1001", "`)` is not used here: write `}`"],
    ["let a = b in [1..5]", "RT1001", "expected `{` or a range such as `1..5`, found `[`"],
    ["plan a = b, c\nplan d = e", "RT1001", "`,` is not used here: write `else`"],
    ["plan a = hedge { b, c }", "RT1001", "expected `after` or `}`, found `,`"],
    ["plan a = b ? c : d", "RT1005", "`? :` is not used here: rules make the choice"],
    ["plan a = split { b, c else d, e } by f", "RT1001", "expected a share such as `10% plan`, found `b`"],
    ["plan a = b with 3 else c", "RT1001", "expected `{`, found `3`"],
    ["plan a = b with timeout = 3s else c", "RT1001", "expected `{`, found `timeout`"],
    ["plan a = cascade { b acept when c, d }", "RT1001", "expected `accept`, found `acept`"],
    ["plan a = b else on timeout, 503 c", "RT1001", "expected the name of a failure, found `503`"],
    ["route a { wen b == c -> d\n otherwise -> e }", "RT1001", "expected `when`, `match` or `otherwise`, found `wen`"],
    ["route a { reuse 5m per b, deadline 60s\n otherwise -> c }", "RT1001", "`,` is not used here: `deadline`"],
    ["budget a { on b, limit $5 per day alert at 80% }", "RT1001", "`,` is not used here: `limit`"],
    ['model a := b "b"', "RT1001", "`:=` is not used here: write `=`"],
    ["signal a bool = ask b otherwise false", "RT1001", "expected a prompt file"],
    ['signal a bool = module "./b.js" otherwise false', "RT1001", "`otherwise` is not used here: write `else`"],
  ])("%s", expectError);

  test.each([
    "let a = b in {1,200,300}",
    "route a { match b, c { 1,200 -> d, e, f -> g, 2, 300 -> (h) } }",
    "route a { when b -> c, when d -> e, otherwise -> f, }",
    "plan a = cascade { acept, wen accept when b }",
  ])("and %s is none", (text) => expect(parse("p", text).diagnostics).toEqual([]));

  test("and all that can be read is kept", () => {
    const { tree } = parse(
      "p",
      "route r {\n  when -> a\n  when b -> c\n  match d {\n    e f\n    g -> h\n  }\n}\nplan i = j",
    );
    expect(tree.declarations).toMatchObject([
      { broken: true, rules: [{ kind: "when" }, { kind: "match", arms: [{}] }] },
      { broken: false, name: { text: "i" } },
    ]);
  });
});

describe("any text at all", () => {
  const words = [
    "plan",
    "route",
    "a",
    "b",
    "=",
    "->",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "when",
    "match",
    "otherwise",
    "else",
    "on",
    "with",
    "in",
  ];
  const more = [
    "not",
    "and",
    ",",
    "|",
    "..",
    ".",
    "_",
    "5",
    "5x",
    '"t"',
    '"',
    "'",
    "/",
    "matches",
    "\n",
    "// c\n",
    "/// d\n",
    "if",
    ":",
    "!",
    "é",
    "cascade",
    "{ }",
  ];
  const newer = [
    ...["cheapest", "hedge", "after", "accept", "reject", "models", "where", "5%", "by", "signal", "ask", "patterns"],
    ...[
      "provider",
      "env",
      "header",
      "price",
      "during",
      "allow",
      "tokens",
      "per",
      "key",
      "budget",
      "limit",
      "prove",
      "always",
    ],
    ...[
      "every",
      "model",
      "is",
      "never",
      "cost",
      "<=",
      "test",
      "send",
      "given",
      "expect",
      "judge",
      "can",
      "each",
      "for",
    ],
  ];
  const soup = fc
    .array(fc.constantFrom(...words, ...more, ...newer), { maxLength: 40 })
    .map((tokens) => tokens.join(" "));
  const torn = fc
    .tuple(written, fc.nat(), fc.nat({ max: 20 }), fc.constantFrom("", "}", "{", " when ", "\nplan ", '"'))
    .map(
      ([{ text }, at, length, inserted]) =>
        text.slice(0, at % (text.length + 1)) + inserted + text.slice((at % (text.length + 1)) + length),
    );

  test("is read without a fault, and each message is in our words and has its place", () => {
    fc.assert(
      fc.property(fc.oneof(soup, torn, fc.string({ unit: "binary" })), (text) => {
        for (const { message, span } of parse("p", text).diagnostics) {
          expect(message).toMatch(/^[^\n]*[^.\n]$/);
          expect(message.replace(/`.*?`/g, "")).not.toMatch(/token|-->|EOF|something else|undefined|NaN/i);
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.end).toBeGreaterThanOrEqual(span.start);
          expect(span.end).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("that has an error only in a declaration below keeps those above", () => {
    fc.assert(
      fc.property(written, soup, ({ tree, text }, rest) => {
        const parsed = parse("p", `${format(text, parse("p", text).tree)}\nroute broken {\n when ${rest}\n`);
        expect(parsed.tree.declarations.length).toBeGreaterThanOrEqual(tree.declarations.length);
      }),
    );
  });
});
