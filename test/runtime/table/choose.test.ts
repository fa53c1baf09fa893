/** Every way of choosing against the list of rows that it stands for. */
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpret } from "../../../runtime/table/choose.ts";
import { generateChooser } from "../../../runtime/table/generated-chooser.ts";
import type { Row } from "../../../runtime/table/index.ts";
import { arrange } from "../../../runtime/table/leaves.ts";
import { type Axes, combinations, firstRow, policyOf, whenOver } from "./tables.ts";

const AXES: Axes = { a: 7, b: 3, c: 2 };
const ALL = combinations(AXES);
const NOBODY = (): never => {
  throw new Error("nobody");
};

/** What each way says of a request. */
function waysOf(whens: readonly Row["when"][]): Readonly<Record<string, (values: number[]) => number>> {
  const { table, routes } = policyOf(AXES, whens);
  const [route] = routes;
  const [first] = table.routes;
  if (route === undefined || first === undefined) throw new Error("no route");
  const leaves = arrange(table, first);
  return {
    loaded: route.choose,
    interpreted: interpret(table, leaves),
    generated: generateChooser(table, leaves, NOBODY),
  };
}

function expectAlike(whens: readonly Row["when"][]): void {
  for (const [way, choose] of Object.entries(waysOf(whens)))
    for (const values of ALL) {
      const expected = firstRow(whens, values);
      const chosen = (): number => choose(Object.values(values));
      if (expected < 0) expect(chosen, way).toThrow();
      else expect(chosen(), way).toBe(expected);
    }
}

describe("the rule that is chosen", () => {
  it("is the first that accepts, of any rows", () => {
    fc.assert(
      fc.property(fc.array(whenOver(AXES), { minLength: 1, maxLength: 90 }), (whens) => expectAlike(whens)),
      { numRuns: 100 },
    );
  });

  it("is the first that accepts, of lists so long that most of them is skipped", () => {
    const few = fc.array(whenOver(AXES), { maxLength: 4 });
    fc.assert(
      fc.property(few, fc.integer({ min: 1000, max: 4000 }), few, (early, padding, late) => {
        // Rows that accept little, and no one attribute tells apart, push the others far down the list.
        const rarely: Row["when"] = { a: [[6, 6]], b: [[2, 2]], c: [[1, 1]] };
        expectAlike([...early, ...Array.from({ length: padding }, () => rarely), ...late, {}]);
      }),
      { numRuns: 15 },
    );
  });

  it("is found by an attribute that tells rows apart, where there is one", () => {
    const tenants = Array.from({ length: 100 }, (_, i): Row["when"] => ({ tenant: [[i, i]], b: [[i % 3, i % 3]] }));
    const [route] = policyOf({ tenant: 101, b: 3 }, [...tenants, {}]).routes;
    expect(route?.strategy).toMatchObject({ form: "generated", dispatch: "tenant", leaves: 101, longest: 2 });
    const [alike] = policyOf(AXES, [{ a: [[1, 1]] }, {}]).routes;
    expect(alike?.strategy).toMatchObject({ dispatch: undefined, leaves: 1, longest: 2 });
  });

  it("is found without leaves that would take too much memory", () => {
    const [regions, rows] = [3000, 1500];
    const whens = Array.from({ length: rows }, (_, i): Row["when"] =>
      // Every second row is for all values of `a`: each leaf would have it.
      i % 2 === 0 ? { b: [[i, i]] } : { a: [[i, i]], b: [[i, i]] },
    );
    const [route] = policyOf({ a: regions, b: regions }, [...whens, {}]).routes;
    expect(route?.strategy).toMatchObject({
      dispatch: undefined,
      declined: "leaves by `b` would take more than 16 MB",
    });
    expect(route?.choose([1, 1])).toBe(1);
    expect(route?.choose([1, 2])).toBe(2);
    expect(route?.choose([2, 1])).toBe(rows);
  });

  it("is the same where no code may be made", () => {
    const whens: Row["when"][] = [{ a: [[1, 2]], c: [[1, 1]] }, { a: [[0, 4]], b: [[2, 2]] }, { c: [[0, 0]] }, {}];
    const program = `
      import { load } from ${JSON.stringify(new URL("../../../runtime/table/index.ts", import.meta.url).href)};
      const [route] = load(JSON.parse(${JSON.stringify(JSON.stringify(policyOf(AXES, whens).table))})).routes;
      console.log(JSON.stringify([route.strategy.form, ...${JSON.stringify(ALL.map(Object.values))}.map(route.choose)]));`;
    const flag = "--disallow-code-generation-from-strings";
    const said = execFileSync(process.execPath, [flag, "--input-type=module", "-e", program], { encoding: "utf8" });
    expect(JSON.parse(said)).toEqual(["interpreted", ...ALL.map((values) => firstRow(whens, values))]);
  });
});
