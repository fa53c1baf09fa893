/** How models stand to the requests of a box, and boxes in which that is the same for all requests. */
import type { Options } from "../../runtime/table/artifact.ts";
import { type Box, regionsAt, type Space, withRegions } from "../analysis/boxes.ts";
import { intersect } from "../analysis/regions.ts";
import { type Facts, named } from "./facts.ts";
import { EMBEDDINGS, hasEmbedder, NEEDS, UNKNOWN_SIZE } from "./ground.ts";
import type { Situation } from "./outcome.ts";

type Interval = readonly [from: number, to: number];

/** The values of a whole-number attribute in a box, both ends included, ascending. */
export function valuesOf(name: string, box: Box, space: Space): readonly Interval[] {
  const index = indexOf(name, space);
  const { attribute, domain } = space.partitions[index] as Space["partitions"][number];
  const [least, most] = attribute.range;
  const cuts = domain.kind === "numbers" ? domain.cuts.map((cut) => ("from" in cut ? cut.from : cut.above + 1)) : [];
  return regionsAt(box, index, space).map(([first, last]) => [
    first === 0 ? least : (cuts[first - 1] as number),
    last === cuts.length ? most : (cuts[last] as number) - 1,
  ]);
}

/** Proofs have regions of all built-in attributes that plans depend on. */
export function indexOf(name: string, { indexOf: indices }: Space): number {
  return indices.get(name) as number;
}

/** Whether some request of a box asks for a stream. */
export function isStreamed(box: Box, space: Space): boolean {
  return regionsAt(box, indexOf("stream", space), space).at(-1)?.[1] === 1;
}

export function fitOf(box: Box, space: Space, facts: Facts): Situation["fit"] {
  const sizes = valuesOf("prompt_tokens", box, space);
  const asked = hasEmbedder(facts) ? kindsIn(box, space) : undefined;
  const needed = NEEDS.map((need) => ({ need, regions: regionsAt(box, indexOf(`needs.${need}`, space), space) }));
  return (model, options) => {
    const { context, can } = named(model, facts.models).facts;
    const kind = asked === undefined ? "fits" : kindFit(asked, can);
    // A batch of embeddings may be longer than the context, which each of its texts has.
    const short = can.includes("embeddings") || sizes.some(([from, to]) => from <= context || to === UNKNOWN_SIZE);
    const long = sizes.some(([from, to]) => Math.max(from, context + 1) <= Math.min(to, UNKNOWN_SIZE - 1));
    const lacking = needed.filter(({ need, regions }) => lacks(need, can, options) && regions.at(-1)?.[1] === 1);
    const always = lacking.some(({ regions }) => regions[0]?.[0] === 1);
    return {
      called: short && !always && kind !== "never",
      fails: [
        ...(long ? (["too_long"] as const) : []),
        ...(short && (lacking.length > 0 || kind !== "fits") ? (["unsupported"] as const) : []),
      ],
    };
  };
}

interface Kinds {
  readonly vectors: boolean;
  readonly answers: boolean;
}

/** Whether some requests of a box ask for embeddings, and some for answers. */
function kindsIn(box: Box, space: Space): Kinds {
  const index = indexOf("endpoint", space);
  const regions = regionsAt(box, index, space);
  const vectors = intersect(regions, space.partitions[index]?.regionsOf(EMBEDDINGS) ?? []);
  const size = (list: typeof regions): number => list.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  return { vectors: vectors.length > 0, answers: size(regions) > size(vectors) };
}

/** Whether a model makes what is asked for. */
function kindFit({ vectors, answers }: Kinds, can: readonly string[]): "fits" | "may" | "never" {
  const embeds = can.includes("embeddings");
  const embedsAlone = embeds && can.every((each) => each === "embeddings");
  const misses = (vectors && !embeds) || (answers && embedsAlone);
  const suits = (vectors && embeds) || (answers && !embedsAlone);
  return !misses ? "fits" : suits ? "may" : "never";
}

/**
 * Whether a request that needs `need` fails as `unsupported` at a model with these capabilities, called with `options`. Of a
 * request without its tools nobody need know how to use them; one with some of them is one with tools.
 */
export function lacks(need: string, can: readonly string[], { tools }: Options): boolean {
  return !can.includes(need) && !(need === "tools" && tools?.length === 0);
}

/** Whether a model has what a request needs of it that says `attribute`. */
export function canServe(model: string, attribute: string, { models }: Facts): boolean {
  return named(model, models).facts.can.includes(attribute.slice("needs.".length));
}

/** The attributes on which it depends whether these models can serve a request. */
export function fitAttributes(models: ReadonlySet<string>, facts: Facts): readonly string[] {
  const all = Array.from(models, (model) => named(model, facts.models).facts);
  const needs = NEEDS.filter((need) => all.some(({ can }) => !can.includes(need)));
  const more = all.length === 0 ? [] : ["prompt_tokens", ...(hasEmbedder(facts) ? ["endpoint"] : [])];
  return [...needs.map((need) => `needs.${need}`), ...more];
}

/** Parts of a box in which each of these attributes is in one region; the lowest regions first. */
export function* partsByRegion(box: Box, attributes: readonly string[], space: Space): Generator<Box> {
  const [first, ...rest] = attributes;
  if (first === undefined) {
    yield box;
    return;
  }
  const index = indexOf(first, space);
  for (const [from, to] of regionsAt(box, index, space))
    for (let region = from; region <= to; region++)
      yield* partsByRegion(withRegions(box, index, [[region, region]], space), rest, space);
}
