import { expect, test } from "vitest";
import { GOOD, MISSPELT, SHADOWED, UNUSED } from "../support/policies.ts";
import { folder, routec } from "../support/routec.ts";

const golden = (name: string) => new URL(`golden/${name}`, import.meta.url).pathname;
const check = (files: Record<string, string | Buffer>, ...args: string[]) =>
  routec(["check", ...args], { cwd: folder(files) });

test("a policy without a finding", async () => {
  const { code, stdout, stderr } = await check({ "main.route": GOOD }, "main.route");
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "1 file checked, nothing found\n", stderr: "" });
});

test("an error is shown where it is, and the exit code is 1", async () => {
  const { code, stdout } = await check({ "main.route": SHADOWED }, "main.route");
  expect(code).toBe(1);
  await expect(stdout).toMatchFileSnapshot(golden("shadowed.txt"));
});

test("the same for screen readers", async () => {
  const { stdout } = await check({ "main.route": MISSPELT }, "--format", "plain");
  await expect(stdout).toMatchFileSnapshot(golden("misspelt-plain.txt"));
});

test("the same for programs", async () => {
  const { code, stdout } = await check({ "main.route": MISSPELT }, "--format", "json");
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    format: 1,
    diagnostics: [
      {
        code: "RT2001",
        severity: "error",
        file: "main.route",
        range: { start: { line: 21, character: 22 }, end: { line: 21, character: 28 } },
      },
    ],
    summary: { files: 1, errors: 1, warnings: 0 },
  });
});

test("warnings are no failure, unless there are more than allowed", async () => {
  expect((await check({ "main.route": UNUSED })).code).toBe(0);
  expect((await check({ "main.route": UNUSED }, "--max-warnings", "1")).code).toBe(0);
  const { code, stderr } = await check({ "main.route": UNUSED }, "--max-warnings", "0");
  expect({ code, stderr }).toEqual({ code: 3, stderr: "routec: 1 warning, 0 allowed\n" });
  expect((await check({ "main.route": MISSPELT }, "--max-warnings", "0")).code).toBe(1);
});

test("without paths it is every policy below the current folder, named from there", async () => {
  const files = {
    "main.route": GOOD,
    "teams/support/main.route": MISSPELT,
    "node_modules/other/main.route": MISSPELT,
    ".cache/main.route": MISSPELT,
    "notes.txt": "not a policy",
  };
  const { stdout } = await check(files, "--format", "plain");
  expect(stdout).toMatch(
    /^teams\/support\/main\.route:22:23: error RT2001: .*\n2 files checked: 1 error, 0 warnings\n$/,
  );
});

test("what is wrong in an imported library is said once, however often it is imported", async () => {
  const files = {
    "shared/models.route": 'model huge = nobody "huge" { context 1k  output 1k  price free }\n',
    "a.route": `import "./shared/models.route"\n${GOOD}`,
    "b.route": `import "./shared/models.route"\n${GOOD}`,
  };
  const { diagnostics } = JSON.parse((await check(files, "--format", "json")).stdout);
  expect(diagnostics.map((each: { file: string; code: string }) => [each.file, each.code])).toEqual([
    ["shared/models.route", "RT2001"],
  ]);
});

test("a path that does not exist, and a folder without policies, are wrong use", async () => {
  expect(await check({}, "gone.route")).toEqual({
    code: 2,
    stdout: "",
    stderr: "routec: cannot read `gone.route`: there is no such file or folder\n",
  });
  expect(await check({})).toMatchObject({
    code: 2,
    stderr: "routec: no `.route` file in the current folder\n",
  });
});

test.each(["", "\ufeff", "\u0000", "route", "}{", '"', "/", "route chat {", Buffer.from([0xff, 0xfe, 0x00, 0xd8])])(
  "whatever the file holds, as %j, the answer is a finding or none",
  async (contents) => {
    const { code, stderr } = await check({ "main.route": contents });
    expect([0, 1]).toContain(code);
    expect(stderr).toBe("");
  },
);

test("colour is for terminals, and for whom asks for it", async () => {
  const cwd = folder({ "main.route": MISSPELT });
  const colored = async (args: string[], env: Record<string, string> = {}) =>
    (await routec(["check", ...args], { cwd, env })).stdout.includes("\u001b[");
  expect(await colored([])).toBe(false);
  expect(await colored(["--color", "always"])).toBe(true);
  expect(await colored([], { FORCE_COLOR: "1" })).toBe(true);
  expect(await colored([], { FORCE_COLOR: "0" })).toBe(false);
  expect(await colored(["--color", "always"], { NO_COLOR: "1" })).toBe(true);
  expect(await colored(["--color", "never"], { FORCE_COLOR: "1" })).toBe(false);
  expect(await colored(["--color", "always", "--format", "plain"])).toBe(false);
});
