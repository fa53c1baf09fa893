import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { VERBS } from "../../cli/verbs.ts";
import { routec, start } from "../support/routec.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const wrongUse = (stderr: string) => ({ code: 2, stdout: "", stderr });

test("--version says which", async () => {
  expect(await routec(["--version"])).toEqual({ code: 0, stdout: `routec ${version}\n`, stderr: "" });
});

test("help lists the verbs of this version, and so do no arguments at all", async () => {
  const { code, stdout } = await routec(["help"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/ check +say what is wrong with policies\n/);
  expect((await routec([])).stdout).toBe(stdout);
  expect((await routec(["--help"])).stdout).toBe(stdout);
});

test.each([...VERBS.keys()])("help on %s has an example, and --help says the same", async (verb) => {
  const { code, stdout } = await routec(["help", verb]);
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^usage: routec ${verb}[^]*\nexamples?:\n  .*routec ${verb}`));
  expect((await routec([verb, "--help"])).stdout).toBe(stdout);
});

test.each([
  [["chekc"], "unknown command `chekc`; did you mean `check`?", "help"],
  [["--verison"], "unknown option `--verison`; did you mean `--version`?", "help"],
  [["help", "chekc"], "unknown command `chekc`; did you mean `check`?", "help"],
  [["constructor"], "unknown command `constructor`", "help"],
  [["import", "a", "b"], "`routec import` is not part of this version", "help"],
  [["check", "--fromat", "json"], "unknown option `--fromat`; did you mean `--format`?", "help check"],
  [["check", "--constructor"], "unknown option `--constructor`", "help check"],
  [["check", "--format"], "`--format` needs a value: `--format <human|plain|json|sarif|github|junit>`", "help check"],
  [
    ["check", "--format", "--color"],
    "`--format` needs a value: `--format <human|plain|json|sarif|github|junit>`",
    "help check",
  ],
  [
    ["check", "--format", "jsn"],
    "`--format` cannot be `jsn`: expected human, plain, json, sarif, github, junit; did you mean `json`?",
    "help check",
  ],
  [
    ["check", "--max-warnings", "1.5"],
    "`--max-warnings` cannot be `1.5`: expected a whole number from 0 to 1000000000",
    "help check",
  ],
  [["fmt", "--check=yes"], "`--check` takes no value, this one has `yes`", "help fmt"],
  [["compile"], "too few arguments: `routec compile <main.route> [-o <file>]`", "help compile"],
  [["compile", "a", "b"], "`b` is one argument too many: `routec compile <main.route> [-o <file>]`", "help compile"],
])("routec %j is wrong use", async (args, message, topic) => {
  expect(await routec(args)).toEqual(wrongUse(`routec: ${message}\n\`routec ${topic}\` says how it is used\n`));
});

test("a Node that is too old is told so before anything is loaded", async () => {
  const older = `Object.defineProperty(process, "versions", { value: { node: "22.18.0" } })`;
  const node = ["--import", `data:text/javascript,${encodeURIComponent(older)}`];
  expect(await routec(["check"], { node })).toEqual(wrongUse("routec needs Node 22.19 or later, this is 22.18.0\n"));
});

test("a fault of routec's own says what to report, and where only when asked", async () => {
  const broken = `process.stdout.write = () => { throw new TypeError("broken pipe organ") }`;
  const node = ["--import", `data:text/javascript,${encodeURIComponent(broken)}`];
  const { code, stderr } = await routec(["help"], { node });
  expect(code).toBe(70);
  expect(stderr).toMatch(
    /^routec: this is a fault of routec's own, not of your policy: TypeError: broken pipe organ\n/,
  );
  expect(stderr).toContain(`routec ${version}, Node ${process.versions.node}, ${process.platform}\n`);
  expect(stderr).not.toContain("    at ");
  expect((await routec(["help"], { node, env: { ROUTEC_DEBUG: "1" } })).stderr).toContain("    at ");
});

test("a reader that goes away early is no error", async () => {
  const child = start(["help"]);
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});
