/** The names of failures. */
import { FAILED, FAILURES, type Failure } from "../../runtime/table/artifact.ts";
import { nearest } from "../diagnostics/index.ts";
import type { Name, Word } from "../syntax/index.ts";
import type { ProgramFile } from "./program.ts";
import { didYouMean } from "./report.ts";
import type { Scope } from "./scope.ts";

/** The failures that a list names, each once and in the language's own order; undefined after reporting an unknown one. */
export function checkFailures(
  names: readonly (Name | Word)[],
  file: ProgramFile,
  { report }: Scope,
): Failure[] | undefined {
  const found = new Set<Failure>();
  let faulty = false;
  for (const { text, span } of names) {
    const failure = FAILURES.find((known) => known === text);
    // Of no characters, it stands for one that could not be read.
    if (text === "") faulty = true;
    else if (failure !== undefined) found.add(failure);
    else if (text === "failed") for (const each of FAILED) found.add(each);
    else {
      faulty = true;
      report.error("RT2001", file.name, span, `\`${text}\` is no failure: expected one of ${FAILURES.join(", ")}`, {
        ...didYouMean(nearest(text, ["failed", ...FAILURES])),
      });
    }
  }
  // The same set always gives the same table.
  return faulty ? undefined : FAILURES.filter((failure) => found.has(failure));
}
