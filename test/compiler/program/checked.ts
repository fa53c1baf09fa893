/** The checked program of a text, for what is not in the table. */
import { resolve } from "node:path";
import { expect } from "vitest";
import { checkProgram } from "../../../compiler/program/check.ts";
import { Assets, readProgram } from "../../../compiler/program/files.ts";
import type { Program } from "../../../compiler/program/program.ts";
import { Report } from "../../../compiler/program/report.ts";

/** The program of files by their names, without errors; the first is the main file. */
export function programOf(files: Readonly<Record<string, string>>): Program {
  const { program, report } = checked(files);
  expect(report.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return program;
}

/** What of a faulty program is left, and what was reported. */
export function checked(files: Readonly<Record<string, string>>): { program: Program; report: Report } {
  const report = new Report();
  const byPath = new Map(Object.entries(files).map(([name, text]) => [resolve(name), text]));
  const fileSystem = {
    read: (path: string) => new TextEncoder().encode(byPath.get(path)),
    real: (path: string) => path,
  };
  const [main] = byPath.keys();
  const program = checkProgram(readProgram(main ?? "", fileSystem, report), new Assets(fileSystem, report), report);
  return { program, report };
}
