/** Decision tables by hand, for tests of what runs them. */
import {
  type Attribute,
  type DecisionTable,
  type Expression,
  FAILED,
  hashTable,
  load,
  type Model,
  type Plan,
  type Policy,
  type Provider,
  type Route,
  type Row,
} from "../../runtime/table/index.ts";

/** A route without positions: `rules` are what to do, `rows` when; without rows the first rule is for everything. */
export interface RouteSpec {
  readonly names: readonly string[];
  readonly rules: readonly Expression[];
  readonly rows?: readonly Row[];
  readonly deadline?: number;
}

export interface TableSpec {
  readonly attributes?: readonly Attribute[];
  readonly providers: readonly Provider[];
  readonly models: readonly Model[];
  readonly plans?: readonly Plan[];
  readonly routes: readonly RouteSpec[];
}

export function table(spec: TableSpec): DecisionTable {
  const content: Omit<DecisionTable, "hash"> = {
    format: 1,
    compiler: "by hand",
    zone: "UTC",
    files: [],
    attributes: [...(spec.attributes ?? [])],
    signals: [],
    meters: [],
    providers: [...spec.providers],
    models: [...spec.models],
    plans: [...(spec.plans ?? [])],
    routes: spec.routes.map(routeOf),
  };
  return { ...content, hash: hashTable(content) };
}

export function policy(spec: TableSpec): Policy {
  return load(table(spec));
}

function routeOf({ names, rules, rows = [{ rule: 0, when: {} }], deadline = 600_000 }: RouteSpec): Route {
  return {
    names: [...names],
    deadline,
    rules: rules.map((run) => ({ run, text: "by hand", at: [0, 1, 1, 1, 1] })),
    rows: [...rows],
    at: [0, 1, 1, 1, 1],
  };
}

export function provider(name: string, url: string, keys: readonly string[] = []): Provider {
  return { name, protocol: "openai", url, keys: [...keys] };
}

/** A model that can do everything, at $1 and $2 per million tokens. */
export function model(name: string, providerName: string, facts: Partial<Model> = {}): Model {
  return {
    name,
    provider: providerName,
    upstream: `${name}-upstream`,
    context: 128_000,
    output: 4096,
    price: { input: 1e9, output: 2e9 },
    can: ["tools", "vision", "audio", "pdf", "json", "logprobs", "reasoning", "search"],
    ...facts,
  };
}

export function call(name: string, timeout?: number): Expression {
  return { kind: "call", model: name, ...(timeout === undefined ? {} : { with: { timeout } }) };
}

/** `first else …`: plain else before each further step. */
export function orElse(first: Expression, ...then: readonly Expression[]): Expression {
  return { kind: "else", first, then: then.map((run) => ({ on: [...FAILED], run })) };
}
