/** One request decided in four ways that share as little as can be: whoever disagrees is wrong. */
import { holds, interpret, type Values } from "../../compiler/program/interpret.ts";
import type { Route } from "../../compiler/program/program.ts";
import {
  type Accepts,
  type Attribute,
  decide,
  type Policy,
  readAttribute,
  regionOf,
  type Value,
} from "../../runtime/table/index.ts";
import { boxed, lookupOf, within } from "./boxed.ts";
import type { Compiled } from "./compiled.ts";
import type { Request } from "./requests.ts";

/** What became of a request: `chat:1`, or the message of the error. */
export type Outcome = string;

const FORGOTTEN = "no row of the route accepts this request: the table is not total";

/** What all ways say of a request to one policy. Throws where they disagree, with what each says. */
export function decider(compiled: Compiled): (request: Request) => Outcome {
  const read = plainReader(compiled);
  const ways: Readonly<Record<string, (request: Request) => Outcome>> = {
    interpreter: (request) => ruled(read(request), interpret),
    analysis: (request) => ruled(read(request), (route, values) => boxed(compiled.analysis, route, values)),
    table: (request) => byTable(compiled.policy, request),
    javascript: (request) => outcomeOf(compiled.decide(request)),
  };
  return (request) => {
    const said = Object.entries(ways).map(([name, way]) => [name, sayingErrors(() => way(request))] as const);
    const [, outcome] = said[0] as readonly [string, Outcome];
    if (said.every(([, other]) => other === outcome)) return outcome;
    const shown = said.map(([name, other]) => `\n  ${name}: ${other}`).join("");
    throw new Error(`disagreement on ${JSON.stringify(request)}${shown}\n${compiled.text}`);
  };
}

function outcomeOf({ route, index }: { readonly route: string; readonly index: number }): Outcome {
  return `${route}:${index}`;
}

/** Errors by their message: those of the generated module have a class of their own. */
function sayingErrors(decide: () => Outcome): Outcome {
  try {
    return decide();
  } catch (error) {
    if (!(error instanceof Error) || (error.name !== "AttributeError" && error.message !== FORGOTTEN)) throw error;
    return error.message;
  }
}

function nobody({ model }: Request): Outcome {
  return `no route serves the model \`${model}\``;
}

/** A request as rules see it, or why none does. */
type Reading = { readonly route: Route; readonly values: Values } | Outcome;

function ruled(reading: Reading, ruleOf: (route: Route, values: Values) => number | undefined): Outcome {
  if (typeof reading === "string") return reading;
  const index = ruleOf(reading.route, reading.values);
  return index === undefined ? FORGOTTEN : outcomeOf({ route: reading.route.names[0] as string, index });
}

/** Finds the route, asks its `for` and reads the request, all in the plainest way. */
function plainReader({ program, policy, analysis }: Compiled): (request: Request) => Reading {
  // What the table does not read, because it changes nothing, is given any value.
  const any = new Map(analysis.space.partitions.map(({ attribute, sample }) => [attribute.name, sample(0)]));
  const routes = policy.routes.map(({ route: { rows, for: scope = [] } }, index) => {
    const asked = testedBy(scope, policy);
    const tested = testedBy(
      rows.map(({ when }) => when),
      policy,
    );
    const route = program.routes[index] as Route;
    return {
      route,
      asked,
      others: policy.table.attributes.filter((each) => isDeclared(each) || tested.includes(each)),
    };
  });
  return (request) => {
    const named = (name: unknown) => routes.find(({ route: { names } }) => names.some((own) => own === name));
    const found = named(request.model) ?? named("*");
    if (found === undefined) return nobody(request);
    const { route, asked, others } = found;
    const values = new Map<string, Value>(any);
    const read = (attribute: Attribute): void => {
      values.set(attribute.name, readAttribute(attribute, request[attribute.name]));
    };
    if (asked.some((attribute) => isMissing(attribute, request))) return nobody(request);
    asked.forEach(read);
    if (route.for !== undefined && !holds(route.for, values)) return nobody(request);
    others.forEach(read);
    return { route, values: values.set("model", request.model as string) };
  };
}

function testedBy(rows: readonly Accepts[], { table }: Policy): Attribute[] {
  return table.attributes.filter(({ name }) => rows.some((when) => Object.hasOwn(when, name)));
}

function isDeclared({ source }: Attribute): boolean {
  return source.from !== "builtin" && source.from !== "signal" && source.from !== "state";
}

function isMissing({ name, default: otherwise }: Attribute, request: Request): boolean {
  return otherwise === undefined && request[name] === undefined;
}

/** The table's `decide` does not ask `for`: who calls it does. */
function byTable(policy: Policy, request: Request): Outcome {
  const scope = policy.routeFor(request.model as string)?.route.for;
  if (scope !== undefined && !admits(scope, policy, request)) return nobody(request);
  return outcomeOf(decide(policy, request));
}

function admits(scope: readonly Accepts[], policy: Policy, request: Request): boolean {
  const asked = testedBy(scope, policy);
  if (asked.some((attribute) => isMissing(attribute, request))) return false;
  const regions = new Map(
    asked.map((attribute) => {
      const value = readAttribute(attribute, request[attribute.name]);
      return [attribute.name, attribute.domain && regionOf(lookupOf(attribute.domain), value)];
    }),
  );
  return scope.some((when) => Object.entries(when).every(([name, ranges]) => within(ranges, regions.get(name))));
}
