/** Which model of several is tried first. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sideAt, stickyPoint } from "../../../runtime/plan/draw.ts";
import { TRICKLE } from "../../../runtime/plan/order.ts";
import type { AdaptiveWeights, Expression, Model } from "../../../runtime/table/index.ts";
import { answer, failing, type Script, silence, stream, wait } from "../../support/scripted-transport.ts";
import { virtualClock } from "../../support/virtual-time.ts";
import {
  begin,
  call,
  carryOut,
  chain,
  linked,
  type Policy,
  reject,
  type Setting,
  select,
  split,
  spread,
} from "./harness.ts";

const price = (input: number, output: number): Pick<Model, "price"> => ({
  price: { input: input * 1e9, output: output * 1e9 },
});
const busy = failing(503);

/** The models that are tried when each of them fails. */
function order(setting: Omit<Setting, "scripts">): string {
  return carryOut({ ...setting, scripts: () => busy })
    .tried()
    .join("");
}

describe("cheapest", () => {
  test("goes by what this request can cost at most: its prompt, and the answer it allows", () => {
    const models = { a: price(1, 100), b: price(50, 1) };
    const run = select("cheapest", "a", "b");
    expect(order({ run, models, request: { promptTokens: 1_000, maxTokens: 1 } })).toBe("ab");
    expect(order({ run, models, request: { promptTokens: 10, maxTokens: 1_000 } })).toBe("ba");
  });

  test("goes by the price of the hour", () => {
    const night = { from: 0, to: 6 * 60, zone: "UTC", input: 0, output: 0 };
    const models = { a: price(1, 1), b: { price: { ...price(2, 2).price, during: [night] } } };
    const at = (hour: number): string =>
      order({ run: select("cheapest", "a", "b"), models, clock: virtualClock(hour * 3_600_000) });
    expect([at(5), at(7)]).toEqual(["ba", "ab"]);
  });

  test("leaves equal ones as they are written", () => {
    expect(order({ run: select("cheapest", "c", "a", "b") })).toBe("cab");
  });
});

test("best goes by quality; a model without any keeps its place", () => {
  const models = { a: { quality: 0.2 }, c: { quality: 0.4 }, d: { quality: 0.9 } };
  expect(order({ run: select("best", "a", "b", "c", "d"), models })).toBe("dbca");
});

test("the order is a plain else chain: what that does not cover ends it", () => {
  const run = carryOut({ run: select("cheapest", "a", "b"), scripts: [failing(400)] });
  expect(run.told).toEqual(["exhausted after 1: a invalid"]);
});

describe("by how its models did", () => {
  /** Models answer, or fail, after so many milliseconds. */
  function slowly(
    milliseconds: Readonly<Record<string, number>>,
    script: Script = answer(),
  ): (model: string) => Script {
    return (model) => [...wait(milliseconds[model] ?? 0), ...script];
  }

  /** Carries out each of `setups`, then tells in which order the run tries its models. */
  function learned(
    policy: Policy,
    setups: readonly (Partial<Setting> & Pick<Setting, "scripts">)[],
    more: Partial<Setting> = {},
  ): string {
    const run = linked(policy);
    const clock = virtualClock();
    for (const setup of setups) carryOut({ ...policy, linked: run, clock, ...setup });
    return order({ ...policy, linked: run, clock, ...more });
  }

  const FASTEST: Policy = { run: select("fastest", "a", "b", "c") };

  test("fastest: as written as long as nothing is known", () => {
    expect(learned(FASTEST, [])).toBe("abc");
  });

  test("fastest: the quickest first; one that was not measured keeps its place", () => {
    const first: Setting["random"] = () => 0.5;
    const aFails = { random: first, scripts: (model: string) => (model === "a" ? failing(503) : answer()) };
    const slow = { scripts: slowly({ a: 500 }) };
    expect(learned(FASTEST, [slow, aFails])).toBe("bac");
  });

  test("fastest: streams and whole answers are measured apart", () => {
    const streamed = { stream: true, scripts: slowly({ a: 500 }, stream()) };
    const other = { stream: true, scripts: (model: string) => (model === "a" ? failing(503) : stream()) };
    expect(learned(FASTEST, [streamed, other])).toBe("abc");
    expect(learned(FASTEST, [streamed, other], { stream: true })).toBe("bac");
  });

  test("fastest: a few requests try another first, so that each is measured again", () => {
    const draws = [TRICKLE / 2, 0.9];
    expect(learned(FASTEST, [], { random: () => draws.shift() ?? 0.5 })).toBe("cab");
  });

  test("least_busy: the one with the fewest calls under way", () => {
    const run = linked({ run: select("least_busy", "a", "b") });
    const clock = virtualClock();
    const tried = [1, 2, 3].map(() =>
      begin({ run: call("a"), linked: run, clock, scripts: () => silence })
        .tried()
        .join(""),
    );
    expect(tried).toEqual(["a", "b", "a"]);
    clock.run();
    expect(order({ run: call("a"), linked: run, clock })).toBe("ab");
  });

  const adaptive = (weights: AdaptiveWeights): Expression => ({ kind: "adaptive", models: ["a", "b"], weights });

  test.each<[string, AdaptiveWeights, Partial<Setting> & Pick<Setting, "scripts">]>([
    ["latency", { latency: 1 }, { scripts: slowly({ a: 500 }) }],
    ["errors", { errors: 1 }, { scripts: (model) => (model === "a" ? busy : answer()) }],
    ["cost", { cost: 1 }, { scripts: () => answer() }],
  ])("adaptive: by %s, and what is not known is tried", (_what, weights, setup) => {
    expect(learned({ run: adaptive(weights) }, [setup])).toBe("ba");
  });

  test("adaptive: each figure counts as its share of the largest, by its weight", () => {
    // `a` is ten times as slow, `b` twice as dear.
    const models = { a: price(1, 1), b: price(2, 2) };
    const setups = [
      { scripts: slowly({ a: 1_000 }) },
      { scripts: (model: string) => (model === "a" ? failing(400) : [...wait(100), ...answer()]) },
      {
        random: (
          (draws) => () =>
            draws.shift() ?? 0.5
        )([0, 0.9]),
        scripts: slowly({ b: 100 }),
      },
    ];
    expect(learned({ run: adaptive({ cost: 1, latency: 0.1 }), models }, setups)).toBe("ab");
    expect(learned({ run: adaptive({ cost: 1, latency: 1 }), models }, setups)).toBe("ba");
  });
});

