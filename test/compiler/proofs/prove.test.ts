/** What proofs say, case by case; that they are right in general is in prove.property.test.ts. */
import { describe, expect, it, test } from "vitest";
import { check, type Diagnostic } from "../../../compiler/index.ts";
import { DEFAULT_TIMEOUT } from "../../../runtime/plan/index.ts";

const BASE = `
request {
  region  eu | us   from claim "region"   default us
  home    eu | us   from header "x-home"  default us
}
provider lab { protocol simulated  residency eu }
provider far { protocol simulated  residency us }
model small = lab "small-1" { context 8k    output 1k  price { input $1, output $2 }   can [tools] }
model big   = lab "big-1"   { context 128k  output 8k  price { input $3, output $15 }  can [tools, vision] }
model other = far "other-1" { context 128k  output 4k  price free }
model toolless = far "other-2" { context 128k  output 4k  price free  can [vision, audio, pdf, json, logprobs, reasoning, search] }
model alias = far "other-1" { context 64k   output 4k  price free }
`;

function checked(text: string): readonly Diagnostic[] {
  const fileSystem = { read: () => Buffer.from("How good is this?"), real: (path: string) => path };
  return check({ text: `${BASE}${text}`, path: "main.route" }, { fileSystem }).diagnostics.filter(({ code }) =>
    code.startsWith("RT4"),
  );
}

/** What is found of one proof about a plan, and the way through the plan that it tells. */
function proving(plan: string, claim: string, settings = ""): readonly (readonly [string, string | undefined])[] {
  const found = checked(`route chat { ${settings} when region == eu -> ${plan}  otherwise -> ${plan} }
prove it { ${/^(always|when|on) /.test(claim) ? claim : `always ${claim}`} }`);
  return found.map(({ message, related }) => [message.replace("`it` does not hold: ", ""), related?.[0]?.message]);
}

const HOLDS: readonly never[] = [];

describe("who receives a request", () => {
  it("is told with the way on which it does", () => {
    expect(proving("small else (big else other)", "never other")).toEqual([
      ["`other` can receive the request", "small, then big (on overloaded), then other (on overloaded)"],
    ]);
  });

  it("is all that failures can lead to, and nobody else", () => {
    const claim = "never other";
    expect(proving("small else on over_budget other", claim)).toEqual(HOLDS);
    // Who lacks what `big` lacks is not called for it either.
    expect(proving("big else on unsupported small", "never small")).toEqual(HOLDS);
    expect(proving("small else on unsupported big", "never big")).not.toEqual(HOLDS);
    expect(proving("small else on refused reject 400 else on too_long other", claim)).not.toEqual(HOLDS);
    expect(proving("small", "never small")).not.toEqual(HOLDS);
  });

  it.each([
    ["split { 99% small, 1% other }", "other"],
    ["hedge { small after 2s other }", "small, then other (after 2s)"],
    ["fastest { small, other }", "other"],
    ["adaptive { small, other } by { cost 1 }", "other"],
    ["spread { small, other }", "other"],
    ['cascade { small accept when judge(other, "rubric.md") >= 0.7  big }', "small, then other (as judge)"],
    ["cascade { small accept when not refused  other }", "small, then other (when not accepted)"],
  ])("is looked for in `%s`", (plan, way) => {
    expect(proving(plan, "never other")).toEqual([["`other` can receive the request", way]]);
  });

  it("is a model by any name", () => {
    expect(proving("alias", "never other")).toEqual([
      ["`alias` can receive the request, which is the same model as `other`", "alias"],
    ]);
  });

  it("does not receive what it cannot take", () => {
    expect(proving("big else small", "when prompt_tokens > 8k and prompt_tokens <= 20k never small")).toEqual(HOLDS);
    expect(proving("small", "when needs.vision never small")).toEqual(HOLDS);
    expect(proving("toolless", "when needs.tools never toolless")).toEqual(HOLDS);
    expect(proving("toolless with { tools only [search] }", "when needs.tools never toolless")).toEqual(HOLDS);
    // Without its tools the request needs none.
    const without = "toolless with { tools none }";
    expect(proving(without, "when needs.tools never toolless")).not.toEqual(HOLDS);
    expect(proving(`${without} else on unsupported big`, "when not needs.vision never big")).toEqual(HOLDS);
    // What refers to something of unknown size is tried.
    expect(proving("small", "when prompt_tokens > 8k never small")).not.toEqual(HOLDS);
  });
});

