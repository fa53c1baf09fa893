/** What is found, and that nothing else is there to be found, held against plain enumeration. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { diffPrograms } from "../../../compiler/diff/diff.ts";
import { interpret } from "../../../compiler/program/interpret.ts";
import type { Program } from "../../../compiler/program/program.ts";
import { AttributeError, type AttributeType, readAttribute } from "../../../runtime/table/index.ts";
import { policy, request } from "../policies.ts";
import { kinds, MODELS, programOf } from "./support.ts";

/** Every way to declare an attribute (empty: not at all), conditions on it, and values that meet each of its regions. */
const ATTRIBUTES = {
  tier: {
    declared: [
      'tier free | pro from header "t" default free',
      'tier free | pro | team from header "t" default pro',
      'tier team | pro from header "t"',
      "",
    ],
    conditions: ["tier == pro", "tier != pro", "tier in { pro }"],
    values: ["free", "pro", "team", undefined],
  },
  urgent: {
    declared: [
      'urgent bool from header "u" default false',
      'urgent bool from header "u" default true',
      'urgent bool from header "u"',
      "",
    ],
    conditions: ["urgent", "not urgent"],
    values: [true, false, undefined],
  },
  weight: {
    declared: [
      'weight int from metadata "w" default 0',
      'weight int from metadata "w" default 2',
      'weight int from metadata "w"',
      "",
    ],
    conditions: ["weight < 1", "weight >= 1", "weight == 2", "weight in 0..1"],
    values: [-1, 0, 1, 2, 3, undefined],
  },
} as const;

type Request = Readonly<Record<string, boolean | number | string | undefined>>;

const NAMES = Object.keys(ATTRIBUTES) as (keyof typeof ATTRIBUTES)[];

const EVERY_REQUEST: readonly Request[] = [true, false].flatMap((stream) =>
  ATTRIBUTES.tier.values.flatMap((tier) =>
    ATTRIBUTES.urgent.values.flatMap((urgent) =>
      ATTRIBUTES.weight.values.map((weight) => ({ stream, tier, urgent, weight })),
    ),
  ),
);

/** A policy that declares some of the attributes in some way, and tests those. */
const smallPolicy: fc.Arbitrary<string> = fc
  .tuple(...NAMES.map((name) => fc.constantFrom(...ATTRIBUTES[name].declared)))
  .chain((declared) => {
    const conditions = NAMES.flatMap((name, i) => (declared[i] === "" ? [] : [...ATTRIBUTES[name].conditions]));
    const condition = fc.constantFrom("stream", ...conditions);
    const run = fc.constantFrom("small", "big", "small else big", "reject 429");
    const rule = fc.tuple(condition, fc.constantFrom("and", "or"), condition, run);
    return fc
      .array(rule, { maxLength: 5 })
      .map((rules) =>
        [
          `request {\n${declared.join("\n")}\n}`,
          MODELS,
          "route chat {",
          ...rules.map(([a, op, b, to]) => `when ${a} ${op} ${b} -> ${to}`),
          "otherwise -> small",
          "}",
        ].join("\n"),
      );
  });

/** A value that an attribute cannot have differs from nothing where the other side does not know the attribute. */
function isBeyond(request: Request, program: Program, other: Program): boolean {
  return program.attributes.some(
    (attribute) =>
      request[attribute.name] !== undefined &&
      other.attributes.every(({ name }) => name !== attribute.name) &&
      decision({ ...program, attributes: [attribute], routes: [] }, request) === "400",
  );
}

/** What becomes of a request: what stands after the arrow of the rule that decides it, or that it is refused. */
function decision(program: Program, request: Request): string {
  try {
    const values = program.attributes.map((attribute) => {
      const type = attribute.type as AttributeType;
      return [attribute.name, readAttribute({ ...attribute, type } as never, request[attribute.name])] as const;
    });
    const [route] = program.routes;
    const index =
      route &&
      interpret(route, new Map<string, boolean | number | string>([["stream", request.stream ?? false], ...values]));
    return route?.rules[index ?? -1]?.text.split("-> ")[1] ?? "none";
  } catch (error) {
    if (error instanceof AttributeError) return "400";
    throw error;
  }
}

const withoutReason = (text: string): string => text.replaceAll(/400, `\w+` (is missing|has no such value)/g, "400");

it("all differences between small policies, and only true ones, are found", () => {
  let found = 0;
  fc.assert(
    fc.property(smallPolicy, smallPolicy, (one, other) => {
      const [before, after] = [programOf(one), programOf(other)];
      const expected = new Set<string>();
      for (const request of EVERY_REQUEST) {
        if (isBeyond(request, before, after) || isBeyond(request, after, before)) continue;
        const [was, is] = [decision(before, request), decision(after, request)];
        if (was !== is) expected.add(`${was} → ${is}`);
      }
      const difference = diffPrograms(before, after);
      found += difference.decisions.length;
      expect([...new Set(kinds(difference).map(withoutReason))].sort(), `${one}\n${other}`).toEqual(
        [...expected].sort(),
      );
      for (const { before: was, after: is, witness } of difference.decisions)
        expect(`${decision(before, witness.attributes)} → ${decision(after, witness.attributes)}`).toBe(
          withoutReason(`${was.text} → ${is.text}`),
        );
    }),
    { numRuns: 400 },
  );
  expect(found).toBeGreaterThan(400);
});

it("no random request shows a kind of change that was not found", () => {
  fc.assert(
    fc.property(policy, policy, fc.array(request, { minLength: 40, maxLength: 40 }), (one, other, requests) => {
      const [before, after] = [programOf(one), programOf(other)];
      const found = new Set(kinds(diffPrograms(before, after)));
      for (const each of requests) {
        const [was, is] = [decision(before, each), decision(after, each)];
        expect(was === is || found.has(`${was} → ${is}`), `${was} → ${is}\n${one}\n${other}`).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

it("a policy does not differ from itself", () => {
  fc.assert(
    fc.property(policy, (text) => {
      expect(diffPrograms(programOf(text), programOf(text))).toEqual({
        verdict: "equivalent",
        decisions: [],
        names: { added: [], removed: [] },
        beside: [],
        warnings: [],
        undecided: [],
      });
    }),
    { numRuns: 50 },
  );
});

it("the other way round there are the same kinds of change", () => {
  fc.assert(
    fc.property(policy, policy, (one, other) => {
      const [before, after] = [programOf(one), programOf(other)];
      const turned = kinds(diffPrograms(after, before)).map((kind) => kind.split(" → ").toReversed().join(" → "));
      expect(turned.sort()).toEqual(kinds(diffPrograms(before, after)));
    }),
    { numRuns: 50 },
  );
});
