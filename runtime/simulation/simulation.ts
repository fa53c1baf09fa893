/**
 * Requests on virtual time: decided by the real table, counted by the real ledger and carried out by the real executor,
 * against providers that do as they are told. The same seed, moment, world and requests always give the same traces.
 */
import { type Admission, createLedger, type Store } from "../ledger/index.ts";
import { execute, type Overrides, type Refusal, type UpstreamCall } from "../plan/index.ts";
import { linkAll } from "../plan/link.ts";
import { visibility } from "../proxy/visible.ts";
import { memoryAnswers, type Reuse, reuse } from "../reuse/index.ts";
import {
  billed,
  type Expression,
  type Model,
  type Policy,
  type PolicyRoute,
  type Rule,
  ratesAt,
  type Signal,
  type Value,
} from "../table/index.ts";
import { type Asked, capOf, sizeOf } from "./answer.ts";
import { type VirtualClock, virtualClock } from "./clock.ts";
import { placesOf } from "./places.ts";
import { seededRandom } from "./random.ts";
import { type Known, Recorder } from "./recorder.ts";
import { bodyOf, missingOf, planRequest, type SimulatedRequest, type Values, valuesReader } from "./request.ts";
import { simulatedStore } from "./store.ts";
import type { SignalValue, Trace } from "./trace.ts";
import { billedOf, type Told, toldTransport } from "./transport.ts";
import { behaviourAt, type Meeting, type World } from "./world.ts";

export interface SimulationOptions {
  /** Milliseconds since the epoch at which it begins. */
  readonly now: number;
  /** For draws and jitter. */
  readonly seed: number;
  /** Computes a signal that a request does not give; undefined where it cannot, and what its `else` says is taken. */
  readonly compute?: (signal: Signal, request: SimulatedRequest) => Value | undefined;
  /** Stands before the store of the ledger: for who watches what is counted. */
  readonly watch?: (store: Store) => Store;
}

export interface Simulation {
  readonly clock: VirtualClock;
  /** Decides a request as things are now, and does nothing more. Throws `MissingSignal`. */
  decide(request: SimulatedRequest): Decided | NotDecided;
  /**
   * Decides a request and begins to carry it out; `over` is called with what became of it, from here or when the clock
   * goes on. Requests may be under way together: they share budgets, answers and the health of models. `meets` says what
   * its calls meet, where that is not what the world says. Throws `MissingSignal`.
   */
  begin(request: SimulatedRequest, over: (trace: Trace) => void, meets?: Meeting): void;
  /** The same, to its end: the clock goes on until nothing is under way. */
  run(request: SimulatedRequest): Trace;
}

/** What is decided of a request. */
export interface Decided {
  readonly route: PolicyRoute;
  /** Index of the route's rule. */
  readonly rule: number;
  readonly values: Values;
  /** The signals that it took. */
  readonly signals: readonly SignalValue[];
}

