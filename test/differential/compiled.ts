/** A policy made ready to decide in four independent ways. Rules that can never match do not keep it from being compiled. */
import { Script } from "node:vm";
import { type Analysis, analyse } from "../../compiler/analysis/analyse.ts";
import type { Diagnostic } from "../../compiler/index.ts";
import { javaScript, serializeTable } from "../../compiler/index.ts";
import { checkProgram } from "../../compiler/program/check.ts";
import { Assets, readProgram } from "../../compiler/program/files.ts";
import type { Program } from "../../compiler/program/program.ts";
import { Report } from "../../compiler/program/report.ts";
import { lower } from "../../compiler/table/lower.ts";
import { type Decision, type DecisionTable, load, type Policy } from "../../runtime/table/index.ts";

export type Decide = (attributes: Readonly<Record<string, unknown>>) => Decision;

export interface Compiled {
  readonly text: string;
  readonly program: Program;
  readonly analysis: Analysis;
  readonly findings: readonly Diagnostic[];
  readonly policy: Policy;
  /** Of the generated JavaScript. */
  readonly decide: Decide;
}

/** What random policies may be found to have: a rule that never matches, a forgotten request, too many cases, style. */
const EXPECTED = /^RT(3001|3002|3005|5\d\d\d)$/;

/** Undefined when the policy was too much for the analysis, or decides nothing. Throws for one that is otherwise wrong. */
export function compiled(text: string): Compiled | undefined {
  const report = new Report();
  const program = checked(text, report);
  const analysis = analyse(program, report);
  const findings = report.diagnostics;
  const wrong = findings.find(({ code, severity }) => severity === "error" && !EXPECTED.test(code));
  if (wrong !== undefined) throw new Error(`the generated policy is wrong: ${wrong.code} ${wrong.message}`);
  if (analysis === undefined || analysis.routes.length < program.routes.length) return undefined;
  const table = lower(program, analysis);
  // A route that can decide nothing has no rows, which no table may have.
  if (table.routes.some(({ rows }) => rows.length === 0)) return undefined;
  const policy = load(JSON.parse(serializeTable(table)));
  return { text, program, analysis, findings, policy, decide: evaluated(table) };
}

export function checked(text: string, report = new Report()): Program {
  const files = { read: () => new TextEncoder().encode(text), real: (path: string) => path };
  return checkProgram(readProgram("main.route", files, report), new Assets(files, report), report);
}

/**
 * `decide` of the generated module. It is run as a script, because a module that was imported is never forgotten, and
 * there are thousands of them; test/compiler/target imports some as modules.
 */
function evaluated(table: DecisionTable): Decide {
  const script = javaScript(table).replaceAll(/^export /gm, "");
  return new Script(`"use strict"; (() => { ${script}\nreturn decide; })()`).runInThisContext();
}
