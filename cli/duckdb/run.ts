/** What `routec replay --engine duckdb <files>` does. */
import { EXIT, InputError, UsageError } from "../command.ts";
import { readPolicy } from "../policy.ts";
import type { ReportValues } from "../report.ts";
import { type DuckdbReplay, replayWithDuckdb } from "./replay.ts";
import { duckdbReplayJson, renderDuckdbReplay, renderPlainDuckdbReplay } from "./report.ts";

export interface DuckdbValues extends ReportValues {
  /** Another policy to compare with. */
  readonly against?: string;
  /** `name=value,name=value`: of all requests. */
  readonly set?: string;
  /** `name=sql,name=sql`: what an attribute is, over the log's columns. */
  readonly columns?: string;
}

/** Asks a policy of a log in DuckDB and prints what came of it; returns the exit code. Throws InputError. */
export async function runDuckdbReplay(main: string, files: string, values: DuckdbValues): Promise<number> {
  const policy = await readPolicy(main, values);
  const old = values.against === undefined ? undefined : await readPolicy(values.against, values);
  if (policy === undefined || (values.against !== undefined && old === undefined)) return EXIT.findings;
  const found = await replayWithDuckdb(policy.table, files, {
    columns: pairs("--columns", values.columns),
    set: pairs("--set", values.set),
    ...(old && { against: old.table }),
  }).catch((error: unknown) => {
    throw error instanceof Error && error.name === "SqlError" ? new InputError(error.message) : error;
  });
  process.stdout.write(rendered(found, values.format));
  return EXIT.well;
}

function rendered(found: DuckdbReplay, format: string | undefined): string {
  if (format === "json") return duckdbReplayJson(found);
  return format === "plain" ? renderPlainDuckdbReplay(found) : renderDuckdbReplay(found);
}

/** A comma within SQL, as in `substr(a, 1, 2)`, is followed by no name and `=`. */
function pairs(option: string, written: string | undefined): Record<string, string> {
  if (written === undefined) return {};
  return Object.fromEntries(
    written.split(/,(?=[\w.]+=(?!=))/).map((pair) => {
      const [, name, value] = /^([\w.]+)=(.+)$/s.exec(pair) ?? [];
      if (name === undefined || value === undefined)
        throw new UsageError(`\`${option}\` has \`${pair}\`: expected \`name=value\``);
      return [name, value];
    }),
  );
}
