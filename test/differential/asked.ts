/** A policy that a database is asked for, against the decision table. */
import { sql } from "../../compiler/index.ts";
import { SqlError, sqlColumns } from "../../compiler/target/index.ts";
import { type Attribute, decide, valueFromJson } from "../../runtime/table/index.ts";
import type { Compiled } from "./compiled.ts";
import type { Cell, Column, Database, Kind, Row } from "./databases.ts";
import { decider } from "./decisions.ts";
import { type Request, randomFrom, requestsFor } from "./requests.ts";

export interface SqlTally {
  decisions: number;
  /** Of them by another rule than the first of their route. */
  later: number;
  /** Rows for which both refuse. */
  refused: number;
  /** Rows of which something is not known, and those of them that are decided all the same. */
  unknown: number;
  decidedUnknown: number;
  /** Policies that SQL cannot say. */
  unsaid: number;
}

export const nothingYet = (): SqlTally => ({
  decisions: 0,
  later: 0,
  refused: 0,
  unknown: 0,
  decidedUnknown: 0,
  unsaid: 0,
});

/** One value in so many of those that routec finds out by itself was not logged. */
const UNKNOWN = 25;
/** Values in the place of those that are not known, of which none may change a decision. */
const GUESSES = 5;
/** Told apart by case, or longer in one encoding than in another. */
const TEXTS = ["😀ac", "a\u{1F600}", "\n", "a\nc", "ſeu", "K", "ac\u0000me", "é\u202eé", "'", "\\", "x'; --"];

/** Asks for `count` requests. Throws where the database and the table disagree. */
export async function examineSql(
  made: Compiled,
  database: Database,
  count: number,
  seed: number,
  tally: SqlTally,
): Promise<void> {
  const query = queryFor(made, database);
  if (query === undefined) {
    tally.unsaid++;
    return;
  }
  const random = randomFrom(seed);
  const { table } = made.policy;
  const attributes = sqlColumns(table);
  const columns = attributes.map((attribute): Column => ({ name: attribute.name, kind: kindOf(attribute, random) }));
  const asked = requestsFor(made, count, seed).flatMap((drawn) => {
    const request = loggable(withOtherTexts(drawn, attributes, random), made, attributes, columns);
    if (request === undefined) return [];
    const isHidden = ({ name }: Attribute): boolean => request[name] === undefined || random() * UNKNOWN < 1;
    return [{ request, hidden: attributes.filter((each) => mayBeHidden(each) && isHidden(each)) }];
  });
  const rows = asked.map(({ request, hidden }, id): Cell[] => [
    id,
    (request.model as string | undefined) ?? null,
    ...attributes.map((attribute) => (hidden.includes(attribute) ? null : cellOf(attribute, request, made))),
  ]);
  const answers = await database.ask(
    [{ name: "id", kind: "int" }, { name: "model", kind: "text" }, ...columns],
    rows,
    query,
  );
  const byId = new Map(answers.map((answer) => [Number(answer.id), answer]));
  const outcomeOf = decider(made);
  for (const [id, { request, hidden }] of asked.entries()) {
    const answer = byId.get(id) ?? {};
    const fail = (expected: string): never => {
      throw new Error(
        `${database.dialect} disagrees on ${JSON.stringify(request)}${hidden.length === 0 ? "" : ` without ${hidden.map(({ name }) => name)}`}\n  table: ${expected}\n  SQL: ${JSON.stringify(answer)}\n${made.text}\n${query("requests")}`,
      );
    };
    const said = answer.decided_rule as string | null;
    const completions = hidden.length === 0 ? [request] : guesses(request, hidden, made, random);
    if (hidden.length > 0) tally.unknown++;
    if (said === null && String(answer.decided_error).startsWith("the decision depends on")) {
      if (hidden.length === 0) fail(outcomeOf(request));
      continue;
    }
    for (const completion of completions) {
      const outcome = outcomeOf(completion);
      const isRule = /:\d+$/.test(outcome);
      if (isRule ? outcome !== said : said !== null || answer.decided_error === null) fail(outcome);
      if (isRule && !saysAsRule(answer, made, completion)) fail(`another plan than ${outcome}`);
    }
    if (said === null) {
      tally.refused++;
      continue;
    }
    if (hidden.length > 0) tally.decidedUnknown++;
    tally.decisions++;
    if (!said.endsWith(":0")) tally.later++;
  }
}

