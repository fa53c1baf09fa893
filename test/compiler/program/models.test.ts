import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { models, presetIds } from "../../../compiler/catalog/index.ts";
import { check, renderHuman } from "../../../compiler/index.ts";
import { cataloguedModels } from "../../../compiler/program/catalogued.ts";
import { parse } from "../../../compiler/syntax/index.ts";
import { expectClean, expectDiagnostic, findings, spanned, tableOf } from "../support.ts";

/** A policy of one model of a catalogued provider. */
const of = (provider: string, upstream: string, fields = ""): string =>
  `provider ${provider}\nmodel m = ${provider} ${JSON.stringify(upstream)} { ${fields} }\nroute chat -> m`;
/** One of a provider that the catalog does not have. */
const local = (fields: string): string =>
  `provider p { protocol openai url "http://localhost:8000/v1" }\nmodel m = p "m" { ${fields} }\nroute chat -> m`;

const modelOf = (source: string) => tableOf(source).models[0];

describe("a model of the catalog", () => {
  it("needs no facts", () => {
    expect(modelOf(of("openai", "gpt-4o-mini"))).toEqual({
      name: "m",
      provider: "openai",
      upstream: "gpt-4o-mini",
      context: 128_000,
      output: 16_384,
      price: { input: 150_000_000, output: 600_000_000, cached: 75_000_000 },
      can: ["tools", "vision", "pdf", "json", "logprobs"],
    });
  });
  it("has the tiers and hours of its price", () => {
    expect(modelOf(of("openai", "gpt-5.4"))?.price.tiers).toEqual([
      { above: 271_999, input: 5_000_000_000, output: 22_500_000_000, cached: 500_000_000 },
    ]);
    expect(modelOf(of("deepseek", "deepseek-chat"))?.price.during).toMatchObject([{ from: 990, to: 30, zone: "UTC" }]);
  });
  it("is overridden by what is stated", () => {
    const stated = modelOf(of("openai", "gpt-4o", "price { input $9, output $9 } can [tools] context 100k output 2k"));
    expect(stated).toMatchObject({
      context: 100_000,
      output: 2_000,
      price: { input: 9_000_000_000, output: 9_000_000_000 },
      can: ["tools"],
    });
    expect(stated?.price).not.toHaveProperty("cached");
  });
  it("writes no more than a stated context holds", () => {
    expect(modelOf(of("openai", "gpt-4o", "context 4k"))).toMatchObject({ context: 4_000, output: 4_000 });
    const source = of("openai", "gpt-4o", "output 200k");
    const finding = expectDiagnostic(source, "RT2004", "cannot write more than its `context`");
    expect(spanned(source, finding)).toBe("200k");
    expect(finding.related?.[0]?.message).toBe("its context is 128000 tokens, says the catalog");
  });
  it("is found for a provider that is `like` another", () => {
    const source = `provider mine { like "openai" url "https://proxy.example/v1" }\nmodel m = mine "gpt-4o"\nroute chat -> m`;
    expect(modelOf(source)?.context).toBe(128_000);
    const simulated = `provider mine { like "openai" protocol simulated }\nmodel m = mine "gpt-4o"\nroute chat -> m`;
    expect(modelOf(simulated)?.context).toBe(128_000);
  });
  it("compiles, one of each provider", () => {
    const ids = presetIds().filter((id) => models(id).some(isPriced));
    const declarations = ids.map((id, index) => {
      const upstream = JSON.stringify(models(id).find(isPriced)?.id);
      return `provider p${index} { like ${JSON.stringify(id)} protocol simulated }\nmodel m${index} = p${index} ${upstream}`;
    });
    const plan = ids.map((_, index) => `m${index}`).join(" else ");
    const { models: compiled } = tableOf(`${declarations.join("\n")}\nroute chat -> ${plan}`);
    expect(compiled).toHaveLength(ids.length);
    expect(compiled.filter(({ output, context }) => output > context)).toEqual([]);
  });
});

