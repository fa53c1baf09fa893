import { describe, expect, it, test } from "vitest";
import { check, type Diagnostic } from "../../../compiler/index.ts";

const PROVIDER = "provider lab { protocol simulated }\n";
const model = (name: string, facts = ""): string =>
  `model ${name} = lab "${name}-1" { context 8k  output 1k  price { input $1, output $4 }  ${facts} }\n`;
const SMALL = model("small");
const BIG = `model big = lab "big-1" { context 128k  output 8k  price { input $1, output $4 }  can [vision] }\n`;

function found(source: string, code: string): Diagnostic[] {
  return check({ text: PROVIDER + source }).diagnostics.filter((finding) => finding.code === code);
}
const messages = (source: string, code: string): string[] => found(source, code).map(({ message }) => message);
const chat = (plan: string): string => `${SMALL}${BIG}route chat { when turns > 9 -> big\notherwise -> ${plan} }`;

describe("a request that no model of a plan can serve, and another could", () => {
  it("is shown, the plainest of all", () => {
    const [finding] = found(chat("small"), "RT3011");
    expect(finding?.message).toBe("no model of this plan can serve a request of 8001 tokens or more, and `big` could");
    expect(finding?.witness?.written).toEqual(["send chat { prompt_tokens 8001, turns 9 }"]);
  });
  it("is told once for all plans that cannot", () => {
    const source = `${SMALL}${BIG}plan p = small with { retries 1 }\nroute chat { when stream -> p\nwhen turns > 9 -> big\notherwise -> small }`;
    expect(messages(source, "RT3011")).toEqual([
      "no model of plan `p`, or of 1 other, can serve a request of 8001 tokens or more, and `big` could",
    ]);
  });
  it.each([
    "small else big",
    "cheapest { small, big }",
    "small else on too_long, unsupported big",
    "small else reject 413",
  ])("is none of `%s`", (plan) => expect(messages(chat(plan), "RT3011")).toEqual([]));
  it.each(["small else on rate_limited big", "small else on too_long big", "split { 50% small, 50% big }"])(
    "is one of `%s`",
    (plan) => expect(messages(chat(plan), "RT3011")).toHaveLength(1),
  );
  it("is none where a rule before takes such requests", () => {
    expect(
      messages(
        `${SMALL}${BIG}route chat { when needs.vision or prompt_tokens > 8k -> big\notherwise -> small }`,
        "RT3011",
      ),
    ).toEqual([]);
  });
});

describe("a step that the deadline leaves no time for", () => {
  const late = (plan: string, deadline = "60s"): string[] =>
    messages(`${SMALL}${BIG}plan p = ${plan}\nroute chat { deadline ${deadline}\notherwise -> p }`, "RT3012").map(
      (message) => /`(\w+)`: what .* `(.*)`/.exec(message)?.slice(1).join(" ") ?? message,
    );
  test("joryirving/home-ops#9822: four tries of 300 s outlive a deadline of 15 minutes", () => {
    expect(late("small with { timeout 300s, retries 3 } else big", "15m")).toEqual(["big 1201750ms"]);
  });
  it.each([
    ["small with { timeout 30s } else small with { timeout 30s } else big", "big 1m"],
    ["(small with { timeout 30s, retries 1 } else big) with { timeout 5s }", "big 60250ms"],
    ["cheapest { small, big } with { timeout 60s }", "small 1m"],
    ["cascade { small with { timeout 60s } accept when not refused  big }", "big 1m"],
  ])("as in `%s`", (plan, said) => expect(late(plan)).toEqual([said]));
  it.each([
    "small else big",
    "small with { timeout 59s } else big",
    "small with { timeout 5m } else on too_long big",
    "hedge { small with { timeout 5m } after 2s big }",
    "split { 50% small with { timeout 5m }, 50% big }",
  ])("and not in `%s`", (plan) => expect(late(plan)).toEqual([]));
});

describe("a cascade that a stream can reach", () => {
  const cascade = "plan p = cascade { small accept when not refused  big }\n";
  it("is told once of a plan", () => {
    const [finding, ...more] = found(`${SMALL}${BIG}${cascade}route a -> p\nroute b -> big else p`, "RT3013");
    expect([finding?.message, more]).toEqual(["a streaming request can reach the cascade of plan `p`", []]);
    expect(finding?.witness?.written).toEqual(["send a { stream true }"]);
  });
  it("is none where a rule before takes streams", () => {
    expect(found(`${SMALL}${BIG}${cascade}route a { when stream -> big\notherwise -> p }`, "RT3013")).toEqual([]);
  });
});

