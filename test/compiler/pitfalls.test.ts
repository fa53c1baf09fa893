/**
 * What users of other gateways ran into, from those projects' public trackers, as far as this compiler rules it out. What
 * stands before the colon is the repository and the number of its issue or pull request.
 */
import { describe, expect, test } from "vitest";
import { check, compile } from "../../compiler/index.ts";
import { explain } from "../../runtime/explain/index.ts";
import { load } from "../../runtime/index.ts";
import type { Expression } from "../../runtime/table/index.ts";
import { expectDiagnostic, MODELS, route, tableOf } from "./support.ts";

const chat = (plan: string): string => `${MODELS}plan p = ${plan}\nroute chat -> p\n`;
const model = (facts: string): string => `${MODELS}model m = lab "m" { ${facts} }\nroute chat -> m\n`;
const codes = (source: string): string[] => check({ text: source }).diagnostics.map(({ code }) => code);
const planOf = (source: string, name: string) => tableOf(source).plans.find((plan) => plan.name === name)?.run;

describe("a mistake is found before anything runs", () => {
  test.each([
    ["an option", chat("small with { timout 20s }"), "RT2006", "`timout`"],
    ["a field", model("contxt 8k  price free"), "RT2006", "`contxt`"],
    ["a model", chat("smal"), "RT2001", "`smal`"],
    ["a member", route("when tier == por -> big\notherwise -> small"), "RT2005", "`por`"],
    ["a failure", chat("small else on rate_limit big"), "RT2001", "`rate_limit`"],
  ])("BerriAI/litellm#34877: %s with a typo is an error, not an ignored key", (_, source, code, name) => {
    expectDiagnostic(source, code, name);
  });

  test("BerriAI/litellm#34877: a second model of the same name is an error, not a shadow", () => {
    expectDiagnostic(
      `${model("context 8k  price free")}model m = lab "other" { context 8k  price free }`,
      "RT2002",
      "`m`",
    );
  });

  test("BerriAI/litellm#34877: an environment variable is named, not a key that is missing later", () => {
    expectDiagnostic('provider a { protocol openai  key "sk-1" }', "RT2003", "a key does not belong in a policy");
  });

  test("BerriAI/litellm#35242: what a policy does can be asked without running it", () => {
    const policy = load(tableOf(route("when tier == pro -> small else big\notherwise -> small")));
    expect(explain(policy, { route: "chat", attributes: { tier: "pro" } })).toMatchObject({
      rule: { index: 0 },
      steps: ["small", "big"],
    });
  });

  test("BerriAI/litellm#37301: a chain of any length keeps its tail, and no setting cuts it short", () => {
    const run = planOf(chat(`small${" else big else small".repeat(6)}`), "p");
    expect(run?.kind === "else" && run.then).toHaveLength(12);
    expectDiagnostic(`${MODELS}route chat { max_fallbacks 5  otherwise -> small }`, "RT2006", "`max_fallbacks`");
  });

  test.each([
    ["a route", `${MODELS}route chat { retries 2  otherwise -> small }`],
    ["a model", model("context 8k  price free  timeout 20s")],
    ["a provider", "provider a { protocol openai  max_tokens 5 }"],
  ])("BerriAI/litellm#38570: an option that stands at %s, one level too high, is an error", (_, source) => {
    expect(codes(source)).toEqual(["RT2006"]);
  });

  test.each(["simple { small, big }", "round_robin { small, big }"])(
    "BerriAI/litellm#18624: the unknown strategy `%s` is an error where it stands",
    (plan) => expect(codes(chat(plan))).toContain("RT1001"),
  );

  test.each(["tier == ", "tier = = pro", "(tier == pro", "prompt matches /(/", "tier == pro &&& critical"])(
    "maximhq/bifrost#5288: the malformed condition `%s` gives no table",
    (condition) => {
      const { table, diagnostics } = compile({ text: route(`when ${condition} -> big\notherwise -> small`) });
      expect(table).toBeUndefined();
      expect(diagnostics.map(({ severity }) => severity)).toContain("error");
    },
  );

  test("maximhq/bifrost#5673: a budget is in the table, or where it stands is an error", () => {
    const budget = "budget month { per tenant  limit $5 per month }";
    const { meters } = tableOf(`${budget}${route("otherwise -> small")}`);
    expect(meters).toMatchObject([{ kind: "budget", name: "month", per: ["tenant"], limit: 5e9, window: "month" }]);
    expect(codes(model(`context 8k  price free  ${budget}`))).toContain("RT2006");
  });

  test("maximhq/bifrost#3722: no source of settings goes before another: what is said twice is an error", () => {
    expectDiagnostic(`${MODELS}route chat { deadline 5s  deadline 9s  otherwise -> small }`, "RT2008", "`deadline`");
    expectDiagnostic(`${MODELS}route chat -> small\nroute chat -> big`, "RT2002", "`chat` has a route already");
  });

  test("vllm-project/semantic-router#3674: what `check` finds, `compile` finds, and then writes no table", () => {
    const text = route("when tier == free -> small");
    const compiled = compile({ text });
    expect(compiled.diagnostics).toEqual(check({ text }).diagnostics);
    expect(compiled.table).toBeUndefined();
  });

  test.each(['tenant like "a%"', "tenant ~ /a/", 'tenant startsWith "a"', "tier is pro", "tier IN { pro }"])(
    "vllm-project/semantic-router#2122: the unsupported operator of `%s` does not pass",
    (condition) => {
      const { diagnostics } = check({ text: route(`when ${condition} -> big\notherwise -> small`) });
      expect(diagnostics.filter(({ severity }) => severity === "error")).not.toEqual([]);
    },
  );

  test("envoyproxy/ai-gateway#1866: a fallback that can never be taken is an error", () => {
    expectDiagnostic(chat("small else reject 503 else big"), "RT3004", "can never be taken");
  });

  test("envoyproxy/ai-gateway#1866: a limit that allows nothing in particular is an error", () => {
    expectDiagnostic(`limit hourly { per model }\n${MODELS}route chat -> small`, "RT2007", "`allow`");
  });

  test("DeytaHQ/khora#936: a fallback that is declared and never wired in is told", () => {
    expect(codes(`${MODELS}plan fallback = small else big\nroute chat -> small`)).toContain("RT5001");
  });
});

