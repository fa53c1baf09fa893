import { describe, expect, it } from "vitest";
import { preset, presetIds } from "../../../compiler/catalog/index.ts";
import { check, compile, type FileSystem } from "../../../compiler/index.ts";
import { expectClean, expectDiagnostic, findings, spanned, tableOf } from "../support.ts";

/** A policy of one provider, with a model that has all its facts. */
const policy = (declaration: string, name = "p"): string =>
  `provider ${declaration}\nmodel m = ${name} "m" { context 1k output 1k price free can [] }\nroute chat -> m`;
const provider = (fields: string): string => policy(`p { ${fields} }`);
const openai = (fields: string): string => provider(`protocol openai ${fields}`);

const providerOf = (source: string) => tableOf(source).providers[0];

const BREAKER = { failures: 5, window: 30_000, rest: 10_000 };

describe("a provider of the catalog", () => {
  it("needs nothing but its name", () => {
    expect(providerOf(policy("groq", "groq"))).toEqual({
      name: "groq",
      protocol: "openai",
      url: "https://api.groq.com/openai/v1",
      keys: [{ env: "GROQ_API_KEY" }],
      breaker: BREAKER,
      quirks: { cap: "max_completion_tokens", refused: ["logprobs", "logit_bias", "top_logprobs"], answers: true },
    });
  });
  it("keeps its quirks at another address, and who states an address of the catalog's has them too", () => {
    const quirks = { cap: "max_completion_tokens" };
    expect(providerOf(provider('like "openai" url "http://localhost:1/v1"'))).toMatchObject({ quirks });
    expect(providerOf(provider('protocol openai url "https://api.openai.com/v1"'))).toMatchObject({ quirks });
    expect(providerOf(provider('protocol azure url env "MINE"'))).toMatchObject({ quirks });
    expect(providerOf(provider('protocol openai url "https://notopenai.com/v1"'))).not.toHaveProperty("quirks");
  });
  it("is handed responses at the v1 address of Azure, and not where there may be none", () => {
    const responsesAt = (url: string) => providerOf(provider(`protocol azure url ${url}`))?.quirks?.responses;
    expect(responsesAt('"https://a.openai.azure.com/openai/v1"')).toBe(true);
    expect(responsesAt('"https://a.openai.azure.com/openai/deployments/gpt"')).toBeUndefined();
    expect(responsesAt('env "URL"')).toBeUndefined();
  });
  it("has hyphens where a name has underscores", () => {
    expect(providerOf(policy("fireworks_ai", "fireworks_ai"))).toMatchObject({
      name: "fireworks_ai",
      url: "https://api.fireworks.ai/inference/v1",
    });
  });
  it("is another where `like` says so", () => {
    expect(providerOf(provider('like "302ai"'))).toMatchObject({ name: "p", keys: [{ env: "302AI_API_KEY" }] });
    expectDiagnostic(provider('like "grok"'), "RT2001", "the catalog has no provider `grok`");
  });
  it("is overridden by what is stated", () => {
    const source = policy('groq { key env "MINE" url "https://proxy.example/v1" residency eu }', "groq");
    expect(providerOf(source)).toMatchObject({
      protocol: "openai",
      url: "https://proxy.example/v1",
      keys: [{ env: "MINE" }],
      residency: "eu",
    });
  });
  it("is none of it where both protocol and url are stated: another server of that name may need no key", () => {
    const source = policy('groq { protocol openai url "http://localhost:8000/v1" }', "groq");
    expect(providerOf(source)).not.toHaveProperty("keys");
  });
  it("is not taken for a simulated one of its name", () => {
    expect(providerOf(policy("groq { protocol simulated }", "groq"))).toEqual({
      name: "groq",
      protocol: "simulated",
      breaker: BREAKER,
    });
  });
  it("that speaks only through a package has it", () => {
    expect(providerOf(policy("gitlab", "gitlab"))).toMatchObject({ protocol: "ai_sdk", package: "gitlab-ai-provider" });
  });
  it("is asked in its own protocol only where it is known to be", () => {
    const { help } = expectDiagnostic(
      policy("anthropic { protocol openai }", "anthropic"),
      "RT2007",
      "provider `anthropic` does not state its `url`",
    );
    expect(help).toBe("the catalog knows only where it speaks `anthropic`");
  });
  it("is complete, each of them, or lacks what every account has its own of", () => {
    for (const id of presetIds()) {
      const { diagnostics } = check({ text: provider(`like ${JSON.stringify(id)}`) });
      const known = preset(id);
      const lacks =
        known?.protocol === "vertex"
          ? "`region`, `project`, `credentials`"
          : known?.protocol === "bedrock"
            ? "`region`"
            : "`url`";
      const expected =
        known?.url_template === undefined ? [] : [["RT2007", `provider \`p\` does not state its ${lacks}`]];
      expect([id, diagnostics.map(({ code, message }) => [code, message])]).toEqual([id, expected]);
    }
  });
});

