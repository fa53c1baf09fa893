/** Prices as functions of the prompt's size and the hour, and the dearer of two of them. */
import type { CatalogPrice, Rates, Window } from "../../compiler/catalog/types.ts";

/** What a price is at a prompt of `tokens` in the minute `minute` after midnight UTC. */
export type RateAt = (tokens: number, minute: number) => Rates;

const RATES = ["input", "output", "cached", "cache_write", "cache_write_1h"] as const;
const MINUTES = 24 * 60;

/** Two sources that give the same price differ by their rounding, at most. */
const ROUNDING = 0.001;

/** US dollars per million tokens, as sources write them, in nano-dollars. */
export function nano(dollars: number): number {
  if (!(Number.isFinite(dollars) && dollars >= 0 && dollars < 1e5)) throw new Error(`\`${dollars}\` is not a price`);
  return Math.round(dollars * 1e9);
}

/** `$1.25` */
export function dollars(nano: number): string {
  return `$${(nano / 1e9).toFixed(9).replace(/(\.\d\d\d*?)0+$/, "$1")}`;
}

/** The rates that are given, in one order of keys, and without zeros where a zero can only mean that it is not known. */
export function rates(given: Partial<Record<keyof Rates, number | undefined>>): Rates {
  const { input = 0, output = 0 } = given;
  const known = RATES.slice(2).flatMap((key) => (given[key] ? [[key, given[key]]] : []));
  return { input, output, ...(input > 0 && Object.fromEntries(known)) };
}

/** Whether `minute` of the day lies in a window, which may run over midnight. */
export function holds({ from, to }: Pick<Window, "from" | "to">, minute: number): boolean {
  return from < to ? from <= minute && minute < to : minute >= from || minute < to;
}

/**
 * The price that `rateAt` describes, which changes only above the numbers of tokens in `steps` and at the minutes of the
 * day in `turns`. Throws where it changes at both.
 */
export function priceFrom(rateAt: RateAt, steps: Iterable<number>, turns: Iterable<number>): CatalogPrice {
  const minutes = ascending(turns).filter((at) => !same(rateAt(0, at), rateAt(0, (at + MINUTES - 1) % MINUTES)));
  const segments = minutes.map((from, i) => ({
    from,
    to: minutes[(i + 1) % minutes.length] ?? from,
    rates: rateAt(0, from),
  }));
  const base = segments.map((each) => each.rates).reduce(dearest, rateAt(0, minutes[0] ?? 0));
  const windows = segments.filter((each) => !same(each.rates, base));
  let last = base;
  const tiers = ascending(steps).flatMap((above) => {
    const next = rateAt(above, 0);
    if (same(next, last)) return [];
    last = next;
    return [{ above, ...next }];
  });
  if (tiers.length > 0 && windows.length > 0) throw new Error("a price by size and by hour has no form in the catalog");
  return {
    ...base,
    ...(tiers.length > 0 && { tiers }),
    ...(windows.length > 0 && { during: windows.map(({ from, to, rates }) => ({ from, to, ...rates })) }),
  };
}

/** At every size and hour the higher of the two prices, rate by rate. */
export function dearer(a: CatalogPrice, b: CatalogPrice): CatalogPrice {
  const [inA, inB] = [rateOf(a), rateOf(b)];
  return priceFrom(
    (tokens, minute) => highest(inA(tokens, minute), inB(tokens, minute)),
    [...steps(a), ...steps(b)],
    [...turns(a), ...turns(b)],
  );
}

/**
 * How two prices differ, as a sentence that says both; undefined where they agree on all that both state, for prompts of
 * up to `context` tokens. Whatever the hour, each is taken at its dearest.
 */
export function difference(
  [nameOfA, a]: readonly [string, CatalogPrice],
  [nameOfB, b]: readonly [string, CatalogPrice],
  context: number,
): string | undefined {
  for (const above of [0, ...ascending([...steps(a), ...steps(b)])].filter((tokens) => tokens < context)) {
    const [x, y] = above === 0 ? [a, b] : [rateOf(a)(above, 0), rateOf(b)(above, 0)];
    const keys = COMPARED.filter((key) => !near(x[key] ?? y[key] ?? 0, y[key] ?? x[key] ?? 0));
    if (keys.length === 0) continue;
    const said = (of: Rates) => keys.map((key) => `${WORDS[key]} ${dollars(of[key] ?? 0)}`).join(", ");
    const prompts = above === 0 ? "" : `for prompts above ${above.toLocaleString("en-US")} tokens `;
    return `${prompts}${nameOfA} says ${said(x)} per million tokens, ${nameOfB} ${said(y)}: the dearer is taken`;
  }
  return undefined;
}

const COMPARED = ["input", "output", "cached", "cache_write"] as const;
const WORDS = { input: "input", output: "output", cached: "cached", cache_write: "written to the cache" };

function rateOf(price: CatalogPrice): RateAt {
  return (tokens, minute) => {
    // Sources write one limit as 272000 and as 271999.
    const tier = price.tiers?.findLast(({ above }) => above <= tokens + 1);
    const window = price.during?.find((each) => holds(each, minute));
    return rates(tier ?? window ?? price);
  };
}

function steps({ tiers = [] }: CatalogPrice): number[] {
  return tiers.map(({ above }) => above);
}

function turns({ during = [] }: CatalogPrice): number[] {
  return during.flatMap(({ from, to }) => [from, to]);
}

function highest(a: Rates, b: Rates): Rates {
  return rates(Object.fromEntries(RATES.map((key) => [key, Math.max(a[key] ?? 0, b[key] ?? 0)])));
}

function dearest(a: Rates, b: Rates): Rates {
  return a.input + a.output >= b.input + b.output ? a : b;
}

function same(a: Rates, b: Rates): boolean {
  return RATES.every((key) => a[key] === b[key]);
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= ROUNDING * Math.max(a, b);
}

function ascending(numbers: Iterable<number>): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
