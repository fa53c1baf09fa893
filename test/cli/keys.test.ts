import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../runtime/config/index.ts";
import { routec } from "../support/routec.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

test("a key is printed once, with the entry that knows it by its hash", async () => {
  const { code, stdout, stderr } = await routec([
    "keys",
    "new",
    "--name",
    "acme",
    "--claims",
    '{"tier":"pro"}',
    "--expires",
    "2999-01-31",
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [key = "", ...rest] = stdout.split("\n");
  expect(key).toMatch(/^rk_[\w-]{43}$/);
  expect(rest.join("\n")).not.toContain(key);
  const entry = JSON.parse(rest.slice(rest.indexOf("{")).join("\n"));
  expect(entry).toEqual({
    name: "acme",
    sha256: sha256(key),
    claims: { tier: "pro" },
    expires: "2999-01-31T00:00:00.000Z",
  });
});

test("for programs it is one line of JSON, whose entry a configuration takes", async () => {
  const { stdout } = await routec(["keys", "new", "--name", "ci", "--expires", "90d", "--format", "json"]);
  const { key, entry } = JSON.parse(stdout);
  expect(entry).toMatchObject({ name: "ci", sha256: sha256(key), claims: {} });
  expect(parseConfig(JSON.stringify({ auth: { keys: [entry] } }), "c.json")).toEqual({ auth: { keys: [entry] } });
});

describe("wrong use", () => {
  test.each([
    [["keys"], "too few arguments"],
    [["keys", "old"], "`old` is nothing to do with keys: expected `new`"],
    [["keys", "new"], "whose key it is is not said: `--name <name>`"],
    [["keys", "new", "--name", "a", "--claims", "tier=pro"], "`--claims` is not JSON"],
    [["keys", "new", "--name", "a", "--claims", "[]"], "`--claims` cannot be `[]`: expected a JSON object"],
    [["keys", "new", "--name", "a", "--expires", "soon"], "`--expires` cannot be `soon`: expected a date"],
    [["keys", "new", "--name", "a", "--expires", "2020-01-01"], "`--expires 2020-01-01` has passed"],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await routec(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });
});
