/** The signals of a request: those that its decision needs, when it needs them, each at most once. */
import type { Clock, Doors, LinkedPlans, Timer } from "../plan/index.ts";
import type { DecisionTable, PolicyRoute, Signal, Value } from "../table/index.ts";
import { askSource } from "./ask.ts";
import { httpSource } from "./http.ts";
import { localSignal } from "./local.ts";
import { moduleSource, type SignalModules } from "./module.ts";
import { SignalError } from "./signal-error.ts";
import { similarSource } from "./similar.ts";
import type { Answered, AskedSource, Asking, SignalRequest, Source } from "./source.ts";

export interface SignalOptions {
  readonly doors: Doors;
  /** The table's plans: models that are asked have the same health as where plans call them. */
  readonly plans: Pick<LinkedPlans, "call">;
  /** The functions of `module` signals, by file. */
  readonly modules?: SignalModules;
}

/** What became of one signal of a request: for the log. */
export interface SignalRecord {
  readonly name: string;
  readonly value: Value;
  readonly milliseconds: number;
  /** Nano-dollars; undefined where the policy states no price. */
  readonly cost: number | undefined;
  /** Calls that left the process. */
  readonly attempts: number;
  /** Why it could not be had, so that `value` is its `else`; undefined where it was had. Nothing of the request is in it. */
  readonly missing: string | undefined;
}

/** The signals of one request. */
export interface Signalling {
  /** In the order in which they became known. */
  readonly records: readonly SignalRecord[];
  /** The request is gone: ends what is under way. `done` is not called after this. */
  cancel(): void;
}

export interface SignalRunner {
  /**
   * Fills in the signals that the route needs to choose a rule, and then calls `done`, once: before this returns where
   * all of them are computed in this process. Signals that are needed whatever the others say are asked for together.
   * One that is not had by the deadline, or within its own timeout, is what its `else` says; one that no longer matters
   * when another is known is given up.
   */
  run(wanted: Wanted): Signalling;
  /** Lets go of connections. */
  close(): Promise<void>;
}

/** A request whose decision waits for signals. */
export interface Wanted {
  readonly route: Pick<PolicyRoute, "demand">;
  /** By index into the table's attributes; what is not known is undefined. Signals are filled in here. */
  readonly values: (Value | undefined)[];
  readonly request: SignalRequest;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
  readonly done: () => void;
}

type Spent = Pick<Asking, "attempts" | "cost">;

/** A signal that can be had, and where its value belongs. */
interface Ready {
  readonly signal: Signal;
  readonly source: Source;
}

/**
 * Makes the signals of a table ready.
 *
 * @throws SignalError on weights that are none, a module that is not given
 */
export async function signalRunner(table: DecisionTable, options: SignalOptions): Promise<SignalRunner> {
  const { clock } = options.doors;
  const ready = new Map<number, Ready>();
  for (const signal of table.signals) {
    const index = table.attributes.findIndex(({ name, source }) => name === signal.name && source.from === "signal");
    if (index >= 0) ready.set(index, { signal, source: await sourceOf(signal, options) });
  }
  return {
    run: (wanted) => signalling(ready, clock, wanted),
    async close() {
      await Promise.all([...ready.values()].map(({ source }) => source.kind === "asked" && source.close?.()));
    },
  };
}

async function sourceOf(signal: Signal, { doors, plans, modules = {} }: SignalOptions): Promise<Source> {
  const compute = localSignal(signal);
  if (compute !== undefined) return { kind: "local", compute };
  const { name, type, source, otherwise } = signal;
  if (otherwise === undefined) throw new SignalError(`signal \`${name}\` can fail and says no value for that`);
  switch (source.kind) {
    case "ask":
      return askSource(source, type, plans.call(source.model), doors);
    case "similar":
      return similarSource(source, plans.call(source.embedder), doors);
    case "http":
      return httpSource({ name, type, source }, doors);
    case "module": {
      const given = Object.hasOwn(modules, source.file) ? modules[source.file] : undefined;
      if (given !== undefined) return moduleSource(signal, given);
      throw new SignalError(`signal \`${name}\` is computed by the module \`${source.file}\`, which is not given`);
    }
    default:
      throw new SignalError(`signal \`${name}\` is of the kind \`${source.kind}\`, which this version does not know`);
  }
}

/** An asked signal that is waited for. */
interface Waiting {
  readonly ready: Ready;
  readonly began: number;
  readonly asking: Asking;
  readonly timer: Timer;
}

function signalling(
  ready: ReadonlyMap<number, Ready>,
  clock: Clock,
  { route, values, request, deadlineAt, done }: Wanted,
): Signalling {
  const records: SignalRecord[] = [];
  const waiting = new Map<number, Waiting>();
  let over = false;
  let advancing = false;

  /** Asks for what is needed and not asked for yet, until there is nothing to do but wait, or nothing at all. */
  function advance(): void {
    advancing = true;
    for (let more = true; more && !over; ) {
      const needed = route.demand(values);
      const next = needed.filter((index) => !waiting.has(index));
      for (const index of next) begin(index);
      if (needed.length === 0) finish();
      more = next.length > 0;
    }
    advancing = false;
  }

  function finish(): void {
    giveUp("it was no longer needed");
    over = true;
    done();
  }

  function begin(index: number): void {
    const each = ready.get(index);
    if (each === undefined) throw new Error(`the decision waits for attribute ${index}, which is no signal`);
    const began = clock.elapsed();
    if (each.source.kind === "local") {
      values[index] = each.source.compute(request.texts);
      records.push(record(each, began, values[index], { attempts: 0, cost: 0 }));
    } else ask(index, each, each.source, began);
  }

  function ask(index: number, each: Ready, source: AskedSource, began: number): void {
    const limit = Math.min(each.signal.timeout ?? Number.POSITIVE_INFINITY, deadlineAt - began);
    if (limit <= 0) {
      standIn(index, each, began, { attempts: 0, cost: 0 }, "the route's deadline had passed");
      return;
    }
    const timer = clock.after(limit, () => {
      end(index, { missing: `no answer within ${limit} ms` });
      advance();
    });
    let atOnce: Answered | undefined;
    const asking = source.ask(request, began + limit, (answered) => {
      if (!waiting.has(index)) atOnce = answered;
      else {
        end(index, answered);
        if (!advancing) advance();
      }
    });
    waiting.set(index, { ready: each, began, asking, timer });
    if (atOnce !== undefined) end(index, atOnce);
  }

  function end(index: number, answered: Answered): void {
    const each = waiting.get(index);
    if (each === undefined) return;
    waiting.delete(index);
    each.timer.cancel();
    if ("missing" in answered) {
      each.asking.cancel();
      standIn(index, each.ready, each.began, each.asking, answered.missing);
    } else {
      values[index] = answered.value;
      records.push(record(each.ready, each.began, answered.value, each.asking));
    }
  }

  function standIn(index: number, each: Ready, began: number, asking: Spent, missing: string): void {
    values[index] = each.signal.otherwise;
    records.push(record(each, began, each.signal.otherwise, asking, missing));
  }

  function giveUp(missing: string): void {
    for (const index of [...waiting.keys()]) end(index, { missing });
  }

  function record({ signal }: Ready, began: number, value: Value | undefined, spent: Spent, missing?: string) {
    const { attempts, cost } = spent;
    if (value === undefined) throw new Error(`signal \`${signal.name}\` has no value`);
    return { name: signal.name, value, milliseconds: clock.elapsed() - began, cost, attempts, missing };
  }

  advance();
  return {
    records,
    cancel() {
      if (over) return;
      over = true;
      giveUp("the request was cancelled");
    },
  };
}
