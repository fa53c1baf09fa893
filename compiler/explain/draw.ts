/** What rules came to, drawn under their source. */
import type { Sources } from "../diagnostics/index.ts";
import { lineIndex } from "../diagnostics/position.ts";
import { gutterOf, type Mark, type Page, type Paint, snippet } from "../diagnostics/snippet.ts";
import { obstacles, type Part, type RuleTrace } from "./why.ts";

/** Of the rules before the one that decided, this many are drawn: the last ones. */
const DRAWN = 12;
/** Source lines of more characters than this are cut around what is marked. */
const WIDTH = 120;

/** The rule that decided with all that it tests, and above it what kept each earlier rule from deciding. */
export function drawDecision(traces: readonly RuleTrace[], sources: Sources, paint: Paint): string[] {
  const decided = traces.at(-1);
  if (decided === undefined) return [];
  const earlier = traces.slice(0, -1);
  const drawn = earlier.slice(-DRAWN);
  const left = earlier.length - drawn.length;
  const marks = [
    ...drawn.flatMap((trace) => obstacles(trace).map((part) => mark(part, false))),
    ...(decided.parts.length === 0
      ? [{ span: decided.rule.place.span, primary: true, label: "always" }]
      : decided.parts.map((part) => mark(part, true))),
  ];
  return [
    ...(left === 0 ? [] : [`the first ${left} rules do not match either`, ""]),
    ...rows(decided.rule.place.file, marks, sources, paint),
  ];
}

/** What keeps one rule from matching; where nothing does, what it tests. */
export function drawRule(trace: RuleTrace, sources: Sources, paint: Paint): string[] {
  const parts = trace.holds === false ? obstacles(trace) : trace.parts;
  const marks = parts.map((part) => mark(part, trace.holds === true));
  const { span, file } = trace.rule.place;
  return rows(file, marks.length === 0 ? [{ span, primary: true, label: "always" }] : marks, sources, paint);
}

function mark({ place, holds, says }: Part, primary: boolean): Mark {
  const value = holds === undefined ? "" : `${holds}: `;
  return { span: place.span, primary, label: `${value}${says}` };
}

function rows(file: string, marks: readonly Mark[], sources: Sources, paint: Paint): string[] {
  const text = sources.get(file);
  if (text === undefined) return [];
  const page: Page = { text, lines: lineIndex(text) };
  const gutter = gutterOf(page, marks);
  const first = page.lines.position(Math.min(...marks.map(({ span }) => span.start)));
  return [
    `${" ".repeat(gutter)}${paint("frame", "-->")} ${file}:${first.line + 1}`,
    paint("frame", `${" ".repeat(gutter)} |`),
    ...snippet(page, marks, gutter, WIDTH, paint),
  ];
}
