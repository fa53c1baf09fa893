/** What calls cost by the catalog's prices, against another library's prices and arithmetic. */
import { calcPrice } from "@pydantic/genai-prices";
import fc from "fast-check";
import { expect, test } from "vitest";
import { factsOf } from "../../../compiler/program/catalogued.ts";
import { actualCost, worstCost } from "../../../runtime/plan/cost.ts";
import { MODEL } from "./harness.ts";

const NOON = new Date("2026-11-20T12:00:00Z");

/** Models that the two price alike: with and without a price of what is written, with tiers, with neither. */
const MODELS = [
  ["anthropic", "claude-sonnet-4-6"],
  ["anthropic", "claude-sonnet-4-5"],
  ["anthropic", "claude-haiku-4-5"],
  ["openai", "gpt-5"],
  ["google", "gemini-2.5-pro"],
] as const;

function priceOf(provider: string, id: string) {
  const price = factsOf(provider, id)?.price;
  if (price === undefined) throw new Error(`the catalog has no price of ${provider}/${id}`);
  return price;
}

/** Nano-dollars. */
function theirs(provider: string, id: string, usage: Parameters<typeof calcPrice>[0]): number {
  const cost = calcPrice(usage, id, { providerId: provider, timestamp: NOON });
  if (cost === null) throw new Error(`no price of ${provider}/${id}`);
  return cost.total_price * 1e9;
}

test.each([
  ["nothing of the cache", 1_000, 0, 0],
  ["what was read from it", 1_000, 900, 0],
  ["what was written to it", 1_000, 0, 900],
  ["both", 12_345, 10_000, 2_000],
  ["a long prompt", 250_000, 100_000, 90_000],
])("of a prompt with %s", (_what, prompt, cached, written) => {
  for (const [provider, id] of MODELS) {
    const ours = actualCost(priceOf(provider, id), { prompt, cached, written, completion: 500 }, NOON.getTime());
    const usage = { input_tokens: prompt, cache_read_tokens: cached, cache_write_tokens: written, output_tokens: 500 };
    expect(Math.abs(ours - theirs(provider, id, usage)), `${provider}/${id}`).toBeLessThan(1);
  }
});

test("never pass what is reserved, whatever is read from the cache and written to it", () => {
  const rate = fc.nat(20_000_000_000);
  const rates = fc.record(
    { input: rate, output: rate, cached: rate, cache_write: rate },
    { requiredKeys: ["input", "output"] },
  );
  const tokens = fc.nat(100_000);
  const price = fc.tuple(rates, fc.array(rates, { minLength: 1, maxLength: 2 }), rates).map(([base, tiers, night]) => ({
    ...base,
    tiers: tiers.map((tier, index) => ({ ...tier, above: 50_000 * (index + 1) })),
    during: [{ ...night, from: 0, to: 360, zone: "UTC" }],
  }));
  fc.assert(
    fc.property(
      price,
      fc.tuple(tokens, tokens, tokens),
      tokens,
      fc.nat(86_400_000),
      (priced, parts, completion, time) => {
        const [fresh, cached, written] = parts;
        const prompt = fresh + cached + written;
        const worst = worstCost({ ...MODEL, name: "a", price: priced }, { input: prompt, output: completion });
        expect(actualCost(priced, { prompt, cached, written, completion }, time)).toBeLessThanOrEqual(worst);
      },
    ),
  );
});
