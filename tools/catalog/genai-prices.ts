/** The prices of `@pydantic/genai-prices`: their history, sizes of prompt and hours of the day. */
import { readFileSync } from "node:fs";
import {
  type ConditionalPrice,
  calcPrice,
  type ModelPrice,
  type Provider,
  waitForUpdate,
} from "@pydantic/genai-prices";
import type { Period } from "../../compiler/catalog/types.ts";
import { holds, nano, priceFrom, rates } from "./price.ts";

/** The package does not say when it was made: the day on which the npm registry got this version. */
export const GENAI_PRICES = { version: "0.1.8", date: "2026-09-23" };

/** models.dev's ids of the providers of which the other source has prices in US dollars, and that source's ids of them. */
const PROVIDERS: Readonly<Record<string, string>> = {
  "amazon-bedrock": "aws",
  anthropic: "anthropic",
  azure: "azure",
  "azure-cognitive-services": "azure",
  baseten: "baseten",
  cerebras: "cerebras",
  "cloudflare-workers-ai": "cloudflare",
  cohere: "cohere",
  deepseek: "deepseek",
  "fireworks-ai": "fireworks",
  "github-copilot": "github-copilot",
  google: "google",
  "google-vertex": "google",
  "google-vertex-anthropic": "google",
  groq: "groq",
  minimax: "minimax",
  mistral: "mistral",
  moonshotai: "moonshotai",
  "novita-ai": "novita",
  openai: "openai",
  openrouter: "openrouter",
  ovhcloud: "ovhcloud",
  perplexity: "perplexity",
  togetherai: "together",
  xai: "x-ai",
  zai: "zai",
};

export interface GenaiFacts {
  /** The first holds from ever (`from` is empty), the others from their days on. */
  readonly periods: readonly Period[];
  readonly context?: number;
  readonly deprecated: boolean;
  /** A charge besides tokens' that every request meets. */
  readonly fee: boolean;
  /** Nano-dollars per million tokens of audio read. */
  readonly audio?: number;
}

/** A function that finds what the source says of a model. Throws where another version of it is installed. */
export async function readGenaiPrices(): Promise<(provider: string, id: string) => GenaiFacts | undefined> {
  const installed = JSON.parse(
    readFileSync(new URL("../../node_modules/@pydantic/genai-prices/package.json", import.meta.url), "utf8"),
  ).version;
  if (installed !== GENAI_PRICES.version)
    throw new Error(
      `@pydantic/genai-prices ${installed} is installed, and tools/catalog/genai-prices.ts has the date of ${GENAI_PRICES.version}`,
    );
  const providers = (await waitForUpdate()) ?? [];
  return (provider, id) =>
    facts(
      providers.find((each) => each.id === PROVIDERS[provider]),
      id,
    );
}

function facts(provider: Provider | undefined, id: string): GenaiFacts | undefined {
  if (provider === undefined) return undefined;
  // The package's own matching of names, except that what it borrows from another provider is not this one's price.
  const found = calcPrice({}, id, { providerId: provider.id })?.model;
  if (found === undefined || !provider.models.includes(found)) return undefined;
  const conditional: ConditionalPrice[] = Array.isArray(found.prices) ? found.prices : [{ prices: found.prices }];
  const all = conditional.map(({ prices }) => prices);
  const audio = Math.max(...all.map(({ input_audio_mtok }) => at(input_audio_mtok, 0)));
  return {
    periods: periods(conditional),
    ...(found.context_window !== undefined && { context: found.context_window }),
    deprecated: found.deprecated === true,
    fee: all.some(({ requests_kcount }) => requests_kcount !== undefined),
    ...(audio > 0 && { audio }),
  };
}

/**
 * The source's list of prices, of which the last whose condition holds is the price. A price for some hours follows the
 * dated one that it belongs to, so that a list is cut before each day into that day's price and its hours.
 */
function periods(prices: readonly ConditionalPrice[]): Period[] {
  const cut: { from: string; base: ModelPrice; hours: { from: number; to: number; prices: ModelPrice }[] }[] = [];
  for (const { constraint, prices: each } of prices) {
    const last = cut.at(-1);
    if (constraint?.type === "time_of_date") {
      last?.hours.push({ from: minute(constraint.start_time), to: minute(constraint.end_time), prices: each });
    } else cut.push({ from: constraint?.start_date ?? "", base: each, hours: [] });
  }
  return cut.flatMap(({ from, base, hours }) => {
    // Nothing, where other units than tokens are priced, and where what is not known looks like what is free.
    if (!base.input_mtok) return [];
    const price = priceFrom(
      (tokens, minute) => {
        const hour = hours.findLast((each) => holds(each, minute));
        return genaiRates(hour?.prices ?? base, tokens);
      },
      Object.values(base).flatMap((value) => (typeof value === "object" ? value.tiers.map(({ start }) => start) : [])),
      hours.flatMap(({ from, to }) => [from, to]),
    );
    return [{ from, price }];
  });
}

function genaiRates(prices: ModelPrice, tokens: number) {
  const of = (...keys: string[]) => Math.max(...keys.map((key) => at(prices[key], tokens)));
  return rates({
    input: of("input_mtok"),
    output: of(
      "output_mtok",
      "output_reasoning_mtok",
      "output_citation_mtok",
      "output_audio_mtok",
      "output_image_mtok",
    ),
    cached: of("cache_read_mtok"),
    cache_write: of("cache_write_mtok"),
    cache_write_1h: of("cache_write_1h_mtok"),
  });
}

/** A tier holds for prompts of more tokens than its start. */
function at(value: ModelPrice[string], tokens: number): number {
  if (typeof value !== "object") return nano(value ?? 0);
  return nano(value.tiers.findLast(({ start }) => start <= tokens)?.price ?? value.base);
}

/** `00:30:00Z` */
function minute(time: string): number {
  const [, hours, minutes] = /^(\d\d):(\d\d):00Z$/.exec(time) ?? [];
  if (hours === undefined) throw new Error(`\`${time}\` is not a whole minute of UTC`);
  return Number(hours) * 60 + Number(minutes);
}
