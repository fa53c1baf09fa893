/**
 * A decision table as one SQL query over a table of requests, so that a policy can be asked of logs where they live. It
 * decides as the runtime does, from the same table: over regions of texts, whole numbers and doubles.
 */
import type { Accepts, Attribute, DecisionTable, Route, Rule } from "../../runtime/table/artifact.ts";
import { comment } from "./javascript-literal.ts";
import {
  columnText,
  expected,
  mayBeUnknown,
  readColumn,
  reading,
  refuseSameColumns,
  validity,
} from "./sql-attributes.ts";
import { condition, isIn, regionColumn } from "./sql-conditions.ts";
import { DIALECTS, type Dialect, identifier, OWN, type SqlDialect } from "./sql-dialect.ts";
import { regionOf } from "./sql-strings.ts";

export interface SqlOptions {
  /** What the query reads, as SQL: a table, a view, `read_parquet('logs/*.parquet')`. `requests`, if not given. */
  readonly from?: string;
}

/** What the query adds to each row. */
export const DECIDED = [
  "decided_route",
  "decided_rule",
  "decided_plan",
  "decided_reject",
  "decided_text",
  "decided_error",
] as const;

/**
 * The text of a query without a semicolon: every row of the table of requests with what the policy decides. The table has a
 * column for each attribute, of its name; `sqlColumns` lists them. The same table always gives the same text.
 *
 * @throws {SqlError} where the policy tests what the database cannot tell alike.
 */
export function sql(table: DecisionTable, name: SqlDialect, { from = "requests" }: SqlOptions = {}): string {
  const dialect = DIALECTS[name];
  const read = sqlColumns(table);
  refuseSameColumns(read, dialect);
  const stages = [
    { name: "request", select: requestColumns(table, read, dialect) },
    { name: "regions", select: regionColumns(read, dialect) },
    { name: "rules", select: ruleColumns(table, dialect) },
    { name: "refused", select: [refusal(table, read, dialect)] },
    { name: "decision", select: [decision(table, dialect)] },
  ].filter(({ select }) => select.length > 0);
  let source = from;
  const subqueries = stages.map(({ name, select }) => {
    const own = identifier(`${OWN}${name}`);
    const text = `${own} AS (\n  SELECT *,\n${select.join(",\n").replaceAll(/^/gm, "    ")}\n  FROM ${source}\n)`;
    source = own;
    return text;
  });
  return `${head(table, read, dialect)}WITH ${subqueries.join(", ")}\nSELECT ${[dialect.others, ...results(table, dialect)].join(",\n  ")}\nFROM ${source}\n`;
}

/** The attributes that the query reads, each from the column of its name. */
export function sqlColumns({ attributes, routes }: DecisionTable): readonly Attribute[] {
  const tested = new Set(routes.flatMap((route) => [...testedBy(route)]));
  return attributes.filter(
    (attribute) => attribute.name !== "model" && (isDeclared(attribute) || tested.has(attribute.name)),
  );
}

function testedBy({ rows, for: scope = [] }: Route): ReadonlySet<string> {
  return new Set([...rows.map(({ when }) => when), ...scope].flatMap((when) => Object.keys(when)));
}

/** What every request must say is read whether or not a rule tests it. */
function isDeclared({ source }: Attribute): boolean {
  return !["builtin", "signal", "state"].includes(source.from);
}

function head({ files, compiler, hash }: DecisionTable, read: readonly Attribute[], dialect: Dialect): string {
  const columns = [
    [`"model"`, dialect.types.text, "the name asked for, which chooses the route; required"] as const,
    ...read.map((each) => columnText(each, dialect)),
  ];
  const [name, type] = [0, 1].map((at) => Math.max(...columns.map((column) => (column[at] as string).length))) as [
    number,
    number,
  ];
  const lines = [
    `${files[0]?.path ?? "a policy"} for ${dialect.title}, by ${compiler}. Do not edit: compile the policy again.`,
    `Policy ${hash}`,
    "Each row of the table of requests with what is decided, from these columns:",
    ...columns.map((column) => `  ${column[0].padEnd(name)}  ${column[1].padEnd(type)}  ${column[2]}`),
  ];
  return lines.map((line) => `-- ${comment(line)}\n`).join("");
}

