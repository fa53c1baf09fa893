import { describe, it } from "vitest";
import { expectClean, expectDiagnostic, MODELS, REQUEST, route } from "../support.ts";

describe("names", () => {
  it("suggests the nearest when one is unknown", () => {
    const { help } = expectDiagnostic(route("otherwise -> smal"), "RT2001", "`smal` is not declared");
    if (help !== "did you mean `small`?") throw new Error(help);
  });
  it("are one namespace", () => {
    expectDiagnostic(
      `${route("otherwise -> small")}plan big = small`,
      "RT2002",
      "`big` is declared already, as a model",
    );
  });
  it("cannot be those that are built in", () => {
    expectDiagnostic(`${route("otherwise -> small")}plan stream = small`, "RT2002", "`stream` is built in");
  });
  it("say what they are when another kind is wanted", () => {
    expectDiagnostic(route("when small -> big\notherwise -> small"), "RT2011", "`small` is a model");
    expectDiagnostic(route("otherwise -> tier"), "RT2011", "`tier` is an attribute");
  });
  it("of routes are apart, and each is served once", () => {
    expectClean(`${MODELS}route small -> small`);
    expectDiagnostic(`${MODELS}route a, b -> small\nroute b -> big`, "RT2002", "`b` has a route already");
  });
  it("of built-in parts are suggested whole", () => {
    const { help } = expectDiagnostic(
      route("when needs.tool -> big\notherwise -> small"),
      "RT2001",
      "there is no `needs.tool`",
    );
    if (help !== "did you mean `needs.tools`?") throw new Error(help);
  });
  it("unknown leave the rest of the route unclaimed: one mistake, one message", () => {
    expectDiagnostic(route("when tierr == pro -> big"), "RT2001", "`tierr`");
  });
});

describe("import", () => {
  it("needs a file that can be read", () => {
    expectDiagnostic(`import ""\n${route("otherwise -> small")}`, "RT2009", "`` cannot be read: it is a folder");
    expectDiagnostic(`import "./gone.route"\n${route("otherwise -> small")}`, "RT2009", "there is no such file");
  });
});

describe("let", () => {
  it("stands for its condition", () => {
    expectClean(`let paying = tier in {pro, enterprise}\n${route("when paying -> big\notherwise -> small")}`);
  });
  it("is not compared", () => {
    expectDiagnostic(
      `let paying = tier == pro\n${route("when paying == true -> big\notherwise -> small")}`,
      "RT2003",
      "`paying` is a `let`",
    );
  });
  it("cannot be defined by itself", () => {
    expectDiagnostic(
      `let a = b\nlet b = not a\n${route("when a -> big\notherwise -> small")}`,
      "RT2014",
      "`a` → `b` → `a`",
    );
  });
});

describe("plan", () => {
  it("cannot lead back to itself", () => {
    expectDiagnostic(
      `plan a = small else b\nplan b = big else a\n${route("otherwise -> a")}`,
      "RT3003",
      "`a` → `b` → `a`",
    );
  });
  it("cannot have an `else` that nothing reaches", () => {
    expectDiagnostic(route("otherwise -> small else reject 503 else big"), "RT3004", "can never be taken");
    expectDiagnostic(route("otherwise -> reject 429 else big"), "RT3004", "only rejects");
    expectClean(route("otherwise -> small else on timeout reject 504 else big"));
    expectDiagnostic(`plan no = reject 429\n${route("otherwise -> no else big")}`, "RT3004", "only rejects");
  });
  it("knows its failures", () => {
    const { help } = expectDiagnostic(
      route("otherwise -> small else on time_out big"),
      "RT2001",
      "`time_out` is no failure",
    );
    if (help !== "did you mean `timeout`?") throw new Error(help);
  });
  it("rejects with an error status", () => {
    expectDiagnostic(route("otherwise -> reject 200"), "RT2004", "400 to 599");
  });
  it("knows its options", () => {
    expectDiagnostic(route("otherwise -> small with { timout 3s }"), "RT2006", "no option `timout`");
    expectDiagnostic(route("otherwise -> small with { timeout 3 }"), "RT2003", "expected a duration");
    expectDiagnostic(route("otherwise -> small with { timeout 0s }"), "RT2004", "out of range");
  });
});