describe("shares", () => {
  const drawing = (drawn: number): Partial<Setting> => ({ random: () => drawn });
  const THREE = { a: 50, b: 30, c: 20 };

  test.each([
    [0, "abc"],
    [0.49, "abc"],
    [0.5, "bac"],
    [0.79, "bac"],
    [0.8, "cab"],
    [0.999, "cab"],
  ])("spread at %s: the one that is drawn, then the others as written", (drawn, tried) => {
    expect(order({ run: spread(THREE), ...drawing(drawn) })).toBe(tried);
  });

  test("split stays with the side that it drew", () => {
    const run = split([
      [90, call("a")],
      [10, chain(call("b"), call("c"))],
    ]);
    expect(order({ run, ...drawing(0.89) })).toBe("a");
    expect(order({ run, ...drawing(0.9) })).toBe("bc");
  });

  test("a side may reject", () => {
    const run = split([
      [50, reject(503)],
      [50, call("a")],
    ]);
    expect(carryOut({ run, ...drawing(0.1), scripts: [] }).told).toEqual(["reject 503 undefined"]);
  });

  test("with `by` the attribute's value draws, and chance has no say", () => {
    const by = (tenant: string): string =>
      order({ run: spread({ a: 50, b: 50 }, "tenant"), request: { attribute: () => tenant }, ...drawing(0.9) });
    expect([by("acme"), by("initech")]).toEqual(["ab", "ba"]);
  });
});

describe("a sticky point", () => {
  // Worked out apart from this project, with Python's hashlib.
  test.each([
    ["p", "acme", 0.09513925772850107],
    ["p", "initech", 0.7685832212335832],
    ["canary", "acme", 0.9729475470503685],
    ["p", "grüße", 0.7112426986124876],
    ["p", true, 0.9302985424595716],
    ["p", 42, 0.9371146888976504],
  ])("of %s and %s is the same for good", (name, value, point) => {
    expect(stickyPoint(name, value)).toBe(point);
  });

  test("falls evenly", () => {
    const points = Array.from({ length: 10_000 }, (_, index) => Math.floor(stickyPoint("p", `tenant-${index}`) * 10));
    for (let tenth = 0; tenth < 10; tenth++) {
      expect(Math.abs(points.filter((each) => each === tenth).length - 1_000)).toBeLessThan(150);
    }
  });

  test("moves only where a share that changed does", () => {
    const share = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(
        share,
        share,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (before, after, point) => {
          const moved = sideAt([before, 100 - before], point) !== sideAt([after, 100 - after], point);
          const [from, to] = [Math.min(before, after), Math.max(before, after)];
          expect(moved).toBe(point * 100 >= from && point * 100 < to);
        },
      ),
    );
  });
});