describe("a plan that is dearer than its budget", () => {
  const plan = (budget: string, run = "big"): Diagnostic[] =>
    found(`${SMALL}${BIG}budget day { ${budget} }\nroute chat -> ${run}`, "RT3014");
  it("is one of which the cheapest call can cost more than the limit", () => {
    const [finding] = plan("limit $0.15 per day");
    expect(finding?.message).toContain("its cheapest can cost `$0.16`, and the limit is `$0.15`");
    expect(finding?.witness?.written).toEqual(["send chat { prompt_tokens 32000 }"]);
  });
  it.each([
    ["limit $0.16 per day", "big"],
    ["limit $0.15 per day", "big with { max_tokens 10 }"],
    ["limit $0.15 per day", "big else small"],
    ["limit $0.15 per day", "big else reject 402"],
    ["on small  limit $0.001 per day", "big"],
  ])("and is not with `%s` and `%s`", (budget, run) => expect(plan(budget, run)).toEqual([]));
});

test("a deprecated model is told with the day of the catalog, and no clock is read", () => {
  const source = 'provider anthropic\nmodel m = anthropic "claude-3-haiku-20240307"\nroute chat -> m';
  expect(messages(source, "RT2018")).toEqual([
    expect.stringMatching(
      /^model `m` is deprecated: the catalog of \d{4}-\d\d-\d\d says so of `claude-3-haiku-20240307`$/,
    ),
  ]);
});

test("BerriAI/litellm#31557: a fallback to a smaller window is told where nobody behind it has the room", () => {
  const mid = 'model mid = lab "mid-1" { context 64k  output 1k  price free }\n';
  expect(
    messages(`${SMALL}${mid}${BIG}route chat { when turns > 9 -> big\notherwise -> mid else small }`, "RT3011"),
  ).toEqual(["no model of this plan can serve a request of 64001 tokens or more, and `big` could"]);
});

describe("what is without effect", () => {
  it.each([
    ["small with { retries 2 on [too_long] }", "what fails so is not tried again"],
    ["small else on over_budget big", "no budget counts it"],
    ["hedge { small }", "a `hedge` of one side is that side"],
    ["cascade { small }", "a `cascade` of one step is that step"],
  ])("`%s`", (plan, said) => expect(messages(chat(plan), "RT3015")).toEqual([expect.stringContaining(said)]));
  it.each(["when stream { }", "when turns in { 1, 2, 1 } -> big", "match turns { 1 | 1 -> big\n _ -> small }"])(
    "`%s`",
    (rule) => expect(messages(`${SMALL}${BIG}route chat { ${rule}\notherwise -> small }`, "RT3015")).toHaveLength(1),
  );
  it("and not where a budget counts", () => {
    expect(messages(`budget b { limit $9 per day }\n${chat("small else on over_budget big")}`, "RT3015")).toEqual([]);
  });
});

test("a confidence gate on `model` is checked for every model that can be asked for", () => {
  const models =
    'model sure = lab "a" { context 8k  output 1k  price free  can [logprobs] }\nmodel unsure = lab "b" { context 8k  output 1k  price free }\n';
  const each = 'route each lab as "lab/*" -> cascade { model accept when confidence >= 0.8  sure }';
  expect(messages(`${models}${each}`, "RT2016")).toEqual([expect.stringContaining("`unsure` gives no `confidence`")]);
});

describe("mistakes are called what they are", () => {
  const REQUEST = 'request { a string from claim "a" default ""\nb string from claim "b" default "" }\n';
  it("two attributes compared", () => {
    expect(messages(`${REQUEST}${SMALL}route chat { when a == b -> small\notherwise -> small }`, "RT2003")).toEqual([
      "`b` is an attribute: expected a value",
    ]);
  });
  it("a built-in attribute as a key", () => {
    expect(messages(`${SMALL}budget x { per stream  limit $5 per day }\nroute chat -> small`, "RT2011")).toEqual([
      "`stream` is built in: expected an attribute that is declared",
    ]);
  });
});
