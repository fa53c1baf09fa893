/** Facts in the words in which every feature tells them. */
import { spell } from "../compiler/syntax/literals.ts";
import type { Model, Price } from "../runtime/table/artifact.ts";
import type { Worst } from "./checking/understanding.ts";

/** Of nano-dollars: three digits where it is less than a cent, else whole cents, rounded up. */
export function moneyText(value: number): string {
  const unit = value >= 1e7 ? 1e7 : 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 2);
  return spell({ kind: "money", value: Math.ceil(value / unit) * unit });
}

/** `$1.25 in, $10 out` per million tokens. */
export function priceText({ input, output, tiers, during }: Price): string {
  if (input === 0 && output === 0) return "free";
  const more = tiers !== undefined || during !== undefined ? ", varies" : "";
  return `${spell({ kind: "money", value: input })} in, ${spell({ kind: "money", value: output })} out${more}`;
}

/** `200k`, of tokens; rounded where it is not whole thousands. */
export function tokensText(count: number): string {
  if (count >= 1e6) return `${Math.round(count / 1e4) / 100}M`;
  return count >= 1_000 ? `${Math.round(count / 100) / 10}k` : `${count}`;
}

/** A model in a line: price and window. */
export function modelText({ price, context }: Model): string {
  return `${priceText(price)} per 1M tokens · ${tokensText(context)} context`;
}

/** `≤ $0.48 · ≤ 3 attempts`. */
export function worstText({ cost, attempts }: Worst): string {
  if (attempts === 0) return "no call";
  return `≤ ${moneyText(cost)} · ≤ ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
}

export function durationText(milliseconds: number): string {
  return spell({ kind: "duration", value: milliseconds });
}

/** `a, b or c`. */
export function listText(words: readonly string[], last = "and"): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}
