/**
 * Requests on virtual time: decided by the real table and carried out by the real executor, against providers that do as
 * they are told. The same seed, moment and requests always give the same traces.
 */
import { execute } from "../plan/index.ts";
import { linkAll } from "../plan/link.ts";
import type { Expression, Policy, PolicyRoute, Route, Signal, Value } from "../table/index.ts";
import { type VirtualClock, virtualClock } from "./clock.ts";
import { accepts, type RequestLedger, requestLedger, type Values } from "./ledger.ts";
import { placeOfRule, placesOf } from "./places.ts";
import { seededRandom } from "./random.ts";
import { Recorder } from "./recorder.ts";
import { missingOf, planRequest, type SimulatedRequest, valuesOf } from "./request.ts";
import type { SignalValue, Trace } from "./trace.ts";
import { toldTransport } from "./transport.ts";

export interface SimulationOptions {
  /** Milliseconds since the epoch at which it begins. */
  readonly now: number;
  /** For draws and jitter. */
  readonly seed: number;
  /** Computes a signal that a request does not give; undefined where it cannot, and what its `else` says is taken. */
  readonly compute?: (signal: Signal, request: SimulatedRequest) => Value | undefined;
}

export interface Simulation {
  readonly clock: VirtualClock;
  /**
   * Decides a request and begins to carry it out; `over` is called with what became of it, from here or when the clock
   * goes on. Requests may be under way together: they share the health of models. Throws `MissingSignal`.
   */
  begin(request: SimulatedRequest, over: (trace: Trace) => void): void;
  /** The same, to its end: the clock goes on until nothing is under way. */
  run(request: SimulatedRequest): Trace;
}

/** A decision needs a signal that is not given, that cannot be computed here, and that has no `else`. */
export class MissingSignal extends Error {
  override readonly name = "MissingSignal";
  readonly signal: string;

  constructor(signal: string) {
    super(`the decision needs signal \`${signal}\`, which is not given and is not computed here`);
    this.signal = signal;
  }
}

export function createSimulation(policy: Policy, { now, seed, compute }: SimulationOptions): Simulation {
  const { table } = policy;
  const clock = virtualClock(now);
  const random = seededRandom(seed);
  const plans = linkAll(table);
  const places = placesOf(table);
  const signals = new Map(table.signals.map((signal) => [signal.name, signal]));

  function signalOf(name: string, request: SimulatedRequest): SignalValue {
    const given = request.signals?.get(name);
    if (given !== undefined) return { name, value: given, from: "given" };
    const signal = signals.get(name);
    const computed = signal && compute?.(signal, request);
    if (computed !== undefined) return { name, value: computed, from: "computed" };
    if (signal?.otherwise !== undefined) return { name, value: signal.otherwise, from: "stand-in" };
    throw new MissingSignal(name);
  }

  /** Finds the signals that the decision needs, and puts them with the other values. */
  function demand(route: PolicyRoute, values: (Value | undefined)[], request: SimulatedRequest): SignalValue[] {
    const found: SignalValue[] = [];
    for (let needed = route.demand(values); needed.length > 0; needed = route.demand(values)) {
      for (const index of needed) {
        const signal = signalOf(table.attributes[index]?.name ?? "", request);
        values[index] = signal.value;
        found.push(signal);
      }
    }
    return found;
  }

  function decide(request: SimulatedRequest): Decided | Trace {
    const refused = (status: number, why: string, known: Partial<Trace> = {}): Trace => ({
      ...{ values: new Map(), signals: [], route: undefined, rule: undefined, plan: undefined },
      ...{ attempts: [], cost: 0, milliseconds: 0, reached: new Set(), gates: [] },
      ...known,
      outcome: { kind: "refused", status, why },
    });
    const route = policy.routeFor(request.model);
    if (route === undefined) return refused(404, `no route serves the model \`${request.model}\``);
    const values = valuesOf(request, table, clock.now());
    const missing = missingOf(table, values);
    if (missing !== undefined) return refused(400, missing);
    const { names, for: scope } = route.route;
    if (scope !== undefined && !accepts(table, scope, values))
      return refused(404, `route \`${names[0]}\` is not for this caller`);
    const needed = demand(route, values, request);
    const rule = route.choose(values);
    const expression = route.route.rules[rule]?.run;
    if (expression === undefined) throw new Error(`the table chose rule ${rule}, which the route does not have`);
    const known = {
      values: new Map(
        table.attributes.flatMap(({ name }, index): [string, Value][] => {
          const value = values[index];
          return value === undefined ? [] : [[name, value]];
        }),
      ),
      signals: needed,
      route: names[0] ?? "",
      rule,
      plan: expression.kind === "plan" ? expression.plan : undefined,
    };
    const ledger = requestLedger(table, values, request.used ?? new Map());
    const refusal = ledger.admit();
    return refusal === undefined
      ? { known, values, ledger, expression, declared: route.route }
      : refused(429, refusal.detail, known);
  }

  function carryOut(decided: Decided, request: SimulatedRequest, over: (trace: Trace) => void): void {
    const { known, values, ledger, expression, declared } = decided;
    const own = new WeakSet<Buffer>();
    const asked = planRequest(request, values, (body) => own.add(body));
    const transport = toldTransport(clock, ({ model, body }) => {
      const isOwn = own.has(body);
      return {
        behaviour: request.models?.get(model.name) ?? { answers: {} },
        purpose: isOwn ? "answer" : "judgement",
        promptTokens: isOwn ? asked.promptTokens : undefined,
        maxTokens: isOwn ? asked.maxTokens : undefined,
      };
    });
    const recorder = new Recorder(
      { clock, random, transport, ledger },
      places,
      (reach) => places.follow({ place: placeOfRule(known.route, known.rule), expression }, reach),
      (carried) => over({ ...known, ...carried }),
    );
    const run = plans.run(declared, known.rule);
    recorder.execution = execute(run, asked, recorder.doors, recorder, clock.now() + declared.deadline);
  }

  function begin(request: SimulatedRequest, over: (trace: Trace) => void): void {
    const decided = decide(request);
    if ("outcome" in decided) over(decided);
    else carryOut(decided, request, over);
  }

  return {
    clock,
    begin,
    run(request) {
      let trace: Trace | undefined;
      begin(request, (made) => {
        trace = made;
      });
      clock.run();
      if (trace === undefined) throw new Error("a simulated request came to no end");
      return trace;
    },
  };
}

/** A request for which a rule was chosen, and which may go on to its plan. */
interface Decided {
  readonly known: Pick<Trace, "values" | "signals" | "plan"> & { readonly route: string; readonly rule: number };
  readonly values: Values;
  readonly ledger: RequestLedger;
  readonly expression: Expression;
  readonly declared: Route;
}