describe("fallbacks end, and come for what they say", () => {
  test.each(["p", "small else p", "split { 50% small, 50% p }", "cascade { small accept when not refused  p }"])(
    "BerriAI/litellm#36148, #7091, #6498: the plan `%s` that leads back to itself is an error",
    (plan) => void expectDiagnostic(chat(plan), "RT3003", "`p` leads back to itself"),
  );

  test("BerriAI/litellm#40406: no refusal is routed around unless that is written", () => {
    const onOf = (run: Expression | undefined) => (run?.kind === "else" ? run.then[0]?.on : undefined);
    const plain = onOf(planOf(chat("small else big"), "p"));
    expect(plain).toContain("server_error");
    for (const failure of ["refused", "filtered", "invalid"]) expect(plain).not.toContain(failure);
    expect(onOf(planOf(chat("small else on refused big"), "p"))).toEqual(["refused"]);
  });

  test("BerriAI/litellm#38832, #10317: a plan has its fallbacks under every name that leads to it", () => {
    const policy = load(tableOf(`${MODELS}plan p = small else big\nplan q = p\nroute chat, "gpt-4o" -> q`));
    for (const name of ["chat", "gpt-4o"]) expect(explain(policy, { route: name }).steps).toEqual(["small", "big"]);
  });

  test("BerriAI/litellm#6400: what must stay in a region has no model of another one to fall back to", () => {
    const eu = 'model home = lab "home" { context 8k  price free  residency eu }';
    const run = planOf(`${eu}${chat("cheapest { models where residency == eu }")}`, "p");
    expect(run).toMatchObject({ kind: "select", models: ["home"] });
    expectDiagnostic(chat("cheapest { models where residency == eu }"), "RT3007", "no model where");
  });

  test.each(["429", "[429, 503]", '"rate_limit"'])(
    "Portkey-AI/gateway#165, #1239: the trigger `%s` is not accepted and then disregarded",
    (failures) => expect(codes(chat(`small else on ${failures} big`))).toContain("RT1001"),
  );
});

describe("what is spent is known", () => {
  test("BerriAI/litellm#35525, SocialGouv/iterion#473: a model of unknown price is an error, not free", () => {
    expectDiagnostic(model("context 8k"), "RT2007", "does not state its `price`");
  });

  test("BerriAI/litellm#40002: the price of long prompts is in the table that reservations are made from", () => {
    const { models } = tableOf('provider google\nmodel m = google "gemini-2.5-pro"\nroute chat -> m');
    expect(models[0]?.price).toMatchObject({ input: 1.25e9, tiers: [{ above: 200_000, input: 2.5e9 }] });
  });

  test("BerriAI/litellm#14849, #14874, #9812: cached tokens and written ones have prices of their own", () => {
    const { models } = tableOf(model("context 8k  price { input $3, output $15, cached $0.30, cache_write $3.75 }"));
    const { price } = models.find(({ name }) => name === "m") ?? {};
    expect(price).toEqual({ input: 3e9, output: 15e9, cached: 3e8, cache_write: 3.75e9 });
  });

  test("maximhq/bifrost#5770: a share is a percentage, and of a limit that is named", () => {
    const budget = "budget month { limit $15 per month }";
    const when = (condition: string) => `${budget}${route(`when ${condition} -> small\notherwise -> big`)}`;
    expectDiagnostic(when("used > 99%"), "RT2001", "`used`");
    expectDiagnostic(when("month.used > 99"), "RT2003", "expected a percentage");
    expect(codes(when("month.used > 99%"))).not.toContain("RT2003");
  });
});

describe("where a request goes is foreseen", () => {
  test("BerriAI/litellm#12383, #6770, #14052, #37531: what no rule matches has no default that nobody wrote", () => {
    expectDiagnostic(route("when tier == pro -> big"), "RT3001", "does not decide every request");
  });

  test("BerriAI/litellm#12383: a tag that no request can have is an error, not the default", () => {
    expectDiagnostic(route("when tier == premium -> big\notherwise -> small"), "RT2005", "`premium`");
  });

  test("BerriAI/litellm#12383: a rule that an earlier one hides is an error", () => {
    expectDiagnostic(
      route("when critical -> big\nwhen critical and tier == pro -> small\notherwise -> small"),
      "RT3002",
      "never",
    );
  });
});
