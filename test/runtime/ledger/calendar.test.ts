/** Windows by the calendar: where they begin and end, and that they leave no time out. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { windowAt } from "../../../runtime/ledger/calendar.ts";
import type { Window } from "../../../runtime/table/index.ts";

function span(window: Window, zone: string, time: string): string {
  const found = windowAt(window, zone)(Date.parse(time));
  if (found.kind === "sliding") return `the last ${found.length} ms`;
  const text = (each: number): string => new Date(each).toISOString().slice(0, 16);
  return `${text(found.from)} to ${text(found.until)}`;
}

test.each<[Window, string, string, string]>([
  ["minute", "UTC", "2026-04-15T12:34:56Z", "2026-04-15T12:34 to 2026-04-15T12:35"],
  ["hour", "Asia/Kolkata", "2026-04-15T12:34:56Z", "2026-04-15T12:30 to 2026-04-15T13:30"],
  ["day", "Europe/Warsaw", "2026-04-15T22:30:00Z", "2026-04-15T22:00 to 2026-04-16T22:00"],
  ["week", "UTC", "2026-04-19T23:59:59Z", "2026-04-13T00:00 to 2026-04-20T00:00"],
  ["week", "UTC", "2026-04-20T00:00:00Z", "2026-04-20T00:00 to 2026-04-27T00:00"],
  ["month", "America/New_York", "2026-03-01T03:00:00Z", "2026-02-01T05:00 to 2026-03-01T05:00"],
  ["quarter", "UTC", "2026-06-30T23:59:59Z", "2026-04-01T00:00 to 2026-07-01T00:00"],
  ["year", "Asia/Tokyo", "2026-12-31T15:00:00Z", "2026-12-31T15:00 to 2027-12-31T15:00"],
  [3 * 3_600_000, "UTC", "2026-04-15T12:34:56Z", "the last 10800000 ms"],
])("the %s in %s at %s is %s", (window, zone, time, expected) => {
  expect(span(window, zone, time)).toBe(expected);
});

test.each([
  ["has 23 hours", "2026-03-29T12:00:00Z", "2026-03-28T23:00 to 2026-03-29T22:00"],
  ["has 25 hours", "2026-10-25T12:00:00Z", "2026-10-24T22:00 to 2026-10-25T23:00"],
])("a day on which the clocks of Warsaw are set %s", (_what, time, expected) => {
  expect(span("day", "Europe/Warsaw", time)).toBe(expected);
});

test("an hour that comes twice is two, and one that is skipped is none", () => {
  expect(span("hour", "Europe/Warsaw", "2026-10-25T00:30:00Z")).toBe("2026-10-25T00:00 to 2026-10-25T01:00");
  expect(span("hour", "Europe/Warsaw", "2026-10-25T01:30:00Z")).toBe("2026-10-25T01:00 to 2026-10-25T02:00");
  expect(span("hour", "Europe/Warsaw", "2026-03-29T01:30:00Z")).toBe("2026-03-29T01:00 to 2026-03-29T02:00");
});

test("a day without a midnight begins with its first minute", () => {
  // In Cairo the clocks went from 23:59 to 01:00 on 24 April 2026's eve.
  expect(span("day", "Africa/Cairo", "2026-04-24T12:00:00Z")).toBe("2026-04-23T22:00 to 2026-04-24T21:00");
});

test("a date that comes twice belongs to the day that has begun", () => {
  // St John's set its clocks back from 00:01 to 23:01 until 2011.
  const day = windowAt("day", "America/St_Johns");
  const times = Array.from({ length: 180 }, (_, minute) => Date.UTC(2010, 10, 7, 1, 30) + minute * 60_000);
  const found = times.map((time) => day(time));
  expect(new Set(found).size).toBe(2);
});

const ZONES = ["UTC", "Europe/Warsaw", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "America/Sao_Paulo"];
const WINDOWS = ["minute", "hour", "day", "week", "month", "quarter", "year"] as const;

test("windows follow each other without a gap, and each time lies in its own, in whatever order they are asked for", () => {
  const times = fc.integer({ min: Date.UTC(2005, 0), max: Date.UTC(2040, 0) });
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.constantFrom(...WINDOWS), times, times, (zone, window, time, other) => {
      const find = windowAt(window, zone);
      const found = find(time);
      if (found.kind === "sliding") throw new Error("not by the calendar");
      const { from, until } = found;
      expect(from <= time && time < until).toBe(true);
      if (zone === "UTC") expect(windowAt(window, "Etc/UTC")(time)).toEqual(found);
      for (const at of [from, until - 1]) expect(windowAt(window, zone)(at)).toEqual(found);
      expect(windowAt(window, zone)(until)).toMatchObject({ from: until });
      find(other);
      expect(find(time)).toEqual(found);
    }),
    { numRuns: 300 },
  );
});
