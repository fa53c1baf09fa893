import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GOOD, MISSPELT, MODELS } from "../support/policies.ts";
import { folder, routec } from "../support/routec.ts";

const DEARER = GOOD.replace(/otherwise +-> small/, "otherwise -> large");
const SLOWER = GOOD.replace("route chat {", "route chat {\n  deadline 60s\n");

const golden = (name: string) => new URL(`golden/${name}`, import.meta.url).pathname;

const diff = (before: string, after: string, ...options: string[]) =>
  routec(["diff", "old.route", "new.route", ...options], { cwd: folder({ "old.route": before, "new.route": after }) });

test("a changed decision is exit code 1", async () => {
  const { code, stdout, stderr } = await diff(GOOD, DEARER);
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(stdout).toContain("costlier: old.route → new.route\n");
  expect(stdout).toContain("small → large\n  for example  send chat { tier free }\n");
  expect(stdout).toContain("before       old.route:23  otherwise -> small\n");
});

test("no changed decision is exit code 0, whatever else differs", async () => {
  expect(await diff(GOOD, GOOD)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^equivalent: /) });
  const { code, stdout } = await diff(GOOD, SLOWER);
  expect(code).toBe(0);
  expect(stdout).toContain("beside decisions\n  route chat: deadline 10m → 1m\n");
});

test.each([
  ["plain", /^costlier: 1 kind of request is decided differently\ndecision: small → large; /],
  ["json", /^\{\n {2}"format": 1,\n {2}"verdict": "costlier"/],
  ["markdown", /^### routec: costlier\n/],
])("--format %s", async (format, expected) => {
  expect(await diff(GOOD, DEARER, "--format", format)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(expected),
  });
});

describe("with --traffic", () => {
  const logged = (tier: string, input = 1000, output = 500) =>
    JSON.stringify({
      ...{ format: 1, id: "x", time: 1_700_000_000_000, policy: "p", route: "chat", rule: "chat:0", asked: "chat" },
      ...{ outcome: "answered", status: 200, stream: false, attributes: { tier, prompt: { length: 9 } }, attempts: [] },
      ...{ input, output, cost: 0, ms: 1 },
    });
  const LOG = [logged("free"), logged("pro"), logged("free"), '{"route":"chat"}', ""].join("\n");
  const compared = (log: string, ...options: string[]) =>
    routec(["diff", "old.route", "new.route", "--traffic", "log.jsonl", ...options], {
      cwd: folder({ "old.route": GOOD, "new.route": DEARER, "log.jsonl": log }),
    });

  test("says how many requests change, and what the first steps cost", async () => {
    const { code, stdout } = await compared(LOG);
    expect(code).toBe(1);
    await expect(stdout.slice(stdout.lastIndexOf("\n\n") + 2)).toMatchFileSnapshot(golden("diff-traffic.txt"));
  });

  test("for programs and for a pull request", async () => {
    const { traffic } = JSON.parse((await compared(LOG, "--format", "json")).stdout);
    expect(traffic).toMatchObject({
      requests: 4,
      priced: 3,
      changed: 3,
      changes: [{ before: "small", after: "large", requests: 3, share: 0.75 }],
    });
    expect(traffic.cost.after).toBeGreaterThan(traffic.cost.before);
    expect((await compared(LOG, "--format", "markdown")).stdout).toContain(
      "| requests | share | before | after | first steps |",
    );
    expect((await compared(LOG, "--format", "plain")).stdout).toContain(
      "traffic: 3 of 4 requests in log.jsonl (75.0%)",
    );
  });

  test("a line that is no request is named", async () => {
    expect(await compared(`${LOG}{"id":1}\n`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("routec: log.jsonl:5: "),
    });
    expect(await compared("nonsense")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("log.jsonl:1: `nonsense` is no JSON object"),
    });
  });
});

test("a policy with errors is not compared", async () => {
  const { code, stdout, stderr } = await diff(GOOD, MISSPELT);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^error\[RT2001\]: .*\n +--> new\.route:/);
});

test("wrong use", async () => {
  expect(await diff(GOOD, MODELS)).toMatchObject({
    code: 2,
    stderr: "routec: `old.route` or `new.route` has no route, so there is nothing to compare\n",
  });
  expect(await routec(["diff", "gone.route", "gone.route"], { cwd: folder() })).toEqual({
    code: 2,
    stdout: "",
    stderr: "routec: cannot read `gone.route`: there is no such file or folder\n",
  });
  expect(await routec(["diff", "old.route"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("too few arguments"),
  });
});

const hasGit = (() => {
  try {
    execFileSync("git", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

test.skipIf(!hasGit)(
  "two revisions, with what they import as it was then (skipped where there is no git)",
  async () => {
    const main = `import "../models.route"\n\n${GOOD.replace(MODELS, "")}`;
    const root = folder({ "models.route": MODELS, "policies/main.route": main });
    const git = (...args: string[]) =>
      execFileSync(
        "git",
        ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false", ...args],
        {
          cwd: root,
          stdio: "ignore",
        },
      );
    git("init");
    git("add", ".");
    git("commit", "-m", "one");
    writeFileSync(join(root, "models.route"), MODELS.replace("$3,", "$4,"));
    git("commit", "-am", "two");
    writeFileSync(join(root, "policies/main.route"), main.replace(/otherwise +-> small/, "otherwise -> large"));
    git("commit", "-am", "three");

    const between = (before: string, after: string, file = "main.route") =>
      routec(["diff", before, after, "--", file], { cwd: join(root, "policies") });
    const prices = await between("HEAD~2", "HEAD~1");
    expect(prices).toEqual({
      code: 0,
      stderr: "",
      stdout:
        "costlier: HEAD~2 → HEAD~1\nevery request is decided as before\n\nbeside decisions\n  model large: price.input $3 → $4\n",
    });
    const rules = await between("HEAD~1", "HEAD");
    expect(rules.code).toBe(1);
    expect(rules.stdout).toContain("before       main.route:");

    expect(await between("HEAD~9", "HEAD")).toMatchObject({
      code: 2,
      stderr: "routec: `HEAD~9` is no revision of a git repository around the current folder\n",
    });
    expect(await between("HEAD~1", "HEAD", "gone.route")).toMatchObject({
      code: 2,
      stderr: "routec: cannot read `HEAD~1:gone.route`: there is no such file or folder\n",
    });
  },
);
