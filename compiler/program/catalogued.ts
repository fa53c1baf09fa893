/** What the catalog says of a model, as the table states it. */
import { isDeepStrictEqual } from "node:util";
import type { Model, Price } from "../../runtime/table/artifact.ts";
import { type CatalogPrice, model, modelIds, presetIds, type Rates } from "../catalog/index.ts";
import type { ProviderDeclaration } from "../syntax/index.ts";
import { givesLogprobs } from "./protocols.ts";
import { presetOf } from "./providers.ts";

/** What is undefined the catalog does not know. */
export interface CataloguedFacts {
  readonly context: number | undefined;
  readonly output: number | undefined;
  readonly price: Price | undefined;
  readonly can: readonly string[];
  readonly note: string | undefined;
}

/** A model of the catalog: the id of its provider, and its own. */
export interface Entry {
  readonly preset: string;
  readonly id: string;
}

/** Of the model that a provider of the catalog has under this name. */
export function factsOf(preset: string, upstream: string): CataloguedFacts | undefined {
  const facts = entryFacts(preset, upstream);
  if (facts === undefined || !givesLogprobs(preset, upstream, facts.can)) return facts;
  return { ...facts, can: [...facts.can, "logprobs"] };
}

/** Of the entries that `like` names, as far as they agree. */
export function factsLike(preset: string | undefined, id: string): CataloguedFacts | undefined {
  const own = preset === undefined ? undefined : factsOf(preset, id);
  // Whether there are log-probabilities is the provider's own.
  const others = own ? [own] : entriesLike(preset, id).flatMap((entry) => entryFacts(entry.preset, entry.id) ?? []);
  return others.length === 0 ? undefined : others.reduce(agreed);
}

/**
 * The entries that `like` names: the one that the same provider has under this id, else, of `provider/id`, that one, else
 * those of this id of all providers.
 */
export function entriesLike(preset: string | undefined, id: string): readonly Entry[] {
  if (preset !== undefined && model(preset, id) !== undefined) return [{ preset, id }];
  const [provider = "", ...rest] = id.split("/");
  const qualified = { preset: provider, id: rest.join("/") };
  if (model(qualified.preset, qualified.id) !== undefined) return [qualified];
  return presetIds().flatMap((other) => (model(other, id) === undefined ? [] : [{ preset: other, id }]));
}

/** The facts of all models that the catalog has for a provider, of those whose price and context it knows. */
export function cataloguedModels(provider: ProviderDeclaration): readonly Omit<Model, "name" | "provider">[] {
  const preset = presetOf(provider)?.id;
  if (preset === undefined) return [];
  return modelIds(preset).flatMap((upstream) => {
    const { context, output, price, can } = factsOf(preset, upstream) ?? {};
    if (context === undefined || price === undefined) return [];
    return [{ upstream, context, output: output ?? context, price, can: [...(can ?? [])] }];
  });
}

function entryFacts(preset: string, upstream: string): CataloguedFacts | undefined {
  const entry = model(preset, upstream);
  if (entry === undefined) return undefined;
  const { context, output, price, can, note } = entry;
  return { context, output, price: price && tablePrice(price), can, note };
}

function agreed(a: CataloguedFacts, b: CataloguedFacts): CataloguedFacts {
  return {
    context: a.context === b.context ? a.context : undefined,
    output: a.output === b.output ? a.output : undefined,
    price: isDeepStrictEqual(a.price, b.price) ? a.price : undefined,
    can: a.can.filter((each) => b.can.includes(each)),
    note: a.note === b.note ? a.note : undefined,
  };
}

function tablePrice(price: CatalogPrice): Price {
  const { tiers, during } = price;
  return {
    ...rates(price),
    ...(tiers && { tiers: tiers.map((tier) => ({ above: tier.above, ...rates(tier) })) }),
    ...(during && { during: during.map(({ from, to, ...cheaper }) => ({ from, to, zone: "UTC", ...rates(cheaper) })) }),
  };
}

function rates({ input, output, cached, cache_write, cache_write_1h }: Rates) {
  return {
    input,
    output,
    ...(cached !== undefined && { cached }),
    ...(cache_write !== undefined && { cache_write }),
    ...(cache_write_1h !== undefined && { cache_write_1h }),
  };
}
