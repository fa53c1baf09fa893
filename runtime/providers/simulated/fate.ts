/** What becomes of a call to a simulated provider: drawn from the provider's name and the call's number, and nothing else. */
import { hash } from "node:crypto";
import type { Failure, Provider, Simulated } from "../../table/index.ts";

export interface Fate {
  readonly end: Failure | "answered";
  /** Milliseconds until the first token, or until it fails. */
  readonly latency: number;
}

/** Of the call at `number` of a provider's calls, counted from 0. */
export function fateOf({ name, simulated = {} }: Provider, number: number): Fate {
  const { script = [], fail = [], latency } = simulated;
  const [which, ...waits] = draws(`${name} ${number}`);
  return { end: script[number] ?? failureAt(fail, which * 100) ?? "answered", latency: latencyAt(latency, waits) };
}

/** Three numbers in [0, 1) that are the same for the same text. */
function draws(text: string): [which: number, first: number, second: number] {
  const bits = hash("sha256", text, "buffer");
  const at = (index: number): number => bits.readUInt32BE(index * 4) / 2 ** 32;
  return [at(0), at(1), at(2)];
}

function failureAt(shares: NonNullable<Simulated["fail"]>, percent: number): Failure | undefined {
  let sum = 0;
  return shares.find(({ share }) => {
    sum += share;
    return percent < sum;
  })?.failure;
}

function latencyAt(latency: Simulated["latency"], [first = 0, second = 0]: readonly number[]): number {
  if (latency === undefined) return 0;
  if ("from" in latency) return Math.round(latency.from + first * (latency.to - latency.from));
  // A standard normal deviation from two uniform numbers (Box and Muller, 1958).
  const deviation = Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);
  return Math.round(latency.median * Math.exp(latency.sigma * deviation));
}
