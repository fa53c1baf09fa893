/** What rules are told of meters and providers: read once per decision. */
import type { ProviderHealth } from "../plan/index.ts";
import type { DecisionTable, StateSource, Value } from "../table/index.ts";
import { type Attributed, MODEL, type Tally } from "./accounts.ts";
import type { Books } from "./booking.ts";
import type { LedgerMeter } from "./meters.ts";
import type { Counter, StoreWindow } from "./store.ts";

/** One state attribute: the sums that it goes by, and its value by them. */
interface Reading {
  readonly tallies: readonly Tally[];
  value(totals: readonly number[], now: number): Value;
}

type Reader = (request: Attributed) => Reading;

/** `MeterLedger.state`. Where the store cannot be asked, budgets and limits count as used up. */
export function stateReader(
  table: DecisionTable,
  meters: readonly LedgerMeter[],
  books: Books,
  health: ((provider: string, now: number) => ProviderHealth) | undefined,
): (values: (Value | undefined)[], tests: readonly number[]) => undefined | PromiseLike<void> {
  const readers = table.attributes.map(({ source }) =>
    source.from === "state" ? readerOf(source, table, meters, health) : undefined,
  );
  return (values, tests) => {
    const request: Attributed = { attribute: (index) => values[index] };
    const now = books.now();
    const readings: (readonly [index: number, reading: Reading])[] = [];
    const counters: Counter[] = [];
    for (const index of tests) {
      const reading = readers[index]?.(request);
      if (reading === undefined) continue;
      readings.push([index, reading]);
      for (const tally of reading.tallies) counters.push(tally.counter(now));
    }
    if (readings.length === 0) return undefined;
    const write = (totals: readonly number[]): void => {
      let at = 0;
      for (const [index, reading] of readings) {
        const end = at + reading.tallies.length;
        values[index] = reading.value(totals.slice(at, end), now);
        at = end;
      }
    };
    if (counters.length === 0) {
      write([]);
      return undefined;
    }
    const totals = books.store.read(counters, now);
    if ("then" in totals) return totals.then(write, () => write(counters.map(() => Number.MAX_SAFE_INTEGER)));
    write(totals);
    return undefined;
  };
}

function readerOf(
  { of, read }: StateSource,
  table: DecisionTable,
  meters: readonly LedgerMeter[],
  health: ((provider: string, now: number) => ProviderHealth) | undefined,
): Reader {
  if (read === "health") return () => ({ tallies: [], value: (_, now) => health?.(of, now) ?? "up" });
  const meter = meters.find(({ name, isOwn }) => name === of && !isOwn);
  if (meter === undefined) throw new Error(`the table tests the state of \`${of}\`, which is no meter of it`);
  // One that counts each model by itself is told by that of which most is used.
  const models = meter.keys.includes(MODEL) ? table.models.filter(meter.covers).map(({ name }) => name) : [""];
  return (request) => {
    const tallies = meter.counts(request) ? models.flatMap((model) => meter.accounts.of(request, model).tallies) : [];
    return { tallies, value: (totals, now) => stateOf(read, meter, tallies, totals, now) };
  };
}

function stateOf(
  read: Exclude<StateSource["read"], "health">,
  meter: LedgerMeter,
  tallies: readonly Tally[],
  totals: readonly number[],
  now: number,
): Value {
  switch (read) {
    case "spent": {
      const limit = meter.measures[0]?.limit ?? 0;
      return Math.min(limit, Math.max(0, ...totals));
    }
    case "used": {
      const shares = totals.map((total, index) => (total * 100) / (tallies[index]?.measure.limit ?? 1));
      return Math.min(100, Math.max(0, ...shares));
    }
    case "behind":
    case "pace": {
      const spent = totals.length === 0 ? meter.spend : Math.max(...totals);
      const window = tallies[0]?.counter(now).window;
      const due = window === undefined ? meter.spend : meter.spend * elapsed(window, now);
      if (read === "behind") return spent < due;
      return due === 0 ? 100 : Math.min(Number.MAX_SAFE_INTEGER, (spent * 100) / due);
    }
  }
}

/** The share of the window that has passed, 0 to 1. */
export function elapsed(window: StoreWindow, now: number): number {
  if (window.kind === "sliding") return 1;
  return (now - window.from) / (window.until - window.from);
}
