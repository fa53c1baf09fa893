/** The ledger: what meters allow a call and a caller, and what rules are told of it. */
import type {
  Clock,
  Ledger,
  PlanRequest,
  ProviderHealth,
  Refusal,
  Reservation,
  Tokens,
  UpstreamKey,
} from "../plan/index.ts";
import { RESERVED } from "../plan/index.ts";
import type { DecisionTable, Model, Value } from "../table/index.ts";
import type { Attributed, Tally } from "./accounts.ts";
import { type Alert, type Books, book, bookByKey, type Excess } from "./booking.ts";
import { type LedgerMeter, metersOf } from "./meters.ts";
import { elapsed, stateReader } from "./state.ts";
import type { Store } from "./store.ts";

export interface LedgerOptions {
  /** Told when a budget has reached a share that its `alert` names. */
  readonly alert?: (alert: Alert) => void;
  /** Told of a call that came to more than its bound allows. */
  readonly excess?: (excess: Excess) => void;
  /** How a provider is at `now`; `up` without it. */
  readonly health?: (provider: string, now: number) => ProviderHealth;
}

/** A request that the caller's limits let in. */
export interface Admission {
  /** The request is over, having used so many tokens in all its calls. Called at most once. */
  finish(used: Tokens): void;
}

export interface MeterLedger extends Required<Ledger> {
  /**
   * Counts a request in its caller's limits, before its first step. The refusal is `rate_limited`: 429. A promise never
   * rejects.
   */
  admit(
    request: Pick<PlanRequest, "attribute" | "promptTokens">,
  ): Admission | Refusal | PromiseLike<Admission | Refusal>;
  /**
   * Writes into `values`, which are by index into the table's attributes, those of the state attributes among `tests`.
   * The others of the request must be there. Returns a promise, which never rejects, where the store takes its time.
   */
  state(values: (Value | undefined)[], tests: readonly number[]): undefined | PromiseLike<void>;
}

/** The meters that count a model's calls. */
interface Covering {
  /** Those that do so whatever the key. */
  readonly shared: readonly LedgerMeter[];
  /** Of them, the provider's and the model's own. */
  readonly own: readonly LedgerMeter[];
  readonly perKey: readonly LedgerMeter[];
}

function coveringOf(meters: readonly LedgerMeter[]): Covering {
  const shared = meters.filter(({ isPerKey }) => !isPerKey);
  return { shared, own: shared.filter(({ isOwn }) => isOwn), perKey: meters.filter(({ isPerKey }) => isPerKey) };
}

const ADMITTED: Admission = { finish() {} };

/** The ledger of a table's meters, kept in `store`: several ledgers that share one share the counts. */
export function createLedger(
  table: DecisionTable,
  store: Store,
  clock: Pick<Clock, "now">,
  options: LedgerOptions = {},
): MeterLedger {
  const meters = metersOf(table);
  const books: Books = { store, now: () => clock.now(), alert: options.alert, excess: options.excess };
  const callers = meters.filter(({ isCallers }) => isCallers);
  const covering = new Map(
    table.models.map((model) => [model.name, coveringOf(meters.filter((meter) => meter.covers(model)))]),
  );
  /** The keys of each provider that were there to be used when its last call was counted. */
  const lastKeys = new Map<string, readonly UpstreamKey[]>();
  const longest = Math.max(0, ...table.models.map(({ context }) => context));

  /** What a signal calls that is no model of the table costs money and counts in no limit. */
  function metersFor(model: Model): Covering {
    const known = covering.get(model.name);
    if (known !== undefined) return known;
    const found = coveringOf(meters.filter((meter) => meter.kind !== "limit" && meter.covers(model)));
    covering.set(model.name, found);
    return found;
  }

  return {
    reserve({ model }, cost, request, most = mostOf(model), keys) {
      const { shared, perKey } = metersFor(model);
      const tallies = talliesOf(shared, request, model.name);
      const entry = { tallies, cost, most, model, key: undefined };
      if (perKey.length === 0) return tallies.length === 0 ? RESERVED : book(books, entry);
      const known = keys === undefined || keys.length === 0 ? NO_KEYS : keys;
      lastKeys.set(model.provider, known);
      return bookByKey(books, entry, known, (key) => talliesOfKey(perKey, key));
    },
    used(model) {
      const now = clock.now();
      const { own, perKey } = metersFor(model);
      let used = 0;
      for (const meter of own) used = Math.max(used, shareUsed(meter, NO_KEYS, now));
      for (const meter of perKey) used = Math.max(used, shareUsed(meter, lastKeys.get(model.provider) ?? NO_KEYS, now));
      return used;
    },
    behind(model, request) {
      const now = clock.now();
      return metersFor(model).shared.some(({ kind, spend, accounts, counts }) => {
        if (kind !== "commit" || !counts(request)) return false;
        const [tally] = accounts.of(request, model.name).tallies;
        return tally !== undefined && tally.known(now) < spend * elapsed(tally.counter(now).window, now);
      });
    },
    admit(request) {
      const tallies = talliesOf(callers, request);
      if (tallies.length === 0) return ADMITTED;
      // Of what is of unknown size no more is sent than the largest model takes.
      const most = { input: Math.min(request.promptTokens, longest), output: 0 };
      const admission = (got: Reservation | Refusal): Admission | Refusal =>
        "settle" in got ? { finish: ({ input, output }) => got.settle({ cost: 0, input, output }) } : got;
      const got = book(books, { tallies, cost: 0, most, model: undefined, key: undefined });
      return "then" in got ? got.then(admission) : admission(got);
    },
    state: stateReader(table, meters, books, options.health),
  };
}

const NOBODY: Attributed = {};
/** All calls count for one key where nobody says which there are. */
const NO_KEYS: readonly UpstreamKey[] = [{ id: "" }];
const NONE: readonly Tally[] = [];

function talliesOf(meters: readonly LedgerMeter[], request: Attributed, model?: string): readonly Tally[] {
  let tallies = NONE;
  for (const meter of meters) {
    if (!meter.counts(request)) continue;
    const own = meter.accounts.of(request, model).tallies;
    tallies = tallies.length === 0 ? own : [...tallies, ...own];
  }
  return tallies;
}

function talliesOfKey(meters: readonly LedgerMeter[], { id }: UpstreamKey): readonly Tally[] {
  return meters.flatMap(({ accounts }) => accounts.of(NOBODY, "", id).tallies);
}

/** How much is used of all that a provider's or a model's own meter allows the keys together, in the measure of which most is. */
function shareUsed(meter: LedgerMeter, keys: readonly UpstreamKey[], now: number): number {
  const sums = meter.measures.map(() => 0);
  for (const key of keys)
    for (const [index, tally] of talliesOfKey([meter], key).entries())
      sums[index] = (sums[index] ?? 0) + tally.share(now);
  return Math.max(...sums) / keys.length;
}

function mostOf({ context, output }: Model): Tokens {
  return { input: context, output };
}
