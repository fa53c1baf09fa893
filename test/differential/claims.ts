/**
 * What the analysis claims, held against the enumeration of all cases: every combination of regions of what the program
 * tests is a case, and its requests are all decided alike.
 */
import { warnOfNeedless } from "../../compiler/analysis/needless.ts";
import type { Partition } from "../../compiler/analysis/partition.ts";
import { holds, interpret, type Values } from "../../compiler/program/interpret.ts";
import type { Route } from "../../compiler/program/program.ts";
import { Report } from "../../compiler/program/report.ts";
import { explain } from "../../runtime/explain/index.ts";
import { boxed } from "./boxed.ts";
import { type Compiled, checked } from "./compiled.ts";

/** Programs with more cases than this are not enumerated. */
const MOST_CASES = 3000;

/** How many cases were decided; 0 when there are too many. Throws where a claim is wrong. */
export function checkClaims(compiled: Compiled): number {
  const { partitions } = compiled.analysis.space;
  if (partitions.reduce((product, { count }) => product * count, 1) > MOST_CASES) return 0;
  const all = casesOf(partitions);
  const wrong = compiled.program.routes.flatMap((route) =>
    wrongClaims(
      compiled,
      route,
      all.filter((values) => comesTo(compiled, route, values)),
    ),
  );
  const lines = [...wrong, ...wrongWitnesses(compiled), ...wronglyNeedless(compiled, all)];
  if (lines.length > 0) throw new Error(`wrong claims:\n  ${lines.join("\n  ")}\n${compiled.text}`);
  return all.length;
}

function casesOf(partitions: readonly Partition[]): Values[] {
  return partitions.reduce<Map<string, boolean | number | string>[]>(
    (cases, { attribute, count, sample }) =>
      cases.flatMap((values) =>
        Array.from({ length: count }, (_, region) => new Map([...values, [attribute.name, sample(region)]])),
      ),
    [new Map()],
  );
}

/** Whether a request with these values is for the route and may call it. */
function comesTo({ program }: Compiled, route: Route, values: Values): boolean {
  const model = values.get("model");
  const routes = program.routes.filter(({ names }) => names.some((name) => name === model));
  const named = routes[0] ?? program.routes.find(({ names }) => names.includes("*"));
  return (model === undefined || named === route) && (route.for === undefined || holds(route.for, values));
}

function wrongClaims(compiled: Compiled, route: Route, cases: readonly Values[]): string[] {
  const wrong: string[] = [];
  const reached = new Set<number>();
  let forgets = false;
  for (const values of cases) {
    const rule = interpret(route, values);
    const claimed = boxed(compiled.analysis, route, values);
    if (rule !== claimed) wrong.push(`${shown(route, values)} is decided by ${rule}, the analysis says ${claimed}`);
    if (rule === undefined) forgets = true;
    else reached.add(rule);
    forgets ||= route.matches.some(
      ({ condition, end }) => (rule === undefined || rule >= end) && holds(condition, values),
    );
  }
  const found = (code: string, spans: readonly { readonly start: number }[]): boolean =>
    compiled.findings.some(
      (finding) => finding.code === code && spans.some(({ start }) => start === finding.span.start),
    );
  for (const [index, { place }] of route.rules.entries())
    if (found("RT3002", [place.span]) === reached.has(index))
      wrong.push(`rule ${index} of ${route.names[0]} is ${reached.has(index) ? "reached" : "never reached"}`);
  if (found("RT3001", [route.place.span, ...route.matches.map(({ place }) => place.span)]) !== forgets)
    wrong.push(`${route.names[0]} ${forgets ? "forgets a request" : "decides every request"}`);
  return wrong;
}

/** Each shown request is decided as the finding says: by no rule, or of a `match` by none before its end. */
function wrongWitnesses({ analysis, findings, program, policy }: Compiled): string[] {
  // A witness shows only the signals that matter: the others may be anything, and `explain` asks for those it comes by.
  const any = Object.fromEntries(
    analysis.space.partitions
      .filter(({ attribute }) => attribute.source.from === "signal")
      .map(({ attribute, count, sample }) => [attribute.name, sample(count - 1)]),
  );
  return findings.flatMap(({ code, span, witness }) => {
    if (code !== "RT3001" || witness === undefined) return [];
    const matches = program.routes.flatMap((route) => route.matches);
    const end = matches.find(({ place }) => place.span.start === span.start)?.end ?? Number.POSITIVE_INFINITY;
    const { route, attributes, signals, state } = witness;
    const index = decidedBy(
      () => explain(policy, { route, attributes, signals: { ...any, ...signals }, state }).rule.index,
    );
    return index >= end ? [] : [`the witness ${JSON.stringify(witness)} is decided by rule ${index}`];
  });
}

/** More findings than this of one program are not tried: each is a program of its own. */
const MOST_TRIED = 4;

/** Without a part or a rule that is said to change nothing all requests are served as before. */
function wronglyNeedless(compiled: Compiled, cases: readonly Values[]): string[] {
  const { analysis, findings, program, text } = compiled;
  if (findings.some(({ severity }) => severity === "error")) return [];
  const report = new Report();
  warnOfNeedless(analysis, program, report);
  return report.diagnostics.slice(0, MOST_TRIED).flatMap((finding) => {
    const [edit] = finding.fix?.edits ?? [];
    if (edit === undefined) return [];
    const { start, end } = edit.span;
    const without = checked(`${text.slice(0, start)}${edit.text}${text.slice(end)}`);
    const changed = program.routes.some((route, i) =>
      cases.some(
        (values) =>
          comesTo(compiled, route, values) && runOf(route, values) !== runOf(without.routes[i] as Route, values),
      ),
    );
    return changed ? [`${finding.message}: \`${text.slice(start, end)}\``] : [];
  });
}

function runOf(route: Route, values: Values): string {
  return JSON.stringify(route.rules[interpret(route, values) ?? -1]?.run);
}

/** Infinity for a request that is forgotten. */
function decidedBy(index: () => number): number {
  try {
    return index();
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("no row of the route")) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

function shown(route: Route, values: Values): string {
  return `${route.names[0]} ${JSON.stringify(Object.fromEntries(values))}`;
}
