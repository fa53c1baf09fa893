/** Files of other languages, which are one mistake and not one for each of their lines. */
import type { Problem } from "./messages.ts";
import { Declares, KEYWORDS } from "./tokens.ts";

/** The first character that is no white space, in a line that is not a `#` comment. */
const FIRST = /^[ \t\ufeff]*[^\s\ufeff#]/m;

/** How files of other languages begin, and no policy does. */
const BEGINNINGS: readonly (readonly [RegExp, string])[] = [
  [/\[\[?[A-Za-z_"][\w."-]*\]\]?[ \t]*(?:#.*)?$/my, "TOML"],
  [/[{[]/y, "JSON"],
  [/---[ \t]*$/my, "YAML"],
  [/(?:- )?[\w-]+:(?=\s|$)/y, "YAML"],
];

/** That a file, by how it begins, is one of another language; undefined if it is of none that is known. */
export function otherLanguage(text: string): Problem | undefined {
  const first = FIRST.exec(text);
  if (first === null) return undefined;
  const start = first.index + first[0].length - 1;
  for (const [beginning, language] of BEGINNINGS) {
    beginning.lastIndex = start;
    const found = beginning.exec(text)?.[0];
    // `request: {` is a policy with a colon too many.
    if (found === undefined || KEYWORDS.get(found.slice(0, -1))?.CATEGORIES?.includes(Declares)) continue;
    return {
      code: "RT1001",
      span: { start, end: start + found.trimEnd().length },
      message: `this is ${language} and not a policy`,
      help: "`routec init` writes a first policy to begin with",
    };
  }
  return undefined;
}
