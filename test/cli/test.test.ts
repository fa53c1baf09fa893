import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GOOD, MISSPELT } from "../support/policies.ts";
import { folder, routec } from "../support/routec.ts";

const PASSING = `${GOOD}
test "pro gets the strong plan" {
  send chat { tier pro }
  expect plan strong
}
`;

const FAILING = `${PASSING}
test "an outage" {
  send chat { tier pro }
  given large fails overloaded
  expect tries large
}
`;

/** Runs the tests of a folder with `main.route` in it. */
function run(policy: string, ...args: string[]) {
  return routec(["test", ...args], { cwd: folder({ "main.route": policy }) });
}

test("tests that pass are counted", async () => {
  expect(await run(PASSING)).toEqual({ code: 0, stdout: "1 test passed\n", stderr: "" });
  expect(await run(GOOD)).toEqual({ code: 0, stdout: "no tests\n", stderr: "" });
});

test("one that fails is drawn, and exits with 1", async () => {
  const { code, stdout } = await run(FAILING);
  expect(code).toBe(1);
  await expect(stdout).toMatchFileSnapshot(new URL("golden/test.txt", import.meta.url).pathname);
});

test("--filter runs those with the text in their titles", async () => {
  expect((await run(FAILING, "--filter", "strong")).stdout).toBe("1 test passed\n");
  const { code, stderr } = await run(FAILING, "--filter", "nothing");
  expect({ code, stderr }).toEqual({ code: 2, stderr: "routec: no test has `nothing` in its title\n" });
});

test("several policies, those with errors to standard error; tests of imported files run", async () => {
  const cwd = folder({
    "lib.route": `${GOOD.replace(/route chat[\s\S]*/, "")}`,
    "main.route": `import "./lib.route"\n\nroute chat -> strong\n\ntest "it" { send chat {}  expect plan strong }\n`,
    "sub/other.route": PASSING,
    "sub/wrong.route": MISSPELT,
  });
  const { code, stdout, stderr } = await routec(["test"], { cwd });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "2 tests passed\n" });
  expect(stderr).toMatch(/^error\[RT2001\].*\n --> sub\/wrong.route|^error\[RT2001\][\s\S]*sub\/wrong.route/);
});

test("--coverage says what is not reached, --threshold makes it a gate", async () => {
  const { code, stdout } = await run(PASSING, "--coverage");
  expect(code).toBe(0);
  expect(stdout).toContain("  main.route:23:3  rule `otherwise -> small`\n");
  expect(await run(PASSING, "--threshold", "90")).toMatchObject({
    code: 3,
    stderr: "routec: 50% of all that counts is reached, 90% is the threshold\n",
  });
  expect((await run(PASSING, "--threshold", "50")).code).toBe(0);
  // A failed test is worse than a gate that is not met.
  expect((await run(FAILING, "--threshold", "100")).code).toBe(1);
});

test("coverage for other programs goes to a file", async () => {
  const cwd = folder({ "main.route": PASSING });
  const args = ["test", "--coverage-format", "lcov"];
  const { code, stdout } = await routec([...args, "-o", "coverage/lcov.info"], { cwd });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "1 test passed\n" });
  expect(readFileSync(join(cwd, "coverage/lcov.info"), "utf8")).toContain("SF:main.route\n");
  const { code: wrong, stderr } = await routec(args, { cwd });
  expect({ wrong, stderr }).toMatchObject({ wrong: 2, stderr: expect.stringContaining("needs a file: `-o <file>`") });
});

test("--format json", async () => {
  const { stdout } = await run(FAILING, "--format", "json", "--coverage");
  expect(JSON.parse(stdout)).toMatchObject({
    format: 1,
    tests: [
      { title: "pro gets the strong plan", file: "main.route", passed: true, failures: [] },
      {
        title: "an outage",
        passed: false,
        failures: [{ file: "main.route", message: "tried `large`, `small`" }],
        trace: { rule: 0, plan: "strong", outcome: { kind: "served", model: "small" } },
      },
    ],
    summary: { tests: 2, passed: 1, failed: 1 },
    coverage: { rules: { reached: 1, total: 2 } },
  });
});

test.each([
  ["junit", /<testsuites name="routec test" tests="2" failures="1">/],
  ["github", /^::error file=main.route,line=\d+,col=3,title=failed%3A an outage::/],
  ["plain", /^main.route:\d+:3: failed: an outage: `expect tries large`, but tried `large`, `small`; /],
])("--format %s", async (format, told) => {
  const { code, stdout } = await run(FAILING, "--format", format);
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(told) });
});

test("--generate writes what is missing, and then nothing is", async () => {
  const { code, stdout, stderr } = await run(PASSING, "--generate");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "routec: 2 tests written\n" });
  const cwd = folder({ "main.route": PASSING + stdout });
  expect(await routec(["test", "--threshold", "100"], { cwd })).toMatchObject({ code: 0, stdout: "3 tests passed\n" });
  expect((await routec(["fmt", "--check"], { cwd })).code).toBe(0);
  expect(await routec(["test", "--generate"], { cwd })).toMatchObject({
    stdout: "",
    stderr: "routec: 0 tests written\n",
  });
});

test("--generate leaves out what the main file cannot name, and is for one policy", async () => {
  const cwd = folder({
    "models.route": GOOD.replace(/plan[\s\S]*/, "").replace(/request[\s\S]*?\n\n/, ""),
    "plans.route": 'import "./models.route"\n\nplan strong = large else small\n',
    "main.route": 'import "./plans.route"\n\nroute chat -> strong\n',
  });
  const { stdout, stderr } = await routec(["test", "main.route", "--generate"], { cwd });
  expect(stdout).toBe("");
  expect(stderr).toContain("more name what `main.route` does not import");
  const two = await routec(["test", "--generate"], { cwd: folder({ "a.route": GOOD, "b.route": GOOD }) });
  expect(two).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("for one policy: which, `a.route` or `b.route`?"),
  });
});

test.each([
  [["--threshold", "much"], "`--threshold` cannot be `much`"],
  [["--at", "noon"], "`--at` cannot be `noon`"],
  [["--seed", "-1"], "`--seed` needs a value"],
  [["gone.route"], "gone.route"],
])("%j is wrong use", async (args, message) => {
  expect(await run(PASSING, ...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});

test("the time of the requests can be said", async () => {
  const policy = GOOD.replace("when tier == pro ", "when time.weekday == sun ").replace(/request[\s\S]*?\n\n/, "");
  const told = `${policy}\ntest "on a Sunday" {\n  send chat {}\n  expect plan strong\n}\n`;
  expect((await run(told, "--at", "2026-03-01T12:00:00Z")).code).toBe(0);
  expect((await run(told, "--at", "2026-03-02T12:00:00Z")).code).toBe(1);
});

test("nothing is written beside", async () => {
  const cwd = folder({ "main.route": PASSING });
  await routec(["test", "--coverage"], { cwd });
  expect(existsSync(join(cwd, "coverage"))).toBe(false);
});