describe("a provider that the catalog has not", () => {
  it("says its protocol", () => {
    const { help, fix } = expectDiagnostic(provider(""), "RT2007", "provider `p` does not say its `protocol`");
    expect(help).toMatch(/^write `protocol openai`/);
    expect(fix).toBeUndefined();
  });
  it.each([
    ["grok", 'provider grok { like "groq" }'],
    ["grok {}", 'provider grok { like "groq" }'],
    ["grok { residency eu }", 'provider grok { like "groq"  residency eu }'],
  ])("may be a slip of the pen: %s", (written, mended) => {
    const source = policy(written, "grok");
    const { help, fix } = expectDiagnostic(source, "RT2007", "and the catalog has none of that name");
    expect(help).toMatch(/^did you mean `groq`\? if not, write `protocol openai`/);
    expect(fix?.unsafe).toBe(true);
    const [edit] = fix?.edits ?? [];
    if (edit === undefined) throw new Error("no edit");
    const text = source.slice(0, edit.span.start) + edit.text + source.slice(edit.span.end);
    expect(text.split("\n")[0]).toBe(mended);
    expectClean(text);
  });
  it("makes one message of a misspelt field", () => {
    expectDiagnostic(provider('lik "groq"'), "RT2006", "no field `lik`");
  });
  it("makes no second message of the models whose facts it would have had", () => {
    expectDiagnostic('provider grok\nmodel m = grok "llama"\nroute chat -> m', "RT2007", "provider `grok`");
    expectDiagnostic('provider p { like "x" }\nmodel m = p "y"\nroute chat -> m', "RT2001", "no provider `x`");
  });
});

describe("a protocol", () => {
  it.each([
    ["openai", "https://api.openai.com/v1"],
    ["anthropic", "https://api.anthropic.com/v1"],
    ["gemini", "https://generativelanguage.googleapis.com/v1beta"],
    ["cohere", "https://api.cohere.com/v2"],
  ])("%s has a usual place", (protocol, url) => {
    expect(providerOf(provider(`protocol ${protocol}`))).toMatchObject({ protocol, url });
  });
  it("is spoken by a package of the AI SDK", () => {
    const source = provider('protocol ai_sdk "@ai-sdk/google-vertex/anthropic" region "eu" project env "P"');
    expect(providerOf(source)).toMatchObject({
      protocol: "ai_sdk",
      package: "@ai-sdk/google-vertex/anthropic",
      region: "eu",
      project: { env: "P" },
    });
  });
  it.each(["./evil.js", "/etc/x", "data:text/javascript,1", "@ai-sdk/../x", "a b", ""])(
    "is not spoken by `%s`, which is no package",
    (name) => {
      expectDiagnostic(provider(`protocol ai_sdk ${JSON.stringify(name)}`), "RT2004", "is no npm package");
    },
  );
  it("is one of those that there are", () => {
    const { help } = expectDiagnostic(provider("protocol antropic"), "RT2005", "`antropic` is no protocol");
    expect(help).toBe("did you mean `anthropic`?");
    expectDiagnostic(provider('protocol "ai_sdk"'), "RT2003", "takes a package after `ai_sdk`");
    expectDiagnostic(provider("protocol 3"), "RT2003", "`protocol` of a provider takes a name");
  });
  it.each([
    ["azure", "`url`"],
    ["vertex", "`region`, `project`, `credentials`"],
    ["bedrock", "`region`"],
  ])("%s needs %s, and says so once", (protocol, fields) => {
    expectDiagnostic(provider(`protocol ${protocol}`), "RT2007", `does not state its ${fields}`);
  });
  it.each([
    ["simulated", 'url "https://example.com"', "url"],
    ["simulated", 'key env "K"', "key"],
    ["simulated", 'header "a" "b" header "a" "b"', "header"],
    ["simulated", 'body "./none.json"', "body"],
    ["openai", 'region "eu"', "region"],
    ["anthropic", 'credentials "x"', "credentials"],
    ["bedrock", 'region "eu" project "x"', "project"],
    ["vertex", 'region "eu" project "x" credentials env "C" key env "K"', "key"],
  ])("%s has no %s", (protocol, fields, name) => {
    expectDiagnostic(
      provider(`protocol ${protocol} ${fields}`),
      "RT2006",
      `a provider of protocol \`${protocol}\` has no \`${name}\``,
    );
  });
  it("of Bedrock takes a key or credentials", () => {
    const keyed = policy('amazon_bedrock { region env "R" }', "amazon_bedrock");
    expect(providerOf(keyed)).toMatchObject({ keys: [{ env: "AWS_BEARER_TOKEN_BEDROCK" }], region: { env: "R" } });
    const signed = policy('amazon_bedrock { region "eu-west-1" credentials env "C" }', "amazon_bedrock");
    expect(providerOf(signed)).not.toHaveProperty("keys");
  });
});

