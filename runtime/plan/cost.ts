/** What calls cost, in whole nano-dollars: at worst, probably, and in the end. */
import { billed, dearestRates, type Failure, type Price, type Rates, ratesAt } from "../table/index.ts";
import type { LinkedCall } from "./linked.ts";
import type { PlanRequest } from "./request.ts";
import type { Usage } from "./usage.ts";

/** The most that a call can cost for `request`, in nano-dollars: what is reserved before it leaves. */
export function worstCost(call: LinkedCall, request: PlanRequest): number {
  const prompt = promptBound(call, request);
  return priced(prompt, dearestRates(call.model.price, prompt), call, request);
}

/** The same by the prices that hold at `now`. */
export function expectedCost(call: LinkedCall, request: PlanRequest, now: number): number {
  const prompt = promptBound(call, request);
  return priced(prompt, ratesAt(call.model.price, prompt, now), call, request);
}

/** `promptTokens` is a quarter of the bound, so four times it is at least the bound. */
function promptBound({ model, systemTokens }: LinkedCall, { promptTokens }: PlanRequest): number {
  return Math.min(promptTokens * 4 + systemTokens, model.context);
}

function priced(prompt: number, rates: Rates, { outputCap }: LinkedCall, { maxTokens, choices }: PlanRequest): number {
  const completion = Math.min(maxTokens ?? outputCap, outputCap) * (choices ?? 1);
  return billed(rates, prompt, 0, completion);
}

/** What a call cost that was sent at `time` and reported `usage`, in nano-dollars. */
export function actualCost(price: Price, usage: Usage, time: number): number {
  return billed(ratesAt(price, usage.prompt, time), usage.prompt, usage.cached, usage.completion);
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
