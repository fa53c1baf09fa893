import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { check, compile } from "../../../compiler/index.ts";
import { expectDiagnostic, findings, spanned } from "../support.ts";

const MODELS = `
provider home { protocol simulated  residency eu }
provider abroad { protocol simulated }
model tiny = home "tiny-1" { context 8k  output 1k  price free  quality 0.2  tags [open, "very small"] }
model seer = home "seer-1" { context 64k  price { input $1, output $4 }  residency us  can [vision, tools] }
model sage = abroad "sage-1" { context 1M  output 64k  price { input $5, output $25 }  quality 0.9  can [tools] }
`;

const policy = (condition: string): string =>
  `request { tier free | pro from header "x-tier" default free }\n${MODELS}plan any = cheapest { models where ${condition} }\nroute chat -> any`;

/** The models where a condition holds, with a space between them; empty where there is none. */
function models(condition: string, source = policy(condition)): string {
  const { table, diagnostics } = compile({ text: source });
  if (diagnostics.some(({ code }) => code === "RT3007")) return "";
  const run = table?.plans[0]?.run;
  if (run?.kind !== "select") throw new Error(findings(source).join("\n"));
  return run.models.join(" ");
}

describe("models where", () => {
  it.each([
    ["provider == home", "tiny seer"],
    ["provider != home", "sage"],
    ["provider in { home, abroad }", "tiny seer sage"],
    ["provider not in { home }", "sage"],
    ['residency == "eu"', "tiny"],
    ["residency in { eu, us }", "tiny seer"],
    ["residency != eu", "seer"],
    ["quality >= 0.2", "tiny sage"],
    ["quality < 1", "tiny sage"],
    ["quality in 0.5..1", "sage"],
    ["context > 8k", "seer sage"],
    ["output == 64k", "seer sage"],
    ["price.input == $0", "tiny"],
    ["price.input <= $1 and price.output < $25", "tiny seer"],
    ['tags contains "open"', "tiny"],
    ['not tags contains "very small"', "seer sage"],
    ["can vision", "seer"],
    ["can tools and not can vision", "sage"],
    ["(quality > 0.5 or can vision)", "seer sage"],
  ])("%s", (condition, expected) => expect(models(condition)).toBe(expected));

  it.each([
    ["quality < 0.5 or not quality < 0.5", "tiny sage"],
    ["not quality > 0.5", "tiny"],
    ["quality > 0.5 or can vision", "seer sage"],
    ["not (quality > 0.5 and can audio)", "tiny seer sage"],
    ["residency == us or residency != us", "tiny seer"],
  ])("takes a fact that is missing for unknown: %s", (condition, expected) => expect(models(condition)).toBe(expected));

  it("chooses none that a fact which it lacks could rule out", () => {
    const leaf = fc.constantFrom("quality > 0.3", "quality <= 0.7", "can tools", "context > 8k", "price.input > $2");
    const { condition } = fc.letrec<{ condition: string }>((tie) => ({
      condition: fc.oneof(
        { maxDepth: 3 },
        leaf,
        tie("condition").map((inner) => `not (${inner})`),
        fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => `(${a} and ${b})`),
        fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => `(${a} or ${b})`),
      ),
    }));
    fc.assert(
      fc.property(condition, fc.constantFrom("0.1", "0.5", "0.9"), (condition, quality) => {
        const known = policy(condition).replace("residency us", `residency us quality ${quality}`);
        const has = (found: string): boolean => found.split(" ").includes("seer");
        const chosen = has(models(condition));
        expect(chosen && !has(models(condition, known))).toBe(false);
        expect(chosen && has(models(`not (${condition})`))).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it("sees what the file declares and imports, in order, and no more", () => {
    const files: Record<string, string> = {
      "/p/main.route": `import "./plans.route"\nimport "./more.route"\nroute chat -> any\nroute all -> cheapest { models where can tools }`,
      "/p/plans.route": `import "./models.route"\nplan any = cheapest { models where can tools }`,
      "/p/models.route": MODELS,
      "/p/more.route": `provider third { protocol simulated }\nmodel last = third "l" { context 1k price free can [tools] }`,
    };
    const fileSystem = { read: (path: string) => Buffer.from(files[path] as string), real: (path: string) => path };
    const { table } = compile("/p/main.route", { fileSystem });
    expect(table?.plans[0]?.run).toMatchObject({ models: ["seer", "sage"] });
    expect(table?.routes[1]?.rules[0]?.run).toMatchObject({ models: ["last"] });
  });

  it("uses what it chooses", () => {
    const { diagnostics } = check({ text: policy("can vision") });
    const unused = diagnostics.filter(({ code }) => code === "RT5001").map(({ message }) => message);
    expect(unused.filter((message) => message.includes("seer"))).toEqual([]);
    expect(unused.filter((message) => message.includes("sage"))).toHaveLength(1);
  });

  it.each([
    [
      "can audio and\n  quality > 0.5",
      "RT3007",
      "can audio and\n  quality > 0.5",
      "where `can audio and quality > 0.5`",
    ],
    ["provider == hme", "RT2001", "hme", "`hme` is not declared: expected a provider"],
    ["provider == tiny", "RT2011", "tiny", "`tiny` is a model: expected a provider"],
    ["provider == 3", "RT2003", "3", "this is a whole number: expected the name of a provider"],
    ["residency == 80%", "RT2003", "80%", "expected a word such as `eu`"],
    ["residency", "RT2003", "residency", "test it with `==`, `!=` or `in { … }`"],
    ["residency > eu", "RT2003", "residency > eu", "test it with `==`, `!=` or `in { … }`"],
    ["provider in 1..3", "RT2003", "provider in 1..3", "test it with `==`, `!=` or `in { … }`"],
    ["quality", "RT2003", "quality", "`quality` is not a bool"],
    ["quality > 2", "RT2004", "2", "out of range"],
    ["price.input < 3", "RT2003", "3", "expected an amount"],
    ["price > $3", "RT2001", "price", "`price` is no fact of a model"],
    ["tags == open", "RT2003", "tags == open", "test it with `contains`"],
    ["can tolls", "RT2005", "tolls", "`tolls` is no capability"],
    ["tier == free", "RT2001", "tier", "`tier` is no fact of a model: expected provider, residency, quality"],
    ['judge(tiny, "./rubric.md") > 0.5', "RT2001", 'judge(tiny, "./rubric.md")', "`judge` is no fact of a model"],
    ["contxt > 8k", "RT2001", "contxt", "`contxt` is no fact of a model"],
  ])("%s is %s at `%s`", (condition, code, place, message) => {
    const source = policy(condition);
    expect(spanned(source, expectDiagnostic(source, code, message))).toBe(place);
  });

  it("suggests the nearest name", () => {
    const help = (condition: string, code: string) => expectDiagnostic(policy(condition), code, "").help;
    expect(help("can tolls", "RT2005")).toBe("did you mean `tools`?");
    expect(help("contxt > 8k", "RT2001")).toBe("did you mean `context`?");
    expect(help("provider == hme", "RT2001")).toBe("did you mean `home`?");
  });

  it("says nothing of an empty set where what is missing may be what is faulty", () => {
    const source = policy("quality > 0.95").replace("quality 0.9", "qualty 0.99");
    expectDiagnostic(source, "RT2006", "no field `qualty`");
    expectDiagnostic(policy("residency == uk").replace("residency eu", "residncy uk"), "RT2006", "`residncy`");
  });
});

describe("a list of models", () => {
  const listed = (names: string): string => `${MODELS}route chat -> cheapest { ${names} }`;
  it.each([
    ["tiny, sage, tiny", "RT2002", "`tiny` is in the list already"],
    ["tiny, sag", "RT2001", "`sag` is not declared: expected a model"],
    ["tiny, home", "RT2011", "`home` is a provider: expected a model"],
    ["tiny, model", "RT2011", "`model` is the name that a request asks for"],
  ])("%s is %s", (names, code, message) => {
    expectDiagnostic(listed(names), code, message);
  });
});
