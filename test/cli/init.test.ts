import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folder, routec } from "../support/routec.ts";

test("the starter policy has no finding and is in canonical form", async () => {
  const cwd = folder();
  expect(await routec(["init", "my/policy"], { cwd })).toMatchObject({
    code: 0,
    stdout:
      "wrote my/policy/main.route; now try\n\n  routec check my/policy/main.route\n  routec serve my/policy/main.route\n",
  });
  expect(await routec(["check", "--format", "plain"], { cwd })).toMatchObject({
    stdout: "1 file checked, nothing found\n",
  });
  expect(await routec(["fmt", "--check"], { cwd })).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("a file that is there is never overwritten", async () => {
  const cwd = folder({ "main.route": "mine" });
  const { code, stderr } = await routec(["init"], { cwd });
  expect(code).toBe(2);
  expect(stderr).toBe("routec: cannot write `main.route`: it is there already\n");
  expect(readFileSync(join(cwd, "main.route"), "utf8")).toBe("mine");
});

test("a folder that cannot be made is said", async () => {
  const { code, stderr } = await routec(["init", "file/sub"], { cwd: folder({ file: "" }) });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^routec: cannot write `file.*`: a part of the path is a file, not a folder\n$/);
});
