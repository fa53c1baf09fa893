/** JSON in the files that a policy names. */
import type { Word } from "../syntax/index.ts";
import type { ProgramFile } from "./program.ts";
import type { Scope } from "./scope.ts";

/** The members of the object in a file; undefined after reporting why it cannot be had. */
export function readObject(path: Word, file: ProgramFile, scope: Scope): Record<string, unknown> | undefined {
  const text = scope.assets.text(path, file);
  if (text === undefined) return undefined;
  const malformed = (why: string): undefined => {
    scope.report.error("RT2017", file.name, path.span, `\`${path.text}\` is not a JSON object: ${why}`);
    return undefined;
  };
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (value === null) return malformed("it is `null`");
    if (Array.isArray(value)) return malformed("it is an array");
    return typeof value === "object" ? (value as Record<string, unknown>) : malformed(`it is a ${typeof value}`);
  } catch (error) {
    return malformed(inWords((error as Error).message));
  }
}

/**
 * What stands in a file of JSON lines; undefined after reporting why it cannot be had. `read` says what a line is, or in a
 * text what is wrong with it. Empty lines are skipped.
 */
export function readJsonLines<T extends object>(
  path: Word,
  file: ProgramFile,
  scope: Scope,
  read: (value: unknown) => T | string,
): T[] | undefined {
  const content = scope.assets.text(path, file);
  if (content === undefined) return undefined;
  const found: T[] = [];
  for (const [index, line] of content
    .replace(/^\uFEFF/, "")
    .split("\n")
    .entries()) {
    if (line.trim() === "") continue;
    const value = readLine(line, read);
    if (typeof value === "string") {
      scope.report.error("RT2017", file.name, path.span, `line ${index + 1} of \`${path.text}\` ${value}`);
      return undefined;
    }
    found.push(value);
  }
  return found;
}

function readLine<T extends object>(line: string, read: (value: unknown) => T | string): T | string {
  try {
    return read(JSON.parse(line));
  } catch (error) {
    return `is no JSON: ${inWords((error as Error).message).replace(" at line 1,", " at")}`;
  }
}

/** What Node says of malformed JSON, with the place as people count it where it says one, else what stands there. */
function inWords(message: string): string {
  const [, what, line, column] =
    /^(.*?)(?: in JSON)? at position \d+ \(line (\d+) column (\d+)\)$/s.exec(message) ?? [];
  if (what !== undefined) return `${lowerFirst(what)} at line ${line}, column ${column}`;
  const [, token, near] =
    /^Unexpected token '(.*)', (?:\.\.\.)?"(.*)"(?:\.\.\.)? is not valid JSON$/s.exec(message) ?? [];
  if (token !== undefined) return `unexpected \`${token}\` in \`${near?.replaceAll(/\s+/g, " ").trim()}\``;
  return "it ends too soon";
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
