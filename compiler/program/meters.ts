/** Meters: what may be spent, what may be called, and what must be. */
import type { Meter as TableMeter } from "../../runtime/table/artifact.ts";
import type { MeterClause, Name } from "../syntax/index.ts";
import { LARGEST } from "../syntax/literals.ts";
import type { Declared } from "./names.ts";
import type { Condition, Meter, ProgramFile } from "./program.ts";
import { checkRestricted } from "./restrict.ts";
import type { Scope } from "./scope.ts";
import { checkValue } from "./values.ts";
import { checkAllowances, checkWindow } from "./windows.ts";

type DeclaredMeter = Extract<Declared, { kind: "meter" }>;
type Clause<K extends MeterClause["kind"]> = Extract<MeterClause, { kind: K }>;

/** The clause that says how much, which every meter of a kind must have, and an example of it. */
const AMOUNT = {
  budget: ["limit", "limit $500 per month"],
  limit: ["allow", "allow 60 requests per hour"],
  commit: ["spend", "spend $10k per quarter"],
} as const;

const CLAUSES = {
  budget: ["per", "on", "for", "limit", "alert"],
  limit: ["per", "on", "for", "allow"],
  commit: ["per", "on", "for", "spend"],
} as const;

/** Undefined when it is faulty, after reporting. */
export function checkMeter(declared: DeclaredMeter, scope: Scope): Meter | undefined {
  const { declaration, file, name } = declared;
  const { report } = scope;
  const before = report.diagnostics.length;
  const clauses = new Map<MeterClause["kind"], MeterClause>();
  for (const clause of declaration.clauses) {
    const span = { start: clause.span.start, end: clause.span.start + clause.kind.length };
    const known: readonly string[] = CLAUSES[declaration.meter];
    if (!known.includes(clause.kind))
      report.error("RT2006", file.name, span, `a ${declaration.meter} has no \`${clause.kind}\``, {
        help: `it has ${known.map((each) => `\`${each}\``).join(", ")}`,
      });
    else if (clauses.has(clause.kind)) report.error("RT2008", file.name, span, `\`${clause.kind}\` is given twice`);
    else clauses.set(clause.kind, clause);
  }
  const clause = <K extends MeterClause["kind"]>(kind: K) => clauses.get(kind) as Clause<K> | undefined;
  const [needed, example] = AMOUNT[declaration.meter];
  if (clause(needed) === undefined && !declaration.broken && report.diagnostics.length === before)
    report.error(
      "RT2007",
      file.name,
      name.span,
      `${declaration.meter} \`${name.text}\` does not say its \`${needed}\``,
      {
        help: `such as \`${example}\``,
      },
    );
  const scoped = {
    name: name.text,
    per: checkPer(clause("per")?.names ?? [], file, scope),
    on: checkOn(clause("on")?.names ?? [], file, scope),
  };
  const counted = checkFor(clause("for"), file, scope);
  const facts = checkAmount(declaration.meter, scoped, clause, file, scope);
  if (facts === undefined || declaration.broken || report.diagnostics.length > before) return undefined;
  return { facts, for: counted, place: { file: file.name, span: name.span } };
}

function checkAmount(
  kind: TableMeter["kind"],
  scoped: { name: string; per: string[]; on: string[] },
  clause: <K extends MeterClause["kind"]>(kind: K) => Clause<K> | undefined,
  file: ProgramFile,
  scope: Scope,
): Meter["facts"] | undefined {
  if (kind === "limit") {
    const allow = checkAllowances(clause("allow")?.allowances ?? [], file, scope);
    return allow.length === 0 ? undefined : { kind, ...scoped, allow };
  }
  const amount = clause(kind === "budget" ? "limit" : "spend");
  if (amount === undefined) return undefined;
  const money = checkValue(amount.amount, { kind: "money" }, [0, LARGEST], file.name, scope.report);
  const window = checkWindow(amount.window, file, scope);
  if (typeof money !== "number" || window === undefined) return undefined;
  if (kind === "commit") return { kind, ...scoped, spend: money, window };
  const alerts = clause("alert")?.at.flatMap((share) => {
    const percent = checkValue(share, { kind: "percent" }, [1, 100], file.name, scope.report);
    return typeof percent === "number" ? [percent] : [];
  });
  return { kind, ...scoped, limit: money, window, alerts: [...new Set(alerts)].sort((a, b) => a - b) };
}

/** Request attributes, or `model`: the model that is called. */
function checkPer(names: readonly Name[], file: ProgramFile, scope: Scope): string[] {
  return eachOnce(names, file, scope)
    .filter(
      (name) =>
        name.text === "model" || scope.names.resolve(name, file, ["attribute"], scope.report, ["model"]) !== undefined,
    )
    .map(({ text }) => text);
}

function checkOn(names: readonly Name[], file: ProgramFile, scope: Scope): string[] {
  return eachOnce(names, file, scope)
    .filter((name) => scope.names.resolve(name, file, ["provider", "model"], scope.report) !== undefined)
    .map(({ text }) => text);
}

function eachOnce(names: readonly Name[], file: ProgramFile, scope: Scope): readonly Name[] {
  const seen = new Set<string>();
  for (const { text, span } of names) {
    if (seen.has(text)) scope.report.error("RT2008", file.name, span, `\`${text}\` is given twice`);
    seen.add(text);
  }
  return names;
}

function checkFor(node: Clause<"for"> | undefined, file: ProgramFile, scope: Scope): Condition | undefined {
  if (node === undefined) return undefined;
  const said = {
    test: ({ source }: { source: { from: string } }) => !["builtin", "signal", "state"].includes(source.from),
    because: "a meter counts by what `request` declares",
  };
  return checkRestricted(node.condition, said, file, scope);
}
