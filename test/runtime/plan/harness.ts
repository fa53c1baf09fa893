/** Carries a plan out on virtual time and writes down, one line each, what the sink is told. */
import {
  type AnswerSink,
  type Execution,
  execute,
  type FailedAttempt,
  type Ledger,
  link,
  openLedger,
  type PlanRequest,
  type Served,
} from "../../../runtime/plan/index.ts";
import {
  type DecisionTable,
  type Expression,
  FAILED,
  type Failure,
  type Model,
  type Plan,
  type Provider,
} from "../../../runtime/table/index.ts";
import { type Script, type ScriptedTransport, scriptedTransport } from "../../support/scripted-transport.ts";
import { type VirtualClock, virtualClock } from "../../support/virtual-time.ts";

/** `call("a")`, or with options. */
export function call(model: string, options?: { readonly timeout: number }): Expression {
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
    attributes: [],
    signals: [],
    meters: [],
    providers: [{ name: "somebody", protocol: "openai", url: "http://localhost/v1", ...provider }],
    models: names.map((name) => ({ ...MODEL, name, ...models[name] })),
    plans: Object.entries(plans).map(([name, expression]): Plan => ({ name, run: expression })),
    routes: [{ names: ["chat"], deadline: 600_000, rules: [{ run, text: "", at }], rows: [{ rule: 0, when: {} }], at }],
  };
}

export interface Setting extends Policy {
  /** What the n-th call meets, or what each call of a model meets. */
  readonly scripts: readonly Script[] | Readonly<Record<string, Script>>;
  readonly stream?: boolean;
  readonly request?: Partial<PlanRequest>;
  readonly ledger?: Ledger;
  readonly clock?: VirtualClock;
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
  /** All bytes told by `data` or `whole`. */
  text(): string;
}

/** Starts carrying out and lets virtual time stand still. */
export function begin(setting: Setting): Run {
  const { scripts, clock = virtualClock() } = setting;
  const transport = scriptedTransport(clock, (upstream, index) => {
    const script = Array.isArray(scripts) ? scripts[index] : Reflect.get(scripts, upstream.model.name);
    if (script === undefined) throw new Error(`no script for call ${index}, of ${upstream.model.name}`);
    return script;
  });
  const table = tableOf(setting);
  const [route] = table.routes;
  if (route === undefined) throw new Error("no route");
  const sink = recordingSink(setting.takes ?? (() => true));
  const request: PlanRequest = {
    bodyFor: (upstream) => Buffer.from(JSON.stringify({ model: upstream })),
    stream: setting.stream ?? false,
    needs: 0,
    promptTokens: 100,
    maxTokens: undefined,
    headers: [],
    ...setting.request,
  };
  const doors = { clock, transport, ledger: setting.ledger ?? openLedger, random: { next: () => 0 } };
  const execution = execute(
    link(table).run(route, 0),
    request,
    doors,
    sink,
    clock.now() + (setting.deadline ?? 600_000),
  );
  return {
    told: sink.told,
    clock,
    execution,
    transport,
    tried: () => transport.calls.map(({ call: upstream }) => upstream.model.name),
    failures: sink.failures,
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
}

/** Adjacent chunks make one line. */
function recordingSink(takes: () => boolean): RecordingSink {
  const told: string[] = [];
  const bytes: Buffer[] = [];
  const failures: FailedAttempt[] = [];
  const by = ({ model, attempts }: Served): string => `${model.name} at attempt ${attempts}`;
  return {
    told,
    bytes,
    failures,
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
