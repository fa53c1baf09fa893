/** Carries a plan out on virtual time and writes down, one line each, what the sink is told. */
import {
  type AnswerSink,
  type Execution,
  execute,
  type FailedAttempt,
  type Ledger,
  type LinkedRun,
  link,
  openLedger,
  type PlanRequest,
  type Refusal,
  type Served,
} from "../../../runtime/plan/index.ts";
import {
  type DecisionTable,
  type Expression,
  FAILED,
  type Failure,
  type GateCondition,
  type Model,
  type Options,
  type Plan,
  type Provider,
  type SelectExpression,
} from "../../../runtime/table/index.ts";
import { type Script, type ScriptedTransport, scriptedTransport } from "../../support/scripted-transport.ts";
import { type VirtualClock, virtualClock } from "../../support/virtual-time.ts";

/** `call("a")`, or with options. */
export function call(model: string, options?: Options): Expression {
  return options === undefined ? { kind: "call", model } : { kind: "call", model, with: options };
}

export function plan(name: string): Expression {
  return { kind: "plan", plan: name };
}

export function reject(status: number, text?: string): Expression {
  return text === undefined ? { kind: "reject", status } : { kind: "reject", status, text };
}

/** `first else on … step else on … step`. */
export function catching(
  first: Expression,
  branches: readonly (readonly [readonly Failure[], Expression])[],
): Expression {
  return { kind: "else", first, then: branches.map(([failures, run]) => ({ on: [...failures], run })) };
}

/** `first else … else …`: plain else before each further step. */
export function chain(first: Expression, ...then: readonly Expression[]): Expression {
  return catching(
    first,
    then.map((run) => [FAILED, run]),
  );
}

/** `first else on … step`. */
export function on(first: Expression, failures: Failure[], run: Expression): Expression {
  return catching(first, [[failures, run]]);
}

/** `cheapest { a, b }` and the like. */
export function select(order: SelectExpression["order"], ...models: readonly string[]): Expression {
  return { kind: "select", order, models: [...models] };
}

/** `spread { 70% a, 30% b } by …`: shares by model. */
export function spread(shares: Readonly<Record<string, number>>, by?: string): Expression {
  const sides = Object.entries(shares).map(([model, share]) => ({ model, share }));
  return { kind: "spread", name: "p", sides, ...(by !== undefined && { by }) };
}

/** `split { 70% …, 30% … } by …`. */
export function split(sides: readonly (readonly [share: number, run: Expression])[], by?: string): Expression {
  return {
    kind: "split",
    name: "p",
    sides: sides.map(([share, run]) => ({ share, run })),
    ...(by !== undefined && { by }),
  };
}

/** `cascade { … accept when … }`; the last step has no gate. */
export function cascade(...steps: readonly (readonly [run: Expression, accept?: GateCondition])[]): Expression {
  return { kind: "cascade", steps: steps.map(([run, accept]) => ({ run, ...(accept && { accept }) })) };
}

/** `hedge { first after … side }`. */
export function hedge(first: Expression, ...then: readonly (readonly [after: number, run: Expression])[]): Expression {
  return { kind: "hedge", first, then: then.map(([after, run]) => ({ after, run })) };
}

/** `refused`, `valid_json`. */
export function isTrue(fact: "refused" | "valid_json"): GateCondition {
  return { kind: "test", fact, test: { kind: "true" } };
}

/** `fact >= least`. */
export function atLeast(fact: "confidence" | "output_tokens", least: number): GateCondition {
  return { kind: "test", fact, test: { kind: "interval", from: { value: least, included: true } } };
}

/** `judge(model, "How good?") >= least`. */
export function judged(model: string, least: number): GateCondition {
  const test = { kind: "interval" as const, from: { value: least, included: true } };
  return { kind: "test", fact: "judge", judge: { model, prompt: "How good?" }, test };
}

export const MODEL: Omit<Model, "name"> = {
  provider: "somebody",
  upstream: "upstream-name",
  context: 8_000,
  output: 1_000,
  price: { input: 2_000_000_000, output: 10_000_000_000, cached: 500_000_000 },
  can: ["tools"],
};

/** What an answer of the fake provider costs with `MODEL`: 9 prompt tokens at $2 and 4 of completion at $10 per million, in nano-dollars. */
export const COST = 9 * 2_000 + 4 * 10_000;

/** What a ledger says whose budget is used up. */
export const OVER_BUDGET: Refusal = { failure: "over_budget", detail: "it is used up" };

export interface Policy {
  readonly run: Expression;
  readonly plans?: Readonly<Record<string, Expression>>;
  readonly models?: Readonly<Record<string, Partial<Model>>>;
  readonly provider?: Partial<Provider>;
}

/** A table of one route with one rule, and the models `a` to `f` besides those given. */
export function tableOf({ run, plans = {}, models = {}, provider = {} }: Policy): DecisionTable {
  const names = [...new Set(["a", "b", "c", "d", "e", "f", ...Object.keys(models)])];
  const at: [number, number, number, number, number] = [0, 1, 1, 1, 1];
  return {
    format: 1,
    hash: `sha256:${"0".repeat(64)}`,
    compiler: "test",
    zone: "UTC",
    files: [],
    attributes: [{ name: "tenant", type: { kind: "string" }, source: { from: "header", at: "x-tenant" }, default: "" }],
    signals: [],
    meters: [],
    providers: [{ name: "somebody", protocol: "openai", url: "http://localhost/v1", ...provider }],
    models: names.map((name) => ({ ...MODEL, name, ...models[name] })),
    plans: Object.entries(plans).map(([name, expression]): Plan => ({ name, run: expression })),
    routes: [{ names: ["chat"], deadline: 600_000, rules: [{ run, text: "", at }], rows: [{ rule: 0, when: {} }], at }],
  };
}

