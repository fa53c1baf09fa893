/** Windows by the calendar of a policy's zone, and sliding ones. */
import type { Window } from "../table/index.ts";
import type { StoreWindow } from "./store.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Tells the window that a time, in milliseconds since the epoch, lies in: the same object while that window lasts. */
export type WindowAt = (time: number) => StoreWindow;

/**
 * Days begin where the zone's clocks first show midnight, or what they show in its place; a day that has 23 or 25 hours
 * is one. Weeks begin on Monday. Hours and minutes are counted from the day's beginning, so that each is as long as its
 * name says even when the clocks are set.
 */
export function windowAt(window: Window, zone: string): WindowAt {
  if (typeof window === "number") {
    const sliding: StoreWindow = { kind: "sliding", length: window };
    return () => sliding;
  }
  const find = finderOf(window, zone);
  let current = { kind: "calendar" as const, from: 0, until: 0 };
  return (time) => {
    if (time < current.from || time >= current.until) current = { kind: "calendar", ...find(time) };
    return current;
  };
}

interface Span {
  readonly from: number;
  readonly until: number;
}

/** A date as milliseconds since the epoch of its midnight, were the zone UTC. */
type DateOf = (time: number) => number;

function finderOf(window: Exclude<Window, number>, zone: string): (time: number) => Span {
  const days = daysIn(zone);
  const spanOf = (first: (date: number) => number, next: (date: number) => number): ((time: number) => Span) => {
    return (time) => {
      let date = first(days.dateOf(time));
      // Where clocks are set back over midnight a date comes twice: each time belongs to the one that has begun.
      if (days.beginning(date) > time) date = first(date - DAY);
      else if (days.beginning(next(date)) <= time) date = next(date);
      return { from: days.beginning(date), until: days.beginning(next(date)) };
    };
  };
  const wholeDay = spanOf(
    (date) => date,
    (date) => date + DAY,
  );
  let day: Span = { from: 0, until: 0 };
  const partOfDay = (length: number) => (time: number) => {
    if (time < day.from || time >= day.until) day = wholeDay(time);
    const from = time - ((time - day.from) % length);
    return { from, until: Math.min(from + length, day.until) };
  };
  const months = (count: number): ((time: number) => Span) =>
    spanOf(
      (date) => monthOf(date, (month) => month - (month % count)),
      (date) => monthOf(date, (month) => month + count),
    );
  switch (window) {
    case "minute":
      return partOfDay(MINUTE);
    case "hour":
      return partOfDay(HOUR);
    case "day":
      return wholeDay;
    case "week":
      return spanOf(
        (date) => date - ((new Date(date).getUTCDay() + 6) % 7) * DAY,
        (date) => date + 7 * DAY,
      );
    case "month":
      return months(1);
    case "quarter":
      return months(3);
    case "year":
      return months(12);
  }
}

/** The first of the month that `change` gives for the month of `date`, 0 to 11. */
function monthOf(date: number, change: (month: number) => number): number {
  const day = new Date(date);
  return Date.UTC(day.getUTCFullYear(), change(day.getUTCMonth()));
}

interface Days {
  readonly dateOf: DateOf;
  /** When the date begins. */
  beginning(date: number): number;
}

/** No zone is further from UTC than this. */
const FURTHEST = 16 * HOUR;

/** By zone: making one takes tens of microseconds, and finding where a day begins as long again. */
const known = new Map<string, Days>();

function daysIn(zone: string): Days {
  if (zone === "UTC") return UTC_DAYS;
  const days = known.get(zone) ?? makeDays(zone);
  known.set(zone, days);
  return days;
}

const UTC_DAYS: Days = { dateOf: (time) => Math.floor(time / DAY) * DAY, beginning: (date) => date };

function makeDays(zone: string): Days {
  const beginnings = new Map<number, number>();
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
  });
  const dateOf: DateOf = (time) => {
    const parts = format.formatToParts(time);
    const part = (type: string): number => Number(parts.find((each) => each.type === type)?.value);
    return Date.UTC(part("year"), part("month") - 1, part("day"));
  };
  return {
    dateOf,
    beginning(date) {
      const found = beginnings.get(date);
      if (found !== undefined) return found;
      // Offsets are of whole minutes, and change on them.
      let [before, reached] = [(date - FURTHEST) / MINUTE, (date + FURTHEST) / MINUTE];
      while (reached - before > 1) {
        const middle = Math.floor((before + reached) / 2);
        if (dateOf(middle * MINUTE) >= date) reached = middle;
        else before = middle;
      }
      beginnings.set(date, reached * MINUTE);
      return reached * MINUTE;
    },
  };
}
