/** What tests reached, for people and for other programs. */
import { printable } from "../diagnostics/cells.ts";
import type { Place, Sources } from "../diagnostics/index.ts";
import { type LineIndex, lineIndex } from "../diagnostics/position.ts";
import type { Goal } from "./coverage.ts";

const KINDS = { rule: "rules", comparison: "comparisons", gate: "gates", step: "steps" } as const;

export interface Share {
  readonly reached: number;
  readonly total: number;
  /** 0 to 100, rounded down to a tenth; 100 where there is nothing to reach. */
  readonly percent: number;
}

/** The share of goals that were reached, of those that some request can reach. */
export function shareOf(goals: readonly Goal[]): Share {
  const counted = goals.filter(({ impossible }) => !impossible);
  const reached = counted.filter(({ hits }) => hits > 0).length;
  const percent = counted.length === 0 ? 100 : Math.floor((reached * 1000) / counted.length) / 10;
  return { reached, total: counted.length, percent };
}

/** Goals of several programs: what two of them have in common is one goal. */
export function together(programs: readonly (readonly Goal[])[]): readonly Goal[] {
  const found = new Map<string, Goal>();
  for (const goal of programs.flat()) {
    const { kind, file, span, outcome } = goal;
    const key = `${kind} ${file} ${span.start} ${span.end} ${outcome}`;
    const known = found.get(key);
    found.set(key, {
      ...goal,
      hits: goal.hits + (known?.hits ?? 0),
      impossible: goal.impossible && (known?.impossible ?? true),
    });
  }
  return [...found.values()];
}

export function renderCoverage(goals: readonly Goal[], sources: Sources): string {
  const rows = [
    ...Object.entries(KINDS).flatMap(([kind, name]) => {
      const share = shareOf(goals.filter((goal) => goal.kind === kind));
      return share.total === 0 ? [] : [[name, share] as const];
    }),
    ["all", shareOf(goals)] as const,
  ];
  const texts = rows.map(([name, { reached, total, percent }]) => {
    return `  ${name.padEnd(12)} ${`${reached} of ${total}`.padStart(12)} ${`${percent}%`.padStart(7)}`;
  });
  const at = pointer(sources);
  const missed = goals.filter(({ hits, impossible }) => hits === 0 && !impossible);
  const places = missed.map((goal) => `  ${at(goal)}  ${missedText(goal, sources)}`);
  return [
    ...["coverage", ...texts],
    ...(places.length === 0 ? [] : ["", "not reached by any test", ...places]),
    "",
  ].join("\n");
}

/** What was not reached, in a few words. */
export function missedText({ kind, outcome, file, span }: Goal, sources: Sources): string {
  const text = excerpt((sources.get(file) ?? "").slice(span.start, span.end));
  if (kind === "comparison") return `\`${text}\` was never ${outcome}`;
  if (kind === "gate") return `gate \`${text}\` never ${outcome ? "accepted" : "declined"} an answer`;
  return `${kind} \`${text}\``;
}

const LONGEST = 60;

function excerpt(text: string): string {
  const line = printable(text.replaceAll(/\s+/g, " "));
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}

/** The same for programs; ranges count from 0. */
export function coverageJson(goals: readonly Goal[], sources: Sources): object {
  const lines = indexes(sources);
  const shares = Object.entries(KINDS).map(([kind, name]) => [
    name,
    shareOf(goals.filter((goal) => goal.kind === kind)),
  ]);
  return {
    format: 1,
    ...Object.fromEntries(shares),
    all: shareOf(goals),
    goals: goals.map(({ kind, outcome, file, span, hits, impossible }) => {
      const index = lines.get(file) ?? lineIndex("");
      const range = { start: index.position(span.start), end: index.position(span.end) };
      return { kind, outcome, file, range, hits, ...(impossible && { impossible }) };
    }),
  };
}

/**
 * A trace file of lcov (geninfo(1), "TRACEFILE FORMAT"): rules and steps are the lines; outcomes of comparisons and gates,
 * and the steps of one line, are branches.
 */
export function renderLcov(goals: readonly Goal[], sources: Sources): string {
  const lines = indexes(sources);
  const counted = goals.filter(({ impossible }) => !impossible);
  return [...Map.groupBy(counted, ({ file }) => file)]
    .map(([file, own]) => {
      const index = lines.get(file) ?? lineIndex("");
      const lineOf = ({ span }: Place): number => index.position(span.start).line + 1;
      const hits = new Map<number, number>();
      for (const goal of own)
        if (goal.kind === "rule" || goal.kind === "step")
          hits.set(lineOf(goal), Math.max(hits.get(lineOf(goal)) ?? 0, goal.hits));
      const blocks = Map.groupBy(
        own.filter(({ kind }) => kind !== "rule"),
        (goal) => (goal.kind === "step" ? `${lineOf(goal)}` : `${goal.span.start}-${goal.span.end}`),
      );
      const branches = [...blocks.values()].flatMap((block, number) => {
        const seen = block.some((goal) => goal.hits > 0);
        return block.map((goal, i) => `BRDA:${lineOf(goal)},${number},${i},${seen ? goal.hits : "-"}`);
      });
      const rows = [...hits].sort(([a], [b]) => a - b).map(([line, count]) => `DA:${line},${count}`);
      return [
        ...["TN:", `SF:${file}`, ...branches],
        `BRF:${branches.length}`,
        `BRH:${own.filter((goal) => goal.kind !== "rule" && goal.hits > 0).length}`,
        ...rows,
        `LF:${rows.length}`,
        `LH:${[...hits.values()].filter((count) => count > 0).length}`,
        "end_of_record\n",
      ].join("\n");
    })
    .join("");
}

function indexes(sources: Sources): ReadonlyMap<string, LineIndex> {
  return new Map([...sources].map(([file, text]) => [file, lineIndex(text)]));
}

function pointer(sources: Sources): (place: Place) => string {
  const lines = indexes(sources);
  return ({ file, span }) => {
    const { line, character } = (lines.get(file) ?? lineIndex("")).position(span.start);
    return `${file}:${line + 1}:${character + 1}`;
  };
}
