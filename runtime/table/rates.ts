/** Which of a model's prices a call has, by how long its prompt is and by the time of day, and what that comes to. */
import type { Price } from "./decision-table.generated.ts";
import { zonedTime } from "./zoned-time.ts";

const MILLION = 1_000_000;

/** Nano-dollars per million tokens. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  /** Of prompt tokens that the provider had cached. */
  readonly cached: number;
}

/** No call with a prompt of at most `prompt` tokens is dearer than these, whenever it is made. */
export function dearestRates(price: Price, prompt: number): Rates {
  const { tiers = [], during = [] } = price;
  if (tiers.length === 0 && during.length === 0) return ratesOf(price);
  const possible = [price, ...tiers.filter(({ above }) => prompt > above), ...during].map(ratesOf);
  return {
    input: Math.max(...possible.map(({ input }) => input)),
    output: Math.max(...possible.map(({ output }) => output)),
    cached: Math.max(...possible.map(({ cached }) => cached)),
  };
}

/** What a call with a prompt of `prompt` tokens, sent at `time` (milliseconds since the epoch), is billed by. */
export function ratesAt(price: Price, prompt: number, time: number): Rates {
  const { tiers = [], during = [] } = price;
  const period = during.find(({ from, to, zone }) => {
    const { hour, minute } = zonedTime(zone)(time);
    const at = hour * 60 + minute;
    // One that goes over midnight ends before it begins.
    return from <= to ? at >= from && at < to : at >= from || at < to;
  });
  return ratesOf(period ?? tiers.findLast(({ above }) => prompt > above) ?? price);
}

/**
 * What so many tokens cost, in whole nano-dollars, rounded up. `cached` are part of `prompt`. Whole and broken part of a
 * price are added apart: tokens times price alone can pass 2^53.
 */
export function billed(rates: Rates, prompt: number, cached: number, completion: number): number {
  const fresh = prompt - cached;
  const whole =
    fresh * Math.floor(rates.input / MILLION) +
    cached * Math.floor(rates.cached / MILLION) +
    completion * Math.floor(rates.output / MILLION);
  const broken =
    fresh * (rates.input % MILLION) + cached * (rates.cached % MILLION) + completion * (rates.output % MILLION);
  return whole + Math.ceil(broken / MILLION);
}

/** Cached tokens have the input price where they have no own. */
function ratesOf({ input, output, cached = input }: Pick<Price, "input" | "output" | "cached">): Rates {
  return { input, output, cached };
}
