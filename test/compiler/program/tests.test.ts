import { describe, expect, it, test } from "vitest";
import { check } from "../../../compiler/index.ts";
import { expectClean, expectDiagnostic, MODELS, REQUEST, spanned } from "../support.ts";
import { checked, programOf } from "./checked.ts";

const POLICY = `${REQUEST}${MODELS}
provider spare { protocol simulated }
model other = spare "other-1" { context 8k  price free }
budget month { per tenant  limit $500 per month }
limit hourly { per tenant  allow 60 requests per hour }
commit deal { on lab  spend $10k per quarter }
signal pii bool = patterns [email]
signal mood "down" | "up" | other = ask small { "down" "d" "up" "u" other "o" } else other
plan careful = small else big else other
route chat, "gpt-4o" {
  when critical {
    when pii -> small
    when mood == "down" or mood == "up" -> big
    otherwise -> reject 403
  }
  otherwise -> careful
}
route * -> other
`;

/** The policy with one test. */
function testing(body: string): string {
  return `${POLICY}test "it" { ${body} }`;
}

const sending = (fields: string): string => testing(`send chat { ${fields} } expect rule 0`);
const giving = (state: string): string => testing(`send chat {} given ${state} expect rule 0`);
const expecting = (what: string): string => testing(`send chat {} expect ${what}`);

/** What a policy's one test came to. */
function testOf(source: string) {
  return programOf({ "main.route": source }).tests[0];
}

describe("a test", () => {
  it("sends, assumes and expects, all in the units of the table", () => {
    const source = testing(`
      send "gpt-4o" { tier pro, tenant "acme", weight 2k, risk 1, spent $0.5, waited 2s, stream true, needs.tools true,
        time.weekday sun, time.hour 23, max_tokens 1k }
      given spare down
      given small fails timeout
      given big answers { confidence 0.4, refused false, finish length, output_tokens 12, answer "no", valid_json true }
      given month used 95%
      given pii true
      given mood "down"
      expect plan careful
      expect rule 3
      expect tries small, big
      expect served by big
      expect cost <= $0.01
    `);
    expectClean(source);
    const found = testOf(source);
    expect(found).toMatchObject({ title: "it", route: "gpt-4o" });
    expect(Object.fromEntries(found?.attributes ?? [])).toEqual({
      tier: "pro",
      tenant: "acme",
      weight: 2_000,
      risk: 1,
      spent: 0.5e9,
      waited: 2_000,
      stream: true,
      "needs.tools": true,
      "time.weekday": "sun",
      "time.hour": 23,
      max_tokens: 1_000,
    });
    const answer = {
      confidence: 0.4,
      refused: false,
      finish: "length",
      output_tokens: 12,
      answer: "no",
      valid_json: true,
    };
    expect(found?.given).toEqual([
      { kind: "fails", models: ["other"], failure: "unreachable", down: "spare" },
      { kind: "fails", models: ["small"], failure: "timeout" },
      { kind: "answers", model: "big", facts: new Map(Object.entries(answer)) },
      { kind: "used", meter: "month", share: 95 },
      { kind: "signal", signal: "pii", value: true },
      { kind: "signal", signal: "mood", value: "down" },
    ]);
    expect(found?.expect.map(({ place, ...what }) => what)).toEqual([
      { kind: "plan", plan: "careful" },
      { kind: "rule", value: 3 },
      { kind: "tries", models: ["small", "big"] },
      { kind: "served", model: "big" },
      { kind: "cost", most: 0.01e9 },
    ]);
  });

  it("knows where it and what it expects stand", () => {
    const source = testing("send chat {} expect rule 0 expect reject 403");
    const found = testOf(source);
    const at = [found, ...(found?.expect ?? [])].map(
      (node) => node && source.slice(node.place.span.start, node.place.span.end),
    );
    expect(at).toEqual(['test "it"', "expect rule 0", "expect reject 403"]);
  });

  it("that expects nothing cannot fail", () => {
    expectDiagnostic(testing("send chat {}"), "RT2007", "this test expects nothing: it cannot fail");
  });

  it("that is faulty is left out, and the others stay", () => {
    const other = 'test "other" { send chat {} expect rule 0 }';
    const { program } = checked({ "main.route": `${expecting("plan carefull")}\n${other}` });
    expect(program.tests.map(({ title }) => title)).toEqual(["other"]);
  });

  it("of an imported file is part of the program", () => {
    const files = {
      "main.route": 'import "./models.route"\nroute chat -> small',
      "models.route": `${MODELS}test "it" { send chat {} expect served by small }`,
    };
    expect(programOf(files).tests).toMatchObject([{ title: "it", place: { file: "models.route" } }]);
  });

  it("is no rule: an attribute that only a test sends is still one that no rule tests", () => {
    const request = 'request { vip bool from claim "vip" default false }';
    const text = `${request}\n${MODELS}route chat -> small else big\ntest "it" { send chat { vip true } expect rule 0 }`;
    expect(check({ text }).diagnostics.map(({ message }) => message)).toEqual(["no rule tests the attribute `vip`"]);
  });
});

