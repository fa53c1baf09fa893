import { createRequire } from "node:module";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import type { Diagnostic } from "../../../compiler/diagnostics/diagnostic.ts";
import { renderSarif } from "../../../compiler/diagnostics/sarif.ts";
import { FINDINGS, golden, SOURCES } from "./support.ts";

const {
  $schema: _,
  id: __,
  ...schema
} = createRequire(import.meta.url)("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
const valid = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema);

const run = (diagnostics: readonly Diagnostic[], sources: ReadonlyMap<string, string>) =>
  JSON.parse(renderSarif(diagnostics, sources)).runs[0];

test("a log for code scanning", async () => {
  await expect(renderSarif(FINDINGS, SOURCES)).toMatchFileSnapshot(golden("findings.sarif"));
});

test.each([
  ["with findings", FINDINGS],
  ["without", []],
])("is what the schema of SARIF says, %s", (_, findings) => {
  valid(JSON.parse(renderSarif(findings, SOURCES)));
  expect(valid.errors).toBe(null);
});

test("the schema does tell a log from something else", () => {
  const log = JSON.parse(renderSarif(FINDINGS, SOURCES));
  log.runs[0].results[0].level = "fatal";
  expect(valid(log)).toBe(false);
});

test("each result points at its rule, and each rule has a result", () => {
  const { tool, results } = run(FINDINGS, SOURCES);
  for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex].id).toBe(ruleId);
  expect(tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(["RT1001", "RT2002", "RT3002", "RT5001"]);
});

/** Every `plan x` of a text is unused. */
const unused = (text: string) => {
  const diagnostics = [...text.matchAll(/plan (x)/g)].map(
    ({ index }): Diagnostic => ({
      code: "RT5001",
      severity: "warning",
      message: "nothing uses the plan",
      file: "main.route",
      span: { start: index + 5, end: index + 6 },
    }),
  );
  const { results } = run(diagnostics, new Map([["main.route", text]]));
  return results.map((result: { partialFingerprints: object }) => result.partialFingerprints);
};

test("a finding is known again when its lines move, and told from others like it", () => {
  const [first, second] = unused("plan x = a\nplan x = b\n");
  expect(first).not.toEqual(second);
  expect(unused("\n// moved\n\n  plan x = c\n\n\nplan x = b\n")).toEqual([first, second]);
});

test("a path from the root is a URI of its own", () => {
  const finding = { ...FINDINGS[1], file: "/etc/a b.route" } as Diagnostic;
  const [result] = run([finding], new Map([["/etc/a b.route", ""]])).results;
  expect(result.locations[0].physicalLocation.artifactLocation.uri).toBe("file:///etc/a%20b.route");
});
