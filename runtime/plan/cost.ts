/** What calls cost: in whole nano-dollars, rounded up, without losing a bit to floating point. */
import { dearestRates, type Failure, type Model, type Price, ratesAt } from "../table/index.ts";
import type { PlanRequest } from "./request.ts";
import type { Usage } from "./usage.ts";

/** The most that `model` can cost on `request`, in nano-dollars: what is reserved before the call leaves. */
export function worstCost(model: Model, request: PlanRequest): number {
  // `promptTokens` is a quarter of the bound, so four times it is at least the bound.
  const prompt = Math.min(request.promptTokens * 4, model.context);
  const completion = Math.min(request.maxTokens ?? model.output, model.output) * (request.choices ?? 1);
  const rates = dearestRates(model.price, prompt);
  return total(prompt, rates.input, 0, 0, completion, rates.output);
}

/** What a call cost that was sent at `time` and reported `usage`, in nano-dollars. */
export function actualCost(price: Price, usage: Usage, time: number): number {
  const { input, cached, output } = ratesAt(price, usage.prompt, time);
  return total(usage.prompt - usage.cached, input, usage.cached, cached, usage.completion, output);
}

/** Prices are per million tokens. Whole and broken part are added apart: tokens x price alone can pass 2^53. */
function total(a: number, priceA: number, b: number, priceB: number, c: number, priceC: number): number {
  const million = 1_000_000;
  const whole = a * Math.floor(priceA / million) + b * Math.floor(priceB / million) + c * Math.floor(priceC / million);
  const broken = a * (priceA % million) + b * (priceB % million) + c * (priceC % million);
  return whole + Math.ceil(broken / million);
}

/** Failures for which a prompt is evaluated, and billed by some (Azure: "HTTP error response code and billing status"). */
const EVALUATED: readonly Failure[] = ["filtered", "too_long", "timeout"];
/** A gateway's word that it lost the provider or waits no longer (RFC 9110; 520 to 527 are Cloudflare's). */
const LOST = /^(502|504|52[0-7])$/;

/**
 * Whether a call that was answered with the error `status` is known to have cost nothing: the provider refused before it
 * generated anything, which none bills. Not where the refusal took a look at the prompt, nor where the status speaks for
 * a gateway: behind that the provider may have gone on.
 */
export function isFree(status: number, failure: Failure): boolean {
  return !EVALUATED.includes(failure) && !LOST.test(String(status));
}
