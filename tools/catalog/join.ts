/** One model's facts out of both sources: models.dev says what there is, and the dearer of two prices is taken. */
import { DEPRECATED } from "../../compiler/catalog/index.ts";
import type { CatalogModel, CatalogPrice, Period } from "../../compiler/catalog/types.ts";
import type { GenaiFacts } from "./genai-prices.ts";
import { capabilities, type DevModel, devPrice, embeds, FEE } from "./models-dev.ts";
import { dearer, difference, dollars } from "./price.ts";

/** The days as of which the sources speak. */
export interface Dates {
  readonly dev: string;
  /** The newest of all. */
  readonly catalog: string;
}

/** What the catalog says of a model of models.dev's that the other source may know as well. */
export function joinFacts(dev: DevModel, genai: GenaiFacts | undefined, dates: Dates): CatalogModel {
  const { id, name, released, limit } = dev;
  const context = limit.context || genai?.context;
  const { periods, notes, audio = 0 } = prices(dev, genai, dates, context || Number.POSITIVE_INFINITY);
  const price = inForce(periods, dates.catalog);
  // A price has no rate of its own for audio: a request with it could cost more than was reserved.
  const dearAudio = price !== undefined && audio > price.input;
  const can = capabilities(dev);
  if (dearAudio && can.includes("audio"))
    notes.push(
      `audio costs ${dollars(audio)} per million input tokens, which a price cannot say: \`audio\` is left out`,
    );
  if (dev.status === "deprecated" || genai?.deprecated) notes.push(DEPRECATED);
  return {
    id,
    name,
    ...(context && { context }),
    ...(context && !embeds(dev) && { output: Math.min(limit.output || context, context) }),
    can: dearAudio ? can.filter((word) => word !== "audio") : can,
    ...(price && { price }),
    ...(periods.length > 1 && { history: dated(periods, released) }),
    ...(/^\d{4}-\d\d(?:-\d\d)?$/.test(released) && { released }),
    ...(notes.length > 0 && { note: notes.join("; ") }),
  };
}

interface Prices {
  readonly periods: readonly Period[];
  readonly notes: string[];
  readonly audio?: number;
}

function prices(dev: DevModel, genai: GenaiFacts | undefined, dates: Dates, context: number): Prices {
  const { price: ours, why, audio: ourAudio = 0 } = devPrice(dev);
  if (genai?.fee || why === FEE) return { periods: [], notes: [FEE] };
  const theirs = (genai?.periods ?? []).filter(({ price }) => price.output > 0 || embeds(dev));
  const audio = Math.max(ourAudio, genai?.audio ?? 0);
  if (theirs.length === 0) return { periods: ours ? [{ from: "", price: ours }] : [], notes: why ? [why] : [], audio };
  if (ours === undefined) return { periods: theirs, notes: [], audio };
  const then = inForce(theirs, dates.dev) ?? ours;
  const disagreement = difference(["models.dev", ours], ["genai-prices", then], context);
  return {
    periods: withOurs(theirs, ours, dates.dev, disagreement === undefined),
    notes: disagreement === undefined ? [] : [disagreement],
    audio,
  };
}

/**
 * `periods`, made dearer by `ours`, which speaks of the period that `day` lies in. Where the sources agree on it, a later
 * period is a change that `ours` could not know of; where they do not, `ours` may be right in that one as well.
 */
function withOurs(periods: readonly Period[], ours: CatalogPrice, day: string, agreed: boolean): Period[] {
  const current = Math.max(
    0,
    periods.findLastIndex(({ from }) => from <= day),
  );
  return periods.map(({ from, price }, i) => {
    const speaks = i === current || (!agreed && i > current);
    return { from, price: speaks ? dearer(price, ours) : price };
  });
}

function inForce(periods: readonly Period[], day: string): CatalogPrice | undefined {
  return (periods.findLast(({ from }) => from <= day) ?? periods[0])?.price;
}

/** The first period begins when the model did. */
function dated(periods: readonly Period[], released: string): Period[] {
  const [first, second] = periods;
  const begin = /^\d{4}-\d\d-\d\d$/.test(released) && second && released < second.from ? released : "1970-01-01";
  return periods.map((period) => (period === first ? { ...period, from: first.from || begin } : period));
}
