/**
 * A decision table as an ES module that needs nothing: no imports, no files, no code made at run time. It is for runtimes
 * at the edge, where the proxy does not run. Rules are plain conditions in their order, so that a person can read what
 * will be decided; their time grows with the number of rules.
 */
import {
  type Accepts,
  type Attribute,
  type DecisionTable,
  type Route,
  signalsOfRoute,
} from "../../runtime/table/artifact.ts";
import { descriptions, READ, reading } from "./javascript-attributes.ts";
import { condition } from "./javascript-conditions.ts";
import { comment, literal, variable } from "./javascript-literal.ts";
import { RUN_AUTOMATON, regionFunction } from "./javascript-strings.ts";

/**
 * The source of a module that exports `decide(attributes)`, which decides as `decide` of the runtime does, `policy`: the
 * table's hash, its routes with their rules, and its plans; and `signalsOf(model)`. To a request that the route's `for` does not accept it
 * says that no route serves it. The same table always gives the same text.
 */
export function javaScript(table: DecisionTable): string {
  const read = table.attributes.filter((attribute) => table.routes.some((route) => isRead(attribute, route)));
  const texts = read.flatMap(({ name, domain }) => (domain?.kind === "strings" ? [{ name, domain }] : []));
  const hasRegex = texts.some(({ domain }) => domain.patterns.some(({ kind }) => kind === "regex"));
  return [
    `// ${comment(table.files[0]?.path ?? "a policy")}, by ${comment(table.compiler)}. Do not edit: compile the policy again.`,
    "",
    policy(table),
    decide(table),
    READ,
    descriptions(read),
    ...(hasRegex ? [RUN_AUTOMATON] : []),
    ...texts.map(({ name, domain }) => regionFunction(name, domain)),
    ...table.routes.map((route, index) => routeFunction(route, index, read)),
    `const ROUTES = [${table.routes.map((_, index) => `route${index}`).join(", ")}];`,
    "",
  ].join("\n");
}

function signalsOf(table: DecisionTable, route: Route): readonly string[] {
  return signalsOfRoute(table, route).map((index) => table.attributes[index]?.name ?? "");
}

/** What every request must say is read whether or not a rule tests it. */
function isRead({ name, source }: Attribute, route: Route): boolean {
  return (
    !["builtin", "signal", "state"].includes(source.from) ||
    conditionsOf(route).some((when) => Object.hasOwn(when, name))
  );
}

function conditionsOf({ rows, for: scope = [] }: Route): Accepts[] {
  return [...rows.map(({ when }) => when), ...scope];
}

function policy(table: DecisionTable): string {
  const { hash, plans, routes } = table;
  const lines = (values: readonly unknown[], indent: string): string =>
    values.map((value) => `\n${indent}  ${literal(value)},`).join("") + (values.length === 0 ? "" : `\n${indent}`);
  const shown = routes.map((each) => {
    const { rows: _, for: __, dead: ___, rules, ...route } = each;
    const settings = Object.entries({ ...route, signals: signalsOf(table, each) })
      .map(([name, value]) => `\n      ${name}: ${literal(value)},`)
      .sort();
    return `    {${settings.join("")}\n      rules: [${lines(rules, "      ")}],\n    },`;
  });
  return `/** The policy by its content hash: routes with their rules, and named plans. Milliseconds, nano-dollars. */
export const policy = frozen({
  hash: ${literal(hash)},
  plans: [${lines(plans, "  ")}],
  routes: [
${shown.join("\n")}
  ],
});

function frozen(value) {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}
`;
}

function decide({ routes }: DecisionTable): string {
  const names = routes.flatMap((route, index) => route.names.map((name) => [name, index] as const));
  const other = names.find(([name]) => name === "*");
  return `const ROUTE_OF = new Map(${literal(names.filter(([name]) => name !== "*"))});

/**
 * Decides a request: pure, no clock, no I/O, no randomness.
 *
 * \`attributes\` holds what rules may test, by name: money in dollars, durations in milliseconds. \`model\` names the route.
 * A declared attribute that is left out takes its default. Throws AttributeError when no route serves \`model\`, or an
 * attribute is missing or not of its type. Returns { route, index, rule, run }: the route's first name, the index of the
 * rule that decides, the rule, and what is to be done.
 */
export function decide(attributes) {
  const { model } = attributes;
  const at = routeOf(model);
  const index = ROUTES[at](attributes);
  if (index === undefined) throw unserved(model);
  const { names, rules } = policy.routes[at];
  return { route: names[0], index, rule: rules[index], run: rules[index].run };
}

/** The signals that rules of the route of a model test, in textual order. Throws AttributeError when none serves it. */
export function signalsOf(model) {
  return policy.routes[routeOf(model)].signals;
}

function routeOf(model) {
  if (typeof model !== "string") throw new AttributeError("model", "attribute \`model\` is missing: expected a text");
  const at = ROUTE_OF.get(model)${other === undefined ? "" : ` ?? ${other[1]}`};
  if (at === undefined) throw unserved(model);
  return at;
}

const unserved = (model) => new AttributeError("model", \`no route serves the model \\\`\${model}\\\`\`);
`;
}

function routeFunction(route: Route, index: number, attributes: readonly Attribute[]): string {
  const own = attributes.filter((attribute) => isRead(attribute, route));
  const admitting = own.filter(({ name }) => route.for?.some((when) => Object.hasOwn(when, name)));
  const tested = new Set(conditionsOf(route).flatMap((when) => Object.keys(when)));
  const readings = (some: readonly Attribute[]): string[] =>
    some.map((attribute) => `  ${tested.has(attribute.name) ? bound(attribute) : reading(attribute)};`);
  return [
    `/** Route ${route.names.map((name) => comment(name)).join(", ")}: the index of the rule that decides. */`,
    `function route${index}(attributes) {`,
    ...(route.for === undefined ? [] : [...admission(route.for, admitting, readings), ""]),
    ...readings(own.filter((attribute) => !admitting.includes(attribute))),
    "",
    ...decisions(route, attributes),
    "}",
    "",
  ].join("\n");
}

function bound(attribute: Attribute): string {
  const { name, domain } = attribute;
  const value = reading(attribute);
  return `const ${variable(name)} = ${domain?.kind === "strings" ? `${variable(name, "region")}(${value})` : value}`;
}

/** Who may call a route: to a request that lacks what its `for` asks, as to one that it does not accept, there is none. */
function admission(
  scope: readonly Accepts[],
  tested: readonly Attribute[],
  readings: (some: readonly Attribute[]) => string[],
): string[] {
  const required = tested.filter((attribute) => attribute.default === undefined).map(({ name }) => name);
  return [
    ...(required.length === 0
      ? []
      : [`  if (${literal(required)}.some((name) => given(attributes, name) === undefined)) return undefined;`]),
    ...readings(tested),
    `  if (!(${condition(scope, tested, "  ")})) return undefined;`,
  ];
}

function decisions({ rows, rules }: Route, attributes: readonly Attribute[]): string[] {
  const lines: string[] = [];
  for (const [index, own] of Map.groupBy(rows, ({ rule }) => rule)) {
    lines.push(`  // ${comment(rules[index]?.text ?? "")}`);
    const accepted = condition(
      own.map(({ when }) => when),
      attributes,
      "  ",
    );
    if (accepted === "true") return [...lines, `  return ${index};`];
    lines.push(`  if (${accepted}) return ${index};`);
  }
  return [...lines, '  throw new Error("no row of the route accepts this request: the table is not total");'];
}