/** What the policy's only rule runs. */
export function linked(policy: Policy): LinkedRun {
  const table = tableOf(policy);
  const [route] = table.routes;
  if (route === undefined) throw new Error("no route");
  return link(table).run(route, 0);
}

export interface Setting extends Policy {
  /** What the n-th call meets, or what each call of a model meets, or what a call of a model meets when it is made. */
  readonly scripts: readonly Script[] | Readonly<Record<string, Script>> | ((model: string, stream: boolean) => Script);
  readonly stream?: boolean;
  readonly request?: Partial<PlanRequest>;
  readonly ledger?: Ledger;
  /** Ids of the provider's keys. */
  readonly keys?: readonly string[];
  readonly clock?: VirtualClock;
  /** Uniform in [0, 1); always a half when not given. */
  readonly random?: () => number;
  /** What is carried out in place of `run`: linked before, so that it knows how its models did. */
  readonly linked?: LinkedRun;
  readonly deadline?: number;
  /** What `data` returns. */
  readonly takes?: () => boolean;
}

export interface Run {
  /** What the sink was told, a line each. */
  readonly told: string[];
  readonly clock: VirtualClock;
  readonly execution: Execution;
  readonly transport: ScriptedTransport;
  /** Models called, in order. */
  tried(): readonly string[];
  readonly failures: readonly FailedAttempt[];
  /** Options that the model which answered could not honour. */
  readonly dropped: readonly string[];
  /** All bytes told by `data` or `whole`. */
  text(): string;
}

/** Starts carrying out and lets virtual time stand still. */
export function begin(setting: Setting): Run {
  const { scripts, clock = virtualClock() } = setting;
  const scripted = scriptedTransport(clock, (upstream, index) => {
    const { name } = upstream.model;
    const script =
      typeof scripts === "function"
        ? scripts(name, upstream.stream)
        : Reflect.get(scripts, Array.isArray(scripts) ? index : name);
    if (script === undefined) throw new Error(`no script for call ${index}, of ${upstream.model.name}`);
    return script;
  });
  const { keys = [] } = setting;
  const transport = { ...scripted, keys: () => keys.map((id) => ({ id })), hasSpareKey: () => keys.length > 1 };
  const sink = recordingSink(setting.takes ?? (() => true));
  const request: PlanRequest = {
    bodyFor: (upstream, overrides) => Buffer.from(JSON.stringify({ model: upstream, ...overrides })),
    stream: setting.stream ?? false,
    needs: 0,
    promptTokens: 100,
    maxTokens: undefined,
    headers: [],
    ...setting.request,
  };
  const random = { next: setting.random ?? (() => 0.5) };
  const doors = { clock, transport, ledger: setting.ledger ?? openLedger, random };
  const execution = execute(
    setting.linked ?? linked(setting),
    request,
    doors,
    sink,
    clock.elapsed() + (setting.deadline ?? 600_000),
  );
  return {
    told: sink.told,
    clock,
    execution,
    transport,
    tried: () => transport.calls.map(({ call: upstream }) => upstream.model.name),
    failures: sink.failures,
    dropped: sink.dropped,
    text: () => Buffer.concat(sink.bytes).toString(),
  };
}

/** Carries out to the end of time. */
export function carryOut(setting: Setting): Run {
  const run = begin(setting);
  run.clock.run();
  return run;
}

interface RecordingSink extends AnswerSink {
  readonly told: string[];
  readonly bytes: Buffer[];
  readonly failures: FailedAttempt[];
  readonly dropped: string[];
}

/** Adjacent chunks make one line. */
function recordingSink(takes: () => boolean): RecordingSink {
  const told: string[] = [];
  const bytes: Buffer[] = [];
  const failures: FailedAttempt[] = [];
  const dropped: string[] = [];
  const by = (served: Served): string => {
    dropped.push(...served.dropped);
    return `${served.model.name} at attempt ${served.attempts}`;
  };
  return {
    told,
    bytes,
    failures,
    dropped,
    whole(served, status, _headers, body, cost) {
      told.push(`whole ${status} by ${by(served)} for ${cost}`);
      bytes.push(body);
    },
    begin: (served, status) => void told.push(`begin ${status} by ${by(served)}`),
    data(chunk) {
      if (told.at(-1) !== "data") told.push("data");
      bytes.push(chunk);
      return takes();
    },
    end: (cost) => void told.push(`end for ${cost}`),
    broken: (served, failure, detail) => void told.push(`broken ${failure} by ${by(served)}: ${detail}`),
    reject: (status, text) => void told.push(`reject ${status} ${text}`),
    exhausted(all, attempts) {
      failures.push(...all);
      told.push(`exhausted after ${attempts}: ${all.map(({ model, failure }) => `${model} ${failure}`).join(", ")}`);
    },
  };
}