describe("request", () => {
  it("is declared once", () => {
    expectDiagnostic(`${route("otherwise -> small")}request { x bool from claim "x" }`, "RT2002", "one `request`");
  });
  it("has sources and types that exist", () => {
    const source = (text: string): string => `request { x ${text} }\n${MODELS}route chat -> small`;
    expectDiagnostic(source('boolean from claim "x"'), "RT2001", "`boolean` is no type");
    expectDiagnostic(
      source('bool from cookie "x"'),
      "RT1001",
      "expected `header`, `claim`, `metadata` or `body`, found `cookie`",
    );
    expectDiagnostic(source('bool from body "x"'), "RT2004", "no JSON pointer");
    expectDiagnostic(source('bool from header "x y"'), "RT2004", "no header name");
    expectDiagnostic(source('bool from header "x" default 1'), "RT2003", "expected `true` or `false`");
    expectDiagnostic(source('a | b | a from header "x"'), "RT2002", "`a` is a member already");
  });
});

describe("facts", () => {
  const model = (fields: string): string =>
    `provider lab { protocol simulated }\nmodel m = lab "m" { ${fields} }\nroute chat -> m`;
  it("that the compiler needs must be stated", () => {
    expectDiagnostic(model("price free"), "RT2007", "does not state its `context`");
    expectDiagnostic(model("context 8k"), "RT2007", "does not state its `price`");
    expectDiagnostic(model("context 8k price { input $1 }"), "RT2007", "the price of output is missing");
    expectDiagnostic(
      'provider lab {}\nmodel m = lab "m" { context 1k price free }\nroute chat -> m',
      "RT2007",
      "`protocol`",
    );
  });
  it("have names and units", () => {
    expectDiagnostic(model("context 8k price free contxt 9k"), "RT2006", "no field `contxt`");
    expectDiagnostic(model("context 8k context 9k price free"), "RT2008", "`context` is given twice");
    expectDiagnostic(model("context 8s price free"), "RT2003", "expected a whole number");
    expectDiagnostic(model("context 8k price { input 1, output $2 }"), "RT2003", "an amount");
    expectDiagnostic(model("context 8k price free can [tolls]"), "RT2005", "`tolls` is no capability");
    expectDiagnostic(model("context 8k price free quality 2"), "RT2004", "out of range");
  });
  it("of a provider hold no secrets", () => {
    const provider = (fields: string): string =>
      `provider p { protocol openai ${fields} }\nmodel m = p "m" { context 1k price free }\nroute chat -> m`;
    expectDiagnostic(provider('key "sk-123"'), "RT2003", "a key does not belong in a policy");
    expectDiagnostic(provider('url "ftp://example.com"'), "RT2015", "expected an address");
    expectDiagnostic(provider('url "https://me:secret@example.com"'), "RT2015", "credentials");
    expectClean(provider('url "https://example.com/v1" key env ["A", "B"]'));
  });
});

describe("types", () => {
  const when = (condition: string): string => route(`when ${condition} -> big\notherwise -> small`);
  it("are not coerced", () => {
    expectDiagnostic(when("tier == 3"), "RT2003", "expected one of `free`, `pro`, `enterprise`");
    expectDiagnostic(when('weight == "3"'), "RT2003", "expected a whole number");
    expectDiagnostic(when("spent > 3"), "RT2003", "expected an amount");
    expectDiagnostic(when("waited > $3"), "RT2003", "expected a duration");
    expectDiagnostic(when("tenant == acme"), "RT2003", "expected a text");
    expectDiagnostic(when("critical == free"), "RT2003", "`true` or `false`");
    expectDiagnostic(when("risk > 80%"), "RT2003", "a score from 0 to 1");
    expectClean(when("risk >= 1"));
  });
  it("decide which comparisons there are", () => {
    expectDiagnostic(when("tier > free"), "RT2003", "`>` compares numbers");
    expectDiagnostic(when('tier starts_with "f"'), "RT2003", "tests a text");
    expectDiagnostic(when("tier"), "RT2003", "not a bool");
    expectDiagnostic(when("tier in 1..3"), "RT2003", "a range is of numbers");
    expectDiagnostic(when("weight in 3..1"), "RT2004", "ends before it begins");
    expectDiagnostic(when("risk > 1.5"), "RT2004", "out of range");
  });
  it("suggest the nearest member", () => {
    const { help } = expectDiagnostic(when("tier == fre"), "RT2005", "`fre` is not a member");
    if (help !== "did you mean `free`?") throw new Error(help);
  });
  it("check regular expressions", () => {
    expectDiagnostic(when("tenant matches /(a/"), "RT2012", "");
    expectDiagnostic(when("tenant matches /(a)\\1/"), "RT2012", "");
  });
  it("give a match one pattern for each operand", () => {
    expectDiagnostic(route("match tier, region { free -> small\n _, _ -> big }"), "RT2013", "expected 2");
  });
});

describe("an unused declaration", () => {
  it("is a warning in a program, none in a library", () => {
    expectClean(REQUEST);
  });
});
