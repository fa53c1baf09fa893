import { expect, test } from "vitest";
import { renderGithub, renderGithubSummary } from "../../../compiler/diagnostics/github.ts";
import { FINDINGS, golden, SOURCES } from "./support.ts";

test("annotations, one line each", async () => {
  const text = renderGithub(FINDINGS, SOURCES);
  await expect(text).toMatchFileSnapshot(golden("github.txt"));
  expect(text.trimEnd().split("\n")).toHaveLength(FINDINGS.length);
});

test("nothing found, nothing written", () => {
  expect(renderGithub([], SOURCES)).toBe("");
});

test("a finding of a file without a text is said of its first line", () => {
  expect(renderGithub(FINDINGS.slice(1, 2), new Map())).toContain(",line=1,endLine=1,col=1,endColumn=1,");
});

test("a summary of the job", async () => {
  await expect(renderGithubSummary(FINDINGS, SOURCES)).toMatchFileSnapshot(golden("github-summary.md"));
  expect(renderGithubSummary([], SOURCES)).toBe("### routec\n\nNothing found.\n");
});

test("a summary has a bound, and says what is left out", () => {
  const many = Array.from({ length: 1002 }, () => FINDINGS)
    .flat()
    .slice(0, 1002);
  const text = renderGithubSummary(many, SOURCES);
  expect(text.match(/^\| (?:error|warning) /gm)).toHaveLength(1000);
  expect(text).toMatch(/\n\n2 more are not shown\.\n$/);
});
