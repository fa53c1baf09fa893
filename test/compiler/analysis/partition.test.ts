/** How the members of an enumeration fall into regions. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { partitionAttributes } from "../../../compiler/analysis/partition.ts";
import type { Attribute, Condition, Program } from "../../../compiler/program/program.ts";

const MEMBERS = ["a", "b", "c", "d", "e", "f"];
const attribute = { name: "tier", type: { kind: "enum", members: MEMBERS } } as unknown as Attribute;

/** The regions of an attribute that is compared with each of some lists of members. */
function regionsOf(tests: readonly (readonly string[])[]): unknown {
  const rules = tests.map((members) => {
    const condition: Condition = { kind: "atom", attribute, atom: { kind: "members", members } } as Condition;
    return { condition };
  });
  const program = { routes: [{ names: ["*"], rules }], meters: [] } as unknown as Program;
  const partition = partitionAttributes(program).get("tier");
  return partition && "domain" in partition ? partition.domain : undefined;
}

it("two members are in one region when no test tells them apart, in the order of their declaration", () => {
  const test = fc.uniqueArray(fc.constantFrom(...MEMBERS), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(test, { minLength: 1, maxLength: 5 }), (tests) => {
      const signature = (member: string): string => tests.map((each) => each.includes(member)).join();
      const regions = [...Map.groupBy(MEMBERS, signature).values()];
      expect(regionsOf(tests)).toEqual({ kind: "members", regions });
    }),
  );
});
