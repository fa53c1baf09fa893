/** What edge runtimes run: how it reads, and that it says what the runtime says. */
import { describe, expect, it } from "vitest";
import { javaScript, javaScriptTypes, serializeTable } from "../../../compiler/index.ts";
import { type Decision, type DecisionTable, decide, load } from "../../../runtime/table/index.ts";
import { MODELS, tableOf } from "../support.ts";

interface Module {
  readonly policy: { readonly hash: string; readonly routes: readonly { readonly names: readonly string[] }[] };
  decide(attributes: Readonly<Record<string, unknown>>): Decision;
  signalsOf(model: string): readonly string[];
}

/** The module as a runtime imports it: from its text alone. */
async function imported(table: DecisionTable): Promise<Module> {
  return import(`data:text/javascript,${encodeURIComponent(javaScript(table))}`);
}

/** A decision, or the error's name, attribute and message. */
function answer(decide: () => Decision): unknown {
  try {
    return decide();
  } catch (error) {
    const { name, attribute, message } = error as Error & { attribute?: string };
    return { name, attribute, message };
  }
}

/** Both answer alike; what they answer comes back. */
async function same(source: string, attributes: Readonly<Record<string, unknown>>): Promise<unknown> {
  const table = tableOf(source);
  const module = await imported(table);
  const theirs = answer(() => module.decide(attributes));
  expect(theirs).toEqual(answer(() => decide(load(table), attributes)));
  return theirs;
}

const POLICY = `
request {
  tier    free | pro | enterprise  from claim "tier"    default free
  region  eu | us                  from claim "region"
  tenant  string                   from claim "org"     default ""
  spent   money                    from metadata "spent"
}
${MODELS}
signal urgent bool = keywords ["outage"]
budget month { limit $500 per month }
plan strong = big else small

route chat {
  deadline 30s
  when month.used >= 90% and tier != enterprise -> small
  when tenant starts_with "acme" or tenant matches /^glo+bex$/i or tenant == "initech" -> strong
  when urgent and risky                         -> reject 429 "say no \u202e"
  match tier, region {
    free | pro, eu  -> small
    _,          _   -> strong with { timeout 5s }
  }
}
let risky = spent > $2.50 and needs.tools

route "gpt-4o", * -> small
`;