describe("`send` goes to a name that is served", () => {
  it("a route's own, or with `route *` any other", () => {
    expect(testOf(testing('send "any-other" {} expect rule 0'))?.route).toBe("any-other");
    expectDiagnostic(testing("send * {} expect rule 0"), "RT2011", "expected one name");
  });

  it("and says which is near", () => {
    const source = `${MODELS}route chat -> small\ntest "it" { send chatt {} expect served by small }`;
    expect(expectDiagnostic(source, "RT2001", "there is no route `chatt`").help).toBe("did you mean `chat`?");
  });
});

describe("what is sent", () => {
  it.each([
    ["tier gold", "RT2005", "`gold` is not a member", "gold"],
    ["tenant acme", "RT2003", "`acme` is a word: expected a text", "acme"],
    ["risk 1.5", "RT2004", "expected `0` to `1`", "1.5"],
    ["stream yes", "RT2003", "expected `true` or `false`", "yes"],
    ["prompt_tokens -1", "RT2004", "expected at least `0`", "-1"],
    ["time.hour 24", "RT2004", "expected `0` to `23`", "24"],
    ["time.weekday sunday", "RT2005", "`sunday` is not a member", "sunday"],
    ["teir pro", "RT2001", "`teir` is not declared: expected an attribute", "teir"],
    ["strem true", "RT2001", "`strem` is not declared: expected an attribute", "strem"],
    ["needs.tool true", "RT2001", "a request does not say `needs.tool`", "needs.tool"],
    ["tier.x pro", "RT2001", "a request does not say `tier.x`", "tier.x"],
    ["tier pro, tier free", "RT2008", "`tier` is sent twice", "tier"],
    ["needs.json true needs.json true", "RT2008", "`needs.json` is sent twice", "needs.json"],
    ['model "chat"', "RT2011", "`model` is the name that the request is sent to", "model"],
    ["pii true", "RT2011", "`pii` is a signal: it is computed, not sent", "pii"],
    ["month.used 95%", "RT2011", "`month.used` is state: it is not sent", "month.used"],
    ["careful true", "RT2011", "`careful` is a plan: expected an attribute", "careful"],
  ])("%s", (fields, code, message, at) => {
    const source = sending(fields);
    expect(spanned(source, expectDiagnostic(source, code, message))).toBe(at);
  });

  it("suggests what is near", () => {
    const { help } = expectDiagnostic(sending("promt_tokens 3"), "RT2001", "not declared");
    expect(help).toBe("did you mean `prompt_tokens`?");
  });

  it("stands for itself, not for what is near to it", () => {
    const request = 'request { team string from claim "a"  teams string from claim "b" }';
    const source = `${request}\n${MODELS}route chat -> small\ntest "it" { send chat { team "x" } expect rule 0 }`;
    expectDiagnostic(source, "RT2007", "`teams` is required and not sent");
  });

  describe("must hold what is required", () => {
    const required = (fields: string): string => `
      request { tenant string from claim "org"  seats int from claim "seats" }
      ${MODELS}route chat { when tenant == "a" and seats > 3 -> big  otherwise -> small }
      test "it" { send chat { ${fields} } expect rule 0 }`;
    it.each([
      ["", "`tenant`, `seats` are required and not sent: this request would be answered 400"],
      ['tenant "a"', "`seats` is required and not sent"],
    ])("{ %s }", (fields, message) => {
      const source = required(fields);
      expect(spanned(source, expectDiagnostic(source, "RT2007", message))).toBe("chat");
    });
    it("which it does, even if with a mistake", () => {
      expectClean(required('tenant "a" seats 1'));
      expectDiagnostic(required('tenant "a" seats "1"'), "RT2003", "expected a whole number");
      expectDiagnostic(required('tenant "a" seat 1'), "RT2001", "`seat` is not declared");
      expectDiagnostic(required('tenent "a" seats 1'), "RT2001", "`tenent` is not declared");
    });
  });
});

