import { describe, expect, it } from "vitest";
import { MODELS } from "../support/policies.ts";
import { folder, type Result, routec } from "../support/routec.ts";

const POLICY = `request { tier free | pro from header "x-tier" default free }

${MODELS}
route chat {
  when tier == pro -> large else small
  otherwise        -> small
}
`;

/** Tells of a test that fails, as the policy is. */
const WRONG = `${POLICY}
test "free tenants have the large model" {
  send chat {}
  expect served by large
}
`;

async function simulate(policy: string, ...args: readonly string[]): Promise<Result> {
  return routec(["simulate", "main.route", ...args], { cwd: folder({ "main.route": policy }) });
}

describe("routec simulate", () => {
  it("says how much it has seen when nothing is broken", async () => {
    const { code, stdout, stderr } = await simulate(POLICY, "--runs", "2000");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^2,\d\d\d requests in \d+ scenarios, 2 of 2 rules decided: no invariant is broken\n$/);
  });

  it("runs the policy's tests too", async () => {
    const { code, stdout } = await simulate(WRONG, "--runs", "100");
    expect(code).toBe(1);
    expect(stdout).toContain("failed: free tenants have the large model");
    expect(stdout).toContain("1 test failed");
  });

  it.each(["human", "plain", "json"])("gives the same bytes for the same seed, as %s", async (format) => {
    const args = ["--runs", "300", "--seed", "7", "--format", format];
    const [one, other] = [await simulate(WRONG, ...args), await simulate(WRONG, ...args)];
    expect(one.stdout).toBe(other.stdout);
    expect(one.stdout).not.toBe("");
  });

  it("goes on for as long as it is told", async () => {
    const { code, stdout } = await simulate(POLICY, "--time", "100ms", "--format", "json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout).requests).toBeGreaterThan(0);
  });

  it.each([
    [["--runs", "0"], "`--runs` cannot be `0`: expected a whole number from 1 to 1000000000000"],
    [["--time", "soon"], "`--time` cannot be `soon`: expected a duration such as 30s or 5m"],
    [["--time", "1m", "--runs", "5"], "`--runs` and `--time` exclude each other"],
    [["--seed", "-1"], "`--seed` needs a value"],
  ])("refuses %j", async (args, problem) => {
    const { code, stderr } = await simulate(POLICY, ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(problem)]);
  });

  it("has nothing to simulate where there are errors, or no route", async () => {
    expect(await simulate("route chat -> nobody")).toMatchObject({ code: 1, stdout: "" });
    const { code, stderr } = await simulate(MODELS);
    expect([code, stderr]).toEqual([2, expect.stringContaining("has no route, so there is nothing to simulate")]);
  });
});
