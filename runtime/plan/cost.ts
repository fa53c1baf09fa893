/** What calls cost, in whole nano-dollars: at worst, probably, and in the end. */
import { billed, dearestRates, type Failure, type Model, type Price, type Rates, ratesAt } from "../table/index.ts";
import type { Tokens } from "./doors.ts";
import type { LinkedCall } from "./linked.ts";
import type { PlanRequest } from "./request.ts";
import type { Usage } from "./usage.ts";

/** The most tokens that a call can use for `request`. `promptTokens` is a quarter of the bound, so four times it is at least the bound. */
export function mostTokens({ model, systemTokens, outputCap }: LinkedCall, request: PlanRequest): Tokens {
  const { promptTokens, maxTokens = outputCap, choices = 1, inputs } = request;
  // Each text may be as long as the context, and vectors are no tokens.
  if (inputs !== undefined) return { input: Math.min(promptTokens * 4, model.context * inputs), output: 0 };
  return {
    input: Math.min(promptTokens * 4 + systemTokens, model.context),
    output: Math.min(maxTokens, outputCap) * choices,
  };
}

/** The most that a call can cost which uses no more than `most`, in nano-dollars: what is reserved before it leaves. */
export function worstCost({ price }: Model, most: Tokens): number {
  return priced(dearestRates(price, most.input), most);
}

/** The same for `request`, by the prices that hold at `now`. */
export function expectedCost(call: LinkedCall, request: PlanRequest, now: number): number {
  const most = mostTokens(call, request);
  return priced(ratesAt(call.model.price, most.input, now), most);
}

function priced(rates: Rates, { input, output }: Tokens): number {
  return billed(rates, { prompt: input, completion: output });
}

/** What a call cost that was sent at `time` and reported `usage`, in nano-dollars. */
export function actualCost(price: Price, usage: Usage, time: number): number {
  return billed(ratesAt(price, usage.prompt, time), usage);
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
