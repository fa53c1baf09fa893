/** What is offered where. */
import { describe, expect, it } from "vitest";
import { complete, resolveCompletion } from "../../lsp/features/completion.ts";
import { checked, edited, MODELS, opened, REQUEST } from "./support.ts";

const POLICY = `${REQUEST}${MODELS}
signal intent code | math | other = ask small { code "c" math "m" other "o" } else other
budget month { limit $100 per month }
let night = time.hour in 0..6
plan cheap = small else big
`;

/** The labels at the cursor, of a policy that goes on so. */
function offered(text: string): string[] {
  const { document, offset, workspace } = checked(`${POLICY}${text}`);
  return complete(document, offset, workspace, true).items.map(({ label }) => label);
}

/** The text after choosing what is offered under a label. */
function chosen(text: string, label: string): string {
  const { document, offset, workspace } = opened(text);
  const item = complete(document, offset, workspace, false).items.find((each) => each.label === label);
  if (item?.textEdit === undefined || !("range" in item.textEdit)) throw new Error(`\`${label}\` is not offered`);
  return edited(document, [item.textEdit]);
}

describe("completion offers", () => {
  it.each([
    ["the words that begin a declaration", "¦", ["import", "request", "provider", "model", "plan", "route", "test"]],
    [
      "the words that begin a rule, and settings before rules",
      "route chat { ¦",
      ["when", "match", "otherwise", "deadline", "strict"],
    ],
    [
      "what conditions test",
      "route chat { when ¦",
      ["tenant", "tier", "intent", "night", "needs.tools", "month.used", "lab.health", "not"],
    ],
    ["members beside an enum", "route chat { when tier == ¦", ["free", "pro", "enterprise"]],
    ["members within braces", "route chat { when tier in { free, ¦", ["free", "pro", "enterprise"]],
    ["members beside a signal", "route chat { when intent == ¦", ["code", "math", "other"]],
    ["truth values beside a bool", "route chat { when urgent == ¦", ["true", "false"]],
    ["what a meter has", "route chat { when month.¦", ["used", "left"]],
    ["what a provider has", "route chat { when lab.¦", ["health"]],
    ["the parts of built-in names", "route chat { when needs.¦", ["tools", "vision"]],
    ["plans and models to run", "route chat { otherwise -> ¦", ["cheap", "small", "big", "cascade", "reject"]],
    ["members in the column of a match", "route chat { match urgent, tier {\n  true, ¦", ["free", "pro", "enterprise"]],
    ["failures", "plan x = small else on ¦", ["failed", "rate_limited", "timeout"]],
    ["options", "plan x = small with { ¦", ["timeout", "retries", "max_tokens"]],
    ["models of a set", "plan x = cheapest { ¦", ["models", "small", "big"]],
    ["facts of models", "plan x = cheapest { models where ¦", ["residency", "price.input", "tags", "can"]],
    ["what models can do", "plan x = cheapest { models where can ¦", ["tools", "vision", "embeddings"]],
    ["tags that models have", 'plan x = cheapest { models where tags contains "¦"', ['"best"']],
    ["what gates test", "plan x = cascade { small accept when ¦", ["confidence", "refused", "judge"]],
    ["fields of a model", 'model x = lab "x" { ¦', ["context", "price", "can", "like"]],
    ["fields of a provider", "provider x { ¦", ["protocol", "url", "key", "breaker"]],
    ["dialects", "provider x { protocol ¦", ["openai", "anthropic", "simulated"]],
    ["dialects of a simulated provider", "provider x { speaks ¦", ["openai", "anthropic", "cohere"]],
    ["quantiles of a latency", "provider x { latency { ¦", ["p50", "p99"]],
    ["the unit of a speed", "provider x { speed 80 ¦", ["tokens"]],
    ["the window of a speed", "provider x { speed 80 tokens per ¦", ["second"]],
    ["failures of a share", "provider x { fail { 5% ¦", ["overloaded", "refused"]],
    ["what a script is made of", "provider x { script [overloaded, ¦", ["timeout", "answered"]],
    ["capabilities in a list", 'model x = lab "x" { can [¦', ["tools", "vision"]],
    ["providers of the catalog", "provider ¦", ["openai", "anthropic", "groq"]],
    ["declared providers", "model x = ¦", ["lab", "shop"]],
    ["types", "request { x ¦", ["bool", "int", "string"]],
    ["sources", "request { x bool from ¦", ["header", "claim", "metadata", "body"]],
    ["the clauses of a budget", "budget b { ¦", ["per", "on", "for", "limit", "alert"]],
    ["units", "limit l { allow 3 ¦", ["requests", "tokens"]],
    ["what an allowance is for each of", 'model x = lab "x" { allow 3 requests per day ¦', ["per", "context"]],
    ["keys, which an allowance is for", 'model x = lab "x" { allow 3 requests per day per ¦', ["key"]],
    ["windows", "budget b { limit $3 per ¦", ["minute", "month"]],
    ["claims", "prove p { always ¦", ["every", "never", "no", "cost", "attempts"]],
    ["what a test sends", 'route chat -> cheap\ntest "t" { send chat { ¦', ["tenant", "tier", "time.hour"]],
    ["members of what a test sends", 'route chat -> cheap\ntest "t" { send chat { tier ¦', ["free", "pro"]],
    ["what a test can give", 'test "t" { send chat {} given ¦', ["lab", "small", "month", "intent"]],
    ["what a test expects", 'test "t" { send chat {} expect ¦', ["plan", "tries", "served", "reject", "cost"]],
    ["routes to send to", 'route chat -> cheap\ntest "t" { send ¦', ["chat"]],
    ["defaults of an enum", 'request { x a | b from header "x" default ¦', ["a", "b"]],
  ])("%s", (_, text, labels) => {
    expect(offered(text)).toEqual(expect.arrayContaining(labels));
  });

  it.each([
    ["settings after a rule", "route chat { otherwise -> small ¦", ["deadline", "strict"]],
    ["lets to compare", "route chat { match ¦", []],
    ["anything in a comment", "// ¦", ["plan"]],
    ["anything where a name is new", "plan ¦", ["small", "cheap", "plan"]],
    ["failures that no provider brings about", "provider x { fail { 5% ¦", ["over_budget", "failed"]],
    ["an alert in a limit", "limit l { ¦", ["alert", "spend"]],
    ["`judge` where there is no answer", "route chat { when ¦", ["judge", "can"]],
  ])("never %s", (_, text, labels) => {
    expect(offered(text).filter((label) => labels.includes(label))).toEqual([]);
  });

  it("what is expected after a line that is only half written", () => {
    expect(offered("route chat {\n  when tier ==\n  when urgent -> ¦\n}")).toContain("cheap");
    expect(offered("request {\n  a bool from\n  b ¦\n}")).toContain("string");
  });

  it("models of the catalog, with what they cost", () => {
    const { document, offset, workspace } = opened('provider openai\nmodel x = openai "gpt-4¦');
    const item = complete(document, offset, workspace, true).items.find(({ label }) => label === '"gpt-4.1"');
    expect(item?.detail).toMatch(/^\$\d.* in, \$\d.* out per 1M tokens · \d.*M context$/);
  });

  it("in place of what is written already", () => {
    expect(chosen("plan x = small\nplan y = sm¦", "x")).toBe("plan x = small\nplan y = x");
    expect(chosen('provider openai\nmodel x = openai "gp¦', '"gpt-4.1"')).toBe(
      'provider openai\nmodel x = openai "gpt-4.1"',
    );
    expect(
      chosen('request { a free | pro from header "x" default free }\nroute chat { when a == fr¦ee -> x }', "pro"),
    ).toContain("a == pro ->");
  });

  it("forms to fill in, to clients that can", () => {
    const { document, offset, workspace } = opened("¦");
    const of = (snippets: boolean) =>
      complete(document, offset, workspace, snippets).items.find(({ label }) => label === "budget")?.textEdit?.newText;
    expect(of(true)).toMatch(/^budget \$\{1:name\} \{ per \$\{2:tenant\} {2}limit \$\{3:\\\$500\} per month/);
    expect(of(false)).toBe("budget");
  });

  it("more of a name when it is asked for", () => {
    const { document, offset, workspace } = checked(`${POLICY}route chat { otherwise -> ¦ }`);
    const item = complete(document, offset, workspace, true).items.find(({ label }) => label === "big");
    expect(item?.detail).toBe("$1 in, $3 out per 1M tokens · 100k context");
    expect(resolveCompletion(item ?? { label: "" }, workspace).documentation).toMatchObject({
      value: expect.stringContaining("The one that knows most."),
    });
  });
});
