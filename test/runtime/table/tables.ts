/** Tables made by hand, of integers whose values 0, 1, 2 … are their own regions. */
import fc from "fast-check";
import { type DecisionTable, hashTable, load, type Policy, type Row } from "../../../runtime/table/index.ts";

/** An attribute's name and how many regions it has; of a signal, that it is one. */
export type Axes = Readonly<Record<string, number>>;

/** A loaded table of one route, each row the only one of its rule unless `rules` says which rule each belongs to. */
export function policyOf(axes: Axes, whens: readonly Row["when"][], more: Partial<Made> = {}): Policy {
  const { signals = [], rules = whens.map((_, row) => row), written = [] } = more;
  const at = [0, 1, 1, 1, 1] as [number, number, number, number, number];
  const content: Omit<DecisionTable, "hash"> = {
    format: 1,
    compiler: "test",
    zone: "UTC",
    files: [],
    attributes: Object.entries(axes).map(([name, count]) => ({
      name,
      type: { kind: "int" },
      source: { from: signals.includes(name) ? "signal" : "builtin" },
      domain: { kind: "numbers", cuts: Array.from({ length: count - 1 }, (_, i) => ({ from: i + 1 })) },
    })),
    signals: [],
    meters: [],
    providers: [],
    models: [],
    plans: [],
    routes: [
      {
        names: ["r"],
        deadline: 1,
        rules: Array.from({ length: Math.max(...rules) + 1 }, (_, rule) => ({
          run: { kind: "reject", status: 400 },
          text: "",
          ...(written[rule] && { signals: [...written[rule]] }),
          at,
        })),
        rows: whens.map((when, row) => ({ rule: rules[row] as number, when })),
        at,
      },
    ],
  };
  return load({ ...content, hash: hashTable(content) });
}

interface Made {
  readonly signals: readonly string[];
  /** The rule of each row. */
  readonly rules: readonly number[];
  /** Of each rule its signals as its text names them. */
  readonly written: readonly (readonly string[] | undefined)[];
}

export function ranges(count: number): fc.Arbitrary<[number, number][]> {
  const one = fc.nat(count - 1).map((region): [number, number][] => [[region, region]]);
  const some = fc.tuple(fc.nat(count - 1), fc.nat(count - 1));
  return fc.oneof(
    one,
    some.map(([x, y]): [number, number][] => [[Math.min(x, y), Math.max(x, y)]]),
  );
}

/** What a row tests: some of the attributes. */
export function whenOver(axes: Axes): fc.Arbitrary<Row["when"]> {
  const all = Object.fromEntries(Object.entries(axes).map(([name, count]) => [name, ranges(count)]));
  return fc.record(all, { requiredKeys: [] }) as fc.Arbitrary<Row["when"]>;
}

/** Every combination of regions, by attribute. */
export function combinations(axes: Axes): Record<string, number>[] {
  return Object.entries(axes).reduce<Record<string, number>[]>(
    (all, [name, count]) =>
      all.flatMap((values) => Array.from({ length: count }, (_, region) => ({ ...values, [name]: region }))),
    [{}],
  );
}

/** The first row that accepts, looked at one after the other. */
export function firstRow(whens: readonly Row["when"][], values: Readonly<Record<string, number>>): number {
  return whens.findIndex((when) =>
    Object.entries(when).every(([name, accepted]) =>
      accepted.some(([first, last]) => (values[name] ?? 0) >= (first ?? 0) && (values[name] ?? 0) <= (last ?? 0)),
    ),
  );
}