describe("the generated module", () => {
  it("reads like the policy", async () => {
    const text = javaScript(tableOf(POLICY))
      .replace(/sha256:\w+/, "sha256:…")
      .replace(/routec [\d.]+\d/, "routec …");
    await expect(text).toMatchFileSnapshot("golden/policy.golden.js");
  });

  it("decides as the table does", async () => {
    const request = { model: "chat", region: "us", spent: 3, urgent: true, "needs.tools": true };
    expect(await same(POLICY, request)).toMatchObject({ route: "chat", index: 2, run: { kind: "reject" } });
    expect(await same(POLICY, { ...request, tenant: "GLOOOBEX" })).toMatchObject({ index: 1 });
    expect(await same(POLICY, { ...request, "month.used": 450 })).toMatchObject({ index: 0 });
    expect(await same(POLICY, { ...request, model: "anything" })).toMatchObject({ route: "gpt-4o", index: 0 });
  });

  it("refuses what the table refuses, in the same words", async () => {
    const request = { model: "chat", region: "us", spent: 3, urgent: true, "needs.tools": true };
    for (const wrong of [
      { region: undefined },
      { region: "uk" },
      { spent: "much" },
      { spent: -1 },
      { tenant: 7 },
      { urgent: "yes" },
      { "month.used": -1 },
      { "needs.tools": undefined },
      { model: undefined },
    ])
      expect(await same(POLICY, { ...request, ...wrong })).toMatchObject({ name: "AttributeError" });
    expect(await same(POLICY, { model: "chat", __proto__: { region: "us" } })).toMatchObject({ attribute: "region" });
    expect(await same(`${MODELS} route chat -> small`, { model: "char" })).toMatchObject({
      message: "no route serves the model `char`",
    });
  });

  it("says which policy it is", async () => {
    const table = tableOf(POLICY);
    const { policy } = await imported(table);
    expect(policy).toMatchObject({ hash: table.hash, routes: [{ names: ["chat"] }, { names: ["gpt-4o", "*"] }] });
    expect(Object.isFrozen(policy.routes[0]?.names)).toBe(true);
  });

  it("says which signals its rules wait for", async () => {
    const { signalsOf } = await imported(tableOf(POLICY));
    expect(signalsOf("chat")).toEqual(["urgent"]);
    expect(signalsOf("anything")).toEqual([]);
    const { signalsOf: inOrder } = await imported(
      tableOf(`signal a bool = keywords ["a"] signal b bool = keywords ["b"] ${MODELS}
        route chat { when b and a -> small otherwise -> big }`),
    );
    expect(inOrder("chat")).toEqual(["b", "a"]);
    expect(() => inOrder("other")).toThrow("no route serves the model `other`");
  });

  it("has types beside it", async () => {
    const text = javaScriptTypes(tableOf(POLICY)).replace(/routec [\d.]+\d/, "routec …");
    await expect(text).toMatchFileSnapshot("golden/policy.golden.d.ts");
  });

  it("is there only for those whom `for` lets in", async () => {
    const { decide } = await imported(
      tableOf(`request {
        region eu | us from claim "region"
        team string from claim "team" default ""
      } ${MODELS} route chat { for region == eu and team != "" when team == "a" -> small otherwise -> big }`),
    );
    const nobody = { name: "AttributeError", attribute: "model", message: "no route serves the model `chat`" };
    expect(decide({ model: "chat", region: "eu", team: "a" })).toMatchObject({ index: 0 });
    expect(answer(() => decide({ model: "chat", region: "eu" }))).toEqual(nobody);
    expect(answer(() => decide({ model: "chat", region: "us", team: "a" }))).toEqual(nobody);
    expect(answer(() => decide({ model: "chat", team: "a" }))).toEqual(nobody);
    expect(answer(() => decide({ model: "chat", region: "uk", team: "a" }))).toMatchObject({ attribute: "region" });
  });

  it("runs texts that look like code as texts", async () => {
    for (const text of [
      '"); throw 1; ("',
      "`$" + "{process.exit(1)}`",
      "\\u2028\\u2029",
      "*/ throw 1 /*",
      "</script>",
      "__proto__",
    ]) {
      const word = JSON.stringify(text).replaceAll("\\\\u", "\\u");
      const source = `request { tenant string from header "t" default "" } ${MODELS}
        route chat { when tenant == ${word} or tenant ends_with ${word} -> small otherwise -> reject 400 ${word} }`;
      expect(await same(source, { model: "chat", tenant: JSON.parse(word) })).toMatchObject({ index: 0 });
      expect(await same(source, { model: "chat", tenant: "constructor" })).toMatchObject({ index: 1 });
    }
  });

  it("has one line a rule, whatever the rule says", () => {
    const table = tableOf(`request { tenant string from header "t" default "" } ${MODELS}
      route chat { when tenant == "\u2028throw 1\u202e" -> small otherwise -> big }`);
    expect(javaScript(table)).not.toMatch(/[\u2028\u2029\u202a-\u202e]/);
    expect(javaScript(table)).toContain('// when tenant == "\\u{2028}throw 1\\u{202e}" -> small\n');
  });

  it("imports nothing, makes no code, and is the same for the same table", () => {
    const table = tableOf(POLICY);
    expect(javaScript(table)).not.toMatch(/\bimport\b|\brequire\b|\beval\b|\bFunction\b|\bprocess\b/);
    expect(javaScript(JSON.parse(serializeTable(table)))).toBe(javaScript(table));
  });
});