// No attribute is called so.
const ROUTE = identifier(`${OWN}#route`);
const RULE = identifier(`${OWN}#rule`);
const ERROR = identifier(`${OWN}#error`);

/** Whether a rule of a route accepts the request; by number, since names of columns may not tell case apart. */
function ruleColumn(route: number, rule: number | "for"): string {
  return identifier(`${OWN}${route}:${rule}`);
}

function requestColumns(
  { routes, meters, attributes }: DecisionTable,
  read: readonly Attribute[],
  dialect: Dialect,
): string[] {
  const served = routes.flatMap(({ names }, index) =>
    names.filter((name) => name !== "*").map((name) => `WHEN ${dialect.text(name)} THEN ${index}`),
  );
  const rest = routes.findIndex(({ names }) => names.includes("*"));
  const found =
    served.length === 0 ? String(rest) : `CASE "model" ${served.join(" ")} ELSE ${rest < 0 ? "NULL" : rest} END`;
  const model = attributes.find(({ name }) => name === "model");
  return [
    `CASE WHEN "model" IS NOT NULL THEN ${found} END AS ${ROUTE}`,
    ...(model === undefined ? [] : [`"model" AS ${readColumn("model")}`]),
    ...read.map((attribute) => `${reading(attribute, meters, dialect)} AS ${readColumn(attribute.name)}`),
  ];
}

function regionColumns(read: readonly Attribute[], dialect: Dialect): string[] {
  return read.flatMap(({ name, domain }) =>
    domain?.kind === "strings" && domain.patterns.length > 0
      ? [`${regionOf(name, domain, dialect, "")} AS ${regionColumn(name)}`]
      : [],
  );
}

function ruleColumns({ routes, attributes }: DecisionTable, dialect: Dialect): string[] {
  const said = (rows: readonly Accepts[]): string => condition(rows, attributes, dialect);
  return routes.flatMap((route, at) => [
    ...(route.for === undefined
      ? []
      : [`-- who may call route ${comment(route.names.join(", "))}\n${said(route.for)} AS ${ruleColumn(at, "for")}`]),
    ...rulesOf(route).flatMap(([index, rows]) => [
      `-- ${comment(route.rules[index]?.text ?? "")}\n${said(rows)} AS ${ruleColumn(at, index)}`,
    ]),
  ]);
}

/** The rules of a route that can decide, each with its rows. */
function rulesOf({ rows }: Route): [rule: number, rows: Accepts[]][] {
  return [...Map.groupBy(rows, ({ rule }) => rule)].map(([rule, own]) => [rule, own.map(({ when }) => when)]);
}

/** As the proxy's `x-routec-rule` has it. */
function label({ names }: Route, rule: number): string {
  return `${names[0]}:${rule}`;
}

/** Why a request is answered with an error and not decided. */
function refusal({ routes, attributes }: DecisionTable, read: readonly Attribute[], dialect: Dialect): string {
  const unserved = [`${ROUTE} IS NULL`, ...routes.flatMap((route, at) => notAdmitted(route, at, attributes))];
  return cases(ERROR, [
    `"model" IS NULL THEN ${dialect.text("attribute `model` is missing: expected a text")}`,
    `${unserved.join(" OR ")} THEN ${dialect.text("no route serves the model")}`,
    ...read.flatMap((attribute) => mistakes(attribute, routes, dialect)),
  ]);
}

/** The label of the rule that decides; NULL where none does, or where it is not known which. */
function decision({ routes, attributes }: DecisionTable, dialect: Dialect): string {
  const unknown = new Set(attributes.filter(mayBeUnknown).map(({ name }) => name));
  const decided = routes.map((route, at) => {
    const tests = rulesOf(route).flatMap(([rule, rows]) => {
      const column = ruleColumn(at, rule);
      const open = rows.some((when) => Object.keys(when).some((name) => unknown.has(name)));
      const taken = `${column} THEN ${dialect.text(label(route, rule))}`;
      return open ? [`${column} IS NULL THEN NULL`, taken] : [taken];
    });
    return `${ROUTE} = ${at} THEN CASE\n${tests.map((test) => `    WHEN ${test}\n`).join("")}  END`;
  });
  return cases(RULE, [`${ERROR} IS NOT NULL THEN NULL`, ...decided]);
}

