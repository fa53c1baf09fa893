import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../runtime/plan/index.ts";

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setInterval", "clearInterval", "setImmediate", "clearImmediate", "performance", "Date"],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A timer is never early, and at most this many milliseconds late. */
const SLACK = 40;

test("timers are called once, never early, soon after their time, and not when cancelled", () => {
  const timer = fc.record({ delay: fc.nat(70_000), startsAt: fc.nat(30_000), cancelsAt: fc.option(fc.nat(100_000)) });
  fc.assert(
    fc.property(fc.array(timer, { maxLength: 12 }), (timers) => {
      const clock = systemClock();
      const origin = performance.now();
      const calls = timers.map(({ delay, startsAt, cancelsAt }) => {
        const called: number[] = [];
        clock.after(startsAt, () => {
          const startedAt = performance.now() - origin;
          const armed = clock.after(delay, () => called.push(performance.now() - origin - startedAt));
          if (cancelsAt !== null) clock.after(cancelsAt, () => armed.cancel());
        });
        return { called, delay, cancelsAt };
      });
      vi.advanceTimersByTime(140_000);
      for (const { called, delay, cancelsAt } of calls) {
        const isCalledOff = cancelsAt !== null && cancelsAt + SLACK < delay;
        const isCalled = cancelsAt === null || cancelsAt > delay + SLACK;
        if (isCalledOff) expect(called).toEqual([]);
        if (isCalled) expect(called).toHaveLength(1);
        for (const after of called) {
          expect(after).toBeGreaterThanOrEqual(delay);
          expect(after).toBeLessThanOrEqual(delay + SLACK);
        }
      }
      expect(vi.getTimerCount()).toBe(0);
    }),
    { numRuns: 40 },
  );
});

test("it ticks only while a timer is armed", () => {
  const clock = systemClock();
  expect(vi.getTimerCount()).toBe(0);
  const timer = clock.after(1_000, () => {});
  expect(vi.getTimerCount()).toBe(1);
  timer.cancel();
  timer.cancel();
  vi.advanceTimersByTime(SLACK);
  expect(vi.getTimerCount()).toBe(0);
});

test("a timer may call off another that is due at the same time", () => {
  const clock = systemClock();
  const called: string[] = [];
  const timers = ["first", "second", "third"].map((name, index, all) =>
    clock.after(100, () => {
      called.push(name);
      if (index === 0) timers[all.indexOf("second")]?.cancel();
    }),
  );
  vi.advanceTimersByTime(200);
  expect(called).toEqual(["first", "third"]);
});

test("what a busy event loop missed is called when it is back", () => {
  const clock = systemClock();
  const called: number[] = [];
  for (const delay of [50, 5_000, 60_000]) clock.after(delay, () => called.push(delay));
  const { now } = performance;
  vi.spyOn(performance, "now").mockImplementation(() => now.call(performance) + 65_000);
  vi.advanceTimersByTime(SLACK);
  expect(called.toSorted((x, y) => x - y)).toEqual([50, 5_000, 60_000]);
  vi.restoreAllMocks();
});
