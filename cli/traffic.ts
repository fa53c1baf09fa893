/** What two policies make of recorded requests: how many are decided differently, and what that costs. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { type Recorded, type Redecided, readRecorded, redecide } from "../runtime/simulation/recorded.ts";
import { billed, type Policy, ratesAt } from "../runtime/table/index.ts";
import { InputError } from "./command.ts";

/** Requests of the log that go from one run to another. */
export interface Moved {
  /** What was run, and what is run instead, as written. */
  readonly before: string;
  readonly after: string;
  requests: number;
  /** Nano-dollars of those whose tokens were recorded. */
  readonly cost: { before: number; after: number };
}

export interface Traffic {
  requests: number;
  /** Lines of requests that came to no decision when they were logged. */
  undecided: number;
  /** Requests whose tokens were recorded: those whose cost is counted. */
  priced: number;
  readonly cost: { before: number; after: number };
  /** By what they move from and to, the most requests first. */
  readonly moved: readonly Moved[];
}

/**
 * Decides each line of a log by both policies. What a request cost is what the first step of its plan takes for the
 * tokens that were recorded, by the prices of the time when it came. Throws InputError for a line that is none.
 */
export async function compareTraffic(path: string, before: Policy, after: Policy): Promise<Traffic> {
  const moved = new Map<string, Moved>();
  const traffic = { requests: 0, undecided: 0, priced: 0, cost: { before: 0, after: 0 } };
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === "") continue;
    const recorded = readLine(line, `${path}:${number}`);
    if (recorded === undefined) {
      traffic.undecided++;
      continue;
    }
    traffic.requests++;
    const [was, is] = [redecide(before, recorded), redecide(after, recorded)];
    const cost = { before: costOf(was, recorded), after: costOf(is, recorded) };
    if (recorded.tokens !== undefined) traffic.priced++;
    add(traffic.cost, cost);
    const [from, to] = [textOf(was), textOf(is)];
    if (from === to) continue;
    const key = JSON.stringify([from, to]);
    const one = moved.get(key) ?? { before: from, after: to, requests: 0, cost: { before: 0, after: 0 } };
    moved.set(key, one);
    one.requests++;
    add(one.cost, cost);
  }
  return { ...traffic, moved: [...moved.values()].sort((a, b) => b.requests - a.requests) };
}

function readLine(line: string, place: string): Recorded | undefined {
  try {
    return readRecorded(line, place);
  } catch (error) {
    throw error instanceof Error && error.name === "LogLineError" ? new InputError(error.message) : error;
  }
}

function textOf(decided: Redecided): string {
  if (decided.kind === "refused") return `400: ${decided.why}`;
  const { text } = decided.rule;
  return text.slice(text.lastIndexOf("-> ") + 3).trim();
}

function costOf(decided: Redecided, { tokens, time }: Recorded): number {
  if (decided.kind === "refused" || decided.first === undefined || tokens === undefined) return 0;
  const rates = ratesAt(decided.first.price, tokens.input, time ?? 0);
  return billed(rates, { prompt: tokens.input, completion: tokens.output });
}

function add(sum: { before: number; after: number }, more: { readonly before: number; readonly after: number }): void {
  sum.before += more.before;
  sum.after += more.after;
}

/** As `diff --format json` has it: costs in dollars, shares from 0 to 1. */
export function trafficJson({ requests, undecided, priced, cost, moved }: Traffic): object {
  const dollars = (each: { readonly before: number; readonly after: number }): object => ({
    before: each.before / 1e9,
    after: each.after / 1e9,
  });
  return {
    requests,
    undecided,
    priced,
    changed: moved.reduce((sum, each) => sum + each.requests, 0),
    cost: dollars(cost),
    changes: moved.map((each) => ({ ...each, share: each.requests / requests, cost: dollars(each.cost) })),
  };
}

/** A sentence, then a row for each move. */
export function trafficText(path: string, traffic: Traffic): string[] {
  const { requests, undecided, priced, cost, moved } = traffic;
  const changed = moved.reduce((sum, each) => sum + each.requests, 0);
  const rows = moved.map((each) => [
    String(each.requests),
    share(each.requests, requests),
    `${each.before} → ${each.after}`,
    priced === 0 ? "" : `${money(each.cost.before)} → ${money(each.cost.after)}`,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return [
    `${changed} of ${requests} requests in ${path} (${share(changed, requests)}) are decided differently`,
    ...(undecided === 0 ? [] : [`${undecided} more came to no decision when they were logged`]),
    ...(priced === 0
      ? ["no line says how many tokens it took, so nothing is said of cost"]
      : [`first steps, for the tokens of ${priced} of them: ${money(cost.before)} → ${money(cost.after)}`]),
    ...rows.map(([count = "", part = "", what = "", paid = ""]) =>
      `  ${count.padStart(widths[0] ?? 0)}  ${part.padStart(widths[1] ?? 0)}  ${what.padEnd(widths[2] ?? 0)}  ${paid}`.trimEnd(),
    ),
  ];
}

/** The same in GitHub Flavored Markdown. */
export function trafficMarkdown(path: string, traffic: Traffic): string {
  const [title = "", ...rest] = trafficText(path, { ...traffic, moved: [] });
  const code = (text: string): string => `\`${text.replaceAll("`", "'").replaceAll("|", "\\|")}\``;
  const rows = traffic.moved.map(({ before, after, requests, cost }) => {
    const paid = traffic.priced === 0 ? "" : `${money(cost.before)} → ${money(cost.after)}`;
    return `| ${requests} | ${share(requests, traffic.requests)} | ${code(before)} | ${code(after)} | ${paid} |\n`;
  });
  const changed = traffic.moved.reduce((sum, each) => sum + each.requests, 0);
  const said = title.replace(/^0 of/, `${changed} of`).replace(/\(.*?\)/, `(${share(changed, traffic.requests)})`);
  const table = `| requests | share | before | after | first steps |\n| --: | --: | --- | --- | --- |\n${rows.join("")}`;
  return `\n${[said, ...rest].join(". ")}.\n${rows.length === 0 ? "" : `\n${table}`}`;
}

function share(part: number, whole: number): string {
  return whole === 0 ? "0%" : `${((part / whole) * 100).toFixed(1)}%`;
}

function money(nano: number): string {
  const dollars = nano / 1e9;
  return `$${dollars >= 1 || dollars === 0 ? dollars.toFixed(2) : dollars.toPrecision(3)}`;
}
