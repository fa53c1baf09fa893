import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GOOD } from "../support/policies.ts";
import { folder, type Result, routec } from "../support/routec.ts";

const WELL: Result = { code: 0, stdout: "1 file checked, nothing found\n", stderr: "" };

/** A folder with a policy, and one for compiled code that is empty. */
function prepared(): { check(env?: Record<string, string>): Promise<Result>; code(): string[]; cwd: string } {
  const cwd = folder({ "main.route": GOOD, "library.route": 'request { tenant string from header "x-tenant" }\n' });
  const cache = join(cwd, "cache");
  return {
    cwd,
    check: (env) => routec(["check", "main.route"], { cwd, env: { NODE_COMPILE_CACHE: cache, ...env } }),
    code: () =>
      readdirSync(cwd, { recursive: true, encoding: "utf8" })
        .filter((name) => name.includes("routec-"))
        .map((name) => join(cwd, name)),
  };
}

test("code that has run is kept, and taken as it is from then on", async () => {
  const { check, code } = prepared();
  expect(await check()).toEqual(WELL);
  const [file = "", ...others] = code();
  expect(file).toMatch(/routec-check-script-\w+\.js\.code$/);
  expect(others).toEqual([]);
  const { ino } = statSync(file);
  expect(await check()).toEqual(WELL);
  expect(statSync(file).ino).toBe(ino);
});

test.each<[string, (code: Buffer) => Buffer]>([
  ["empty", () => Buffer.alloc(0)],
  ["not what V8 wrote", (code) => Buffer.alloc(code.length, "x")],
  ["cut short", (code) => code.subarray(0, code.length / 2)],
  ["wrong in one bit", (code) => Buffer.from(code.map((byte, at) => (at === code.length >> 1 ? byte ^ 1 : byte)))],
])("code that is %s is replaced", async (_, spoil) => {
  const { check, code } = prepared();
  await check();
  const [file = ""] = code();
  const good = readFileSync(file);
  writeFileSync(file, spoil(good));
  expect(await check()).toEqual(WELL);
  expect(readFileSync(file).equals(spoil(good))).toBe(false);
});

test("each command has code of its own", async () => {
  const { check, code, cwd } = prepared();
  await check();
  await routec(["fmt", "--check", "main.route"], { cwd, env: { NODE_COMPILE_CACHE: join(cwd, "cache") } });
  expect(
    code()
      .map((file) => /routec-(\w+)-script/.exec(file)?.[1])
      .sort(),
  ).toEqual(["check", "fmt"]);
});

test("nothing is kept where Node's compile cache is off", async () => {
  const { check, code } = prepared();
  expect(await check({ NODE_DISABLE_COMPILE_CACHE: "1" })).toEqual(WELL);
  expect(code()).toEqual([]);
});

test("a command that could not run keeps nothing: it has run little of what it will need", async () => {
  const { code, cwd } = prepared();
  const env = { NODE_COMPILE_CACHE: join(cwd, "cache") };
  const { stderr } = await routec(["compile", "library.route"], { cwd, env });
  expect(stderr).toContain("has no route, so there is nothing to compile");
  expect(code()).toEqual([]);
});

test("code that cannot be read or written is no error, and nothing is left behind", async () => {
  const { check, code } = prepared();
  await check();
  const [file = ""] = code();
  rmSync(file);
  mkdirSync(join(file, "in the way"), { recursive: true });
  expect(await check()).toEqual(WELL);
  expect(code().filter((name) => !name.startsWith(join(file, "/")))).toEqual([file]);
});
