import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GOOD, MODELS } from "../support/policies.ts";
import { folder, routec } from "../support/routec.ts";

const untidy = GOOD.replace("plan strong = large", "plan   strong=large");
const broken = "plan strong = = large\n";

test("untidy files are rewritten and named, tidy ones left alone", async () => {
  const cwd = folder({ "main.route": untidy, "models.route": MODELS });
  expect(await routec(["fmt"], { cwd })).toEqual({ code: 0, stdout: "main.route\n", stderr: "" });
  expect(readFileSync(join(cwd, "main.route"), "utf8")).toBe(GOOD);
  expect(await routec(["fmt"], { cwd })).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("--check names what is untidy and changes nothing", async () => {
  const cwd = folder({ "main.route": untidy, "models.route": MODELS });
  expect(await routec(["fmt", "--check"], { cwd })).toEqual({ code: 1, stdout: "main.route\n", stderr: "" });
  expect(readFileSync(join(cwd, "main.route"), "utf8")).toBe(untidy);
  expect(await routec(["fmt", "--check", "models.route"], { cwd })).toMatchObject({ code: 0, stdout: "" });
});

test("- is a filter from standard input to standard output", async () => {
  expect(await routec(["fmt", "-"], { input: untidy })).toEqual({ code: 0, stdout: GOOD, stderr: "" });
  expect(await routec(["fmt", "--check", "-"], { input: untidy })).toMatchObject({ code: 1, stdout: "<stdin>\n" });
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
});