function cases(column: string, whens: readonly string[]): string {
  return `CASE\n${whens.map((when) => `  WHEN ${when}\n`).join("")}END AS ${column}`;
}

/** To a request that lacks what a route's `for` asks, as to one that it does not accept, there is no such route. */
function notAdmitted({ for: scope }: Route, at: number, attributes: readonly Attribute[]): string[] {
  if (scope === undefined) return [];
  const asked = attributes.filter(
    ({ name, default: otherwise }) => otherwise === undefined && scope.some((when) => Object.hasOwn(when, name)),
  );
  const admitted = [...asked.map(({ name }) => `${readColumn(name)} IS NOT NULL`), ruleColumn(at, "for")].join(" AND ");
  return [`(${ROUTE} = ${at} AND NOT (${admitted}))`];
}

/** What a value can have against it, and the message for it. */
function mistakes(attribute: Attribute, routes: readonly Route[], dialect: Dialect): string[] {
  const { name, source, default: otherwise } = attribute;
  const what = source.from === "signal" || source.from === "state" ? source.from : "attribute";
  const of = routes.flatMap((route, at) => (isDeclared(attribute) || testedBy(route).has(name) ? [at] : []));
  const where = of.length === routes.length ? "" : `${ROUTE} IN (${of.join(", ")}) AND `;
  const valid = validity(attribute, dialect);
  const message = (mistake: string): string =>
    dialect.text(`${what} \`${name}\` ${mistake}: expected ${expected(attribute)}`);
  return [
    ...(isDeclared(attribute) && otherwise === undefined
      ? [`${identifier(name)} IS NULL THEN ${message("is missing")}`]
      : []),
    ...(valid === undefined ? [] : [`${where}NOT (${valid}) THEN ${message("has another value")}`]),
  ];
}

/** The columns that are added. */
function results(table: DecisionTable, dialect: Dialect): string[] {
  const { routes } = table;
  const rules = routes.flatMap((route) =>
    rulesOf(route).map(([rule]) => ({ route, label: label(route, rule), ...(route.rules[rule] as Rule) })),
  );
  const column = (name: string, type: string, said: (rule: (typeof rules)[number]) => string | undefined): string => {
    const groups = Map.groupBy(rules, said);
    groups.delete(undefined);
    const whens = [...groups].map(
      ([value, own]) =>
        `${isIn(
          RULE,
          own.map(({ label }) => label),
          dialect,
        )} THEN ${value}`,
    );
    return whens.length === 0 ? `CAST(NULL AS ${type}) AS ${name}` : cases(name, whens).replaceAll("\n", "\n  ");
  };
  const { nullableText, nullableInt } = dialect.types;
  return [
    column("decided_route", nullableText, ({ route }) => dialect.text(route.names[0] as string)),
    `${RULE} AS decided_rule`,
    column("decided_plan", nullableText, ({ run }) => (run.kind === "plan" ? dialect.text(run.plan) : undefined)),
    column("decided_reject", nullableInt, ({ run }) => (run.kind === "reject" ? String(run.status) : undefined)),
    column("decided_text", nullableText, ({ text }) => dialect.text(text)),
    `coalesce(${ERROR}, CASE WHEN ${RULE} IS NULL THEN ${unknownText(table, dialect)} END) AS decided_error`,
  ];
}

/** Says what would have to be known. */
function unknownText({ routes, attributes }: DecisionTable, dialect: Dialect): string {
  const open = routes.flatMap((route, at) => {
    const tested = testedBy(route);
    return attributes.flatMap((attribute) =>
      attribute.name !== "model" && mayBeUnknown(attribute) && tested.has(attribute.name)
        ? [
            `CASE WHEN ${ROUTE} = ${at} AND ${readColumn(attribute.name)} IS NULL THEN ${dialect.text(attribute.name)} END`,
          ]
        : [],
    );
  });
  if (open.length === 0) return dialect.text("no rule decides");
  return `concat('the decision depends on what is not known: ', ${dialect.joined(open)})`;
}
