import { describe, expect, test } from "vitest";
import { applyIgnores } from "../../../compiler/diagnostics/ignore.ts";
import { applyFixes, check, type Diagnostic } from "../../../compiler/index.ts";
import { GOOD, MISSPELT } from "../../support/policies.ts";

/** A policy without a finding, and after it these lines. */
const policy = (...lines: string[]) => `${GOOD}\n${lines.join("\n")}\n`;

/** Findings as `line code message`, the line counted from the end of the good part. */
const findings = (text: string) =>
  check({ text, path: "main.route" }).diagnostics.map(({ code, message, span }) => {
    const line = text.slice(GOOD.length, span.start).split("\n").length - 1;
    return `${line} ${code} ${message}`;
  });

const UNUSED = "RT5001 nothing uses the plan `spare`";

test("a policy with a warning to ignore", () => {
  expect(findings(policy("plan spare = large"))).toEqual([`1 ${UNUSED}`]);
});

describe("a warning is silenced", () => {
  test.each([
    ["at the end of its line", ["plan spare = large // routec-ignore RT5001: for later"]],
    ["on the line before", ["// routec-ignore RT5001: for later", "plan spare = large"]],
    ["before a doc comment", ["//routec-ignore RT5001: for later", "/// Not used yet.", "plan spare = large"]],
    ["at the first of several lines", ["plan spare = large // routec-ignore RT5001: for later", "  else small"]],
  ])("%s", (_, lines) => {
    expect(findings(policy(...lines))).toEqual([]);
  });

  test("with CRLF and a byte order mark too", () => {
    const text = `\ufeff${policy("// routec-ignore RT5001: for later", "plan spare = large")}`;
    expect(findings(text.replaceAll("\n", "\r\n"))).toEqual([]);
  });
});

describe("a warning is not silenced", () => {
  test.each([
    ["two lines before it", ["// routec-ignore RT5001: for later", "", "plan spare = large"], 3],
    ["after it", ["plan spare = large", "// routec-ignore RT5001: for later"], 1],
    ["at the end of the line before", ["let late = stream // routec-ignore RT5001: later", "plan spare = large"], 2],
  ])("%s", (_, lines, line) => {
    expect(findings(policy(...lines))).toContain(`${line} ${UNUSED}`);
  });

  test("by a doc comment: that is about what it stands before", () => {
    expect(findings(policy("/// routec-ignore RT5001: for later", "plan spare = large"))).toEqual([`2 ${UNUSED}`]);
  });
});

describe("an ignore that does nothing is a finding", () => {
  test.each([
    ["// routec-ignore RT5001", "an ignore needs a reason"],
    ["// routec-ignore RT5001:  ", "an ignore needs a reason"],
    ["// routec-ignore: because", "an ignore names the codes that it silences"],
    ["// routec-ignore", "an ignore names the codes that it silences"],
    ["// routec-ignore RT5O01: because", "there is no code `RT5O01`"],
    ["// routec-ignore toString: because", "there is no code `toString`"],
    ["// routec-ignore RT3005: because", "there is no `RT3005` to ignore here"],
  ])("%s", (comment, message) => {
    expect(findings(policy(comment, "plan spare = large"))).toEqual([`1 RT5003 ${message}`, `2 ${UNUSED}`]);
  });

  test("even if another code of it silences something", () => {
    const text = policy("plan spare = large // routec-ignore RT3005, RT5001: both");
    expect(findings(text)).toEqual(["1 RT5003 there is no `RT3005` to ignore here"]);
    const [finding] = check({ text }).diagnostics;
    expect(text.slice(finding?.span.start, finding?.span.end)).toBe("RT3005");
  });
});

test("errors cannot be ignored", () => {
  const text = MISSPELT.replace("-> strnog", "-> strnog // routec-ignore RT2001, RT5001: it will come");
  expect(check({ text }).diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
    expect.stringMatching(/^RT2001 /),
    "RT5003 `RT2001` is an error here, and errors cannot be ignored",
  ]);
});

test.each([
  ["// routec-ignore RT5001: gone\nplan a = b\n", "plan a = b\n"],
  ["plan a = b  // routec-ignore RT5001: gone\n", "plan a = b\n"],
  ["plan a = b\n\n  // routec-ignore RT5001: gone", "plan a = b\n\n"],
])("the fix of a needless ignore takes it away: %j", (text, rest) => {
  const start = text.indexOf("//");
  const comment = text.slice(start).split("\n")[0] ?? "";
  const comments = [{ text: comment, span: { start, end: start + comment.length } }];
  const found = applyIgnores({ name: "a", text, comments }, [], { whole: true });
  expect(applyFixes(new Map([["a", text]]), found).texts.get("a")).toBe(rest);
});

test("in an imported file it may serve another program, so it is not told to be needless", () => {
  const files: Record<string, string> = {
    "/main.route": `import "./library.route"\n${GOOD}`,
    "/library.route": "// routec-ignore RT5001: who imports this need not use it\nlet night = time.hour < 6\n",
  };
  const fileSystem = { read: (path: string) => Buffer.from(files[path] ?? ""), real: (path: string) => path };
  expect(check("/main.route", { fileSystem }).diagnostics).toEqual([]);
  expect(check("/library.route", { fileSystem }).diagnostics).toEqual([]);
});

test("findings of another file are not touched", () => {
  const comment = "// routec-ignore RT5001: reason";
  const text = `${comment}\nx`;
  const finding = (file: string): Diagnostic => ({
    code: "RT5001",
    severity: "warning",
    message: "nothing uses it",
    file,
    span: { start: text.length - 1, end: text.length },
  });
  const comments = [{ text: comment, span: { start: 0, end: comment.length } }];
  expect(applyIgnores({ name: "a", text, comments }, [finding("a"), finding("b")], { whole: true })).toEqual([
    finding("b"),
  ]);
});
