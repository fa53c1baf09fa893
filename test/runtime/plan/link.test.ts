import { describe, expect, test } from "vitest";
import { DEFAULT_TIMEOUT } from "../../../runtime/plan/index.ts";
import { call, chain, linked, type Policy, plan } from "./harness.ts";

describe("the nearest timeout wins", () => {
  const everywhere: Policy = {
    run: call("a"),
    models: { a: { with: { timeout: 4 } } },
    provider: { with: { timeout: 5 } },
  };

  test.each([
    ["the step's", { ...everywhere, run: call("a", { timeout: 1 }) }, 1],
    ["then the model's", everywhere, 4],
    ["then the provider's", { ...everywhere, models: {} }, 5],
    ["then a minute", { run: call("a") }, DEFAULT_TIMEOUT],
  ])("%s", (_whose, policy: Policy, timeout) => {
    expect(linked(policy)).toMatchObject({ timeout });
  });

  test("around a chain it is for all steps but those with their own", () => {
    const run = { ...chain(call("a", { timeout: 1 }), call("b")), with: { timeout: 2 } };
    expect(linked({ ...everywhere, run })).toMatchObject({
      first: { timeout: 1 },
      branches: [{ run: { timeout: 2 } }],
    });
  });

  test("the step that runs a plan gives it to the steps of the plan", () => {
    const run = { ...plan("p"), with: { timeout: 3 } };
    expect(linked({ ...everywhere, run, plans: { p: call("a") } })).toMatchObject({ timeout: 3 });
  });

  test("within a plan a `with` is nearer than that around the plan", () => {
    const run = { ...plan("p"), with: { timeout: 3 } };
    const p = { ...chain(call("a"), call("b")), with: { timeout: 2 } };
    expect(linked({ ...everywhere, run, plans: { p } })).toMatchObject({ first: { timeout: 2 } });
  });
});

test("plans that share plans stay small", () => {
  const plans = Object.fromEntries(
    Array.from({ length: 60 }, (_, depth) => [`p${depth}`, chain(plan(`p${depth + 1}`), plan(`p${depth + 1}`))]),
  );
  expect(linked({ run: plan("p0"), plans: { ...plans, p60: call("a") } })).toMatchObject({ kind: "else" });
});

describe("a table that was tampered with is refused", () => {
  test.each([
    ["an unknown model", { run: call("x") }, "rule 0 of route `chat` calls model `x`, which the table does not have"],
    ["an unknown plan", { run: plan("x") }, "rule 0 of route `chat` runs plan `x`, which the table does not have"],
    [
      "an unknown provider",
      { run: call("a"), models: { a: { provider: "x" } } },
      "model `a` is of provider `x`, which the table does not have",
    ],
    [
      "a plan that refers to itself",
      { run: call("a"), plans: { p: plan("q"), q: chain(call("a"), plan("p")) } },
      "plan `p` refers to itself: `p` -> `q` -> `p`",
    ],
  ])("%s", (_what, policy: Policy, message) => {
    expect(() => linked(policy)).toThrow(message);
  });
});
