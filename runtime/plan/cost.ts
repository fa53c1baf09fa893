/** What calls cost: in whole nano-dollars, rounded up, without losing a bit to floating point. */
import type { Model, Price } from "../table/index.ts";
import type { PlanRequest } from "./request.ts";
import type { Usage } from "./usage.ts";

/** The most that `model` can cost on `request`, in nano-dollars: what is reserved before the call leaves. */
export function worstCost(model: Model, request: PlanRequest): number {
  // `promptTokens` is a quarter of the bound, so four times it is at least the bound.
  const prompt = Math.min(request.promptTokens * 4, model.context);
  const completion = Math.min(request.maxTokens ?? model.output, model.output) * (request.choices ?? 1);
  return price(prompt, model.price.input, 0, 0, completion, model.price.output);
}

/** What a call cost that reported `usage`, in nano-dollars. Cached tokens have the input price where they have no own. */
export function actualCost(prices: Price, usage: Usage): number {
  const cached = prices.cached ?? prices.input;
  return price(usage.prompt - usage.cached, prices.input, usage.cached, cached, usage.completion, prices.output);
}

/** Prices are per million tokens. Whole and broken part are added apart: tokens x price alone can pass 2^53. */
function price(a: number, priceA: number, b: number, priceB: number, c: number, priceC: number): number {
  const million = 1_000_000;
  const whole = a * Math.floor(priceA / million) + b * Math.floor(priceB / million) + c * Math.floor(priceC / million);
  const broken = a * (priceA % million) + b * (priceB % million) + c * (priceC % million);
  return whole + Math.ceil(broken / million);
}
