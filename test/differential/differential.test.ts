/**
 * A share of `npm run differential`: naive interpreter, analysis, table and generated JavaScript decide alike, and what the
 * analysis claims is so.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MODELS } from "../compiler/support.ts";
import { checkClaims } from "./claims.ts";
import { type Compiled, compiled } from "./compiled.ts";
import { decider } from "./decisions.ts";
import { examine, type Tally, trial } from "./examine.ts";
import { requestsFor } from "./requests.ts";

const [POLICIES, REQUESTS] = [150, 200];

describe("four ways to decide", () => {
  it(`agree on ${POLICIES * REQUESTS} requests`, () => {
    const tally: Tally = { decisions: 0, later: 0, refused: 0, cases: 0 };
    fc.assert(
      fc.property(trial, (given) => examine(given, REQUESTS, tally)),
      { numRuns: POLICIES },
    );
    // What all falls to the first rule, or is refused, would show nothing.
    expect(tally.decisions).toBeGreaterThan(POLICIES * REQUESTS * 0.9);
    expect(tally.later).toBeGreaterThan(tally.decisions / 4);
    expect(tally.refused).toBeLessThan(tally.decisions / 2);
    expect(tally.cases).toBeGreaterThan(1000);
  });
});

/** A policy whose first rule has this condition. */
function policyWhen(condition: string): Compiled {
  const made = compiled(`
    request { weight int from metadata "weight"  tenant string from header "x-tenant" default "" }
    ${MODELS} route chat { when ${condition} -> small otherwise -> big }`);
  if (made === undefined) throw new Error("not compiled");
  return made;
}

function decideAll(mixed: Compiled): void {
  const decide = decider(mixed);
  for (const request of requestsFor(mixed, 500, 1)) decide(request);
}

describe("a fault in one of the four", () => {
  const right = policyWhen("weight > 1 and tenant matches /^a+$/");
  const wrongs = [
    policyWhen("weight >= 1 and tenant matches /^a+$/"),
    policyWhen("weight > 1 and tenant matches /^a*$/"),
  ];

  it("is not seen where there is none", () => {
    expect(() => decideAll(right)).not.toThrow();
    expect(checkClaims(right)).toBeGreaterThan(0);
  });

  it.each(["program", "analysis", "policy", "decide"] as const)("is seen in %s", (part) => {
    for (const wrong of wrongs) {
      expect(() => decideAll({ ...right, [part]: wrong[part] })).toThrow(/^disagreement on/);
    }
  });

  it("is seen in claims", () => {
    const [rule] = right.program.routes[0]?.rules ?? [];
    if (rule === undefined) throw new Error("no rule");
    const { file, span } = rule.place;
    const finding = { code: "RT3002", severity: "error", message: "", file, span } as const;
    expect(() => checkClaims({ ...right, findings: [finding] })).toThrow("rule 0 of chat is reached");
    const forgetful = compiled(right.text.replace("otherwise -> big", ""));
    if (forgetful === undefined) throw new Error("not compiled");
    expect(checkClaims(forgetful)).toBeGreaterThan(0);
    expect(() => checkClaims({ ...forgetful, findings: [] })).toThrow("chat forgets a request");
    const shadowed = compiled(right.text.replace("otherwise", 'when weight > 5 and tenant == "aa" -> big otherwise'));
    if (shadowed === undefined) throw new Error("not compiled");
    expect(checkClaims(shadowed)).toBeGreaterThan(0);
    expect(() => checkClaims({ ...shadowed, findings: [] })).toThrow("rule 1 of chat is never reached");
  });
});
