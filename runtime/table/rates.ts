/** Which of a model's prices a call has, by how long its prompt is and by the time of day, and what that comes to. */
import type { Price } from "./decision-table.generated.ts";
import { zonedTime } from "./zoned-time.ts";

const MILLION = 1_000_000;
const NONE = [] as const;

/** What a price states, and so do its tiers and its periods. */
type OwnRates = Pick<Price, "input" | "output" | "cached" | "cache_write" | "cache_write_1h">;

/** Nano-dollars per million tokens. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  /** Of prompt tokens that the provider had cached. */
  readonly cached: number;
  /** Of prompt tokens that the provider wrote to its cache. */
  readonly written: number;
  /** Of those that it is to keep for an hour. */
  readonly writtenLong: number;
}

/** Tokens that are billed. `cached`, `written` and `writtenLong` are parts of `prompt`, no token of which is in two. */
export interface Billable {
  readonly prompt: number;
  readonly completion: number;
  readonly cached?: number;
  readonly written?: number;
  /** Written to be kept for an hour. */
  readonly writtenLong?: number;
}

/** No call with a prompt of at most `prompt` tokens is dearer than these, whenever it is made and whatever is cached. */
export function dearestRates(price: Price, prompt: number): Rates {
  let input = dearestInput(price);
  let { output } = price;
  const add = (rates: OwnRates): void => {
    input = Math.max(input, dearestInput(rates));
    output = Math.max(output, rates.output);
  };
  for (const tier of price.tiers ?? NONE) if (prompt > tier.above) add(tier);
  for (const period of price.during ?? NONE) add(period);
  return { input, output, cached: input, written: input, writtenLong: input };
}

/** Whether a prompt goes into the cache or comes out of it the provider may decide. */
function dearestInput(rates: OwnRates): number {
  const { input, cached, written, writtenLong } = ratesOf(rates);
  return Math.max(input, cached, written, writtenLong);
}

/** What a call with a prompt of `prompt` tokens, sent at `time` (milliseconds since the epoch), is billed by. */
export function ratesAt(price: Price, prompt: number, time: number): Rates {
  const { tiers, during } = price;
  const period = during?.find(({ from, to, zone }) => {
    const { hour, minute } = zonedTime(zone)(time);
    const at = hour * 60 + minute;
    // One that goes over midnight ends before it begins.
    return from <= to ? at >= from && at < to : at >= from || at < to;
  });
  return ratesOf(period ?? tiers?.findLast(({ above }) => prompt > above) ?? price);
}

/**
 * What so many tokens cost, in whole nano-dollars, rounded up. Whole and broken part of a price are added apart: tokens
 * times price alone can pass 2^53.
 */
export function billed(
  rates: Rates,
  { prompt, completion, cached = 0, written = 0, writtenLong = 0 }: Billable,
): number {
  const fresh = prompt - cached - written - writtenLong;
  const whole =
    fresh * Math.floor(rates.input / MILLION) +
    cached * Math.floor(rates.cached / MILLION) +
    written * Math.floor(rates.written / MILLION) +
    writtenLong * Math.floor(rates.writtenLong / MILLION) +
    completion * Math.floor(rates.output / MILLION);
  const broken =
    fresh * (rates.input % MILLION) +
    cached * (rates.cached % MILLION) +
    written * (rates.written % MILLION) +
    writtenLong * (rates.writtenLong % MILLION) +
    completion * (rates.output % MILLION);
  return whole + Math.ceil(broken / MILLION);
}

/** Tokens of the cache have the input price where they have no own, and those kept for an hour that of the others. */
function ratesOf(rates: OwnRates): Rates {
  const { input, output, cached = input, cache_write: written = input, cache_write_1h: writtenLong = written } = rates;
  return { input, output, cached, written, writtenLong };
}
