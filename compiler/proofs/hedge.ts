/**
 * What comes of the sides of a hedge, which run at the same time: the first that does not fail ends it, and one that breaks
 * off after its first content, as it has called off the others.
 */
import type { Failure } from "../../runtime/table/artifact.ts";
import { spell } from "../syntax/literals.ts";
import {
  after,
  anyOf,
  followedBy,
  type HedgeSide,
  type Lead,
  leadOf,
  type Measure,
  NEVER,
  NOTHING,
  type Outcome,
  preferred,
  type Run,
} from "./outcome.ts";

function whyOf({ after: delay }: HedgeSide): string | undefined {
  return delay === 0 ? undefined : `after ${spell({ kind: "duration", value: delay })}`;
}

/** The sides that can start: the next when the one before fails, or is called and slow. */
function startedOf(sides: readonly HedgeSide[]): readonly HedgeSide[] {
  const stop = sides.findIndex(({ outcome: { fails, calls } }) => fails.size === 0 && calls.size === 0);
  return stop < 0 ? sides : sides.slice(0, stop + 1);
}

/** Where steps are counted: a side is come to over those before it. */
export function inSuccession(sides: readonly HedgeSide[], measure: Measure): Outcome {
  let result = NEVER;
  let lead: Lead = { run: NOTHING, why: undefined };
  let failed: readonly Lead[] | undefined = [];
  for (const side of startedOf(sides)) {
    const outcome = after({ ...lead, why: whyOf(side) }, side.outcome);
    result = anyOf([result, { ...outcome, fails: NEVER.fails }], measure);
    const fails = leadOf(side.outcome.fails, [...side.outcome.fails.keys()], measure);
    failed = fails && failed && [...failed, { ...fails, why: whyOf(side) }];
    const passed = [...outcome.calls.values(), ...outcome.fails.values()].reduce<Run | undefined>(
      (best, run) => preferred(best, run, measure),
      undefined,
    );
    if (passed === undefined) break;
    lead = { run: passed, why: undefined };
  }
  const fails = allFail(sides, failed, measure);
  return { ...result, fails };
}

/** Fails once all sides have failed, with the failure of any of them. */
function allFail(sides: readonly HedgeSide[], failed: readonly Lead[] | undefined, measure: Measure): Outcome["fails"] {
  if (failed === undefined || failed.length < sides.length) return NEVER.fails;
  const fails = sides.map(({ outcome }, i) =>
    anyOf([{ ...NEVER, fails: new Map([...outcome.fails].map(([f, run]) => [f, inPlace(failed, i, run)])) }], measure),
  );
  return anyOf(fails, measure).fails;
}

/** The runs of all sides, that of side `i` replaced. */
function inPlace(all: readonly Lead[], i: number, run: Run): Run {
  const runs = all.with(i, { run, why: all[i]?.why });
  return runs.reduce((before, next) => followedBy({ run: before, why: next.why }, next.run), NOTHING);
}

/** Where all that is called adds up. */
export function together(sides: readonly HedgeSide[], measure: Measure): Outcome {
  const started = startedOf(sides);
  const most = started.map((side): Lead => {
    const { fails, answers, rejects, calls } = side.outcome;
    // One that calls nobody has not come to its turn.
    const runs = calls.size === 0 ? [] : [...fails.values(), answers, rejects];
    const run = runs.reduce((best, each) => preferred(best, each, measure), undefined);
    return { run: run ?? NOTHING, why: whyOf(side) };
  });
  const failing = sides.map((side): Lead | undefined => {
    const lead = leadOf(side.outcome.fails, [...side.outcome.fails.keys()], measure);
    return lead && { run: lead.run, why: whyOf(side) };
  });
  const canFail = failing.filter((lead) => lead !== undefined);
  const parts = started.map(({ outcome: { fails, breaks, answers, rejects } }, i): Outcome => {
    const all = canFail.length < sides.length ? [] : [...fails];
    return {
      fails: new Map(all.map(([failure, run]) => [failure, inPlace(canFail, i, run)])),
      breaks: new Map([...breaks].map(([failure, run]) => [failure, inPlace(most, i, run)])),
      answers: answers && inPlace(most, i, answers),
      rejects: rejects && inPlace(most, i, rejects),
      calls: new Map(),
    };
  });
  const calls = anyOf(
    started.map(({ outcome }) => outcome),
    measure,
  ).calls;
  return { ...anyOf(parts, measure), calls };
}

/** Where time is measured: a side starts when the one before has failed, or was slow for so long. */
export function atTheSameTime(sides: readonly HedgeSide[], measure: Measure): Outcome {
  let start = 0;
  const outcomes: Outcome[] = [];
  const started = startedOf(sides);
  for (const [i, side] of started.entries()) {
    const before = outcomes.at(-1);
    if (before !== undefined) {
      const ends = [...before.fails.values(), before.answers].map((run) => run?.weight ?? 0);
      start = Math.min(Math.max(start, ...ends), start + side.after);
    }
    outcomes.push(
      after({ run: { weight: start, trail: undefined }, why: i === 0 ? undefined : whyOf(side) }, side.outcome),
    );
  }
  const failed = outcomes.map(({ fails }) => leadOf(fails, [...fails.keys()], measure));
  const canFail = failed.every((lead) => lead !== undefined) && started.length === sides.length;
  const latest = Math.max(...failed.map((lead) => lead?.run.weight ?? 0));
  const { fails, ...rest } = anyOf(outcomes, measure);
  const late = [...fails].map(([failure, { trail, weight }]): [Failure, Run] => [
    failure,
    { trail, weight: Math.max(weight, latest) },
  ]);
  return { ...rest, fails: new Map(canFail ? late : []) };
}