function queryFor({ policy }: Compiled, { dialect }: Database): ((from: string) => string) | undefined {
  const query = (from: string): string => sql(policy.table, dialect, { from });
  try {
    query("requests");
    return query;
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}

/** Whole numbers are logged as such or as doubles. */
function kindOf({ type }: Attribute, random: () => number): Kind {
  switch (type.kind) {
    case "bool":
      return "bool";
    case "enum":
    case "string":
      return "text";
    case "int":
    case "duration":
      return random() < 0.5 ? "int" : "real";
    default:
      return "real";
  }
}

function withOtherTexts(request: Request, attributes: readonly Attribute[], random: () => number): Request {
  const changed: Record<string, unknown> = { ...request };
  for (const { name, type } of attributes)
    if (type.kind === "string" && random() < 0.1) changed[name] = TEXTS[Math.floor(random() * TEXTS.length)];
  return changed;
}

/** The request as a row can hold it: null is absent, budgets are told in percent; undefined where no column holds a value. */
function loggable(
  request: Request,
  made: Compiled,
  attributes: readonly Attribute[],
  columns: readonly Column[],
): Request | undefined {
  const row: Record<string, unknown> = {};
  if (typeof request.model === "string") row.model = request.model;
  for (const [at, attribute] of attributes.entries()) {
    const value = request[attribute.name];
    if (value === undefined || value === null) continue;
    if (!holds((columns[at] as Column).kind, value)) return undefined;
    row[attribute.name] = value;
    const limit = budgetOf(attribute, made);
    if (limit !== undefined && typeof value === "number" && value >= 0)
      row[attribute.name] = Math.min(Math.round((limit * percentOf(value, limit)) / 100), limit) / 1e9;
  }
  return row;
}

function holds(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case "bool":
      return typeof value === "boolean";
    case "text":
      return typeof value === "string" && value.isWellFormed();
    case "int":
      return Number.isSafeInteger(value);
    case "real":
      return typeof value === "number" && Number.isFinite(value);
  }
}

function budgetOf({ source }: Attribute, { policy }: Compiled): number | undefined {
  if (source.from !== "state" || source.read !== "spent") return undefined;
  const meter = policy.table.meters.find(({ name }) => name === source.of);
  return meter?.kind === "budget" ? meter.limit : undefined;
}

function percentOf(dollars: number, limit: number): number {
  return (Math.round(dollars * 1e9) / limit) * 100;
}

function cellOf(attribute: Attribute, request: Request, made: Compiled): Cell {
  const value = request[attribute.name] as Cell | undefined;
  const limit = budgetOf(attribute, made);
  if (limit !== undefined && typeof value === "number") return percentOf(value, limit);
  return value ?? null;
}

function mayBeHidden({ source }: Attribute): boolean {
  return source.from === "builtin" || source.from === "signal";
}

/** The request with other values for what was not logged. */
function guesses(request: Request, hidden: readonly Attribute[], made: Compiled, random: () => number): Request[] {
  const others = requestsFor(made, GUESSES, Math.floor(random() * 2 ** 30));
  return others.map((other) => ({
    ...request,
    ...Object.fromEntries(
      hidden.flatMap(({ name, type }) =>
        other[name] !== undefined && valueFromJson(type, other[name]) !== undefined ? [[name, other[name]]] : [],
      ),
    ),
  }));
}

function saysAsRule(answer: Row, { policy }: Compiled, request: Request): boolean {
  const { route, rule, run } = decide(policy, request);
  return (
    answer.decided_route === route &&
    answer.decided_text === rule.text &&
    answer.decided_plan === (run.kind === "plan" ? run.plan : null) &&
    answer.decided_reject === (run.kind === "reject" ? run.status : null) &&
    answer.decided_error === null
  );
}