describe("a text of a provider", () => {
  it("may stand in the environment", () => {
    const source = openai('url env "URL" key env ["A", "B"] header "x-team" env "TEAM"');
    expect(providerOf(source)).toMatchObject({
      url: { env: "URL" },
      keys: [{ env: "A" }, { env: "B" }],
      headers: [{ name: "x-team", value: { env: "TEAM" } }],
    });
  });
  it.each([
    ["a list of variables", 'url env ["A", "B"]', "RT2003", "takes one environment variable"],
    ["a bare word", "url here", "RT2003", 'takes a text, or `env "NAME"`'],
    ["a variable without a name", 'key env ""', "RT2004", "this one is empty"],
    ["a key in the policy", 'key "sk-1"', "RT2003", "a key does not belong in a policy"],
    ["a part that is yet to be filled in", 'url "https://{ACCOUNT}.example/v1"', "RT2015", "what stands in braces"],
    ["a part of the path that is", 'url "https://a.example/{ID}/v1"', "RT2015", "what stands in braces"],
  ])("is not %s", (_, fields, code, message) => {
    expectDiagnostic(openai(fields), code, message);
  });
  it("is not empty", () => {
    expectDiagnostic(provider('protocol bedrock region ""'), "RT2004", "`region` is empty");
  });
});

describe("a breaker", () => {
  it("is stated, or the usual one, or none", () => {
    expect(providerOf(openai("breaker { trip after 3 failures in 1m, rest 5s }"))).toMatchObject({
      breaker: { failures: 3, window: 60_000, rest: 5_000 },
    });
    expect(providerOf(openai(""))).toMatchObject({ breaker: BREAKER });
    expect(providerOf(openai("breaker off"))).not.toHaveProperty("breaker");
  });
  it.each([
    ["breaker { trip after 0 failures in 1m, rest 5s }", "RT2004", "`0` is out of range"],
    ["breaker { trip after 3 failures in 2d, rest 5s }", "RT2004", "`2d` is out of range"],
    ["breaker { trip after 3 failures in 1m, rest 5 }", "RT2003", "expected a duration"],
    ["breaker on", "RT1001", ""],
    ["breaker never_mind", "RT2003", "takes `off`, or a block"],
  ])("cannot be `%s`", (fields, code, message) => {
    expectDiagnostic(openai(fields), code, message);
  });
});

describe("a header", () => {
  it("stands several times under several names", () => {
    expect(providerOf(openai('header "X-Team" "search" header "X-Zone" "a b"'))).toMatchObject({
      headers: [
        { name: "x-team", value: "search" },
        { name: "x-zone", value: "a b" },
      ],
    });
  });
  it.each([
    ['header "x" "1" header "X" "2"', "RT2008", "the header `X` is given twice", '"X"'],
    ['header "x y" "1"', "RT2004", "`x y` is no header name", '"x y"'],
    ['header "" "1"', "RT2004", "`` is no header name", '""'],
    ['header "Authorization" "Bearer x"', "RT2004", "`Authorization` is set by routec", '"Authorization"'],
    ['header "content-length" "1"', "RT2004", "`content-length` is set by routec", '"content-length"'],
    ['header "Host" "a"', "RT2004", "`Host` is set by routec", '"Host"'],
    ['header "x" "a\\r\\nhost: b"', "RT2004", "can hold ASCII characters in one line only", '"a\\r\\nhost: b"'],
    ['header "x" "é"', "RT2004", "can hold ASCII characters in one line only", '"é"'],
    ['header env "X"', "RT2003", "takes a name and a value", 'env "X"'],
  ])("cannot be `%s`", (fields, code, message, place) => {
    const source = openai(fields);
    expect(spanned(source, expectDiagnostic(source, code, message))).toBe(place);
  });
});

