/** The heap of timers is held against a list that is sorted anew each time. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Timer } from "../../../runtime/plan/index.ts";
import { virtualClock } from "../../../runtime/simulation/index.ts";

interface Step {
  readonly set?: number;
  readonly cancel?: number;
  readonly advance?: number;
}

const steps = fc.array(
  fc.oneof(
    fc.record({ set: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ cancel: fc.nat(30) }),
    fc.record({ advance: fc.integer({ min: 0, max: 30 }) }),
  ),
  { maxLength: 80 },
);

/** What runs when: `timer@time`, by the virtual clock. */
function byClock(script: readonly Step[]): string[] {
  const clock = virtualClock(0);
  const ran: string[] = [];
  const timers: Timer[] = [];
  for (const { set, cancel, advance } of script) {
    const id = timers.length;
    if (set !== undefined) timers.push(clock.after(set, () => ran.push(`${id}@${clock.now()}`)));
    if (cancel !== undefined) timers[cancel]?.cancel();
    if (advance !== undefined) clock.advance(advance);
  }
  ran.push(`${clock.pending()} left`);
  clock.run();
  return ran;
}

function bySorting(script: readonly Step[]): string[] {
  let now = 0;
  let timers: { readonly id: number; readonly at: number }[] = [];
  let count = 0;
  const ran: string[] = [];
  const runUntil = (until: number): void => {
    timers.sort((a, b) => a.at - b.at || a.id - b.id);
    ran.push(...timers.filter(({ at }) => at <= until).map(({ id, at }) => `${id}@${at}`));
    timers = timers.filter(({ at }) => at > until);
  };
  for (const { set, cancel, advance } of script) {
    if (set !== undefined) timers.push({ id: count++, at: now + set });
    if (cancel !== undefined) timers = timers.filter(({ id }) => id !== cancel);
    if (advance !== undefined) {
      now += advance;
      runUntil(now);
    }
  }
  ran.push(`${timers.length} left`);
  runUntil(Number.POSITIVE_INFINITY);
  return ran;
}

test("timers run in the order of their time, then of being set", () => {
  fc.assert(
    fc.property(steps, (script) => {
      expect(byClock(script)).toEqual(bySorting(script));
    }),
  );
});

test("a timer that is set while another runs has its turn", () => {
  const clock = virtualClock(0);
  const ran: number[] = [];
  clock.after(10, () => clock.after(5, () => ran.push(clock.now())));
  clock.after(20, () => ran.push(clock.now()));
  clock.run();
  expect(ran).toEqual([15, 20]);
});