describe("signals", () => {
  const asking = (rules: string, claim: string, declared = ""): readonly string[] =>
    checked(`
signal pii bool = patterns [email]
signal topic code | law = ask other { code "code", law "law" } timeout 1s else law
signal risk score = http "https://risk.example.com" else 1
${declared}route chat { ${rules} }
prove it { ${claim} }`).map(({ message }) => message.replace("`it` does not hold: ", ""));

  it("send the request too, unless an earlier rule decides", () => {
    const rules = "when pii -> small  when topic == code -> big  otherwise -> small";
    expect(asking(rules, "when pii  never other")).toEqual([]);
    expect(asking(rules, "when not pii  never other")).toEqual(["`other` can receive the request"]);
  });

  it("are asked after all that needs none", () => {
    const rules = "when region == eu and topic == code -> big  otherwise -> small";
    expect(asking(rules, "when region == us  never other")).toEqual([]);
    expect(asking(rules, "when region == eu  attempts <= 1")).toEqual(["2 calls can leave for one request"]);
    expect(asking(rules, "when region == us  attempts <= 1")).toEqual([]);
  });

  it("are asked in the order in which a rule tests them", () => {
    const second = 'signal kind x | y = ask alias { x "x", y "y" } else x\n';
    const rules = "when kind == x and topic == code -> big  otherwise -> small";
    expect(asking(rules, "when topic == law  attempts <= 2", second)).toEqual(["3 calls can leave for one request"]);
    expect(asking(rules, "when kind == y  attempts <= 2", second)).toEqual([]);
  });

  it("that say nothing of themselves let no claim hold", () => {
    const rules = "when risk > 0.5 -> big  otherwise -> small";
    expect(asking(rules, "always  every model is residency == eu and cost <= $5")).toEqual([
      "`https://risk.example.com` can receive the request, of which it is not known whether `residency == eu`",
      "what a request costs has no bound: a signal states no price",
    ]);
    expect(asking(rules, "always  every model is can tools")).toEqual([]);
  });

  it("that can fail make a finding one that rests on them", () => {
    const [found] = checked(`
signal topic code | law = ask small { code "code", law "law" } else law
route chat { when topic == code -> other  otherwise -> small }
prove it { when topic == code never other }`);
    expect(found).toMatchObject({
      certainty: "assumed",
      help: "this takes `topic` for what the signal says, and it can be had",
      witness: { signals: { topic: "code" } },
    });
  });
});

