/** Whatever the rules, the signals' values and the order in which they come. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { openLedger, systemClock, systemRandom } from "../../../runtime/plan/index.ts";
import { linkAll } from "../../../runtime/plan/link.ts";
import { signalRunner, textsOf } from "../../../runtime/signals/index.ts";
import type { Policy, Value } from "../../../runtime/table/index.ts";
import { policyOf } from "./harness.ts";

const NAMES = ["a", "b", "c"] as const;
type Known = Readonly<Record<(typeof NAMES)[number], boolean>>;

const SIGNALS = NAMES.map((name) => `signal ${name} bool = module "./${name}.js" else false`).join("\n");

/** A conjunction of signals, each as it is or negated: `a and not c`. */
type Rule = readonly (readonly [name: (typeof NAMES)[number], wanted: boolean])[];

const rule: fc.Arbitrary<Rule> = fc
  .subarray([...NAMES], { minLength: 1 })
  .chain((names) => fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), fc.boolean()))));

/** Undefined where the compiler refuses the rules: one can never match, say. */
function policyWith(rules: readonly Rule[]): Policy | undefined {
  const lines = rules.map(
    (each) => `when ${each.map(([name, wanted]) => (wanted ? name : `not ${name}`)).join(" and ")} -> big`,
  );
  try {
    return policyOf({ signals: SIGNALS, rules: [...lines, "otherwise -> asked"].join("\n") });
  } catch {
    return undefined;
  }
}

function firstMatch(rules: readonly Rule[], known: Known): number {
  const found = rules.findIndex((each) => each.every(([name, wanted]) => known[name] === wanted));
  return found < 0 ? rules.length : found;
}

it("the rule is that which all signals together would choose, each asked at most once", async () => {
  const known = fc.record({ a: fc.boolean(), b: fc.boolean(), c: fc.boolean() });
  const order = fc.shuffledSubarray([...NAMES], { minLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.array(rule, { minLength: 1, maxLength: 4 }), known, order, async (rules, values, comes) => {
      const policy = policyWith(rules);
      fc.pre(policy !== undefined);
      const [route] = policy.routes;
      if (route === undefined) throw new Error("no route");
      const asked: string[] = [];
      const answers = new Map<string, () => void>();
      const modules = Object.fromEntries(
        NAMES.map((name) => [
          `./${name}.js`,
          (_: unknown, gone: AbortSignal) => {
            asked.push(name);
            gone.addEventListener("abort", () => answers.delete(name));
            return new Promise((tell) => answers.set(name, () => tell(values[name])));
          },
        ]),
      );
      const transport = { send: () => expect.unreachable(), close: async () => {} };
      const doors = { clock: systemClock(), random: systemRandom, ledger: openLedger, transport };
      const runner = await signalRunner(policy.table, { doors, plans: linkAll(policy.table), modules });
      const filled: (Value | undefined)[] = policy.table.attributes.map(() => undefined);
      let decided = 0;
      runner.run({
        route,
        values: filled,
        request: { texts: textsOf({}), attribute: () => undefined },
        deadlineAt: performance.now() + 60_000,
        done: () => void decided++,
      });
      while (decided === 0) {
        const next = comes.find((name) => answers.has(name));
        if (next === undefined) throw new Error(`it waits for nobody, with ${asked} asked`);
        answers.get(next)?.();
        answers.delete(next);
        await new Promise(setImmediate);
      }
      expect(route.choose(filled)).toBe(firstMatch(rules, values));
      expect([decided, asked]).toEqual([1, [...new Set(asked)]]);
      // Whom the decision did not wait for in the end was told so.
      expect([...answers.keys()]).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
