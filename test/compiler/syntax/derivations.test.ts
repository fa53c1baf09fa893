/** The language is unambiguous: what the parser chooses by looking ahead, the grammar or a law of the language decides. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "../../../compiler/syntax/index.ts";
import { sentence } from "../../fuzz/sentences.ts";
import { derivations, LAWS, type Law } from "./derivations.ts";

const ROOT = join(import.meta.dirname, "../../..");
const EXAMPLES = join(ROOT, "examples");
const LANGUAGE = join(ROOT, "docs/language.md");

const read = (path: string) => readFileSync(path, "utf8");
const without = (law: Law) => (Object.keys(LAWS) as Law[]).filter((other) => other !== law);
const problems = (text: string) => parse("p.route", text).diagnostics.map(({ message }) => message);

describe("has exactly one derivation:", () => {
  test.each(readdirSync(EXAMPLES).filter((file) => file.endsWith(".route")))("examples/%s", (file) => {
    expect(derivations(read(join(EXAMPLES, file)))).toBe(1);
  });

  test("a file that has every form", () => {
    const text = read(join(import.meta.dirname, "derivations/forms.route"));
    expect(problems(text)).toEqual([]);
    expect(derivations(text)).toBe(1);
  });

  test("every policy on the page of the language", () => {
    const policies = [...read(LANGUAGE).matchAll(/```route\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
    expect(policies).not.toEqual([]);
    expect(policies.map((text) => [derivations(text), problems(text)])).toEqual(policies.map(() => [1, []]));
  });

  test.each([
    ["keywords as names", "plan plan = plan else route plan plan2 = limit"],
    [
      "a declaration's word as the last name of the one before",
      'plan a = plan plan plan = time time zone "zone" let b = test',
    ],
    ["a value that is a keyword", "provider a { url env region env key env }"],
    ["fields that are keywords elsewhere", "provider a { price free allow per header x protocol y breaker off per 1 }"],
    ["fields of a simulated provider as names", "provider a { latency fail speed [latency] fail speed }"],
    ["settings that are keywords elsewhere", "route a { strict strict for strict strict per deadline deadline 5s }"],
    ["a member in the place of a claim's word", "prove a { when x == cost cost <= $1 }"],
    ["an operand before a claim", "prove a { when cost cost <= $1 }"],
    [
      "a second comparison of a claim's attribute in parentheses",
      "prove a { always every model is x and (cost == $1) }",
    ],
    ["a set after a range of words", "route a { when b in c..d { when e in { f } { otherwise -> g } } }"],
    ["selectors as names", "plan a = cascade { cheapest fastest best { best } }"],
    ["a name before parentheses", "plan a = cascade { b (c) (d) accept when (e) (f) }"],
    ["arms without commas", "route r { match a, b { _, < 3 -> c d | e, 1..2 -> f with {} _, _ -> g } }"],
    [
      "a rejection before a number, kept apart by a comma",
      "route r { match a { 1 -> reject, 2 -> reject 429, 3 -> b } }",
    ],
    ["a setting after a list", "route r { reuse 5m per a, b deadline 5s }"],
    [
      "`per` of a window and of a clause, and as a name",
      "limit a { allow 1 tokens per per, 2 input tokens per day per per }",
    ],
    [
      "a test's words as its names",
      'test "a" { send send { given given } given given given expect tries expect expect rule 1 }',
    ],
  ])("%s", (_, text) => {
    expect(problems(text)).toEqual([]);
    expect(derivations(text)).toBe(1);
  });
});

describe("has several derivations but for the law that", () => {
  test.each<[Law, string]>([
    ["keyword", "plan a = reject"],
    ["keyword", 'provider a { header "X" env "Y" }'],
    ["keyword", "provider a { allow 3 input tokens per day per key }"],
    ["keyword", 'test "a" { given b down }'],
    ["keyword", "route a { reuse 5m per tenant }"],
    ["keyword", "route a { strict strict }"],
    ["rejection", "route r { match a, b { c, d -> reject 429, 500 -> e } }"],
    ["rejection", 'route r { match a, b { c, d -> reject 429 "text", "x" -> e } }'],
    ["comma", "route a { reuse 5m per tenant, strict for x }"],
    ["claim", "prove a { always every model is b and cost <= $1 }"],
  ])("%s: %s", (law, text) => {
    expect(derivations(text, without(law))).toBe(2);
    expect(derivations(text)).toBe(1);
  });
});

describe("is ruled out by the law that", () => {
  test.each<[Law, string]>([
    ["keyword", 'test "a" { send b {} given c fails expect plan d }'],
    ["rejection", 'route r { match a { b -> reject 429 "x" -> c } }'],
    ["comma", "route a { reuse 5m per tenant, deadline 60s }"],
    ["claim", "prove a { always every model is b and cost == c }"],
  ])("%s: %s", (law, text) => {
    expect(derivations(text, without(law))).toBe(1);
    expect(derivations(text)).toBe(0);
    expect(problems(text)).not.toEqual([]);
  });
});

/** Refused for its order, or for what other languages mean by `if` and `<`: no matter of grammar. */
const STATED =
  /stands after a rule|^a test says first|^a test sends|^this test sends|is not used here: write|is (claimed|expected) with/;

test("the parser reads what has one derivation, and nothing else", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 1000 }), { maxLength: 60, size: "max" }), (numbers) => {
      const text = sentence(numbers).join(" ");
      const { diagnostics } = parse("p.route", text);
      const count = derivations(text);
      if (diagnostics.length === 0) expect(count, text).toBe(1);
      else if (!diagnostics.some(({ code, message }) => code !== "RT1001" || STATED.test(message)))
        expect(count, text).toBe(0);
    }),
    { numRuns: 3000 },
  );
});
