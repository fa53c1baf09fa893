import { describe, expect, it } from "vitest";
import { dearestRates, type Rates, ratesAt } from "../../../runtime/table/index.ts";

const BASE = { input: 100, output: 400, cached: 10 };
const TIERED = {
  ...BASE,
  tiers: [
    { above: 200, input: 200, output: 600 },
    { above: 500, input: 300, output: 500 },
  ],
};
const NIGHT = { from: 22 * 60, to: 6 * 60, zone: "UTC", input: 50, output: 200 };

const input = ({ input }: Rates) => input;
const at = (time: string) => Date.parse(`2026-11-21T${time}:00Z`);

describe("the price of a call", () => {
  it.each([
    [200, 100],
    [201, 200],
    [500, 200],
    [501, 300],
  ])("of %i prompt tokens is that of their tier: %i", (prompt, expected) => {
    expect(input(ratesAt(TIERED, prompt, at("12:00")))).toBe(expected);
  });

  it.each([
    ["21:59", 100],
    ["22:00", 50],
    ["00:00", 50],
    ["05:59", 50],
    ["06:00", 100],
  ])("at %s is that of the hour, over midnight too: %i", (time, expected) => {
    expect(input(ratesAt({ ...BASE, during: [NIGHT] }, 1, at(time)))).toBe(expected);
  });

  it("is told in the zone of its period", () => {
    const shanghai = { ...NIGHT, zone: "Asia/Shanghai" };
    expect(input(ratesAt({ ...BASE, during: [shanghai] }, 1, at("15:00")))).toBe(50);
    expect(input(ratesAt({ ...BASE, during: [shanghai] }, 1, at("23:00")))).toBe(100);
  });

  it("of tokens read from the cache, or written to it, is the input price where they have no own", () => {
    expect(ratesAt(TIERED, 300, at("12:00"))).toMatchObject({ cached: 200, written: 200 });
    expect(ratesAt({ ...BASE, cache_write: 125 }, 300, at("12:00"))).toMatchObject({ cached: 10, written: 125 });
  });
});

describe("the dearest price", () => {
  /** Of whatever part of the prompt. */
  const dearest = (input: number, output: number): Rates => ({
    input,
    output,
    cached: input,
    written: input,
    writtenLong: input,
  });

  it("is of the tiers that a prompt can reach, each rate by itself", () => {
    expect(dearestRates(TIERED, 200)).toEqual(dearest(100, 400));
    expect(dearestRates(TIERED, 1_000)).toEqual(dearest(300, 600));
  });

  it("is that of the cache where this is dearer", () => {
    expect(dearestRates({ ...BASE, cache_write: 125 }, 1)).toEqual(dearest(125, 400));
    expect(dearestRates({ ...BASE, cached: 150, cache_write: 125 }, 1)).toEqual(dearest(150, 400));
    expect(dearestRates({ ...BASE, cache_write: 125, cache_write_1h: 200 }, 1)).toEqual(dearest(200, 400));
    expect(dearestRates({ ...BASE, during: [{ ...NIGHT, cache_write: 130 }] }, 1)).toEqual(dearest(130, 400));
  });

  it("is of any hour, the dear ones too", () => {
    const peak = { from: 9 * 60, to: 17 * 60, zone: "UTC", input: 150, output: 300 };
    expect(dearestRates({ ...BASE, during: [NIGHT, peak] }, 1)).toEqual(dearest(150, 400));
  });
});