describe("bounds", () => {
  it.each([
    ["small with { retries 2 } else big", "attempts <= 4"],
    ["fastest { small, big }", "attempts <= 2"],
    ["hedge { small after 2s big }", "attempts <= 2"],
    ['cascade { small accept when judge(big, "rubric.md") >= 0.5  big }', "attempts <= 3"],
    // One judge with one prompt is asked once of one answer.
    [
      'cascade { small accept when judge(big, "a.md") >= 0.9 or (valid_json and judge(big, "a.md") >= 0.5)  big }',
      "attempts <= 3",
    ],
    ["reject 403", "attempts <= 0"],
    // Nobody is called who cannot take it.
    ["small else big", "when prompt_tokens > 8k and prompt_tokens <= 20k attempts <= 1"],
  ])("%s: %s, and no less", (plan, claim) => {
    expect(proving(plan, claim)).toEqual(HOLDS);
    const less = claim.replace(/\d+$/, (bound) => String(Number(bound) - 1));
    if (less.endsWith("-1")) return;
    expect(proving(plan, less)).toHaveLength(1);
  });

  it.each([
    // Of more than 8,000 tokens only the dearer is sent one: 40,000 in and 1,000 out.
    ["small else big", "when prompt_tokens <= 10k and max_tokens <= 1k cost <= $", 0.12 + 0.015],
    ["big with { max_tokens 100 }", "when prompt_tokens <= 1k cost <= $", 0.012 + 0.0015],
    ["big with { retries 1 }", "when prompt_tokens <= 1k and max_tokens <= 1k cost <= $", 2 * (0.012 + 0.015)],
    ["other", "always cost <= $", 0],
  ])("%s: %s%f, and not a billionth less", (plan, claim, dollars) => {
    expect(proving(plan, `${claim}${dollars.toFixed(9)}`)).toEqual(HOLDS);
    if (dollars > 0) expect(proving(plan, `${claim}${(dollars - 1e-9).toFixed(9)}`)).toHaveLength(1);
  });

  it.each([
    ["small with { timeout 20s } else big with { timeout 10s }", "when not stream time <= 30s"],
    [`small`, `time <= ${DEFAULT_TIMEOUT / 1000}s`],
    ["hedge { small after 2s big }", "time <= 62s"],
    ["hedge { small with { timeout 1s } after 2s big }", "time <= 61s"],
    ["split { 50% small with { timeout 1s }, 50% big }", "time <= 60s"],
    ["small else on too_long big", "when prompt_tokens > 8k and prompt_tokens <= 20k time <= 60s"],
    ["small with { timeout 1s } else on refused big with { timeout 1s }", "when not stream time <= 2s"],
    // Where a provider says how long to wait, and where a stream is held to its end, the deadline alone is a bound.
    ["small with { timeout 1s, retries 1 }", "time <= 600s"],
    ["small with { timeout 1s } else on refused big", "time <= 600s"],
    ["cascade { small with { timeout 1s } accept when not refused  big }", "time <= 600s"],
  ])("%s: %s, and no less", (plan, claim) => {
    expect(proving(plan, claim)).toEqual(HOLDS);
    const less = claim.replace(/(\d+)s$/, (_, seconds) => `${Number(seconds) * 1000 - 1}ms`);
    expect(proving(plan, less)).toHaveLength(1);
  });

  it("of time are never more than the deadline", () => {
    expect(proving("small else big", "time <= 45s", "deadline 45s")).toEqual(HOLDS);
    expect(proving("small else big", "time <= 44s", "deadline 45s")).toEqual([
      ["the first content can take `45s`, the deadline of the route", "small, then big (on overloaded)"],
    ]);
  });
});

test.each([
  ["small else big else other", 2],
  ["small else big", 1],
  ["small else on timeout other", 1],
  ["fastest { small, other }", 2],
  ["hedge { small after 2s other }", 2],
  ["split { 50% small else other, 50% small }", 1],
  ["cascade { small accept when not refused  other }", 1],
  ["small else reject 503", 1],
  ["reject 403", 0],
])("%s gives up when %d providers fail", (plan, fewest) => {
  if (fewest > 0) expect(proving(plan, `providers >= ${fewest}`)).toEqual(HOLDS);
  expect(proving(plan, `providers >= ${fewest + 1}`)).toHaveLength(1);
});

describe("embeddings", () => {
  const policy = (rules: string, claim: string): string => `
    model talker = lab "t" { context 8k  output 1k  can [tools]  price { input $1, output $1 } }
    model vectors = lab "v" { context 8k  output 1  can [embeddings]  price { input $1, output $0 } }
    route chat { ${rules} }
    prove it { always ${claim} }`;
  const findings = (rules: string, claim: string): readonly string[] =>
    checked(policy(rules, claim)).map(({ message }) => message);

  test("pass over a model that makes none", () => {
    expect(findings("otherwise -> talker else on unsupported vectors", "never vectors")).toHaveLength(1);
    expect(findings("otherwise -> talker", "attempts <= 1")).toEqual([]);
  });

  test("do not come where a rule before takes them, nor do chats to a model of nothing else", () => {
    const rules = "when endpoint == embeddings -> vectors else on unsupported talker  otherwise -> talker";
    expect(findings(rules, "attempts <= 1")).toEqual([]);
  });

  test("cost by all of their texts, each of which may be as long as the context", () => {
    const rules = "when endpoint == embeddings -> vectors  otherwise -> talker";
    expect(findings(rules, "cost <= $16.384")).toEqual([]);
    expect(findings(rules, "cost <= $16.383")).toHaveLength(1);
  });
});

