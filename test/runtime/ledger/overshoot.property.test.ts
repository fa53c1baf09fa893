/** Overshoot is zero: whatever is reserved, settled, forgotten and lost, at whatever times, no budget is ever passed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Reservation } from "../../../runtime/plan/index.ts";
import type { Budget, Limit, Window } from "../../../runtime/table/index.ts";
import { allow, booksOf, budget, type Caller, DAY, FREE, HOUR, limit, MINUTE } from "./harness.ts";

type Meter = Budget | Limit;

type Act =
  | { readonly kind: "reserve"; readonly worst: number; readonly caller: Caller; readonly model: string }
  /** Settles the reservation of that index, of those that are open, at a share of what is held. */
  | { readonly kind: "settle"; readonly index: number; readonly share: number }
  /** A process dies: what it had open is never settled. */
  | { readonly kind: "crash" }
  /** Milliseconds, backwards too. */
  | { readonly kind: "jump"; readonly by: number };

/** What was reserved, and what it came to so far. */
interface Open {
  readonly time: number;
  readonly caller: Caller;
  readonly model: string;
  cost: number;
}

const LENGTH: Partial<Record<string, number>> = { minute: MINUTE, hour: HOUR, day: DAY };

/** Whether something at `then` counts in the window that `now` lies in, in UTC. */
function counts(window: Window, then: number, now: number): boolean {
  if (typeof window === "number") return then > now - window;
  const length = LENGTH[window] ?? Number.NaN;
  return Math.floor(then / length) === Math.floor(now / length);
}

/** What is used of the meter, by all that ever happened. */
function used(meter: Meter, window: Window, all: readonly Open[], asked: Omit<Open, "cost">): number {
  return all
    .filter(({ time, caller, model }) => {
      const covered = meter.on.length === 0 || meter.on.includes(model);
      const same = meter.per.every((key) =>
        key === "model" ? model === asked.model : sameValue(key, caller, asked.caller),
      );
      return covered && same && (meter.for === undefined || caller.tier === "free") && counts(window, time, asked.time);
    })
    .reduce((sum, { cost }) => sum + (meter.kind === "budget" ? cost : 1), 0);
}

function sameValue(key: string, one: Caller, other: Caller): boolean {
  return Reflect.get(one, key) === Reflect.get(other, key);
}

/** Of each meter: its windows, and how much is allowed in them. */
function boundsOf(meter: Meter): readonly (readonly [Window, number])[] {
  return meter.kind === "budget"
    ? [[meter.window, meter.limit]]
    : meter.allow.map(({ window, count }) => [window, count]);
}

const windows = fc.constantFrom<Window>("minute", "hour", "day", 90 * MINUTE, 10_000);
const scopes = fc.record({
  per: fc.subarray(["tenant", "tier", "model"]),
  on: fc.subarray(["a", "b"]),
  for: fc.constantFrom(undefined, FREE),
});
const meters: fc.Arbitrary<Meter[]> = fc
  .array(
    fc.tuple(
      scopes,
      windows,
      fc.oneof(
        fc.nat(100).map((cost) => ({ cost })),
        fc.integer({ min: 1, max: 6 }).map((calls) => ({ calls })),
      ),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((all) =>
    all.map(([{ for: counted, ...scope }, window, bound], index): Meter => {
      const more = { ...scope, ...(counted && { for: counted }), name: `m${index}` };
      if ("cost" in bound) return budget(bound.cost, { ...more, window });
      // Without `on` it would be the caller's.
      return limit([allow(bound.calls, "requests", window)], { ...more, on: more.on.length === 0 ? ["a"] : more.on });
    }),
  );

const callers = fc.record({ tenant: fc.constantFrom("x", "y"), tier: fc.constantFrom("free", "pro") });
const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("reserve" as const),
      worst: fc.oneof(fc.nat(40), fc.constant(0)),
      caller: callers,
      model: fc.constantFrom("a", "b"),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("settle" as const), index: fc.nat(10), share: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "crash" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("jump" as const), by: fc.integer({ min: -2 * HOUR, max: DAY }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("jump" as const), by: fc.nat(20_000) }) },
);

test("a call is held exactly when it fits all that covers it, and nothing is ever passed", () => {
  let refused = 0;
  fc.assert(
    fc.property(meters, fc.array(acts, { minLength: 20, maxLength: 80 }), (all, script) => {
      const books = booksOf(all);
      const everything: Open[] = [];
      let open: { readonly reservation: Reservation; readonly entry: Open }[] = [];
      for (const act of script) {
        if (act.kind === "jump") books.time += act.by;
        else if (act.kind === "crash") {
          books.store.crash();
          open = [];
        } else if (act.kind === "settle") {
          const [found] = open.splice(act.index, 1);
          if (found === undefined) continue;
          const cost = Math.floor((found.entry.cost * act.share) / 100);
          found.reservation.settle({ cost, input: 1, output: 1 });
          found.entry.cost = cost;
        } else {
          const entry: Open = { time: books.time, caller: act.caller, model: act.model, cost: act.worst };
          const covering = all.filter(
            (meter) =>
              (meter.on.length === 0 || meter.on.includes(act.model)) &&
              (meter.for === undefined || act.caller.tier === "free"),
          );
          const fits = covering.every((meter) =>
            boundsOf(meter).every(([window, bound]) => {
              const amount = meter.kind === "budget" ? act.worst : 1;
              return amount === 0 || used(meter, window, everything, entry) + amount <= bound;
            }),
          );
          const got = books.reserve(act.worst, act.caller, { model: act.model });
          expect("settle" in got).toBe(fits);
          if (!("settle" in got)) {
            refused++;
            continue;
          }
          everything.push(entry);
          open.push({ reservation: got, entry });
          for (const meter of covering)
            for (const [window, bound] of boundsOf(meter))
              if (meter.kind === "limit" || act.worst > 0)
                expect(used(meter, window, everything, entry)).toBeLessThanOrEqual(bound);
        }
      }
    }),
    { numRuns: 400 },
  );
  expect(refused).toBeGreaterThan(500);
});
