/** Requests for a policy, biased to where its rules change their mind. */
import type { Partition } from "../../compiler/analysis/partition.ts";
import { type Attribute, valueFromJson, valueToJson } from "../../runtime/table/index.ts";
import type { Compiled } from "./compiled.ts";

export type Request = Readonly<Record<string, unknown>>;

/** One request in so many asks for a model that has no route of its own. */
const UNKNOWN = 20;
/** One request in so many has a value that its attribute may not have, or lacks one. */
const INVALID = 50;
const WRONG = [undefined, null, -1, 0.5, 2 ** 53, Number.NaN, "", "nobody", true, [], {}];
const TEXTS = ["", "ac", "acme", "acme-eu", "globex", "eu", "-eu", "e", "É", "constructor", "__proto__", "outage"];

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The same seed gives the same requests. */
export function requestsFor({ program, policy, analysis }: Compiled, count: number, seed: number): Request[] {
  const random = randomFrom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const names = program.routes.flatMap((route) => route.names);
  const { partitions, indexOf } = analysis.space;
  const palettes = policy.table.attributes
    .filter(({ name }) => name !== "model")
    .map((attribute) => {
      const partition = partitions[indexOf.get(attribute.name) ?? -1];
      const [least, greatest] = partition?.attribute.range ?? [0, 0];
      return {
        name: attribute.name,
        values: palette(attribute, partition),
        hasDefault: attribute.default !== undefined,
        // `decide` does not know between what bounds state and what is built in lie: its callers keep to them.
        wrong: WRONG.filter((value) => {
          const read = valueFromJson(attribute.type, value);
          return typeof read !== "number" || (read >= least && read <= greatest);
        }),
      };
    });
  return Array.from({ length: count }, () => {
    const request: Record<string, unknown> = { model: random() * UNKNOWN < 1 ? "nobody" : pick(names) };
    for (const { name, values, hasDefault } of palettes)
      if (!hasDefault || random() < 0.9) request[name] = pick(values);
    if (random() * INVALID < 1 && palettes.length > 0) {
      const { name, wrong } = pick(palettes);
      request[name] = pick(wrong);
    }
    return request;
  });
}

/** A value of every region and those beside each cut, as `decide` takes them. */
function palette({ type, domain }: Attribute, partition: Partition | undefined): unknown[] {
  const samples = partition === undefined ? [] : Array.from({ length: partition.count }, (_, i) => partition.sample(i));
  switch (type.kind) {
    case "bool":
      return [true, false];
    case "enum":
      return type.members;
    case "string":
      return [...samples, ...samples.map((text) => `${text}e`), ...TEXTS];
    default: {
      const cuts = domain?.kind === "numbers" ? domain.cuts.map((cut) => ("from" in cut ? cut.from : cut.above)) : [];
      const step = type.kind === "score" || type.kind === "percent" ? 2 ** -30 : 1;
      const [least, greatest] = partition?.attribute.range ?? [0, 1];
      return [...samples.map(Number), ...cuts.flatMap((cut) => [cut - step, cut, cut + step]), least, greatest]
        .filter((value) => value >= least && value <= greatest)
        .map((value) => valueToJson(type, value));
    }
  }
}