/** A request that is answered with an error before any rule is asked. */
export interface NotDecided {
  readonly status: number;
  readonly why: string;
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

/** Bytes of answers that are kept for `reuse`. */
const ANSWER_MEMORY = 1024 * 1024;
const NOTHING_USED = { input: 0, output: 0 };

/** A simulation of its own, in a world in which nothing is wrong if not told otherwise. */
export function createSimulation(policy: Policy, options: SimulationOptions, world: World = {}): Simulation {
  return simulator(policy)(options, world);
}

/** The same for who makes many of one policy: what they have in common is made once. */
export function simulator(policy: Policy): (options: SimulationOptions, world: World) => Simulation {
  const { table } = policy;
  const read = valuesReader(table);
  const isVisible = visibility(table, policy.routes);
  const signals = new Map(table.signals.map((signal) => [signal.name, signal]));
  const names = table.attributes.map(({ name }) => name);
  const claims = table.attributes.flatMap(({ source }, index) => (source.from === "claim" ? [index] : []));
  const ofCaller = new Set(
    table.attributes.filter(({ source: { from } }) => from === "claim" || from === "header").map(({ name }) => name),
  );
  // No environment is read: of each variable that holds a key, and of each file, there is one.
  const keys = new Map(
    table.providers.map((provider) => [
      provider.name,
      provider.keys?.map((key) => ({ id: JSON.stringify(key) })) ?? [],
    ]),
  );
  const reuses = table.routes.some((route) => route.reuse !== undefined);
  const bodies = upstreamBodies();
  const placesIn = placesOf(table);

  return ({ now, seed, compute, watch }, world) => {
    const clock = virtualClock(now);
    const random = seededRandom(seed);
    const plans = linkAll(table);
    const places = placesIn();
    const store = simulatedStore(table, world.used ?? new Map(), now);
    const ledger = createLedger(table, watch?.(store) ?? store, clock, {
      health: (provider, time) => (world.down?.has(provider) ? "down" : plans.health(provider, time)),
    });
    const answers = reuses ? memoryAnswers(ANSWER_MEMORY) : undefined;

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
          const signal = signalOf(names[index] ?? "", request);
          values[index] = signal.value;
          found.push(signal);
        }
      }
      return found;
    }

    // The order of these steps is that of runtime/proxy/exchange.ts.
    function decide(request: SimulatedRequest): Decided | NotDecided {
      const route = policy.routeFor(request.model);
      const values = read(request, clock.now());
      if (route === undefined || !isVisible(route, values))
        return { status: 404, why: `no route serves the model \`${request.model}\` to this caller` };
      const missing = missingOf(table, values);
      if (missing !== undefined) return { status: 400, why: missing };
      atOnce(ledger.state(values, route.tests));
      const found = demand(route, values, request);
      return { route, rule: route.choose(values), values, signals: found };
    }

    // And so is that of these.
    function begin(request: SimulatedRequest, over: (trace: Trace) => void, meets?: Meeting): void {
      const refused = (status: number, why: string, known: Known = UNDECIDED): void =>
        over({ ...NOT_CARRIED_OUT, ...known, outcome: { kind: "refused", status, why } });
      const decision = decide(request);
      if ("status" in decision) {
        refused(decision.status, decision.why);
        return;
      }
      const { route, rule, values } = decision;
      const decided = route.route.rules[rule];
      if (decided === undefined) throw new Error(`the table chose rule ${rule}, which the route does not have`);
      const known = knownOf(route, rule, decided, values, decision.signals);
      const kept = earlier(route, rule, values, request);
      const found = kept && atOnce(kept.found);
      if (found !== undefined) {
        over({ ...NOT_CARRIED_OUT, ...known, outcome: { kind: "reused", model: found.model } });
        return;
      }
      const asked = planRequest(request, values, bodies.make);
      const admitted = atOnce<Admission | Refusal>(ledger.admit(asked));
      if ("failure" in admitted) {
        refused(429, admitted.detail, known);
        return;
      }

      const told = toldTransport(clock, (call) => {
        const time = clock.now() - now;
        const said = saying(call, asked);
        const behaviour = meets?.(call.model, time, said) ?? behaviourAt(world, call.model.name, time);
        const meeting: Told = { behaviour, ...said };
        recorder.meets(call, behaviour, billOf(meeting, call, clock.now()));
        return meeting;
      });
      const transport = { ...told, keys: (model: Model) => keys.get(model.provider) ?? [] };
      const recorder = new Recorder(
        { clock, random, transport, ledger },
        places,
        (reach) => places.follow(known.route, rule, reach),
        kept,
        known,
        (trace) => {
          admitted.finish(recorder.execution?.tokens ?? NOTHING_USED);
          over(trace);
        },
      );
      const deadlineAt = clock.elapsed() + route.route.deadline;
      recorder.execution = execute(plans.run(route.route, rule), asked, recorder.doors, recorder, deadlineAt);
    }

    /** What its provider goes by when it answers a call. */
    function saying({ model, body }: UpstreamCall, asked: ReturnType<typeof planRequest>): Asked {
      const own = bodies.capOf(body);
      if (own === undefined) {
        const mostTokens = Math.min(model.output, capOf(body) ?? model.output);
        return { purpose: "judgement", promptTokens: sizeOf(body), mostTokens };
      }
      const mostTokens = Math.min(model.output, asked.maxTokens ?? model.output, own);
      return { purpose: "answer", promptTokens: Math.min(asked.promptTokens, model.context), mostTokens };
    }

    function earlier(
      { route }: PolicyRoute,
      rule: number,
      values: Values,
      request: SimulatedRequest,
    ): Reuse | undefined {
      if (answers === undefined || route.reuse === undefined) return undefined;
      const { for: lifetime, per = [] } = route.reuse;
      const said = [...(request.attributes ?? [])].filter(([name]) => !ofCaller.has(name));
      return reuse(
        {
          body: Buffer.from(JSON.stringify({ ...bodyOf(request), said })),
          stream: request.attributes?.get("stream") === true,
          kind: "chat",
          policy: table.hash,
          rule: `${route.names[0]}:${rule}`,
          scope:
            per.length > 0
              ? { by: "values", values: per.map((name) => values[names.indexOf(name)]) }
              : { by: "caller", key: JSON.stringify(claims.map((index) => values[index] ?? null)) },
          headers: [],
          clientHeaders: [],
          lifetime,
        },
        answers,
        () => clock.now(),
      );
    }

    function knownOf(
      { route }: PolicyRoute,
      rule: number,
      { run }: Rule,
      values: Values,
      needed: readonly SignalValue[],
    ): Known & { readonly route: string } {
      const byName = new Map<string, Value>();
      for (let index = 0; index < names.length; index++) {
        const value = values[index];
        if (value !== undefined) byName.set(names[index] as string, value);
      }
      const plan = planOf(run);
      return { values: byName, signals: needed, route: route.names[0] ?? "", rule, plan };
    }

    return {
      clock,
      decide,
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
  };
}

