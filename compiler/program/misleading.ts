/** Warnings of what is not what it looks like, where the language itself has no objection to it. */
import type { Code } from "../diagnostics/index.ts";
import { directionControls, takenFor } from "../syntax/confusables.ts";
import type { Word } from "../syntax/tree.ts";
import type { ProgramFile } from "./program.ts";
import type { Report } from "./report.ts";

/** Warns of a text that is ASCII but for characters that only look it. One in another script throughout is meant so. */
export function warnOfLookAlike({ text, span }: Word, file: string, report: Report): void {
  const taken = takenFor(text);
  if (taken === undefined || !/[A-Za-z]/.test(text)) return;
  const { ascii, why } = taken;
  report.warning("RT5002", file, span, `\`${text}\` looks like \`${ascii}\` and is not`, {
    help: why,
    fix: { title: `write \`${ascii}\``, edits: [{ file, span, text: JSON.stringify(ascii) }], unsafe: true },
  });
}

/** Of what the lexer has said before: a character that means nothing, or a file that is no text. */
const SAID: readonly Code[] = ["RT1005", "RT1007", "RT1008"];

/** Warns, once a line, of characters that change the order in which text is shown, in comments and texts. */
export function warnOfDirections({ name, text }: ProgramFile, report: Report): void {
  const said = report.diagnostics.filter(({ file, code }) => file === name && SAID.includes(code));
  for (const { offset, name: control } of directionControls(text)) {
    if (said.some(({ code, span }) => code !== "RT1005" || (span.start <= offset && offset < span.end))) continue;
    const span = { start: offset, end: offset + 1 };
    report.warning("RT5002", name, span, `${control} changes the order in which this line is shown`, {
      help: `remove it, or write \`\\u${text.charCodeAt(offset).toString(16).padStart(4, "0")}\` in a text`,
    });
  }
}
