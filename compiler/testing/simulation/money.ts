/** Money and rates, counted a second time from what providers bill: nothing passes a limit, and nothing goes unbilled. */
import { type Attempt, type Trace, type WindowAt, type World, windowAt } from "../../../runtime/simulation/index.ts";
import type { Allowance, Window } from "../../../runtime/table/artifact.ts";
import { holds } from "../../program/interpret.ts";
import type { Meter, Program } from "../../program/program.ts";
import { money } from "../wording.ts";
import type { Broken, Invariant } from "./invariant.ts";
import { left } from "./plainly.ts";
import { saidBy } from "./said.ts";
import type { Observed, Scenario } from "./scenario.ts";

/** Each call is settled once, for what its provider bills; for less than was set aside, unless the provider says otherwise. */
export const settledOnce: Invariant = (trace) => {
  for (const attempt of left(trace)) {
    const { model, settled, cost, worst, bill, met } = attempt;
    const invariant = "every call is paid for";
    if (settled !== 1) return { invariant, said: `a call of \`${model}\` was settled ${settled} times` };
    if (cost < Math.min(bill, worst))
      return { invariant, said: `a call of \`${model}\` is billed ${money(bill)}, and was settled for ${money(cost)}` };
    const isLie = met !== undefined && "answers" in met && (met.reports ?? 1) > 1;
    if (cost > worst && !isLie && !isLonger(attempt))
      return { invariant, said: `a call of \`${model}\` costs ${money(cost)}, and ${money(worst)} were set aside` };
  }
  return undefined;
};

/** An answer that is said to be of so many tokens may be longer than was asked for. */
function isLonger({ met }: Attempt): boolean {
  return met !== undefined && "answers" in met && met.answers.output_tokens !== undefined;
}

/** Something that a meter counts. */
interface Entry {
  readonly at: number;
  readonly amount: number;
}

/** No budget and no limit on requests is passed. */
export function meterInvariant(
  program: Program,
): (observed: readonly Observed[], scenario: Scenario) => Broken | undefined {
  const checks = program.meters.flatMap((meter) => sumsOf(meter, program));
  return (observed, { world, start }) => {
    for (const check of checks) {
      const broken = check(observed, world, start);
      if (broken !== undefined) return broken;
    }
    return undefined;
  };
}

type Check = (observed: readonly Observed[], world: World, start: number) => Broken | undefined;

function sumsOf(meter: Meter, { zone, models }: Program): readonly Check[] {
  const { facts } = meter;
  if (facts.kind === "commit") return [];
  const providerOf = new Map(models.map((model) => [model.facts.name, model.facts.provider]));
  const isCallers = facts.kind === "limit" && facts.on.length === 0 && !facts.per.includes("model");
  const covers = (model: string): boolean =>
    facts.on.length === 0 || facts.on.includes(model) || facts.on.includes(providerOf.get(model) ?? "");

  /** By the values of the meter's keys. */
  function entriesOf(observed: readonly Observed[], amountOf: (attempt: Attempt) => number): Map<string, Entry[]> {
    const entries = new Map<string, Entry[]>();
    const add = (key: string, entry: Entry): void => {
      const own = entries.get(key);
      if (own === undefined) entries.set(key, [entry]);
      else own.push(entry);
    };
    for (const each of observed)
      for (const trace of each.traces) {
        if (trace.rule === undefined || !counts(meter, trace)) continue;
        if (isCallers) {
          if (isAdmitted(trace)) add(keyOf(meter, each, trace, ""), { at: each.at, amount: 1 });
        } else
          for (const attempt of left(trace))
            if (covers(attempt.model))
              add(keyOf(meter, each, trace, attempt.model), {
                at: each.at + attempt.at,
                amount: amountOf(attempt),
              });
      }
    return entries;
  }

  function check(
    window: Window,
    limit: number,
    amountOf: (attempt: Attempt) => number,
    say: (sum: number) => string,
  ): Check {
    const at = windowAt(window, zone);
    return (observed, { used }, start) => {
      const own = entriesOf(observed, amountOf);
      if (own.size === 0) return undefined;
      const before = (limit * (used?.get(facts.name) ?? 0)) / 100;
      for (const entries of own.values()) {
        const sum = mostIn(entries, at, before, start);
        if (sum > limit + 0.5) return { invariant: `${facts.kind} \`${facts.name}\` is not passed`, said: say(sum) };
      }
      return undefined;
    };
  }

  if (facts.kind === "budget")
    return [
      check(
        facts.window,
        facts.limit,
        ({ bill, worst }) => Math.min(bill, worst),
        (sum) => `providers bill ${money(Math.round(sum))}, and its limit is ${money(facts.limit)}`,
      ),
    ];
  const requests = facts.allow.filter(({ unit }: Allowance) => unit === "requests");
  return requests.map(({ window, count }) =>
    check(
      window,
      count,
      () => 1,
      (sum) => `${Math.ceil(sum)} requests passed, and it allows ${count}`,
    ),
  );
}

function isAdmitted({ outcome }: Trace): boolean {
  return outcome.kind !== "refused" && outcome.kind !== "reused";
}

function counts({ for: scope }: Meter, { values }: Trace): boolean {
  return scope === undefined || holds(scope, values);
}

function keyOf({ facts }: Meter, { request }: Observed, { values }: Trace, model: string): string {
  const said = saidBy(request);
  return JSON.stringify(facts.per.map((name) => (name === "model" ? model : (values.get(name) ?? said(name) ?? ""))));
}

/** The most that one window has; `before` is in that of `start`. */
function mostIn(entries: readonly Entry[], windowAt: WindowAt, before: number, start: number): number {
  const window = windowAt(start);
  if (window.kind === "sliding") {
    const all = [{ at: start, amount: before }, ...entries];
    const within = (end: number): number =>
      all.reduce((sum, { at, amount }) => (at > end - window.length && at <= end ? sum + amount : sum), 0);
    return Math.max(...all.map(({ at }) => within(at)));
  }
  const sums = new Map<number, number>([[window.from, before]]);
  for (const { at, amount } of entries) {
    const { from } = windowAt(at) as typeof window;
    sums.set(from, (sums.get(from) ?? 0) + amount);
  }
  return Math.max(...sums.values());
}