describe("what is given", () => {
  it.each([
    ["labb down", "RT2001", "`labb` is not declared: expected a provider or a model", "labb"],
    ["careful down", "RT2011", "`careful` is a plan: expected a provider or a model", "careful"],
    ["mood down", "RT2011", "`mood` is a signal: only a provider or a model is down", "mood"],
    ["lab fails timeout", "RT2011", "`lab` is a provider: expected a model", "lab"],
    ["big fails timeuot", "RT2001", "`timeuot` is no failure", "timeuot"],
    ["big fails failed", "RT2004", "`failed` stands for several failures", "failed"],
    ["big answers { confidence 2 }", "RT2004", "expected `0` to `1`", "2"],
    ["big answers { refused no_way }", "RT2003", "expected `true` or `false`", "no_way"],
    ["big answers { finish stopped }", "RT2005", "`stopped` is not a member", "stopped"],
    ["big answers { output_tokens -1 }", "RT2004", "expected at least `0`", "-1"],
    ["big answers { answer 42 }", "RT2003", "expected a text", "42"],
    ["big answers { confidense 0.5 }", "RT2006", "an answer has no `confidense`", "confidense"],
    ["big answers { refused true refused true }", "RT2008", "`refused` is given twice", "refused"],
    ["month used 101%", "RT2004", "expected `0%` to `100%`", "101%"],
    ["month used 0.95", "RT2003", "this is a decimal number: expected a percentage", "0.95"],
    ["lab used 95%", "RT2011", "`lab` is a provider: expected a meter", "lab"],
    ["lab degraded", "RT2011", "`lab` is a provider: expected a signal", "lab"],
    ["tier pro", "RT2011", "`tier` is an attribute: expected a signal", "tier"],
    ["pii 1", "RT2003", "expected `true` or `false`", "1"],
    ["mood sad", "RT2005", "`sad` is not a member", "sad"],
    ["big down given big fails timeout", "RT2008", "`big` is given twice", "big"],
    ["pii true given pii false", "RT2008", "`pii` is given twice", "pii"],
  ])("%s", (state, code, message, at) => {
    const source = giving(state);
    expect(spanned(source, expectDiagnostic(source, code, message))).toBe(at);
  });

  it("of a provider holds of all its models, of a model of itself", () => {
    expect(testOf(giving("lab down"))?.given).toEqual([
      { kind: "fails", models: ["small", "big"], failure: "unreachable", down: "lab" },
    ]);
    expect(testOf(giving("big down"))?.given).toEqual([{ kind: "fails", models: ["big"], failure: "unreachable" }]);
  });

  it("of a limit ends at all of it, of a commit does not", () => {
    expectDiagnostic(giving("hourly used 120%"), "RT2004", "expected `0%` to `100%`");
    expect(testOf(giving("deal used 120%"))?.given).toEqual([{ kind: "used", meter: "deal", share: 120 }]);
  });
});

describe("what is expected", () => {
  it.each([
    ["plan carefull", "RT2001", "`carefull` is not declared: expected a plan", "carefull"],
    ["plan big", "RT2011", "`big` is a model: expected a plan", "big"],
    ["rule 4", "RT2004", "there is no rule `4`: the last of this route is `3`", "4"],
    ["rule -1", "RT2004", "expected at least `0`", "-1"],
    ["rule 50%", "RT2003", "expected a whole number", "50%"],
    ["tries small, bgi", "RT2001", "`bgi` is not declared: expected a model", "bgi"],
    ["tries small, small", "RT2002", "`small` is in the list already", "small"],
    ["served by careful", "RT2011", "`careful` is a plan: expected a model", "careful"],
    ["reject 200", "RT2004", "expected `400` to `599`", "200"],
    ["cost <= 1", "RT2003", "expected an amount", "1"],
    ["rule 0 expect rule 1", "RT2008", "`rule` is expected twice", "expect rule 1"],
    ["served by big expect served by small", "RT2008", "`served by` is expected twice", "expect served by small"],
  ])("%s", (what, code, message, at) => {
    const source = expecting(what);
    expect(spanned(source, expectDiagnostic(source, code, message))).toBe(at);
  });

  test("rules are those of the route that the request comes to", () => {
    expectClean(expecting("rule 3"));
    expectDiagnostic(testing('send "any-other" {} expect rule 3'), "RT2004", "the last of this route is `0`");
  });

  test("of a route with a mistake in it the rules are not counted", () => {
    const source = `${MODELS}route chat { when vip -> big  otherwise -> small }\ntest "it" { send chat {} expect rule 1 }`;
    expectDiagnostic(source, "RT2001", "`vip` is not declared");
  });
});
