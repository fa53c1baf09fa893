import { chmodSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GOOD, MODELS } from "../support/policies.ts";
import { folder, routec } from "../support/routec.ts";

const golden = (name: string) => new URL(`golden/${name}`, import.meta.url).pathname;
const untidy = GOOD.replace("plan strong = large", "plan   strong=large");
const broken = "plan strong = = large\n";

test("untidy files are rewritten and named, tidy ones left alone", async () => {
  const cwd = folder({ "main.route": untidy, "models.route": MODELS });
  expect(await routec(["fmt"], { cwd })).toEqual({ code: 0, stdout: "main.route\n", stderr: "" });
  expect(readFileSync(join(cwd, "main.route"), "utf8")).toBe(GOOD);
  expect(await routec(["fmt"], { cwd })).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("--check shows what would be changed, and changes nothing", async () => {
  const cwd = folder({ "main.route": untidy, "models.route": MODELS });
  const { code, stdout, stderr } = await routec(["fmt", "--check"], { cwd });
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  await expect(stdout).toMatchFileSnapshot(golden("untidy.diff"));
  expect(readFileSync(join(cwd, "main.route"), "utf8")).toBe(untidy);
  expect(await routec(["fmt", "--check", "models.route"], { cwd })).toMatchObject({ code: 0, stdout: "" });
});

test("what it shows is coloured like findings", async () => {
  const cwd = folder({ "main.route": untidy });
  const { stdout } = await routec(["fmt", "--check", "--color", "always"], { cwd });
  expect(stdout).toContain("\u001b[31m-plan   strong=large else small\u001b[39m\n");
  expect(stdout).toContain("\u001b[32m+plan strong = large else small\u001b[39m\n");
});

test("- is a filter from standard input to standard output", async () => {
  expect(await routec(["fmt", "-"], { input: untidy })).toEqual({ code: 0, stdout: GOOD, stderr: "" });
  expect(await routec(["fmt", "--check", "-"], { input: untidy })).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^--- a\/<stdin>\n\+\+\+ b\/<stdin>\n@@ /),
  });
  expect(await routec(["fmt", "-", "main.route"], { input: untidy })).toMatchObject({ code: 2 });
});

test("a file that is no policy is left alone, the others are not", async () => {
  const cwd = folder({ "broken.route": broken, "main.route": untidy });
  const { code, stdout, stderr } = await routec(["fmt"], { cwd });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "main.route\n" });
  expect(stderr).toMatch(/^error\[RT1001\]: .*\n --> broken\.route:1:15\n/);
  expect(readFileSync(join(cwd, "broken.route"), "utf8")).toBe(broken);
});

test("bytes that are no text are left as they are", async () => {
  const bytes = Buffer.from([0x2f, 0x2f, 0xff, 0x0a]);
  const cwd = folder({ "main.route": bytes });
  const { code, stderr } = await routec(["fmt"], { cwd });
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("RT1007") });
  expect(readFileSync(join(cwd, "main.route"))).toEqual(bytes);
});

test("a byte order mark and CRLF are no part of the canonical form", async () => {
  const input = `\ufeff${MODELS.replaceAll("\n", "\r\n")}`;
  expect(await routec(["fmt", "-"], { input })).toEqual({ code: 0, stdout: MODELS, stderr: "" });
  const mark = `\ufeff${MODELS}`;
  const { code, stdout } = await routec(["fmt", "--check", "-"], { input: mark });
  expect(code).toBe(1);
  expect(stdout).toContain("@@ -1,4 +1,4 @@\n-\ufeffprovider demo { protocol simulated }\n+provider demo");
});

test("a rewritten file keeps its mode", async () => {
  const cwd = folder({ "main.route": untidy });
  chmodSync(join(cwd, "main.route"), 0o600);
  await routec(["fmt"], { cwd });
  expect(statSync(join(cwd, "main.route")).mode & 0o777).toBe(0o600);
});
