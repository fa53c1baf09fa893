/** Plans of every form, at random, and worlds that they can be carried out in. */
import fc from "fast-check";
import {
  type Expression,
  FAILURES,
  type Failure,
  type GateCondition,
  type Options,
} from "../../../runtime/table/index.ts";
import { call, cascade, catching, hedge, isTrue, judged, plan, reject, select, split, spread } from "./harness.ts";
import type { Met } from "./oracle.ts";

export type Plans = Readonly<Record<string, Expression>>;

export interface ArbitraryPolicy {
  readonly run: Expression;
  readonly plans: Plans;
}

const MODELS = [..."abcdef"];

/** Times are drawn from so many milliseconds that no two things happen at once. */
const LONG = 1_000_000_000;
const times = (longest: number): fc.Arbitrary<number> => fc.noShrink(fc.noBias(fc.integer({ min: 1, max: longest })));
const failures = fc.uniqueArray(fc.constantFrom(...FAILURES), { minLength: 1, maxLength: 6 });

const options = (time: fc.Arbitrary<number>): fc.Arbitrary<Options> =>
  fc.record({ timeout: time, retries: fc.nat(2), retry_on: failures }, { requiredKeys: [] });

const gates: fc.Arbitrary<GateCondition> = fc
  .record({
    kind: fc.constantFrom("and" as const, "or" as const),
    of: fc.uniqueArray(
      fc.constantFrom<GateCondition>(
        isTrue("refused"),
        { kind: "not", of: [isTrue("refused")] },
        { kind: "test", fact: "answer", test: { kind: "contains", text: "Score" } },
      ),
      { maxLength: 2 },
    ),
    judge: fc.option(fc.constantFrom(...MODELS), { nil: undefined }),
    negated: fc.boolean(),
  })
  .map(({ kind, of, judge, negated }) => {
    const gate: GateCondition = { kind, of: [...of, ...(judge === undefined ? [] : [judged(judge, 0.5)])] };
    return negated ? { kind: "not", of: [gate] } : gate;
  });

/**
 * Timeouts and delays are of up to `longest` milliseconds. A plan refers only to later ones, so that none refers to
 * itself.
 */
export function policies(longest = LONG): fc.Arbitrary<ArbitraryPolicy> {
  const time = times(longest);
  return fc.integer({ min: 0, max: 3 }).chain((count) => {
    const names = Array.from({ length: count }, (_, index) => `p${index}`);
    return fc.record({
      run: expressions(names, time),
      plans: fc
        .tuple(...names.map((_, index) => expressions(names.slice(index + 1), time)))
        .map((bodies): Plans => Object.fromEntries(bodies.map((body, index) => [names[index], body]))),
    });
  });
}

function expressions(plans: readonly string[], time: fc.Arbitrary<number>): fc.Arbitrary<Expression> {
  const models = fc.shuffledSubarray(MODELS, { minLength: 1, maxLength: 4 });
  const { expression } = fc.letrec<{ expression: Expression; bare: Expression }>((tie) => ({
    expression: fc
      .tuple(tie("bare"), fc.option(options(time), { nil: undefined, freq: 3 }))
      .map(([bare, within]) => (within === undefined || bare.kind === "reject" ? bare : { ...bare, with: within })),
    bare: fc.oneof(
      { maxDepth: 4, depthSize: "medium" },
      { arbitrary: fc.constantFrom(...MODELS).map((model) => call(model)), weight: 4 },
      fc.constant(reject(503)),
      ...(plans.length === 0 ? [] : [fc.constantFrom(...plans).map(plan)]),
      fc.tuple(fc.constantFrom("cheapest" as const, "best" as const), models).map(([by, of]) => select(by, ...of)),
      models.map((of) => spread(Object.fromEntries(of.map((model, index) => [model, shareOf(index, of.length)])))),
      fc
        .array(tie("expression"), { minLength: 1, maxLength: 3 })
        .map((sides) => split(sides.map((side, index) => [shareOf(index, sides.length), side]))),
      fc
        .tuple(tie("expression"), fc.array(fc.tuple(failures, tie("expression")), { minLength: 1, maxLength: 4 }))
        .map(([first, branches]) => catching(first, branches)),
      fc
        .tuple(fc.array(fc.tuple(tie("expression"), gates), { minLength: 1, maxLength: 3 }), tie("expression"))
        .map(([gated, last]) => cascade(...gated, [last])),
      fc
        .tuple(tie("expression"), fc.array(fc.tuple(time, tie("expression")), { minLength: 1, maxLength: 2 }))
        .map(([first, then]) => hedge(first, ...then)),
    ),
  }));
  return expression;
}

/** Even shares, the last one with what is left of 100. */
function shareOf(index: number, count: number): number {
  const even = Math.floor(100 / count);
  return index === count - 1 ? 100 - even * (count - 1) : even;
}

const OUTCOMES: readonly ("answered" | Failure)[] = [
  ...Array.from({ length: 8 }, () => "answered" as const),
  "rate_limited",
  "timeout",
  "overloaded",
  "server_error",
  "unreachable",
  "unauthorized",
  "too_long",
  "filtered",
  "invalid",
];

/** What a call of `model` at `at` meets: by chance, and always the same. */
export function metBy(seed: number): (model: string, at: number) => Met {
  return (model, at) => {
    let state = seed;
    for (const character of `${model} ${at}`) state = mixed(state ^ character.charCodeAt(0));
    const draw = (below: number): number => {
      state = mixed(state + 0x9e3779b9);
      return state % below;
    };
    const outcome = OUTCOMES[draw(OUTCOMES.length)] ?? "answered";
    const first = 1 + draw(LONG);
    return {
      outcome,
      first,
      all: first + 1 + draw(50_000),
      score: draw(100) / 100,
      refused: draw(4) === 0,
      asks: outcome === "rate_limited" && draw(2) === 0 ? draw(LONG) : undefined,
    };
  };
}

/** A good mixing of 32 bits (Murmur3's finalizer). */
function mixed(given: number): number {
  let bits = Math.imul(given ^ (given >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