describe("a stream that breaks off after its first content", () => {
  const race = "((hedge { small after 30s reject 503 }) else on server_error other)";

  it("fails a hedge alone where the answer is held", () => {
    const gated = `cascade { ${race} accept when not refused  big }`;
    expect(proving(gated, "attempts <= 3")).toEqual(HOLDS);
    expect(proving(gated, "attempts <= 2")).toEqual([
      ["3 calls can leave for one request", "small, then other (on server_error), then big (when not accepted)"],
    ]);
    expect(proving(`${race} else on refused big`, "never other")).toEqual([
      ["`other` can receive the request", "small, then other (on server_error)"],
    ]);
  });

  it("has been handed on where it is not", () => {
    expect(proving("hedge { small after 30s reject 503 }", "attempts <= 1")).toEqual(HOLDS);
    expect(proving(`cascade { ${race} accept when not refused  big }`, "when not stream attempts <= 2")).toEqual(HOLDS);
  });

  it("is enough to give up", () => {
    const plan = "(hedge { small after 2s other }) else on refused big";
    expect(proving(plan, "when not stream providers >= 2")).toEqual(HOLDS);
    expect(proving(plan, "providers >= 2")).toEqual([
      ["nobody is left to ask when `lab` fails with `rate_limited`", "small"],
    ]);
  });
});

describe("a witness", () => {
  const shown = (plan: string, proof: string): readonly string[] =>
    checked(`route chat { when region == eu -> ${plan}  otherwise -> small }\nprove it { ${proof} }`).flatMap(
      ({ witness }) => witness?.written ?? [],
    );

  it("says what matters and no more", () => {
    expect(shown("other", "always never other")).toEqual(["send chat { region eu }"]);
    expect(shown("small else on unsupported big", "always never big")).toEqual([
      "send chat { region eu, needs.vision true }",
    ]);
  });

  it("of a cost is as large as it need be", () => {
    expect(shown("big", "when max_tokens <= 100 cost <= $0.10")).toEqual([
      "send chat { region eu, max_tokens 100, prompt_tokens 32000 }",
    ]);
  });
});

describe("trust", () => {
  const warned = (text: string): readonly string[] => checked(text).map(({ code, message }) => `${code} ${message}`);

  it("is asked of what keeps data in a region", () => {
    const route = "route chat { when home == eu -> small  when region == eu -> small  otherwise -> other }";
    expect(warned(`${route}\nprove it { when region == eu every model is residency == eu }`)).toEqual([]);
    expect(warned(`${route}\nprove it { when home == eu every model is residency == eu }`)).toEqual([
      "RT4003 `it` rests on `home`, which is what the client says: another value steers around it",
    ]);
    // It holds whatever the client says.
    expect(warned(`${route}\nprove it { when region == eu and home == us every model is residency == eu }`)).toEqual(
      [],
    );
    expect(warned(`${route}\nprove it { when home == eu never other }`)).toEqual([]);
  });

  it("is asked of a budget's keys", () => {
    expect(warned("budget all { per home limit $5 per day }\nroute chat -> small")).toEqual([
      "RT4003 budget `all` is kept per `home`, which a client can choose: each new value has a fresh budget",
    ]);
    expect(warned("budget all { per region, model limit $5 per day }\nroute chat -> small")).toEqual([]);
  });
});

test("a proof is of the routes that it names", () => {
  const routes = "route chat -> small\nroute code -> other\n";
  expect(checked(`${routes}prove it { on chat always never other }`)).toEqual([]);
  expect(checked(`${routes}prove it { always never other }`)).toMatchObject([{ witness: { route: "code" } }]);
});

test("of a route that lets in some only, the others do not count", () => {
  const route = "route chat { for region == eu\n otherwise -> small }\nroute * -> small\n";
  expect(checked(`${route}prove it { on chat when region == us never small }`)).toEqual([]);
});

test("each claim that does not hold is told once, at its place", () => {
  const found = checked("route chat -> other\nprove it { always never other and attempts <= 0 and no reject }");
  expect(found.map(({ message }) => message)).toEqual([
    "`it` does not hold: `other` can receive the request",
    "`it` does not hold: 1 call can leave for one request",
  ]);
});
