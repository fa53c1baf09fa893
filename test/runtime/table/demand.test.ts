/** Which signals are waited for, against the definition carried out for every combination of values. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { demandSets, type Row } from "../../../runtime/table/index.ts";
import { type Axes, combinations, firstRow, policyOf, whenOver } from "./tables.ts";

const AXES: Axes = { free: 2, a: 2, b: 3, c: 2 };
const SIGNALS = ["a", "b", "c"];

type Values = Readonly<Record<string, number>>;

interface Policy {
  readonly whens: readonly Row["when"][];
  readonly rules: readonly number[];
  readonly written: readonly (readonly string[] | undefined)[];
}

/** Rows of one combination each: what they lead to depends on all signals at once. */
const cell = fc
  .constantFrom(...combinations({ a: 2, b: 3, c: 2 }))
  .map((values): Row["when"] =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [[value, value]]])),
  );

/** Rows without tests at the end, so that each request is decided; neighbouring rows may be of one rule. */
const policy: fc.Arbitrary<Policy> = fc
  .array(fc.tuple(fc.oneof(whenOver(AXES), { weight: 4, arbitrary: cell }), fc.boolean()), {
    minLength: 1,
    maxLength: 12,
    size: "max",
  })
  .chain((made) => {
    const whens = [...made.map(([when]) => when), {}];
    const starts = [...made.map(([, starts], row) => starts || row === 0), true];
    const rules = starts.map((_, row) => starts.slice(0, row + 1).filter(Boolean).length - 1);
    const tested = (rule: number): string[] =>
      SIGNALS.filter((name) => whens.some((when, row) => rules[row] === rule && name in when));
    const orders = Array.from({ length: (rules.at(-1) ?? 0) + 1 }, (_, rule) =>
      fc.shuffledSubarray(tested(rule), { minLength: tested(rule).length }),
    );
    return fc.tuple(...orders).map((all) => ({
      whens,
      rules,
      written: all.map((names) => (names.length === 0 ? undefined : names)),
    }));
  });

/** The definition, word for word: one signal after the other, until all that they may be decides alike. */
function waitedFor({ whens, rules, written }: Policy, request: Values, known: Values): Set<string> {
  const asked = new Set<string>();
  for (let now = known; ; ) {
    const possible = combinations(AXES).filter((values) =>
      Object.entries(now).every(([name, value]) => values[name] === value),
    );
    const ruleOf = (values: Values): number => rules[firstRow(whens, values)] as number;
    const first = Math.min(...possible.map(ruleOf));
    const matters = (name: string): boolean =>
      possible.some((one) =>
        possible.some(
          (other) =>
            ruleOf(one) !== ruleOf(other) &&
            Object.keys(AXES).every((each) => each === name || one[each] === other[each]),
        ),
      );
    const next = written[first]?.find(matters);
    if (next === undefined) return asked;
    asked.add(next);
    now = { ...now, [next]: request[next] as number };
  }
}

function demand(made: Policy, known: Values): string[] {
  const [route] = policyOf(AXES, made.whens, { ...made, signals: SIGNALS }).routes;
  const names = Object.keys(AXES);
  return route?.demand(names.map((name) => known[name])).map((index) => names[index] as string) ?? [];
}

const known = fc
  .record({ free: fc.nat(1), a: fc.nat(1), b: fc.nat(2), c: fc.nat(1) }, { requiredKeys: ["free"] })
  .map((values) => ({ ...values }) as Values);

describe("the signals that a decision waits for", () => {
  it("are those that every completion of what is not known comes to ask for", () => {
    let several = 0;
    fc.assert(
      fc.property(policy, known, (made, values) => {
        const completions = combinations(AXES).filter((all) =>
          Object.entries(values).every(([name, value]) => all[name] === value),
        );
        const traces = completions.map((request) => waitedFor(made, request, values));
        const expected = SIGNALS.filter((name) => traces.every((trace) => trace.has(name)));
        const answer = demand(made, values);
        expect(answer.toSorted()).toEqual(expected);
        if (answer.length > 1) several++;
      }),
      { numRuns: 300 },
    );
    expect(several).toBeGreaterThan(0);
  });

  it("come to an end, and then the rule is certain", () => {
    fc.assert(
      fc.property(policy, fc.constantFrom(...combinations(AXES)), (made, request) => {
        const [route] = policyOf(AXES, made.whens, { ...made, signals: SIGNALS }).routes;
        const names = Object.keys(AXES);
        const values = names.map((name) => (SIGNALS.includes(name) ? undefined : request[name]));
        const asked = new Set<number>();
        for (let next = route?.demand(values) ?? []; next.length > 0; next = route?.demand(values) ?? [])
          for (const index of next) {
            expect(asked.has(index)).toBe(false);
            asked.add(index);
            values[index] = request[names[index] as string];
          }
        const waited = waitedFor(made, request, { free: request.free as number });
        // What is asked for at once may make certain what one after the other would have asked for.
        for (const index of asked) expect(waited).toContain(names[index]);
        expect(route?.choose(values)).toBe(made.rules[firstRow(made.whens, request)]);
      }),
      { numRuns: 300 },
    );
  });

  const yes: [number, number][] = [[1, 1]];
  const no: [number, number][] = [[0, 0]];
  it.each<[what: string, Policy, string[]]>([
    [
      "one rule's, from left to right",
      { whens: [{ a: yes, c: yes }, {}], rules: [0, 1], written: [["c", "a"]] },
      ["c"],
    ],
    [
      "all of them, where each way leads to both",
      {
        whens: [{ a: yes, c: yes }, { a: no, c: no }, {}],
        rules: [0, 1, 2],
        written: [
          ["a", "c"],
          ["a", "c"],
        ],
      },
      ["a", "c"],
    ],
    [
      "none that changes nothing",
      { whens: [{ a: yes, c: yes }, { a: no, c: yes }, {}], rules: [0, 0, 1], written: [["a", "c"]] },
      ["c"],
    ],
    [
      "none where the rule is certain",
      { whens: [{ free: no }, { a: yes }, {}], rules: [0, 1, 2], written: [undefined, ["a"]] },
      [],
    ],
  ])("are %s", (_, made, expected) => {
    expect(demand(made, { free: 0 })).toEqual(expected);
  });

  it("are still asked for, one by one, where there are too many ways to look at", () => {
    // Each of 400 rows is another box over 14 signals: the diagram of their first match is far too large.
    const names = Array.from({ length: 14 }, (_, i) => `s${i}`);
    const axes = Object.fromEntries(names.map((name) => [name, 12]));
    const random = (row: number, i: number): number => (Math.imul(row * 31 + i * 17 + 7, 0x9e3779b1) >>> 16) % 12;
    const whens = Array.from({ length: 400 }, (_, row) =>
      Object.fromEntries(names.map((name, i) => [name, [[0, Math.max(4, random(row, i))]] as [number, number][]])),
    );
    const { table, routes } = policyOf(axes, [...whens, {}], { signals: names });
    const [route] = routes;
    expect(route && demandSets(table, route.route)).toMatchObject([{ open: undefined, groups: 1 }]);
    const values = names.map((): number | undefined => undefined);
    const rounds: number[] = [];
    for (let next = route?.demand(values) ?? []; next.length > 0; next = route?.demand(values) ?? []) {
      rounds.push(next.length);
      for (const index of next) values[index] = 11;
    }
    expect(rounds.length).toBeGreaterThan(0);
    expect(route?.choose(values)).toBe(400);
  });
});
