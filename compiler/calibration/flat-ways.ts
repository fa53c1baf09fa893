/** Ways side by side in memory: a search follows millions of them, and trees of objects would have it wait for memory. */
import type { Threshold } from "./thresholds.ts";
import type { Way } from "./ways.ts";

const [END, TEST, MIX] = [0, 1, 2];

/** Means over all ways, the same as following each of them gives. */
export class FlatWays {
  readonly #count: number;
  readonly #roots: Int32Array;
  readonly #kinds: Uint8Array;
  /** Of a test its threshold. */
  readonly #thresholds: Uint8Array;
  /** Of a test what is compared, of an end its quality, of a mix the share of its first part. */
  readonly #values: Float64Array;
  /** Of an end its cost. */
  readonly #costs: Float64Array;
  /** Of a test where it goes on when it is passed and when not; of a mix its first part, and a mix of the others or -1. */
  readonly #first: Int32Array;
  readonly #second: Int32Array;

  constructor(ways: readonly Way[]) {
    const size = ways.reduce((sum, way) => sum + sizeOf(way), 0);
    this.#count = ways.length;
    this.#kinds = new Uint8Array(size);
    this.#thresholds = new Uint8Array(size);
    this.#values = new Float64Array(size);
    this.#costs = new Float64Array(size);
    this.#first = new Int32Array(size);
    this.#second = new Int32Array(size);
    let next = 0;
    const put = (way: Way): number => {
      const at = next++;
      if (way.kind === "end") {
        this.#values[at] = way.quality;
        this.#costs[at] = way.cost;
      } else if (way.kind === "test") {
        this.#kinds[at] = TEST;
        this.#thresholds[at] = way.threshold;
        this.#values[at] = way.value;
        this.#first[at] = put(way.yes);
        this.#second[at] = put(way.no);
      } else {
        const [part, ...others] = way.parts;
        if (part === undefined) throw new Error("a mix has no part");
        this.#kinds[at] = MIX;
        this.#values[at] = part.share;
        this.#first[at] = put(part.way);
        this.#second[at] = others.length === 0 ? -1 : put({ kind: "mix", parts: others });
      }
      return at;
    };
    this.#roots = Int32Array.from(ways, put);
  }

  means(thresholds: readonly Threshold[], numbers: readonly number[]): { quality: number; cost: number } {
    const isUpper = thresholds.map(({ op }) => op === ">=" || op === "<");
    const wantsAbove = thresholds.map(({ op }) => op.startsWith(">"));
    const [kinds, values] = [this.#kinds, this.#values];
    let [quality, cost] = [0, 0];
    const add = (root: number, share: number): void => {
      let at = root;
      while (kinds[at] === TEST) {
        const threshold = this.#thresholds[at] as number;
        const [value, number] = [values[at] as number, numbers[threshold] as number];
        const isAbove = isUpper[threshold] === true ? value >= number : value > number;
        at = (isAbove === wantsAbove[threshold] ? this.#first[at] : this.#second[at]) as number;
      }
      if (kinds[at] === END) {
        quality += share * (values[at] as number);
        cost += share * (this.#costs[at] as number);
      } else
        for (let mix = at; mix >= 0; mix = this.#second[mix] as number)
          add(this.#first[mix] as number, share * (values[mix] as number));
    };
    for (const root of this.#roots) add(root, 1);
    return { quality: quality / this.#count, cost: cost / this.#count };
  }
}

function sizeOf(way: Way): number {
  if (way.kind === "end") return 1;
  if (way.kind === "test") return 1 + sizeOf(way.yes) + sizeOf(way.no);
  return way.parts.reduce((sum, part) => sum + 1 + sizeOf(part.way), 0);
}
