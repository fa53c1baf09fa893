/** What is said to become of an outcome is what the real table and executor make of it, whatever the numbers are. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { readRecords } from "../../compiler/calibration/records.ts";
import { readRows } from "../../compiler/calibration/rows.ts";
import { thresholdsOf } from "../../compiler/calibration/thresholds.ts";
import { follow } from "../../compiler/calibration/ways.ts";
import { compileProgram } from "../../compiler/index.ts";
import type { Route } from "../../compiler/program/program.ts";
import { createSimulation, load, type Policy } from "../../runtime/simulation/index.ts";
import { compiledPolicy, MODELS } from "./support.ts";

/** Numbers in every place that can have one: a rule, a `let`, a group, an arm, gates within gates and within a rule. */
function policy([a, b, c, d, e, f]: readonly number[]): string {
  return `request { tier free | pro from header "x-tier" default free }

${MODELS}
signal hard score = http "https://signals.example/hard"
 else 0.5
signal long int = http "https://signals.example/long" else 3

let easy = hard < ${a}

plan nested = cascade {
  (cascade {
    small accept when confidence > ${b} and not refused
    medium
  }) accept when output_tokens <= ${Math.round((c ?? 0) * 10)} or (not refused and confidence >= ${d})
  (large else medium)
}

route chat {
  when tier == pro and not easy -> cascade {
    medium accept when confidence >= ${e}
    large
  }
  when tier == pro { when long > ${Math.round((f ?? 0) * 10)} -> large otherwise -> nested }
  match hard {
    >= ${d} -> large
    _       -> nested
  }
}
`;
}

const tenth = fc.integer({ min: 0, max: 10 }).map((n) => n / 10);
const answer = fc.record({
  correct: fc.boolean(),
  cost: fc.integer({ min: 1, max: 9 }),
  // On no edge: a simulated answer has it as the logarithm of a probability, which rounds.
  confidence: fc.integer({ min: 0, max: 9 }).map((n) => n / 10 + 0.05),
  output_tokens: fc.integer({ min: 0, max: 10 }),
  refused: fc.boolean(),
});
const outcome = fc.record({
  tier: fc.constantFrom("free", "pro"),
  signals: fc.record({ hard: tenth, long: fc.integer({ min: 0, max: 10 }) }),
  models: fc.record({ small: answer, medium: answer, large: answer }),
});
type Outcome = typeof outcome extends fc.Arbitrary<infer T> ? T : never;

interface End {
  readonly model: string;
  readonly cost: number;
}

/** Who answers, and what all calls cost together, in the simulation. */
function simulated(policy: Policy, { tier, signals, models }: Outcome): End {
  const answers = Object.entries(models).map(([name, { confidence, output_tokens, refused }]) => {
    const facts = { confidence, output_tokens, refused, answer: refused ? "" : "yes" };
    return [name, [{ behaviour: { answers: facts } }]] as const;
  });
  const trace = createSimulation(policy, { now: 0, seed: 1 }, { models: new Map(answers) }).run({
    model: "chat",
    attributes: new Map([["tier", tier]]),
    signals: new Map(Object.entries(signals)),
  });
  const cost = trace.attempts.reduce((sum, { model }) => sum + models[model as keyof typeof models].cost, 0);
  return { model: trace.outcome.kind === "served" ? trace.outcome.model : trace.outcome.kind, cost };
}

const WRITTEN = compiledPolicy(policy([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]));

function followed(numbers: readonly number[], outcomes: readonly Outcome[]): End[] {
  const { program, table } = WRITTEN;
  const route = program.routes[0] as Route;
  const thresholds = thresholdsOf(program, route, undefined);
  const lines = outcomes.map((each) => JSON.stringify(each)).join("\n");
  const records = readRecords("outcomes.jsonl", lines);
  const { all } = readRows(records, { program, policy: load(table), route, thresholds, names: new Map() });
  return all.map(({ way }) => {
    const ends: End[] = [];
    follow(way, thresholds.all, numbers, ({ model = "", cost }) => ends.push({ model, cost }));
    return ends[0] as End;
  });
}

/** The numbers that the text has for them: one of them stands in two places. */
function writtenIn([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]: readonly number[]): number[] {
  return [a, b, Math.round(c * 10), d, d, e, Math.round(f * 10)];
}

it("a way ends where the executor does", () => {
  const inner = fc.integer({ min: 1, max: 9 }).map((n) => n / 10);
  const numbers = fc.array(inner, { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(outcome, { minLength: 10, maxLength: 10 }), numbers, (outcomes, chosen) => {
      const { program, table } = compileProgram({ text: policy(chosen), path: "main.route" });
      // A rule that can never match is an error, and no policy.
      fc.pre(table !== undefined);
      const own = thresholdsOf(program, program.routes[0] as Route, undefined).all.map(({ value }) => value);
      expect(own.toSorted()).toEqual(writtenIn(chosen).toSorted());
      const other = load(table);
      expect(followed(own, outcomes)).toEqual(outcomes.map((each) => simulated(other, each)));
    }),
    { numRuns: 15 },
  );
});
