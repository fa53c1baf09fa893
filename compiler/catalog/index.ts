/**
 * The catalog of providers and models that ships with routec: what `provider groq` and `model gpt5 = openai "gpt-5"` take
 * their facts from. The facts are made by `npm run catalog`; see docs/catalog.md. They stand in the folder `data` beside
 * the code, in the sources as in `dist`, and are read when first asked for: the presets, and the models of one provider
 * at a time.
 */
import { readFileSync } from "node:fs";
import type { CatalogIndex, CatalogModel, CatalogPrice, HostQuirks, Preset, Quirks } from "./types.ts";

export type * from "./types.ts";

/** Of which day the catalog is, and which catalog it is. */
export const CATALOG: Pick<CatalogIndex, "date" | "hash" | "sources"> = {
  get date() {
    return index().date;
  },
  get hash() {
    return index().hash;
  },
  get sources() {
    return index().sources;
  },
};

/** The end of the note of a model that its provider means to switch off. */
export const DEPRECATED = "it is deprecated";

/** The facts of a provider, such as `groq`; ids are those of models.dev. */
export function preset(id: string): Preset | undefined {
  return presets().get(id);
}

/** In alphabetical order. */
export function presetIds(): readonly string[] {
  return [...presets().keys()];
}

/** How the provider at an address (or a template of one) departs from OpenAI's dialect; undefined where it does not. */
export function quirksAt(url: string): Quirks | undefined {
  const host = /^\w+:\/\/(?:[^/]*@)?([^/:?#]*)/.exec(url)?.[1]?.toLowerCase() ?? "";
  hostsRead ??= read<HostQuirks[]>("quirks.json");
  const found = hostsRead.find(({ id }) => host === id || host.endsWith(`.${id}`));
  if (found === undefined) return undefined;
  const { id: _id, source: _source, ...quirks } = found;
  return quirks;
}

/** The facts of a model, by the provider's id and the name that the provider's API has for it. */
export function model(provider: string, upstream: string): CatalogModel | undefined {
  return modelsOf(provider).get(upstream);
}

/** In alphabetical order; none for a provider that the catalog does not have. */
export function modelIds(provider: string): readonly string[] {
  return [...modelsOf(provider).keys()];
}

/** As `modelIds`. */
export function models(provider: string): readonly CatalogModel[] {
  return [...modelsOf(provider).values()];
}

/** What `model` costs on `day` (`YYYY-MM-DD`), as far as the catalog knows: before its first known price, that one. */
export function priceOn({ price, history }: CatalogModel, day: string): CatalogPrice | undefined {
  return (history?.findLast(({ from }) => from <= day) ?? history?.[0])?.price ?? price;
}

const folder = new URL("./data/", import.meta.url);

function read<Facts>(name: string): Facts {
  return JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Facts;
}

function byId<Facts extends { readonly id: string }>(name: string): ReadonlyMap<string, Facts> {
  return new Map(read<Facts[]>(name).map((each) => [each.id, each]));
}

let indexRead: CatalogIndex | undefined;
let hostsRead: readonly HostQuirks[] | undefined;
let presetsRead: ReadonlyMap<string, Preset> | undefined;
const modelsRead = new Map<string, ReadonlyMap<string, CatalogModel>>();

function index(): CatalogIndex {
  indexRead ??= read<CatalogIndex>("index.json");
  return indexRead;
}

function presets(): ReadonlyMap<string, Preset> {
  presetsRead ??= byId("providers.json");
  return presetsRead;
}

function modelsOf(provider: string): ReadonlyMap<string, CatalogModel> {
  let found = modelsRead.get(provider);
  if (found === undefined) {
    // Only a known id becomes a file's name: what a policy says must not choose the path.
    found = presets().has(provider) ? byId<CatalogModel>(`models/${provider}.json`) : new Map();
    modelsRead.set(provider, found);
  }
  return found;
}