const isPriced = ({ context, price }: { context?: number; price?: object }): boolean =>
  context !== undefined && price !== undefined;

describe("a model whose facts are not known", () => {
  it("gets one message that says what is missing, and what was perhaps meant", () => {
    const source = of("openai", "gpt-4o-minni");
    const { help, fix } = expectDiagnostic(
      source,
      "RT2007",
      "model `m` does not state its `context` and its `price`, and the catalog has no `gpt-4o-minni` of `openai`",
    );
    expect(help).toMatch(/^did you mean `gpt-4o-mini`\? if not, state `context 128k`/);
    expect(fix).toMatchObject({ unsafe: true, edits: [{ text: '"gpt-4o-mini"' }] });
    expect(source.slice(fix?.edits[0]?.span.start, fix?.edits[0]?.span.end)).toBe('"gpt-4o-minni"');
  });
  it("is told of the newest whose names go on, without a fix that would have to choose", () => {
    const { help, fix } = expectDiagnostic(of("anthropic", "claude-sonnet-4"), "RT2007", "the catalog has no");
    expect(help).toMatch(/^did you mean `claude-sonnet-5`, `claude-sonnet-4-[\d-]+`, `claude-sonnet-4-[\d-]+`\?/);
    expect(fix).toBeUndefined();
  });
  it("says what is missing beside what is stated", () => {
    expectDiagnostic(of("openai", "ft:mine", "context 8k"), "RT2007", "does not state its `price`, and the catalog");
    expectDiagnostic(local("price free"), "RT2007", "model `m` does not state its `context`");
    expectClean(of("openai", "ft:mine", "context 8k price free"));
  });
  it("may be one of which the catalog says why", () => {
    const source = 'provider azure { url env "U" }\nmodel m = azure "model-router"\nroute chat -> m';
    const { related } = expectDiagnostic(
      source,
      "RT2007",
      "does not state its `price`, and the catalog does not either",
    );
    expect(related?.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^the catalog notes: models.dev states/),
    ]);
  });
});

it("what is wrong with facts reads well", async () => {
  const golden = (name: string): string => new URL(`golden/${name}`, import.meta.url).pathname;
  const { diagnostics, sources } = check({ text: readFileSync(golden("facts.route"), "utf8"), path: "facts.route" });
  await expect(renderHuman(diagnostics, sources)).toMatchFileSnapshot(golden("facts.txt"));
});

describe("`like`", () => {
  it("names an entry of the same provider", () => {
    const source = of("openai", "ft:gpt-4o:mine", 'like "gpt-4o"');
    expect(modelOf(source)).toMatchObject({ upstream: "ft:gpt-4o:mine", context: 128_000 });
    expect(modelOf(source)?.can).toContain("logprobs");
  });
  it("names one of another, without the log-probabilities that only that one gives", () => {
    expect(modelOf(local('like "openai/gpt-4o"'))).toMatchObject({
      context: 128_000,
      can: ["tools", "vision", "pdf", "json"],
    });
  });
  it("of a name that many have is what they agree on", () => {
    expectClean(local('like "qwen3-32b" context 128k output 8k price free'));
    const { help } = expectDiagnostic(
      local('like "qwen3-32b" price free'),
      "RT2007",
      "several `qwen3-32b` that differ",
    );
    expect(help).toMatch(/^name one, such as `like "[^"]+\/qwen3-32b"`, or state `context 128k`/);
  });
  it("is of an entry that there is, and says so once", () => {
    const { help } = expectDiagnostic(
      of("openai", "x", 'like "gpt-4oo"'),
      "RT2001",
      "the catalog has no model `gpt-4oo`",
    );
    expect(help).toBe("did you mean `gpt-4o`?");
    expectDiagnostic(local('like "../providers"'), "RT2001", "the catalog has no model");
    expectDiagnostic(local("like 3 context 1k price free"), "RT2003", "`like` of a model takes a name");
  });
});

