/**
 * The chooser of a route as code that is made for it: what `interpret` of choose.ts does, with the loop over attributes
 * unrolled and each look-up written out. It is made of a table that was validated, never of a policy's text; the only
 * parts of it that an author can choose are texts, as JSON literals, and numbers.
 */

import type { Chooser } from "./choose.ts";
import type { DecisionTable, Domain } from "./decision-table.generated.ts";
import { type Lookup, lookup, regionOf } from "./domain.ts";
import type { Leaves } from "./leaves.ts";
import { type PerfectHash, perfectHash } from "./perfect-hash.ts";
import { domainOf } from "./row-sets.ts";

/** Up to this many values are compared one by one: more are hashed. Up to this many cuts are counted: more are halved. */
const FEW = 8;

/** Whether code can be made here: not under `--disallow-code-generation-from-strings` or a policy of a page like it. */
export function mayGenerate(): boolean {
  try {
    return new Function("return true")() === true;
  } catch {
    return false;
  }
}

/** A look-up, and where its texts are neither few nor many, a hash of them. */
interface Hashed extends Lookup {
  readonly hash: PerfectHash | undefined;
  /** The region of the text of each of its slots. */
  readonly regionOfSlot: Int32Array;
}

/** What the code is given by name, besides its values. */
type Given = Leaves & {
  readonly lookups: Readonly<Record<number, Hashed>>;
  readonly regionOf: typeof regionOf;
  readonly notTotal: () => never;
};

export function generateChooser(table: DecisionTable, leaves: Leaves, notTotal: () => never): Chooser {
  const { dispatch, attributes } = leaves;
  const used = dispatch === undefined ? attributes : [dispatch, ...attributes];
  const lookups = Object.fromEntries(used.map((index) => [index, hashed(lookup(domainOf(table, index)))]));
  const given: Given = { ...leaves, lookups, regionOf, notTotal };
  return new Function("given", chooserSource(table, leaves, lookups))(given) as Chooser;
}

function hashed(lookup: Lookup): Hashed {
  const hash = lookup.values.length > FEW ? perfectHash(lookup.values) : undefined;
  const regionOfSlot = Int32Array.from(hash?.texts ?? [], (text) =>
    text === null ? 0 : (lookup.byValue.get(text) ?? 0),
  );
  return { ...lookup, hash, regionOfSlot };
}

/** Source of a function body that takes `given` and returns the chooser. */
function chooserSource(
  table: DecisionTable,
  { dispatch, attributes, offsets, words }: Leaves,
  lookups: Given["lookups"],
): string {
  const used = dispatch === undefined ? attributes : [dispatch, ...attributes];
  const hashes = used.flatMap((index) => {
    const { hash } = lookups[index] ?? {};
    return hash === undefined ? [] : [[index, hash] as const];
  });
  const region = (index: number): string => regionSource(index, domainOf(table, index), lookups[index]?.hash);
  const isShort = words.every((length) => length === 1);
  const place = (index: number, a: number): string => `(${offsets[a]} + ${region(index)})`;
  const sets = attributes.map((index, a) =>
    isShort ? `bits[begin + ${place(index, a)}]` : `begin + ${place(index, a)} * length`,
  );
  return [
    '"use strict";',
    "const { leafOf, words, begins, bits, rulesAt, rules, lookups, regionOf, notTotal } = given;",
    ...used.map((index) => `const lookup${index} = lookups[${index}], byValue${index} = lookup${index}.byValue;`),
    ...hashes.map(
      ([index]) => `const texts${index} = lookup${index}.hash.texts, regions${index} = lookup${index}.regionOfSlot;`,
    ),
    "return (values) => {",
    ...used.map((index) => `  const v${index} = values[${index}];`),
    ...hashes.map(([index, hash]) => `  const slot${index} = ${hash.source(`v${index}`)};`),
    `  const leaf = ${dispatch === undefined ? "0" : `leafOf[${region(dispatch)}]`};`,
    "  const begin = begins[leaf];",
    ...(sets.length === 0
      ? ["  if (words[leaf] > 0) return rules[rulesAt[leaf]];"]
      : isShort
        ? [
            `  const live = ${sets.join(" & ")};`,
            "  if (live !== 0) return rules[rulesAt[leaf] + 31 - Math.clz32(live & -live)];",
          ]
        : [
            "  const length = words[leaf];",
            ...sets.map((set, a) => `  const set${a} = ${set};`),
            "  for (let word = 0; word < length; word++) {",
            `    const live = ${sets.map((_, a) => `bits[set${a} + word]`).join(" & ")};`,
            "    if (live !== 0) return rules[rulesAt[leaf] + word * 32 + 31 - Math.clz32(live & -live)];",
            "  }",
          ]),
    "  return notTotal();",
    "};",
  ].join("\n");
}

/** Source of an expression for the region of an attribute's value. */
function regionSource(index: number, domain: Domain, hash: PerfectHash | undefined): string {
  const value = `v${index}`;
  const amongMany = (other: string): string =>
    hash === undefined
      ? `(byValue${index}.get(${value}) ?? ${other})`
      : `(texts${index}[slot${index}] === ${value} ? regions${index}[slot${index}] : ${other})`;
  switch (domain.kind) {
    case "bool":
      return `(${value} === true ? 1 : 0)`;
    case "numbers":
      if (domain.cuts.length > FEW) break;
      return `(${["0", ...domain.cuts.map((cut) => `(${value} ${"from" in cut ? `>= ${cut.from}` : `> ${cut.above}`} ? 1 : 0)`)].join(" + ")})`;
    case "members": {
      const members = domain.regions.flatMap((names, region) => names.map((name) => [name, region] as const));
      return members.length > FEW ? amongMany("0") : compared(value, members, "0");
    }
    case "strings": {
      const constants = Object.entries(domain.constants);
      const other = domain.patterns.length > 0 ? `regionOf(lookup${index}, ${value})` : String(domain.others[""] ?? 0);
      if (constants.length > FEW) return amongMany(other);
      return domain.patterns.length > 0 ? other : compared(value, constants, other);
    }
  }
  return `regionOf(lookup${index}, ${value})`;
}

function compared(value: string, regions: readonly (readonly [text: string, region: number])[], other: string): string {
  return `(${regions.map(([text, region]) => `${value} === ${JSON.stringify(text)} ? ${region} : `).join("")}${other})`;
}