describe("a body", () => {
  const SOURCE = openai('body "./extra.json"');
  const holding = (text: string): FileSystem => ({
    read: (path) => {
      if (path.endsWith("extra.json")) return new TextEncoder().encode(text);
      throw Object.assign(new Error(), { code: "ENOENT" });
    },
    real: (path) => path,
  });
  const found = (text: string) =>
    check({ text: SOURCE }, { fileSystem: holding(text) }).diagnostics.map(({ code, message }) => `${code} ${message}`);

  it("has members that go with each call", () => {
    const { table } = compile({ text: SOURCE }, { fileSystem: holding('{ "top_k": 4, "safety": { "on": true } }') });
    expect(table?.providers[0]?.body).toEqual({ top_k: 4, safety: { on: true } });
  });
  it("may begin with a byte order mark, and be empty", () => {
    expect(found("\ufeff{}")).toEqual([]);
  });
  it.each([
    ["", "it ends too soon"],
    ["[]", "it is an array"],
    ["null", "it is `null`"],
    ["12", "it is a number"],
    ['{\n  "a": 1,\n}', "expected double-quoted property name at line 3, column 1"],
    ['{ "a": yes }', 'unexpected `y` in `{ "a": yes }`'],
  ])("is a JSON object, not `%s`", (text, why) => {
    expect(found(text)).toEqual([`RT2017 \`./extra.json\` is not a JSON object: ${why}`]);
  });
  it("says nothing that routec says", () => {
    expect(found('{ "model": "x", "top_k": 1, "stream": true }')).toEqual([
      "RT2004 `./extra.json` has `model`, `stream`, which routec sets",
    ]);
  });
  it("is a file that can be read", () => {
    expectDiagnostic(openai('body "./no-such.json"'), "RT2009", "`./no-such.json` cannot be read");
    expectDiagnostic(openai('body env "X"'), "RT2003", "takes a file");
  });
});

describe("what a provider allows", () => {
  it("is counted in calendar windows and sliding ones", () => {
    const source = openai("allow 30 requests per minute, 100k input tokens per 3h, 5 requests per day");
    expect(providerOf(source)).toMatchObject({
      allow: [
        { count: 30, unit: "requests", window: "minute" },
        { count: 100_000, unit: "input tokens", window: 10_800_000 },
        { count: 5, unit: "requests", window: "day" },
      ],
    });
  });
  it("is counted for each key where it says so, beside what it is in all", () => {
    const source = openai('key env "K" allow 30 requests per minute per key, 100 requests per minute');
    expect(providerOf(source)).toMatchObject({
      allow: [
        { count: 30, unit: "requests", window: "minute", per: "key" },
        { count: 100, unit: "requests", window: "minute" },
      ],
    });
  });
  const PER_KEY = "allow 3 requests per day per key";
  it.each([
    ["protocol simulated", "RT2006", "provider `p` of protocol `simulated` has no `key` to count by"],
    ['protocol openai url "http://localhost/v1"', "RT2007", "provider `p` does not state its `key`"],
    ['protocol vertex region "r" project "p" credentials env "C"', "RT2006", "has no `key`"],
    ['protocol bedrock region "r" credentials env "C"', "RT2007", "does not state its `key`"],
  ])("is not counted by keys of which there are none: %s", (facts, code, message) => {
    const source = provider(`${facts} ${PER_KEY}`);
    expect(spanned(source, expectDiagnostic(source, code, message))).toBe("key");
  });
  it.each([
    ['key "sk-1"', "RT2003"],
    ['kye env "K"', "RT2006"],
  ])("is not said to lack the keys that `%s` was to state", (key, code) => {
    const source = provider(`protocol openai url "http://localhost/v1" ${key} ${PER_KEY}`);
    expect(findings(source).map((finding) => finding.split(" ")[0])).toEqual([code]);
  });
  it.each([
    ["30 requests per minut", "RT2005", "`minut` is no window", "minut"],
    ["30 calls per minute", "RT2005", "`calls` cannot be counted", "calls"],
    ["0 requests per minute", "RT2004", "`0` is out of range", "0"],
    ["$3 requests per minute", "RT2003", "expected a whole number", "$3"],
    ["3 requests per 10ms", "RT2004", "`10ms` is out of range: expected `1s` to `366d`", "10ms"],
    ["3 requests per 5", "RT2003", "expected a duration", "5"],
    ["3 requests per day, 4 requests per day", "RT2008", "said already", "4 requests per day"],
    ["3 requests per day per key, 4 requests per day per key", "RT2008", "said already", "4 requests per day per key"],
  ])("cannot be `%s`", (allow, code, message, place) => {
    const source = openai(`key env "K" allow ${allow}`);
    expect(spanned(source, expectDiagnostic(source, code, message))).toBe(place);
  });
});