describe("log-probabilities", () => {
  it.each([
    ["openai", "gpt-4.1", true],
    ["openai", "gpt-5", false],
    ["openai", "text-embedding-3-small", false],
    ["deepseek", "deepseek-chat", true],
    ["deepseek", "deepseek-reasoner", false],
    ["mistral", "mistral-large-latest", false],
    ["anthropic", "claude-sonnet-4-5", false],
    ["groq", "llama-3.3-70b-versatile", false],
  ])("of %s's %s: %s", (provider, upstream, given) => {
    expect(modelOf(of(provider, upstream))?.can.includes("logprobs")).toBe(given);
  });
  it("are stated where no table has them", () => {
    expect(modelOf(of("groq", "llama-3.3-70b-versatile", "can [tools, logprobs]"))?.can).toEqual(["tools", "logprobs"]);
  });
  it("cannot be what is lost on the way to its provider", () => {
    for (const can of ["logprobs", "search"])
      expectDiagnostic(
        of("google", "gemini-2.5-pro", `can [tools, ${can}]`),
        "RT2016",
        `\`${can}\` is lost on the way`,
      );
    expect(modelOf(of("google", "gemini-2.5-pro", "can [tools, audio]"))?.can).toEqual(["tools", "audio"]);
  });
});

describe("a price", () => {
  const priced = (price: string): string => local(`context 1k ${price}`);
  const BASE = "price { input $1, output $2 }";
  const during = (range: string, zone = ""): string => `price during ${range} ${zone} { input $0.5, output $1 }`;

  it("has rates for a million tokens, in nano-dollars", () => {
    expect(modelOf(priced("price { input $0.10, output $0.30, cached $0.01, cache_write $0.20 }"))?.price).toEqual({
      input: 100_000_000,
      output: 300_000_000,
      cached: 10_000_000,
      cache_write: 200_000_000,
    });
    expect(modelOf(priced("price free"))?.price).toEqual({ input: 0, output: 0 });
  });
  it("is another during some hours", () => {
    const source = priced(`${during("16:30..00:30", 'zone "Asia/Shanghai"')} ${BASE}`);
    expect(modelOf(source)?.price).toEqual({
      input: 1_000_000_000,
      output: 2_000_000_000,
      during: [{ from: 990, to: 30, zone: "Asia/Shanghai", input: 500_000_000, output: 1_000_000_000 }],
    });
  });
  it("of hours stands over the catalog's, and not over one that depends on the prompt", () => {
    expect(modelOf(of("openai", "gpt-4o", during("01:00..02:00")))?.price).toMatchObject({
      input: 2_500_000_000,
      during: [{ from: 60, to: 120, zone: "UTC" }],
    });
    expectDiagnostic(of("openai", "gpt-5.4", during("01:00..02:00")), "RT2007", "depends on the size of the prompt");
  });
  it.each([
    [during("01:00..02:00"), "RT2007", "what it costs at other times is not known", "price"],
    [`${BASE} ${BASE}`, "RT2008", "`price` is given twice", "price"],
    ["price cheap", "RT2003", "`price` of a model takes `free`, or a block", "cheap"],
    ["price { input $1 }", "RT2007", "the price of output is missing", "{ input $1 }"],
    ["price { cached $1 }", "RT2007", "the price of input and output is missing", "{ cached $1 }"],
    ["price { input $1, output $1, input $2 }", "RT2008", "`input` is given twice", "input"],
    ["price { input $1, output 1 }", "RT2003", "expected an amount", "1"],
    ["price { input $1, outputs $1 }", "RT2006", "a price has no `outputs`", "outputs"],
    [`${BASE} ${during("08:00..2")}`, "RT2003", "expected a time of day", "2"],
    [`${BASE} ${during("08:00..08:00")}`, "RT2004", "ends when it begins", "during 08:00..08:00"],
    [`${BASE} ${during("08:00..09:00", 'zone "Mars/Base"')}`, "RT2004", "`Mars/Base` is no time zone", '"Mars/Base"'],
    [`${BASE} ${during("08:00..09:00")} ${during("08:30..10:00")}`, "RT2008", "another price", "during 08:30..10:00"],
    [
      `${BASE} ${during("08:00..09:00")} ${during("12:00..13:00", 'zone "Asia/Tokyo"')}`,
      "RT2004",
      "`Asia/Tokyo` is another zone than `UTC`",
      'during 12:00..13:00 zone "Asia/Tokyo"',
    ],
  ])("cannot be `%s`", (price, code, message, place) => {
    const source = priced(price);
    const finding = expectDiagnostic(source, code, message);
    expect(spanned(source, finding)).toBe(place);
  });
  it("holds alone at every minute: periods overlap when a minute is in both", () => {
    const clock = (minute: number): string =>
      `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
    const minutes = ([from, to]: readonly number[]): Set<number> => {
      const all = new Set<number>();
      for (let at = from as number; at !== to; at = (at + 1) % 1440) all.add(at);
      return all;
    };
    const quarter = fc.nat(95).map((n) => n * 15);
    const period = fc.tuple(quarter, quarter).filter(([from, to]) => from !== to);
    fc.assert(
      fc.property(fc.array(period, { minLength: 2, maxLength: 3 }), (periods) => {
        const fields = periods.map(([from, to]) => during(`${clock(from)}..${clock(to)}`)).join(" ");
        const clashes = periods.filter((one, index) =>
          periods.slice(0, index).some((other) => [...minutes(one)].some((minute) => minutes(other).has(minute))),
        );
        const codes = check({ text: priced(`${BASE} ${fields}`) }).diagnostics.map(({ code }) => code);
        expect(codes).toEqual(clashes.map(() => "RT2008"));
      }),
      { numRuns: 60 },
    );
  });
});

describe("other facts of a model", () => {
  it("stand in the table as stated", () => {
    const source = local(
      "context 1k price free quality 0.71 residency eu tags [open_weights, own] allow 30 requests per minute with { timeout 20s }",
    );
    expect(modelOf(source)).toMatchObject({
      quality: 0.71,
      residency: "eu",
      tags: ["open_weights", "own"],
      allow: [{ count: 30, unit: "requests", window: "minute" }],
      with: { timeout: 20_000 },
    });
  });
  it.each([
    ["quality 2", "RT2004", "out of range"],
    ["tags [a, a]", "RT2008", "`a` is given twice"],
    ["can [tools, tools]", "RT2008", "`tools` is given twice"],
    ["can [tolls]", "RT2005", "`tolls` is no capability"],
    ["can tools", "RT2003", "takes a list"],
    ["allow plenty", "RT2003", "takes how much in how long"],
    ["allow 3 requests per day per key", "RT2007", "provider `p` does not state its `key`, by which this counts"],
  ])("cannot be `%s`", (fields, code, message) => {
    expectDiagnostic(local(`context 1k price free ${fields}`), code, message);
  });
});

describe("the catalogued models of a provider", () => {
  const ofProvider = (text: string) => {
    const [declaration] = parse("main.route", text).tree.declarations;
    if (declaration?.kind !== "provider") throw new Error("no provider");
    return cataloguedModels(declaration);
  };
  it("are those whose context and price are known", () => {
    const ids = ofProvider("provider openai").map(({ upstream }) => upstream);
    expect(ids).toContain("gpt-4o");
    expect(ids).not.toContain("chatgpt-image-latest");
    expect(ids).toEqual(
      models("openai")
        .filter(isPriced)
        .map(({ id }) => id),
    );
  });
  it("have the facts that a declaration of them would have", () => {
    for (const { upstream, ...facts } of ofProvider("provider deepseek"))
      expect(modelOf(of("deepseek", upstream))).toEqual({ name: "m", provider: "deepseek", upstream, ...facts });
  });
  it("are none of a provider that the catalog does not have", () => {
    expect(ofProvider("provider mine { protocol openai }")).toEqual([]);
    expect(findings("provider openai { protocol simulated }")).toEqual([]);
    expect(ofProvider("provider openai { protocol simulated }")).toEqual([]);
  });
});
