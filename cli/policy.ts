/** A policy from its source or from its compiled table. */
import type { DecisionTable, Policy } from "../runtime/table/index.ts";
import { InputError } from "./command.ts";
import { readInput, tryReading } from "./files.ts";
import { fromHere, type ReportValues, reportAside } from "./report.ts";

/**
 * A policy that can decide: compiled where the file is a `.route`, or read where it is a `.json`. Undefined when the
 * policy has errors. Throws InputError for a file that is neither.
 */
export async function readPolicy(path: string, values: ReportValues): Promise<Policy | undefined> {
  const table = path.endsWith(".json")
    ? readJson(path, (await readInput(path)).toString())
    : await compilePolicy(path, values);
  if (table === undefined) return undefined;
  const { load, TableError } = await import("../runtime/table/index.ts");
  try {
    return load(table);
  } catch (error) {
    if (error instanceof TableError) throw new InputError(`\`${path}\`: ${error.message}`);
    throw error;
  }
}

/**
 * The decision table of a `.route`; findings go to standard error. Undefined when one is an error. Throws InputError
 * for a library, which routes nothing.
 */
export async function compilePolicy(main: string, values: ReportValues): Promise<DecisionTable | undefined> {
  const { compile } = await import("../compiler/index.ts");
  const { table, ...findings } = tryReading(main, () => compile(main));
  const failed = reportAside(fromHere(findings, main), values);
  if (table === undefined && !failed) throw new InputError(`\`${main}\` has no route, so there is nothing to compile`);
  return table;
}

/** Parsed JSON. Throws InputError that names the file. */
export function readJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : "";
    throw new InputError(`\`${name}\` is not JSON: ${detail.charAt(0).toLowerCase()}${detail.slice(1)}`);
  }
}
