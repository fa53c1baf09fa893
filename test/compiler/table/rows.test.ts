/** What is left out of a route's rows, and that nothing else is. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Box } from "../../../compiler/analysis/boxes.ts";
import { makeSpace } from "../../../compiler/analysis/boxes.ts";
import type { Partition } from "../../../compiler/analysis/partition.ts";
import { regionSet } from "../../../compiler/analysis/regions.ts";
import { rowsOf } from "../../../compiler/table/rows.ts";
import { decide, load } from "../../../runtime/table/index.ts";
import { route, tableOf } from "../support.ts";

const COUNTS = [4, 3, 2];
const SPACE = makeSpace(
  COUNTS.map((count, index): Partition => {
    const attribute = {
      name: `a${index}`,
      type: { kind: "int" },
      source: { from: "builtin" },
      default: undefined,
      range: [0, count - 1],
    } as const;
    const domain = { kind: "numbers", cuts: Array.from({ length: count - 1 }, (_, i) => ({ from: i + 1 })) } as const;
    return {
      attribute,
      domain: { ...domain, cuts: [...domain.cuts] },
      count,
      regionsOf: () => [],
      sample: (region) => region,
    };
  }),
);

const POINTS = COUNTS.reduce<number[][]>(
  (points, count) => points.flatMap((point) => Array.from({ length: count }, (_, region) => [...point, region])),
  [[]],
);

const box: fc.Arbitrary<Box> = fc
  .tuple(
    ...COUNTS.map((count) =>
      fc.subarray(
        Array.from({ length: count }, (_, region) => region),
        { minLength: 1 },
      ),
    ),
  )
  .map((sets) => sets.map((set, i) => (set.length === COUNTS[i] ? undefined : regionSet(set))));

function firstOf(rows: readonly { readonly rule: number; readonly box: Box }[], point: readonly number[]) {
  return rows.find(({ box }) =>
    box.every(
      (set, i) => set === undefined || set.some(([first, last]) => first <= (point[i] ?? 0) && (point[i] ?? 0) <= last),
    ),
  )?.rule;
}

describe("the rows of a route", () => {
  it("decide as the boxes of its rules do, and each decides something", () => {
    let dead = 0;
    fc.assert(
      fc.property(fc.array(fc.array(box, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }), (boxes) => {
        const made = rowsOf(boxes, SPACE);
        const all = boxes.flatMap((own, rule) => own.map((each) => ({ rule, box: each })));
        for (const point of POINTS) expect(firstOf(made.rows, point)).toBe(firstOf(all, point));
        const indexed = made.rows.map((row, index) => ({ ...row, rule: index }));
        expect(new Set(POINTS.map((point) => firstOf(indexed, point)).filter((row) => row !== undefined)).size).toBe(
          made.rows.length,
        );
        dead += made.dead;
      }),
    );
    expect(dead).toBeGreaterThan(50);
  });

  it("are without what an earlier rule takes, and the table says how much that was", () => {
    const table = tableOf(
      route('when tier == free -> small\nwhen (tier == free and critical) or tenant == "a" -> big\notherwise -> small'),
    );
    expect(table.routes[0]?.rows.map(({ rule }) => rule)).toEqual([0, 1, 2]);
    expect(table.routes[0]?.dead).toBe(1);
    const policy = load(table);
    const asked = { model: "chat", critical: true };
    expect(decide(policy, { ...asked, tier: "free" }).index).toBe(0);
    expect(decide(policy, { ...asked, tier: "pro", tenant: "a" }).index).toBe(1);
    expect(decide(policy, { ...asked, tier: "pro" }).index).toBe(2);
  });
});
