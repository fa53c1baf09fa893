import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { generateProgram } from "../../bench/programs.ts";
import { check } from "../../compiler/index.ts";

describe.each([
  [100, 20],
  [1000, 20],
])("a generated program of %d rules in %d files", (rules, count) => {
  const { files, largest, cedar } = generateProgram(rules, count);
  const rulesOf = (text: string): number => text.match(/ -> /g)?.length ?? 0;

  test("has so many of both, most rules in one file", () => {
    expect(files.size).toBe(count);
    const counts = new Map([...files].map(([name, text]) => [name, rulesOf(text)]));
    expect([...counts.values()].reduce((sum, each) => sum + each)).toBe(rules);
    expect(Math.max(...counts.values())).toBe(counts.get(largest));
  });

  test("has no finding", () => {
    const read = (path: string): Uint8Array => Buffer.from(files.get(basename(path)) ?? "");
    const { diagnostics, sources } = check("main.route", { fileSystem: { read, real: (path) => path } });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(sources.size).toBe(count);
  });

  test("has as many policies in Cedar", () => {
    expect(cedar.policies.match(/^permit /gm)).toHaveLength(rules);
  });
});
