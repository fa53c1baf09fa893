import { expect, test } from "vitest";
import { MEANINGS } from "../../compiler/diagnostics/meanings.ts";
import { GOOD, MISSPELT, MODELS } from "../support/policies.ts";
import { folder, routec } from "../support/routec.ts";

const golden = (name: string) => new URL(`golden/${name}`, import.meta.url).pathname;
const pro = JSON.stringify({ route: "chat", attributes: { tier: "pro" } });
const free = JSON.stringify({ route: "chat" });
const explain = (files: Record<string, string>, ...args: string[]) =>
  routec(["explain", "main.route", ...args], { cwd: folder({ "main.route": GOOD, ...files }) });

test("for people", async () => {
  const { code, stdout, stderr } = await explain({ "r.json": pro }, "--request", "r.json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  await expect(stdout).toMatchFileSnapshot(golden("explain.txt"));
});

test("for programs, from standard input", async () => {
  const cwd = folder({ "main.route": GOOD });
  const { stdout } = await routec(["explain", "main.route", "-r", "-", "--format", "json"], { cwd, input: free });
  expect(JSON.parse(stdout)).toMatchObject({
    format: 1,
    route: "chat",
    rule: { index: 1, file: "main.route", line: 23, text: "otherwise -> small" },
    steps: ["small"],
    reject: null,
  });
});

test("the requests of a .jsonl come out in order, a compact line each", async () => {
  const lines = Array.from({ length: 50 }, (_, i) => (i % 3 === 0 ? pro : free));
  const { stdout } = await explain({ "r.jsonl": `${lines.join("\n")}\n\n` }, "--request", "r.jsonl");
  const rules = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).rule.index);
  expect(rules).toEqual(lines.map((line) => (line === pro ? 0 : 1)));
});

test("a compiled table is explained like its source", async () => {
  const cwd = folder({ "main.route": GOOD, "r.json": pro });
  await routec(["compile", "main.route", "-o", "policy.json"], { cwd });
  const asked = ["--request", "r.json", "--format", "json"];
  const source = await routec(["explain", "main.route", ...asked], { cwd });
  expect(await routec(["explain", "policy.json", ...asked], { cwd })).toEqual(source);
  const { stdout } = await routec(["explain", "policy.json", "--request", "r.json"], { cwd });
  expect(stdout).toContain("because\n  tier == pro  is true\n");
});

const LONG = `${MODELS}
request { tier free | pro | max from header "x-tier" default free   weight int from header "x-weight" default 0 }
signal mail bool = patterns [email]
plan heavy = large else small
route chat {
  when tier == max or weight > 100 -> heavy
  when mail -> large
  match tier {
    pro  -> large with { retries 2 }
    _    -> small
  }
}
`;
const long = (request: string, ...args: string[]) =>
  explain({ "main.route": LONG, "r.json": request }, "--request", "r.json", ...args);
const light = '{"attributes":{"weight":7},"signals":{"mail":false}}';

test("what kept each earlier rule from it is drawn too", async () => {
  await expect((await long(light)).stdout).toMatchFileSnapshot(golden("explain-why.txt"));
  await expect((await long(light, "--format", "plain")).stdout).toMatchFileSnapshot(golden("explain-why.plain.txt"));
});

test("--why-not says what kept a rule, a plan or a model from it", async () => {
  const answers = await Promise.all(["heavy", "2", "small", "large"].map((what) => long(light, "--why-not", what)));
  await expect(answers.map(({ stdout }) => stdout).join("----\n")).toMatchFileSnapshot(golden("explain-why-not.txt"));
});

test("--why-not for programs", async () => {
  const { stdout } = await long(light, "--why-not", "heavy", "--format", "json");
  expect(JSON.parse(stdout).why_not).toEqual({
    kind: "rules",
    rules: [
      {
        index: 0,
        text: "when tier == max or weight > 100 -> heavy",
        matches: false,
        taken_by: null,
        parts: [
          { matches: false, decides: true, says: "tier is free" },
          { matches: false, decides: true, says: "weight is 7" },
        ],
      },
    ],
  });
});

test("--why-not of what there is not is wrong use", async () => {
  expect(await long(light, "--why-not", "opus")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("`--why-not opus` is no rule of the route, plan or model: rules are 0 to 3"),
  });
});

test("the worst case counts every retry", async () => {
  const { stdout } = await long('{"attributes":{"tier":"pro"},"signals":{"mail":false}}', "--format", "json");
  expect(JSON.parse(stdout)).toMatchObject({ steps: ["large"], worst: { attempts: 3 } });
});

test("signals that take nobody's help are computed from a whole HTTP request", async () => {
  const body = { model: "chat", messages: [{ role: "user", content: "write to ada@example.com" }] };
  const { stdout } = await long(JSON.stringify({ body }), "--format", "json");
  expect(JSON.parse(stdout)).toMatchObject({ rule: { index: 1 }, signals: ["mail"] });
});

