/** models.dev's facts: a folder with `providers.json`, `models.jsonl` and a README that says of which day they are. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Capability, CatalogPrice } from "../../compiler/catalog/types.ts";
import { nano, priceFrom, rates } from "./price.ts";

export interface DevProvider {
  readonly name: string;
  readonly env: readonly string[];
  readonly npm: string;
  readonly api?: string;
}

/** US dollars per million tokens. Sources of models.dev spell the cache's prices in three ways. */
type Dollars = Readonly<Record<string, number>>;

export interface DevModel {
  readonly provider: string;
  readonly id: string;
  readonly name: string;
  readonly family?: string;
  readonly released: string;
  readonly status?: string;
  readonly can?: readonly string[];
  readonly limit: { readonly context: number; readonly output: number };
  readonly modalities: { readonly input: readonly string[]; readonly output: readonly string[] };
  readonly usd_per_million?: Dollars;
  readonly usd_per_million_tiers?: readonly ({ readonly tier: { readonly size: number } } & {
    readonly [key: string]: unknown;
  })[];
}

export interface DevFacts {
  readonly date: string;
  readonly providers: Readonly<Record<string, DevProvider>>;
  readonly models: readonly DevModel[];
}

/** Throws where a file is missing, or the README names no day. */
export function readModelsDev(folder: string): DevFacts {
  const text = (name: string) => readFileSync(join(folder, name), "utf8");
  const date = /as of (\d{4}-\d\d-\d\d)/.exec(text("README.md"))?.[1];
  if (date === undefined) throw new Error("README.md of models.dev's facts does not say `as of` which day they are");
  const lines = text("models.jsonl")
    .split("\n")
    .filter((line) => line !== "");
  return { date, providers: JSON.parse(text("providers.json")), models: lines.map((line) => JSON.parse(line)) };
}

/** Whether a chat or an embeddings request can be sent to it: it reads text, and writes text or embeds it. */
export function isServed({ id, modalities }: DevModel): boolean {
  return modalities.input.includes("text") && modalities.output.includes("text") && !/rerank/i.test(id);
}

/** No field says so; the families and names of all embedding models in models.dev's facts do. */
export function embeds({ id, family = "" }: DevModel): boolean {
  return /embed/.test(family) || /embed|\bbge-|\be5-|\bgte-|mini-?lm-|-mpnet-|\bvoyage-/i.test(id);
}

/** models.dev's words for what a model can do, in routec's. */
export function capabilities(model: DevModel): Capability[] {
  if (embeds(model)) return ["embeddings"];
  const states = (...words: string[]) => words.some((word) => model.can?.includes(word));
  const reads = (kind: string) => model.modalities.input.includes(kind);
  const known: [Capability, boolean][] = [
    ["tools", states("tool_call")],
    ["vision", reads("image")],
    ["audio", reads("audio")],
    ["pdf", reads("pdf")],
    ["json", states("structured_output")],
    ["reasoning", states("reasoning")],
  ];
  return known.filter(([, holds]) => holds).map(([word]) => word);
}

/** Providers whose models run on the user's own machine, for nothing and without a key. */
export const LOCAL = ["atomic-chat", "lmstudio"];

/**
 * A zero is what models.dev writes for a price that is not known and for a subscription, as well as for nothing to pay:
 * it is believed only of a model that is called free, or is the user's own.
 */
export function isFree({ id, provider }: DevModel): boolean {
  return LOCAL.includes(provider) || /[:/-]free$/.test(id);
}

/** A charge for each request has no place in a price by tokens, which would therefore be too low. */
export const FEE = "it charges for each request besides its tokens, which a price cannot say";

/** What models.dev says of a price, or why that cannot be used. */
export function devPrice(model: DevModel): { price?: CatalogPrice; why?: string; audio?: number } {
  const stated = model.usd_per_million;
  if (stated === undefined) return {};
  if (stated.request) return { why: FEE };
  if (stated.input === 0 && stated.output === 0) {
    return isFree(model)
      ? { price: { input: 0, output: 0 } }
      : { why: "models.dev states a price of $0, which may mean that it is not known" };
  }
  if ((stated.input === 0 || stated.output === 0) && !embeds(model)) {
    return { why: "models.dev states only one of the prices of input and output" };
  }
  const tiers = (model.usd_per_million_tiers ?? [])
    .map(({ tier, ...dollars }) => ({ above: tier.size, rates: devRates(dollars as Dollars) }))
    .sort((a, b) => a.above - b.above);
  const price = priceFrom(
    (tokens) => tiers.findLast(({ above }) => above <= tokens)?.rates ?? devRates(stated),
    tiers.map(({ above }) => above),
    [],
  );
  return { price, ...(stated.input_audio !== undefined && { audio: nano(stated.input_audio) }) };
}

function devRates(stated: Dollars) {
  const at = (...keys: string[]) => Math.max(...keys.map((key) => nano(stated[key] ?? 0)));
  return rates({
    input: at("input"),
    // What is written is counted in one sum: at the dearest kind that the model can write.
    output: at("output", "reasoning", "citation", "output_audio", "image"),
    cached: at("cache_read", "cached_input", "cache_input"),
    cache_write: at("cache_write", "cached_write"),
  });
}
