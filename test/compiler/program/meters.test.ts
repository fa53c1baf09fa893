import { describe, expect, it } from "vitest";
import { expectClean, expectDiagnostic, MODELS, REQUEST, route, spanned, tableOf } from "../support.ts";

/** A policy with one meter, and one rule that tests it. */
function policy(meter: string, condition = "critical"): string {
  return `${meter}\n${route(`when ${condition} -> big\notherwise -> small`)}`;
}

const BUDGET = "budget month { per tenant  limit $500 per month  alert at 80%, 50% }";
const LIMIT = "limit hourly { per tenant  for tier == free  allow 60 requests per hour, 1k tokens per 3h }";
const COMMIT = "commit deal { on lab  spend $10k per quarter }";

describe("meters", () => {
  it("are in the table, whether or not a rule tests them", () => {
    expect(tableOf(policy(`${BUDGET}\n${LIMIT}\n${COMMIT}`)).meters).toEqual([
      { kind: "budget", name: "month", per: ["tenant"], on: [], limit: 500e9, window: "month", alerts: [50, 80] },
      {
        kind: "limit",
        name: "hourly",
        per: ["tenant"],
        on: [],
        for: [{ tier: [[0, 0]] }],
        allow: [
          { count: 60, unit: "requests", window: "hour" },
          { count: 1000, unit: "tokens", window: 3 * 3_600_000 },
        ],
      },
      { kind: "commit", name: "deal", per: [], on: ["lab"], spend: 10_000e9, window: "quarter" },
    ]);
  });

  it.each([
    [BUDGET, "month.used >= 90% and month.left < $100"],
    [LIMIT, "hourly.used > 50%"],
    [COMMIT, "deal.behind or deal.pace < 80%"],
    [COMMIT, "lab.health == degraded"],
  ])("and providers have state: %s, when %s", (meter, condition) => {
    expectClean(policy(meter, condition));
  });

  it("are read by their state, which is a share of the window", () => {
    expectDiagnostic(policy(BUDGET, "month"), "RT2011", "`month` is a budget, not a value");
    expectDiagnostic(policy(BUDGET, "month.usd > 10%"), "RT2001", "a budget has no `usd`");
    expectDiagnostic(policy(BUDGET, "month.used > $10"), "RT2003", "expected a percentage");
    expectDiagnostic(policy(BUDGET, "month.left > $600"), "RT2004", "`$600` is out of range");
    expectDiagnostic(policy(LIMIT, "hourly.left > $1"), "RT2001", "a limit has no `left`");
  });

  it.each([
    ["budget m { per tenant }", "RT2007", "budget `m` does not say its `limit`"],
    ["limit m { per tenant }", "RT2007", "limit `m` does not say its `allow`"],
    ["budget m { limit $5 per month  allow 3 requests per day }", "RT2006", "a budget has no `allow`"],
    ["budget m { limit $5 per month  limit $6 per month }", "RT2008", "`limit` is given twice"],
    ["budget m { per tennant  limit $5 per month }", "RT2001", "`tennant` is not declared"],
    ["budget m { on tenant  limit $5 per month }", "RT2011", "`tenant` is an attribute"],
    ["budget m { limit 5 per month }", "RT2003", "expected an amount"],
    ["budget m { limit $5 per fortnight }", "RT2005", "`fortnight`"],
    ["budget m { for prompt_tokens > 3 limit $5 per month }", "RT2011", "`prompt_tokens` cannot be tested here"],
    ["limit m { allow 60 request per hour }", "RT2005", "`request`"],
    ["limit m { allow 10 requests per hour, 20 requests per hour }", "RT2008", "requests in that time is said already"],
    ["limit m { allow 10 tokens per 1h, 20 tokens per 60m }", "RT2008", "tokens in that time is said already"],
  ])("refuse `%s`", (meter, code, message) => {
    expectDiagnostic(policy(meter), code, message);
  });
});

describe("what was spent and what is left", () => {
  it("are one value seen twice, so that contradictions are seen", () => {
    const finding = expectDiagnostic(policy(BUDGET, "month.used >= 90% and month.left > $50"), "RT3002", "contradicts");
    expect(finding.certainty).toBe("proved");
    expectClean(policy(BUDGET, "month.used >= 90% and month.left >= $50"));
  });

  it("cover each other", () => {
    const rules = "when month.used >= 50% -> big\nwhen month.left > $250 -> small";
    expectClean(`${BUDGET}\n${REQUEST}${MODELS}route chat {\n${rules}\n}`);
  });

  it("of a budget of which a percent is no whole number are exact", () => {
    // A third of a cent: 50% of it lies between two nano-dollars.
    const odd = "budget odd { on small  limit $0.000000003 per day }";
    expectDiagnostic(policy(odd, "odd.used > 50% and odd.left > $0.000000001"), "RT3002", "contradicts");
    expectClean(policy(odd, "odd.used > 50% and odd.left >= $0.000000001"));
  });

  it("are shown as the language says them", () => {
    const rules = "when month.used < 90% -> big\nwhen tier == free -> small";
    const source = `${BUDGET}\n${REQUEST}${MODELS}route chat {\n${rules}\n}`;
    const { witness } = expectDiagnostic(source, "RT3001", "does not decide every request");
    expect(witness?.state).toEqual({ "month.used": 90 });
    expect(witness?.written).toEqual(["send chat { tier pro }", "given month used 90%"]);
  });
});

describe("time zone", () => {
  it("is in the table", () => {
    expect(tableOf(`time zone "Europe/Warsaw"\n${policy(BUDGET)}`).zone).toBe("Europe/Warsaw");
    expect(tableOf(policy(BUDGET)).zone).toBe("UTC");
  });

  it("is one that there is, once", () => {
    const finding = expectDiagnostic(`time zone "Europe/Warszawa"\n${policy(BUDGET)}`, "RT2004", "is no time zone");
    expect(finding.help).toBe("did you mean `Europe/Warsaw`?");
    const twice = `time zone "Europe/Paris"\ntime zone "UTC"\n${policy(BUDGET)}`;
    expect(spanned(twice, expectDiagnostic(twice, "RT2002", "one `time zone`"))).toBe("time zone");
  });
});
