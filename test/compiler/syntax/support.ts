/** One-line helpers for tests of the syntax phase. */
import { expect } from "vitest";
import { type Declaration, parse } from "../../../compiler/syntax/index.ts";

/** Syntax errors as `line:column code message`, with what is offered to mend them. */
export function findings(text: string): string[] {
  return parse("p.route", text).diagnostics.map(({ code, span, message, help, fix }) => {
    const { line, column } = place(text, span.start);
    return [`${line}:${column} ${code} ${message}`, help && `  help: ${help}`, fix && `  fix: ${fix.title}`]
      .filter(Boolean)
      .join("\n");
  });
}

/** The one declaration of a text without errors. */
export function declared(text: string): Declaration {
  const { tree, diagnostics } = parse("p.route", text);
  expect(diagnostics).toEqual([]);
  expect(tree.declarations).toHaveLength(1);
  return tree.declarations[0] as Declaration;
}

/** The text has exactly one syntax error, which says this. */
export function expectError(text: string, code: string, message: string): void {
  expect(parse("p.route", text).diagnostics.map((found) => `${found.code} ${found.message}`)).toEqual([
    expect.stringContaining(`${code} ${message}`),
  ]);
}

function place(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
