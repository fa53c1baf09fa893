/** The policies that people start from. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile, format } from "../compiler/index.ts";
import { parse } from "../compiler/syntax/index.ts";

const FOLDER = new URL("../examples/", import.meta.url);
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith(".route"));

it("there are at least eight beside the quick start", () => {
  expect(NAMES.length).toBeGreaterThan(8);
});

describe.each(NAMES)("%s", (name) => {
  const path = new URL(name, FOLDER).pathname;
  const text = readFileSync(path, "utf8");

  it("has nothing wrong with it, and compiles", () => {
    const { diagnostics, table } = compile(path);
    expect(diagnostics).toEqual([]);
    expect(table).toBeDefined();
  });

  it("is written as `routec fmt` writes it, in less than 120 lines", () => {
    expect(format(text).text).toBe(text);
    expect(text.split("\n").length).toBeLessThan(120);
  });
});

it.each(NAMES.filter((name) => name !== "quickstart.route"))("%s has tests and proofs", (name) => {
  const kinds = parse(name, readFileSync(new URL(name, FOLDER), "utf8")).tree.declarations.map(({ kind }) => kind);
  expect(kinds).toContain("test");
  expect(kinds).toContain("prove");
});
