/** Files of text that a model is given: system prompts, and what judges go by. */
import type { Word } from "../syntax/index.ts";
import type { ProgramFile } from "./program.ts";
import type { Scope } from "./scope.ts";
import { isEmpty } from "./values.ts";

/** The text of a prompt's file, its path relative to the file that names it; undefined after reporting what is wrong. */
export function checkPrompt(path: Word, file: ProgramFile, { assets, report }: Scope): string | undefined {
  if (isEmpty(path)) {
    report.error("RT2004", file.name, path.span, "a prompt is the name of a file: this one is empty");
    return undefined;
  }
  const text = assets.text(path, file)?.replace(/^\uFEFF/, "");
  if (text === undefined) return undefined;
  const fault = text.trim() === "" ? "is empty" : /[\0\uFFFD]/.test(text) ? "is not UTF-8 text" : undefined;
  if (fault === undefined) return text;
  report.error("RT2017", file.name, path.span, `\`${path.text}\` ${fault}: expected the text of a prompt`);
  return undefined;
}
