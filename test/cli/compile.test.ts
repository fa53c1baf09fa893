import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { GOOD, MISSPELT, UNUSED } from "../support/policies.ts";
import { folder, routec } from "../support/routec.ts";

test("the table goes to a file or to standard output, the same bytes each time", async () => {
  const cwd = folder({ "main.route": GOOD });
  expect(await routec(["compile", "main.route", "-o", "policy.json"], { cwd })).toEqual({
    code: 0,
    stdout: "",
    stderr: "",
  });
  const written = readFileSync(join(cwd, "policy.json"), "utf8");
  expect(JSON.parse(written)).toMatchObject({ format: 1, routes: [{ names: ["chat"] }] });
  expect((await routec(["compile", "main.route"], { cwd })).stdout).toBe(written);
  expect((await routec(["compile", "main.route", "-o", "-"], { cwd })).stdout).toBe(written);
});

test("a module for edge runtimes is another target", async () => {
  const cwd = folder({ "main.route": GOOD });
  const { code } = await routec(["compile", "main.route", "--target", "javascript", "-o", "policy.mjs"], { cwd });
  expect(code).toBe(0);
  const { decide } = await import(pathToFileURL(join(cwd, "policy.mjs")).href);
  expect(decide({ model: "chat", tier: "pro" })).toMatchObject({ route: "chat", index: 0, run: { plan: "strong" } });
  expect(await routec(["compile", "main.route", "--target", "wasm"], { cwd })).toMatchObject({ code: 2 });
});

test("a query for a database is another target", async () => {
  const cwd = folder({ "main.route": GOOD });
  const compiled = (...options: readonly string[]) => routec(["compile", "main.route", ...options], { cwd });
  expect((await compiled("--target", "sql")).stdout).toMatch(/^-- main\.route for DuckDB,.*FROM requests\n/s);
  const { stdout } = await compiled("--target", "sql", "--dialect", "clickhouse", "--from", "logs.requests");
  expect(stdout).toMatch(/^-- main\.route for ClickHouse,.*FROM logs\.requests\n/s);
  expect(await compiled("--dialect", "duckdb")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("`--dialect` is of `--target sql`"),
  });
});

test("what a database cannot say is refused", async () => {
  const cwd = folder({
    "main.route": GOOD.replace(/route chat \{/, String.raw`route chat { when prompt matches /a\Bb/ -> strong`),
  });
  const { code, stdout, stderr } = await routec(["compile", "main.route", "--target", "sql"], { cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("`prompt matches /a\\Bb/` cannot be said in SQL for DuckDB: ");
});

test("warnings go aside", async () => {
  const { code, stdout, stderr } = await routec(["compile", "main.route"], { cwd: folder({ "main.route": UNUSED }) });
  expect(code).toBe(0);
  expect(JSON.parse(stdout).format).toBe(1);
  expect(stderr).toMatch(/^warning\[RT5001\]/);
});

test("with an error nothing is written", async () => {
  const cwd = folder({ "main.route": MISSPELT });
  const { code, stdout, stderr } = await routec(["compile", "main.route", "-o", "policy.json"], { cwd });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^error\[RT2001\]/);
  expect(existsSync(join(cwd, "policy.json"))).toBe(false);
});

test("the policy itself is not overwritten", async () => {
  const cwd = folder({ "main.route": GOOD });
  const { code, stderr } = await routec(["compile", "main.route", "-o", "./main.route"], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain("`-o ./main.route` would overwrite the policy itself\n");
});

test("what cannot be read or written is said", async () => {
  const cwd = folder({ "main.route": GOOD });
  expect(await routec(["compile", "gone.route"], { cwd })).toMatchObject({
    code: 2,
    stderr: "routec: cannot read `gone.route`: there is no such file or folder\n",
  });
  expect(await routec(["compile", "."], { cwd })).toMatchObject({
    code: 2,
    stderr: "routec: cannot read `.`: it is a folder\n",
  });
  expect(await routec(["compile", "main.route", "-o", "no/such/folder.json"], { cwd })).toMatchObject({
    code: 2,
    stderr: "routec: cannot write `no/such/folder.json`: there is no such file or folder\n",
  });
});

test("how the routes will be decided is said instead of the table, or beside it", async () => {
  const main = `request { tenant string from header "x-tenant" default ""  tier free | pro from header "x-tier" default free }
provider lab { protocol simulated }
model small = lab "small-1" { context 8k  output 1k  price free }
signal hard bool = keywords ["proof"]
signal pii bool = patterns [email]
route chat {
  when tier == free -> small
  when hard and pii -> reject 400
  when not hard and not pii -> small
  when (tier == pro and tenant == "a" and hard) or (tier == free and tenant == "b") -> small
  otherwise -> small
}
route tenants {
${Array.from({ length: 60 }, (_, i) => `  when tenant == "t${i}" and hard -> small`).join("\n")}
  otherwise -> small
}
`;
  const cwd = folder({ "main.route": main });
  const { code, stdout } = await routec(["compile", "main.route", "--explain"], { cwd });
  expect(code).toBe(0);
  await expect(stdout).toMatchFileSnapshot("golden/compile-explain.txt");
  const both = await routec(["compile", "main.route", "--explain", "--target", "javascript", "-o", "policy.mjs"], {
    cwd,
  });
  expect(both.stdout).toBe(stdout);
  expect(readFileSync(join(cwd, "policy.d.mts"), "utf8")).toContain('export type Route = "chat" | "tenants";');
  expect(readFileSync(join(cwd, "policy.mjs"), "utf8")).toContain("export function decide(attributes)");
});