test.each([
  ["not json", "r.json", "`r.json` is not JSON: "],
  [`${free}\n{`, "r.jsonl", "`r.jsonl:2` is not JSON: "],
  ['{"route":"chta"}', "r.json", "`r.json`: "],
  ['{"route":"chat","attributes":{"tier":"gold"}}', "r.json", "`r.json`: "],
])("the request %j is wrong use", async (request, name, message) => {
  const { code, stderr } = await explain({ [name]: request }, "--request", name);
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(`routec: ${message}`) });
});

test("what is missing is said", async () => {
  expect((await routec(["explain"])).stderr).toContain("which policy?");
  expect((await explain({})).stderr).toContain("which request?");
  expect((await explain({}, "--request", "gone.json")).stderr).toContain("cannot read `gone.json`");
});

test("a policy with errors explains nothing", async () => {
  const { code, stdout, stderr } = await explain({ "main.route": MISSPELT, "r.json": pro }, "--request", "r.json");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^error\[RT2001\]/);
});

test("--code says what a code means", async () => {
  const { code, stdout } = await routec(["explain", "--code", "rt3002"]);
  expect(code).toBe(0);
  await expect(stdout).toMatchFileSnapshot(golden("code.txt"));
});

test("--code for screen readers: a paragraph is a line", async () => {
  const { stdout } = await routec(["explain", "--code", "RT3002", "--format", "plain"]);
  const { meaning, example, mended, why } = MEANINGS.RT3002;
  const lines = ["RT3002: rule can never match", meaning, "an example that fails:", "the same mended:", `why: ${why}`];
  expect(stdout.split("\n")).toEqual(expect.arrayContaining([...lines, ...`${example}${mended}`.split("\n")]));
});

test("--code for programs", async () => {
  const { stdout } = await routec(["explain", "--code", "RT3002", "--format", "json"]);
  const said = { format: 1, code: "RT3002", title: "rule can never match", ...MEANINGS.RT3002 };
  expect(JSON.parse(stdout)).toEqual(said);
});

test("a code that does not exist is wrong use", async () => {
  const { code, stderr } = await routec(["explain", "--code", "RT9999"]);
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("unknown code `RT9999`") });
});

test("a whole HTTP request is read as the proxy reads it", async () => {
  const body = { model: "chat", messages: [{ role: "user", content: "hello" }] };
  const rule = async (request: object) => {
    const { stdout } = await explain({ "r.json": JSON.stringify(request) }, "--request", "r.json", "--format", "json");
    return JSON.parse(stdout).rule.index;
  };
  expect(await rule({ headers: { "X-Tier": "pro" }, body })).toBe(0);
  expect(await rule({ body })).toBe(1);
});

test.each([
  [{ body: { model: "chat" } }, "messages"],
  [{ body: { model: "other", messages: [] } }, "no route serves the model `other`"],
  [{ headers: { "x-tier": "gold" }, body: { model: "chat", messages: [] } }, "attribute `tier` is `gold`"],
  [{ headers: { "x-tier": 3 }, body: {} }, "`headers` of the request are not all texts"],
  [{ body: {}, cookies: {} }, "the request has `cookies`"],
])("the HTTP request %j is wrong use", async (request, message) => {
  const { code, stderr } = await explain({ "r.json": JSON.stringify(request) }, "--request", "r.json");
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});

test("what a request does not say is that of a short unstreamed chat, now", async () => {
  const rules =
    "when needs.vision or stream or prompt_tokens > 1k or turns > 1 -> large\n  when time.hour in 0..23 -> small";
  const cwd = folder({ "main.route": `${MODELS}route chat {\n  ${rules}\n}\n` });
  const { stdout } = await routec(["explain", "main.route", "-r", "-", "--format", "json"], { cwd, input: "{}" });
  expect(JSON.parse(stdout)).toMatchObject({ route: "chat", rule: { index: 1 } });
});

test("as a picture of the policy, as Mermaid unless it is said how", async () => {
  expect((await explain({}, "--graph")).stdout).toMatch(/^flowchart LR\n {2}route_0\(\["chat"\]\):::route\n/);
  expect((await explain({}, "--graph", "mermaid")).stdout).toBe((await explain({}, "--graph")).stdout);
  expect((await explain({}, "--graph", "svg")).stdout).toMatch(/^<svg .*<\/svg>\n$/s);
});

test("as a picture of the way of one request", async () => {
  const { stdout } = await explain({ "r.json": pro }, "--graph", "--request", "r.json");
  expect(stdout).toContain("pale");
  const tooMany = await explain({ "r.jsonl": pro }, "--graph", "--request", "r.jsonl");
  expect(tooMany).toMatchObject({ code: 2, stderr: expect.stringContaining("`--graph` is for one request") });
  const formatted = await explain({}, "--graph", "--format", "json");
  expect(formatted).toMatchObject({ code: 2, stderr: expect.stringContaining("takes neither") });
});
