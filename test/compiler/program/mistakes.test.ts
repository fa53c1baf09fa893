import { describe, expect, it, test } from "vitest";
import { check } from "../../../compiler/index.ts";
import { expectClean, expectDiagnostic, MODELS, route, spanned } from "../support.ts";

const when = (condition: string): string => route(`when ${condition} -> big\notherwise -> small`);
const attribute = (text: string): string => `request { x ${text} }\n${MODELS}route chat -> small`;
const tested = (text: string): string =>
  `request { x ${text} }\n${MODELS}route chat { when x == a -> big when x == b -> big otherwise -> small }`;
const provider = (fields: string): string =>
  `provider p { ${fields} }\nmodel m = p "m" { context 1k price free }\nroute chat -> m`;
const model = (fields: string, upstream = '"m"'): string =>
  `provider lab { protocol simulated }\nmodel m = lab ${upstream} { ${fields} }\nroute chat -> m`;

describe("one mistake is one message", () => {
  it.each([
    ["a malformed number", when("weight == 0x10 and weight > 5"), "RT1002", "`0x10` is not a number"],
    ["one that something near stands in for", when("risk > 10x"), "RT1002", "`10x` is not a number"],
    ["one in a range", when("weight in 5..1x"), "RT1002", "`1x` is not a number"],
    ["a malformed default", attribute('int from header "x" default 1__0'), "RT1002", "`1__0` is not a number"],
    ["a malformed status", route("otherwise -> reject 0x190"), "RT1002", "`0x190` is not a number"],
    ["a minus after the dollar", when("spent > $-1"), "RT1002", "`$-1` is negative, and an amount of money cannot be"],
    ["two dollars", when("spent > $$1"), "RT1002", "`$$1` is not a number"],
    ["a block comment", `/* one " two\n// three */ ${when("critical")}`, "RT1001", "comments begin with `//`"],
    ["one between words", when("/* or not */ critical"), "RT1001", "comments begin with `//`"],
    ["one without an end", `${when("critical")}\n/* plan`, "RT1001", "comments begin with `//`"],
    ["a misspelt protocol", provider("protocl openai"), "RT2006", "no field `protocl`"],
    ["a misspelt context", model("contxt 128k price free"), "RT2006", "no field `contxt`"],
    ["a misspelt price", model("context 1k price { inptu $1, output $2 }"), "RT2006", "a price has no `inptu`"],
    ["a member twice", tested('a | a from header "x" default a'), "RT2002", "`a` is a member already"],
    ["an unknown type", tested('strng from header "x"'), "RT2001", "`strng` is no type"],
    ["a wrong default", tested('a | b from header "x" default c'), "RT2005", "`c` is not a member"],
    ["a missing type", tested('from header "x"'), "RT1001", "expected a type"],
    [
      "a text without an end",
      `request { x bool\nfrom header "y\n}\n${MODELS}route chat -> small`,
      "RT1003",
      "no closing",
    ],
  ])("%s", (_, source, code, message) => {
    expectDiagnostic(source, code, message);
  });

  it("and a missing field that no other is near to is still another", () => {
    const { diagnostics } = check({ text: model("colour 1 price free") });
    expect(diagnostics.map(({ code }) => code)).toEqual(["RT2007", "RT2006"]);
  });
});

describe("a range is told in the language's own forms", () => {
  it.each([
    ["route chat { deadline 10d otherwise -> small }", "`10d` is out of range: expected `1ms` to `1d`"],
    ["route chat -> small with { timeout 0s }", "`0ms` is out of range: expected `1ms` to `1d`"],
  ])("%s", (text, message) => {
    expectDiagnostic(`${MODELS}${text}`, "RT2004", message);
  });
  it.each([
    ["prompt_tokens > -5", "`-5` is out of range: expected at least `0`"],
    ["risk > 1.5", "`1.5` is out of range: expected `0` to `1`"],
    ["risk > 2", "`2` is out of range: expected `0` to `1`"],
    ["time.hour == 24", "`24` is out of range: expected `0` to `23`"],
  ])("%s", (condition, message) => {
    expectDiagnostic(when(condition), "RT2004", message);
  });
});

describe("what is empty or cannot be is refused", () => {
  it.each([
    ["a name at the provider", model("context 1k price free", '""'), '""', "this one is empty"],
    ["an environment variable", provider('protocol openai key env ["A", ""]'), '""', "this one is empty"],
    ["a header", attribute('bool from header "" default false'), '""', "no header name"],
    ["a claim", attribute('bool from claim "" default false'), '""', "a claim has a name"],
    ["a metadata key", attribute('bool from metadata "" default false'), '""', "a metadata key has a name"],
    [
      "more output than context",
      model("context 1k output 2k price free"),
      "2k",
      "cannot write more than its `context`",
    ],
  ])("%s", (_, source, place, message) => {
    expect(spanned(source, expectDiagnostic(source, "RT2004", message))).toBe(place);
  });
  it("and all of the context may be output", () => expectClean(model("context 1k output 1k price free")));
});

describe("a character that is not what it looks like", () => {
  it.each([
    ["claim", attribute('bool from claim "t\u0435am" default false')],
    ["metadata key", attribute('bool from metadata "team\u00a0id" default false')],
    ["enum member", attribute('free | "pr\u043e" from header "x" default free')],
    ["upstream name", model("context 1k price free", '"gpt\u20114o"')],
  ])("is warned of in the text of a %s", (_, source) => {
    const { severity, fix } = expectDiagnostic(source, "RT5002", "and is not");
    expect(severity).toBe("warning");
    expect(fix?.edits[0]?.text).toMatch(/^"[ -~]*"$/);
  });
  it("is said to be what is wrong with the name of a header", () => {
    const { help } = expectDiagnostic(attribute('bool from header "x-t\u0435am"'), "RT2004", "no header name");
    expect(help).toBe("U+0435 CYRILLIC SMALL LETTER IE looks like `e`");
  });
  it("is none where the whole text is in its script", () => {
    expectClean(attribute('"\u043f\u0440\u043e" | "\u0441\u043e\u0440" from header "x" default "\u0441\u043e\u0440"'));
  });
});

describe("a character that turns the order of text", () => {
  test.each([
    ["in a comment", "// \u202e } \u2066\n"],
    ["in a doc comment", "/// \u200f\n"],
    ["in a text", 'provider x { protocol openai url "https://a.example/\u202e\u202c" }\n'],
  ])("%s is a warning, once a line", (_, text) => {
    const { severity, help } = expectDiagnostic(`${text}${when("critical")}`, "RT5002", "changes the order");
    expect(severity).toBe("warning");
    expect(help).toMatch(/^remove it, or write `\\u20[0-9a-f]{2}` in a text$/);
  });
  test("in each of two lines is two warnings, where a policy still compiles", () => {
    const { diagnostics } = check({ text: `// \u061c\n// \u2069\n${MODELS}route chat -> small else big` });
    expect(diagnostics.map(({ code }) => code)).toEqual(["RT5002", "RT5002"]);
  });
  test("elsewhere is an error, and no warning beside it", () => {
    expectDiagnostic(when("\u202e critical"), "RT1005", "`U+202E` means nothing here");
  });
  test("in a file that is no text is not spoken of", () => {
    expectDiagnostic("\0 // \u202e", "RT1007", "zero byte");
  });
});
