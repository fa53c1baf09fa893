import { describe, expect, test } from "vitest";
import { generatePolicy, generateRequests, matches, seededRandom } from "../../bench/policies.ts";
import { compile } from "../../compiler/index.ts";

const policyOf = (rules: number) => generatePolicy(rules, seededRandom(rules));

describe.each([10, 100, 1000])("a generated policy of %d rules", (count) => {
  const policy = policyOf(count);

  test("has so many, the most specific first and the default last", () => {
    const tested = policy.rules.map((rule) => rule.filter(({ attribute }) => attribute !== "tenant").length);
    expect(tested).toHaveLength(count);
    expect(tested).toEqual(tested.toSorted((a, b) => b - a));
    expect(tested.at(-1)).toBe(0);
  });

  test("compiles: no rule stands behind others that leave it nothing", () => {
    const errors = compile({ text: policy.text }).diagnostics.filter(({ severity }) => severity === "error");
    expect(errors).toEqual([]);
  });

  test("comes out the same from the same seed, and so do its requests", () => {
    const again = policyOf(count);
    expect(again.text).toBe(policy.text);
    expect(generateRequests(again, 50, seededRandom(1))).toEqual(generateRequests(policy, 50, seededRandom(1)));
  });

  test("decides most requests by a rule other than the default", () => {
    const requests = generateRequests(policy, 200, seededRandom(2));
    const decided = requests.filter((request) => policy.rules.slice(0, -1).some((rule) => matches(rule, request)));
    expect(decided.length).toBeGreaterThan(100);
  });
});
