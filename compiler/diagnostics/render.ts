/** Findings for people who look at a terminal. */
import { styleText } from "node:util";
import { printable } from "./cells.ts";
import type { Diagnostic, Severity, Sources } from "./diagnostic.ts";
import { lineIndex } from "./position.ts";
import { requestText } from "./request.ts";
import { gutterOf, type Mark, type Page, type Paint, type Role, snippet } from "./snippet.ts";

export interface RenderOptions {
  /** Whether to colour with ANSI escape sequences. */
  readonly color?: boolean;
  /** Source lines of more characters than this are cut around what is marked. */
  readonly width?: number;
}

const WIDTH = 120;

/** Findings one after another, a blank line between them, each as its message, the source with what it is about marked, and notes. */
export function renderHuman(
  diagnostics: readonly Diagnostic[],
  sources: Sources,
  { color = false, width = WIDTH }: RenderOptions = {},
): string {
  const pages = new Map<string, Page>();
  for (const [file, text] of sources) pages.set(file, { text, lines: lineIndex(text) });
  return diagnostics.map((each) => `${finding(each, pages, width, painter(each.severity, color))}\n`).join("\n");
}

function finding(diagnostic: Diagnostic, pages: ReadonlyMap<string, Page>, width: number, paint: Paint): string {
  const files = marksByFile(diagnostic);
  const snippets = [...files].map(([file, marks]) => ({ file, marks, page: pages.get(file) }));
  const gutter = Math.max(1, ...snippets.map(({ page, marks }) => (page === undefined ? 1 : gutterOf(page, marks))));
  const margin = " ".repeat(gutter);
  const rows = [
    paint("severity", `${diagnostic.severity}[${diagnostic.code}]`) +
      paint("message", `: ${printable(diagnostic.message)}`),
  ];
  for (const { file, marks, page } of snippets) {
    const first = marks[0];
    if (first === undefined) continue;
    const arrow = file === diagnostic.file ? "-->" : ":::";
    rows.push(`${margin}${paint("frame", arrow)} ${printable(file)}${page === undefined ? "" : where(page, first)}`);
    if (page === undefined) continue;
    rows.push(paint("frame", `${margin} |`), ...snippet(page, marks, gutter, width, paint));
    rows.push(paint("frame", `${margin} |`));
  }
  if (rows.at(-1) === paint("frame", `${margin} |`) && notes(diagnostic).length === 0) rows.pop();
  for (const [title, text] of notes(diagnostic)) {
    rows.push(`${margin} ${paint("frame", "=")} ${paint("note", `${title}:`)} ${printable(text)}`);
  }
  return rows.join("\n");
}

/** The finding's own file first, then the others as they are mentioned; in each the finding's own mark first. */
function marksByFile(diagnostic: Diagnostic): Map<string, Mark[]> {
  const files = new Map<string, Mark[]>([[diagnostic.file, [{ span: diagnostic.span, primary: true, label: "" }]]]);
  for (const { file, span, message } of diagnostic.related ?? []) {
    const marks = files.get(file) ?? [];
    marks.push({ span, primary: false, label: message });
    files.set(file, marks);
  }
  return files;
}

function notes({ help, fix, witness, certainty }: Diagnostic): [title: string, text: string][] {
  const found: [string, string][] = [];
  if (witness !== undefined) found.push(["for example", requestText(witness)]);
  if (certainty !== undefined && certainty !== "proved") found.push(["certainty", certainty]);
  const advice = help ?? fix?.title;
  if (advice !== undefined) found.push(["help", advice]);
  return found;
}

function where(page: Page, mark: Mark): string {
  const { line, character } = page.lines.position(mark.span.start);
  return `:${line + 1}:${character + 1}`;
}

function painter(severity: Severity, color: boolean): Paint {
  if (!color) return (_, text) => text;
  const hue = severity === "error" ? "red" : "yellow";
  const styles: Record<Role, ("bold" | "red" | "yellow" | "blue")[]> = {
    severity: ["bold", hue],
    message: ["bold"],
    frame: ["blue"],
    primary: ["bold", hue],
    secondary: ["blue"],
    note: ["bold"],
  };
  return (role, text) => styleText(styles[role], text, { validateStream: false });
}
