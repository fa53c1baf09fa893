/** Bitmaps against the list that they stand for, long enough that strides of rows are skipped. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DecisionTable, hashTable, load, type Row, type Value } from "../../../runtime/table/index.ts";

const COUNTS = { a: 7, b: 3, c: 2 };

/** Numbers 0, 1, 2 … are the regions of each attribute. */
function policyOf(rows: Row[]) {
  const content: Omit<DecisionTable, "hash"> = {
    format: 1,
    compiler: "test",
    zone: "UTC",
    files: [],
    attributes: Object.entries(COUNTS).map(([name, count]) => ({
      name,
      type: { kind: "int" },
      source: { from: "builtin" },
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
        rules: rows.map(() => ({ run: { kind: "reject", status: 400 }, text: "", at: [0, 1, 1, 1, 1] })),
        rows,
        at: [0, 1, 1, 1, 1],
      },
    ],
  };
  return load({ ...content, hash: hashTable(content) });
}

const ranges = (count: number): fc.Arbitrary<[number, number][]> =>
  fc.tuple(fc.nat(count - 1), fc.nat(count - 1)).map(([x, y]) => [[Math.min(x, y), Math.max(x, y)]]);

const when = fc.record({ a: ranges(COUNTS.a), b: ranges(COUNTS.b), c: ranges(COUNTS.c) }, { requiredKeys: [] });

describe("choosing by bitmaps", () => {
  it("finds the first row that accepts, wherever it stands", () => {
    fc.assert(
      fc.property(fc.array(when, { maxLength: 4 }), fc.nat(3000), fc.infiniteStream(when), (early, padding, more) => {
        // Rows that accept nothing that is asked for push the others far down the list.
        const never = { a: [[6, 6]] as [number, number][], b: [[2, 2]] as [number, number][] };
        const rows: Row[] = [...Array.from({ length: padding }, () => never), ...early, ...more.take(40), {}].map(
          (when, rule) => ({ rule, when }),
        );
        const chooser = policyOf(rows).routes[0];
        for (let a = 0; a < 6; a++)
          for (let b = 0; b < 3; b++)
            for (let c = 0; c < 2; c++) {
              const values: Record<string, number> = { a, b, c };
              const expected = rows.find((row) =>
                Object.entries(row.when).every(([name, accepted]) =>
                  accepted.some(
                    ([first, last]) => (values[name] ?? 0) >= (first ?? 0) && (values[name] ?? 0) <= (last ?? 0),
                  ),
                ),
              );
              expect(chooser?.choose([a, b, c] as Value[])).toBe(expected?.rule);
            }
      }),
      { numRuns: 60 },
    );
  });
});