const UNDECIDED: Known = { values: new Map(), signals: [], route: undefined, rule: undefined, plan: undefined };

const NOT_CARRIED_OUT: Omit<Trace, keyof Known | "outcome"> = {
  ...{ attempts: [], cost: 0, content: 0, milliseconds: 0, reached: new Set(), gates: [] },
};

function planOf(run: Expression): string | undefined {
  return run.kind === "plan" ? run.plan : undefined;
}

/** What the store and the answers of a simulation give without taking their time. */
function atOnce<T>(value: T | PromiseLike<T>): T {
  if (typeof value === "object" && value !== null && "then" in value) throw new Error("a simulation cannot wait");
  return value;
}

function billOf(told: Told, { model: { price } }: UpstreamCall, now: number): number {
  const used = billedOf(told);
  return used === undefined ? 0 : billed(ratesAt(price, used.prompt, now), used);
}

interface UpstreamBodies {
  readonly make: (upstream: string, overrides?: Overrides) => Buffer;
  /** The cap on output tokens that one of these bodies states; undefined of any other body. */
  capOf(body: Buffer): number | undefined;
}

/** Bodies of calls, one for all that are alike. Of what a step changes only the cap matters to a simulated provider. */
function upstreamBodies(): UpstreamBodies {
  const bodies = new Map<string, Map<number, Buffer>>();
  const caps = new WeakMap<Buffer, number>();
  return {
    capOf: (body) => caps.get(body),
    make(upstream, overrides) {
      const maxTokens = overrides?.maxTokens ?? Number.POSITIVE_INFINITY;
      const own = bodies.get(upstream) ?? new Map<number, Buffer>();
      bodies.set(upstream, own);
      const body = own.get(maxTokens) ?? Buffer.from(JSON.stringify({ model: upstream, max_tokens: maxTokens }));
      own.set(maxTokens, body);
      caps.set(body, maxTokens);
      return body;
    },
  };
}
