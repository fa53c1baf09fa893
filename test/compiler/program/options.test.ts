import { describe, expect, it } from "vitest";
import { expectDiagnostic, MODELS, spanned, tableOf } from "../support.ts";

const policy = (options: string): string => `${MODELS}route chat -> small with { ${options} }`;

/** What the table has for the options of the route's only step. */
function lowered(options: string): unknown {
  const run = tableOf(policy(options)).routes[0]?.rules[0]?.run;
  return run?.kind === "call" ? run.with : undefined;
}

describe("options", () => {
  it.each([
    ["timeout 20s", { timeout: 20_000 }],
    ["idle 1500ms", { idle: 1_500 }],
    ["max_tokens 4k", { max_tokens: 4_000 }],
    ["temperature 0", { temperature: 0 }],
    ["temperature 0.7", { temperature: 0.7 }],
    ["reasoning high", { reasoning: "high" }],
    ["reasoning 2k", { reasoning: 2_000 }],
    ['system "./prompt.md"', { system: "How hard is this?" }],
    ["tools none", { tools: [] }],
    ['tools only [search, "web fetch"]', { tools: ["search", "web fetch"] }],
    ["timeout 1s idle 2s", { timeout: 1_000, idle: 2_000 }],
  ])("%s", (options, expected) => expect(lowered(options)).toEqual(expected));

  it("retry what may be over a moment later, or what they say, in the language's order", () => {
    const retry_on = ["rate_limited", "overloaded", "server_error", "unreachable"];
    expect(lowered("retries 2")).toEqual({ retries: 2, retry_on });
    expect(lowered("retries 1 on [timeout, rate_limited]")).toEqual({
      retries: 1,
      retry_on: ["rate_limited", "timeout"],
    });
  });

  it("nearer to a step win, retries together with what they are for", () => {
    const { rules } = tableOf(
      `${MODELS}route chat -> (small with { retries 1 } else big) with { timeout 5s retries 3 on [timeout] }`,
    ).routes[0] as { rules: unknown[] };
    expect(rules[0]).toMatchObject({
      run: {
        with: { timeout: 5_000, retries: 3, retry_on: ["timeout"] },
        first: { with: { retries: 1, retry_on: ["rate_limited", "overloaded", "server_error", "unreachable"] } },
      },
    });
  });

  it.each([
    ["timeout 20", "RT2003", "20", "this is a whole number: expected a duration"],
    ["idle 0s", "RT2004", "0s", "`0ms` is out of range"],
    ["retries -1", "RT2004", "-1", "expected `0` to `100`"],
    ["retries 2 on [time_out]", "RT2001", "time_out", "`time_out` is no failure"],
    ["retries 2 on []", "RT2007", "[]", "this list of failures is empty"],
    ["max_tokens 0", "RT2004", "0", "expected at least `1`"],
    ["temperature 2.5", "RT2004", "2.5", "`2.5` is out of range: expected `0` to `2`"],
    ["temperature 50%", "RT2003", "50%", "this is a percent: expected a number such as `0.8`"],
    ["reasoning hihg", "RT2005", "hihg", "`hihg` is not a member"],
    ["reasoning 0.5", "RT2003", "0.5", "expected a whole number"],
    ["system prompt", "RT2003", "prompt", "takes the name of a file in double quotes"],
    ['system ""', "RT2004", '""', "this one is empty"],
    ['system "./gone.md"', "RT2009", '"./gone.md"', "there is no such file"],
    ['system "./blank.md"', "RT2017", '"./blank.md"', "`./blank.md` is empty"],
    ['system "./logo.png"', "RT2017", '"./logo.png"', "`./logo.png` is not UTF-8 text"],
    ["tools all", "RT2003", "all", "`tools` takes `none`, or `only` with a list"],
    ["tools only []", "RT2003", "only []", "`tools` takes `none`, or `only` with a list"],
    ["tools none [search]", "RT2003", "none [search]", "`tools` takes `none`, or `only` with a list"],
    ["tools only [a, b, a]", "RT2002", "a", "`a` is in the list already"],
    ["timeout 20s on [timeout]", "RT2003", "[timeout]", "`timeout` takes one value, and no list"],
    ["timeout 1s timeout 2s", "RT2008", "timeout", "`timeout` is given twice"],
    ["retrys 2", "RT2006", "retrys", "there is no option `retrys`"],
  ])("%s is %s at `%s`", (options, code, place, message) => {
    const source = policy(options);
    expect(spanned(source, expectDiagnostic(source, code, message))).toBe(place);
  });

  it("are the same on providers and models", () => {
    const { providers, models } = tableOf(`
      provider lab { protocol simulated  with { retries 1 on [timeout] } }
      model m = lab "m" { context 8k  price free  with { tools none  max_tokens 100 } }
      route chat -> m`);
    expect(providers[0]?.with).toEqual({ retries: 1, retry_on: ["timeout"] });
    expect(models[0]?.with).toEqual({ tools: [], max_tokens: 100 });
  });
});
