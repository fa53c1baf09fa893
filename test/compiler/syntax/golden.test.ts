import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { format, parse } from "../../../compiler/syntax/index.ts";
import { findings } from "./support.ts";

const GOLDEN = join(import.meta.dirname, "golden");
const files = (suffix: string) => readdirSync(GOLDEN).filter((file) => file.endsWith(suffix));

/** Compares with a file; UPDATE_GOLDEN=1 writes it instead. */
function expectGolden(file: string, actual: string): void {
  const path = join(GOLDEN, file);
  if (process.env.UPDATE_GOLDEN) writeFileSync(path, actual);
  expect(actual).toBe(readFileSync(path, "utf8"));
}

describe("what is wrong in a broken file", () => {
  test.each(files(".route").filter((file) => !/\.(format|canonical)\./.test(file)))("%s", (file) => {
    const text = readFileSync(join(GOLDEN, file), "utf8");
    const names = parse(file, text).tree.declarations.map((declaration) => {
      const name = "name" in declaration ? ` ${declaration.name.text}` : "";
      return `${declaration.kind}${name}${declaration.broken ? ", broken" : ""}`;
    });
    expectGolden(file.replace(".route", ".txt"), `${[...findings(text), "", "Declared:", ...names].join("\n")}\n`);
  });
});

describe("the canonical form", () => {
  test.each(files(".format.route"))("%s", (file) => {
    const text = readFileSync(join(GOLDEN, file), "utf8");
    expect(findings(text)).toEqual([]);
    expectGolden(file.replace(".format.route", ".formatted.txt"), format(text, parse(file, text).tree));
  });

  test.each(files(".canonical.route"))("%s has it already", (file) => {
    const text = readFileSync(join(GOLDEN, file), "utf8");
    expect(findings(text)).toEqual([]);
    expect(format(text, parse(file, text).tree)).toBe(text);
  });
});

const MORE_SLIPS = [
  'let a=b&&!c||d=e\nprovider x{url:"y"}',
  "let a = 1 < b\nlet c = d in [e, f)\nplan f = (g or h, i)\nplan j := cheapest { models with can tools }",
  "prove a { always providers == 2 and cost = $1,000 }",
  'signal a bool = module "./b.js" otherwise false\nplan b = c else on 429 d',
];

test("the fixes for slips from other languages mend them all", () => {
  for (const text of [readFileSync(join(GOLDEN, "slips.route"), "utf8"), ...MORE_SLIPS]) {
    const edits = parse("p", text).diagnostics.flatMap(({ fix }) => fix?.edits ?? []);
    const mended = edits.reduceRight(
      (fixed, { span, text }) => fixed.slice(0, span.start) + text + fixed.slice(span.end),
      text,
    );
    expect(findings(mended)).toEqual([]);
  }
});
