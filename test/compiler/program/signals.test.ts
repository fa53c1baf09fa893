import { describe, expect, it } from "vitest";
import { expectClean, expectDiagnostic, MODELS, REQUEST, tableOf } from "../support.ts";

/** A policy with one signal, which its first rule tests. */
function policy(signal: string, condition: string): string {
  return `${REQUEST}${MODELS}
model words = lab "words-1" { context 8k  price free  can [embeddings] }
signal ${signal}
route chat { when ${condition} -> big  otherwise -> small }`;
}

describe("signals", () => {
  it.each([
    ["pii bool = patterns [email, iban, /secret-[0-9]+/i]", "pii"],
    ['urgent bool = keywords ["asap", "now"]', "urgent"],
    ['complexity score = classifier "./weights.json"', "complexity >= 0.7"],
    ['refund bool = similar to "./examples.jsonl" using words above 0.75 else false', "refund"],
    ['intent code | other = ask small { code "code" other "the rest" } else other', "intent == code"],
    ['hard score = ask small "./prompt.md" timeout 2s else 0.5', "hard > 0.5"],
    ["tongue en | de | other = language", "tongue in { en, de }"],
    ['risk_of score = http "https://example.com/x" { residency eu  price $0.001 } else 1', "risk_of >= 0.5"],
    ['mine string = module "./mine.js" else ""', 'mine == "a"'],
  ])("can be %s", (signal, condition) => {
    expectClean(policy(signal, condition));
    expect(tableOf(policy(signal, condition)).signals).toHaveLength(1);
  });

  it("are in the table with all that they need", () => {
    const source = policy('hard score = ask small "./prompt.md" timeout 2s else 0.5', "hard > 0.5");
    const { signals, attributes } = tableOf(source);
    expect(signals).toEqual([
      {
        name: "hard",
        type: { kind: "score" },
        source: { kind: "ask", model: "small", prompt: "How hard is this?" },
        timeout: 2_000,
        otherwise: 0.5,
      },
    ]);
    expect(attributes.find(({ name }) => name === "hard")?.source).toEqual({ from: "signal" });
  });

  it("that no rule tests are not in the table", () => {
    expect(tableOf(policy('urgent bool = keywords ["asap"]', "critical")).signals).toEqual([]);
  });

  it.each([
    ['a score = keywords ["x"]', "a > 0.5", "RT2003", "`keywords` gives a bool: `a` cannot be a score"],
    ['a bool = classifier "./weights.json"', "a", "RT2003", "gives a score or an enum"],
    ['a bool = module "./mine.js"', "a", "RT2007", "does not say what to take it for when it cannot be had"],
    ['a bool = keywords ["x"] else false', "a", "RT2006", "`keywords` cannot fail"],
    ['a bool = keywords ["x"] timeout 1s', "a", "RT2006", "asks nobody: it has no `timeout`"],
    ['a bool = module "./mine.js" else 3', "a", "RT2003", "expected `true` or `false`"],
    ["a bool = patterns [emial]", "a", "RT2005", "`emial` is no pattern"],
    ["a bool = patterns [/(a)\\1/]", "a", "RT2012", ""],
    ['a score = classifier "./gone.json"', "a > 0.5", "RT2009", "there is no such file"],
    ['a score = classifier "./words.json"', "a > 0.5", "RT2017", '`bias` is `"high"`, expected a number'],
    ['a x | y = classifier "./weights.json"', "a == x", "RT2017", "give a score, not an enum"],
    ["a en | klingon | other = language", "a == en", "RT2005", "`klingon` is no language that is told apart"],
    ['a score = classifier "./notes.md"', "a > 0.5", "RT2017", "is no JSON object"],
    ['a bool = similar to "./examples.jsonl" using small above 0.7 else false', "a", "RT2016", "makes no embeddings"],
    ['a bool = similar to "./notes.md" using words above 0.7 else false', "a", "RT2017", "line 1"],
    ['a x | y = ask small { x "x" } else y', "a == x", "RT2007", "what `y` means is not said"],
    ['a x | y = ask small { x "x" y "y" z "z" } else y', "a == x", "RT2005", "`z` is not a member"],
    ["a en | de = language", "a == en", "RT2007", "add `other`"],
    ['a bool = http "ftp://x" else false', "a", "RT2015", "`ftp://x` is not an address"],
    ['a bool = http "https://x" { resdency eu } else false', "a", "RT2006", "has no field `resdency`"],
    ['a bool = ask small { x "x" } else false', "a", "RT2003", "is said of an enum"],
  ])("refuse `signal %s`", (signal, condition, code, message) => {
    expectDiagnostic(policy(signal, condition), code, message);
  });

  it("are not what an arrow points at", () => {
    const source = `${MODELS}signal a bool = keywords ["x"]\nroute chat -> a`;
    expectDiagnostic(source, "RT2011", "`a` is a signal");
  });
});
