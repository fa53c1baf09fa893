/** Results of tests for people: those that failed, with what came instead drawn under the source, and the way there. */
import { styleText } from "node:util";
import { printable } from "../diagnostics/cells.ts";
import type { Sources } from "../diagnostics/index.ts";
import { lineIndex } from "../diagnostics/position.ts";
import { gutterOf, type Mark, type Page, type Paint, type Role, snippet } from "../diagnostics/snippet.ts";
import type { TestResult } from "./run.ts";

const WIDTH = 120;

/** Each failed test, a blank line between them; empty where all passed. */
export function renderFailures(results: readonly TestResult[], sources: Sources, color = false): string {
  const pages = new Map([...sources].map(([file, text]) => [file, { text, lines: lineIndex(text) }]));
  const paint = color ? painted : plain;
  const failed = results.filter(({ failures }) => failures.length > 0);
  return failed.map((result) => `${drawn(result, pages.get(result.file), paint)}\n`).join("\n");
}

/** `5 tests: 4 passed, 1 failed`. */
export function summaryOf(results: readonly TestResult[]): string {
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  if (results.length === 0) return "no tests";
  const count = `${results.length} test${results.length === 1 ? "" : "s"}`;
  return failed === 0 ? `${count} passed` : `${count}: ${results.length - failed} passed, ${failed} failed`;
}

function drawn(result: TestResult, page: Page | undefined, paint: Paint): string {
  const { title, file, span, failures, lines } = result;
  const head = paint("severity", "failed") + paint("message", `: ${printable(title)}`);
  const body = lines.map((line) => `${paint("frame", "=")} ${printable(line)}`);
  if (page === undefined) return [head, ...failures.map(({ message }) => printable(message)), ...body].join("\n");
  const own = failures.some((failure) => failure.span.start === span.start);
  const marks: readonly Mark[] = [
    ...(own ? [] : [{ span, primary: false, label: "" }]),
    ...failures.map((failure) => ({ span: failure.span, primary: true, label: failure.message })),
  ];
  const gutter = gutterOf(page, marks);
  const margin = " ".repeat(gutter);
  const { line, character } = page.lines.position(span.start);
  return [
    head,
    `${margin}${paint("frame", "-->")} ${printable(file)}:${line + 1}:${character + 1}`,
    paint("frame", `${margin} |`),
    ...snippet(page, marks, gutter, WIDTH, paint),
    ...(body.length === 0 ? [] : [paint("frame", `${margin} |`)]),
    ...body.map((each) => `${margin} ${each}`),
  ].join("\n");
}

const STYLES: Readonly<Record<Role, readonly ("bold" | "red" | "blue")[]>> = {
  severity: ["bold", "red"],
  message: ["bold"],
  frame: ["blue"],
  primary: ["bold", "red"],
  secondary: ["blue"],
  note: ["bold"],
};

const plain: Paint = (_, text) => text;
const painted: Paint = (role, text) => styleText([...STYLES[role]], text, { validateStream: false });
