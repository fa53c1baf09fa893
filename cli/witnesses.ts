/** Requests that show findings, ready to be used: as a command line, and as a test to paste into the policy. */
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { lineIndex } from "../compiler/diagnostics/position.ts";
import { requestJson } from "../compiler/diagnostics/request.ts";

/** For each finding that has one. `main` is the policy that was checked; `sources` have the texts of the files by name. */
export function witnessesText(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  main: string,
): string {
  return diagnostics
    .flatMap(({ witness, code, file, span, message }) => {
      if (witness === undefined) return [];
      const text = sources.get(file);
      const line = text === undefined ? 0 : lineIndex(text).position(span.start).line;
      const place = `${file}:${line + 1}`;
      const [send = "", ...given] = witness.written;
      return [
        "",
        `${code} at ${place}: ${message}`,
        "",
        `routec explain ${quoted(main)} --request - <<'REQUEST'`,
        JSON.stringify(requestJson(witness)),
        "REQUEST",
        "",
        `test ${JSON.stringify(`${code} at line ${line + 1}: ${message}`.replaceAll("`", ""))} {`,
        ...[send, ...given].map((each) => `  ${each}`),
        "  // say what should come of it, such as: expect plan NAME",
        "}",
      ];
    })
    .map((each) => `${each}\n`)
    .join("");
}

/** A word for a POSIX shell. */
const quoted = (word: string) => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
