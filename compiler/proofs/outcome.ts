/**
 * What can come of carrying a plan out: in which ways it can end, and for each the run that a measure prefers, the
 * heaviest or the shortest. Each way in which calls can go is allowed for, and no plan is looked at twice.
 */
import {
  type CascadeExpression,
  type ElseExpression,
  type Expression,
  FAILED,
  type Failure,
  type GateCondition,
  modelsIn,
  type Options,
  partsOf,
} from "../../runtime/table/artifact.ts";
import { isWatched } from "../program/held.ts";
import { type Facts, failsAfterContent, LEAVING, named, optionsOf } from "./facts.ts";
import { joined, type Trail } from "./trail.ts";

/** One way in which things can go. */
export interface Run {
  readonly weight: number;
  readonly trail: Trail;
}

/** A run, and why the next step follows it. */
export interface Lead {
  readonly run: Run;
  readonly why: string | undefined;
}

export interface Outcome {
  readonly fails: ReadonlyMap<Failure, Run>;
  /**
   * The same, once first content of it has been let out to what stands around it, and is held there: a stream that breaks
   * off. A hedge has called off its other sides by then.
   */
  readonly breaks: ReadonlyMap<Failure, Run>;
  readonly answers: Run | undefined;
  readonly rejects: Run | undefined;
  /** By model: up to a call of it that leaves, which is counted. */
  readonly calls: ReadonlyMap<string, Run>;
}

/** A side of a hedge, with the milliseconds after which it starts. */
export interface HedgeSide {
  readonly after: number;
  readonly outcome: Outcome;
}

/** What is measured of a run. */
export interface Measure {
  /** Of a call that ends so. `held`: what it answers is tested before it is passed on. */
  weigh(model: string, options: Options, end: Failure | "answer", held: boolean): number;
  /** Of the call of a judge, or of a model that a signal asks. */
  weighJudge(model: string, options: Options): number;
  /** How the calls of a step are told of. */
  say(model: string, options: Options): string;
  /** Whether `a` is told of rather than `b`. */
  beats(a: Run, b: Run): boolean;
  /** Whether, of models tried in any order, what is preferred comes of those that are tried last. */
  readonly last: boolean;
  /** What comes of sides that run at the same time. */
  hedge(sides: readonly HedgeSide[]): Outcome;
}

/** How a model stands to the requests that are looked at. */
export interface Fit {
  /** Some of them can be sent to it. */
  readonly called: boolean;
  /** How it fails for others, without being called. */
  readonly fails: readonly Failure[];
}

/** Of which requests an outcome is, and of what it is measured. */
export interface Situation {
  readonly facts: Facts;
  readonly measure: Measure;
  /** With these options. */
  readonly fit: (model: string, options: Options) => Fit;
  /** Whether a budget can have no room for a call. */
  readonly overruns: (model: string) => boolean;
  readonly strict: boolean;
  /** Whether answers are asked for as streams. */
  readonly streamed: boolean;
}

export const NOTHING: Run = { weight: 0, trail: undefined };
/** The models that a gate asks: one with the same prompt is asked once. */
function judgesIn(gate: GateCondition): readonly string[] {
  const judges = new Map<string, string>();
  const visit = (condition: GateCondition): void => {
    if (condition.kind !== "test") condition.of.forEach(visit);
    else if (condition.judge !== undefined) judges.set(JSON.stringify(condition.judge), condition.judge.model);
  };
  visit(gate);
  return [...judges.values()];
}

const START: Lead = { run: NOTHING, why: undefined };

/** What can come of `run`. */
export function outcomeOf(run: Expression, situation: Situation): Outcome {
  const { facts, measure } = situation;
  /** Of plans, by the options that they inherit. */
  const known = new Map<string, Outcome>();

  function carryOut(expression: Expression, outer: Options, held: boolean): Outcome {
    if (expression.kind === "reject") {
      const trail = { said: `reject ${expression.status}` };
      return { ...NEVER, rejects: { weight: 0, trail } };
    }
    const options = expression.with === undefined ? outer : { ...outer, ...expression.with };
    switch (expression.kind) {
      case "call":
        return call(expression.model, options, held);
      case "plan":
        return plan(expression.plan, options, held);
      case "else":
        return chain(expression, options, held);
      case "select":
      case "adaptive":
      case "spread":
        return inAnyOrder(
          modelsIn(expression).map((model) => call(model, options, held)),
          measure,
        );
      case "split":
        return anyOf(
          partsOf(expression).map((side) => carryOut(side, options, held)),
          measure,
        );
      case "cascade":
        return cascade(expression, options, held);
      case "hedge": {
        const sides = partsOf(expression).map((side) => carryOut(side, options, held));
        return measure.hedge(
          sides.map((outcome, i) => ({ outcome, after: i === 0 ? 0 : (expression.then[i - 1]?.after ?? 0) })),
        );
      }
    }
  }

  function plan(name: string, options: Options, held: boolean): Outcome {
    const key = JSON.stringify([name, held, Object.entries(options).sort()]);
    const outcome = known.get(key) ?? carryOut(named(name, facts.plans), options, held);
    known.set(key, outcome);
    return outcome;
  }

  function call(model: string, nearer: Options, held: boolean): Outcome {
    const options = optionsOf(model, nearer, facts);
    const { called, fails: unfit } = situation.fit(model, options);
    const trail = { said: measure.say(model, options) };
    const run = (end: Failure | "answer"): Run => ({ weight: measure.weigh(model, options, end, held), trail });
    const fails = new Map<Failure, Run>();
    if (called) for (const failure of LEAVING) fails.set(failure, run(failure));
    if (called && situation.overruns(model)) fails.set("over_budget", run("over_budget"));
    // A strict route fails so for parameters that are no attribute.
    if (called && situation.strict) fails.set("unsupported", run("unsupported"));
    for (const failure of unfit) {
      const local = { weight: measure.weigh(model, options, "unsupported", held), trail: { said: model } };
      fails.set(failure, preferred(fails.get(failure), local, measure) as Run);
    }
    const answers = called ? run("answer") : undefined;
    const late = called && held && situation.streamed ? failsAfterContent(options) : [];
    const breaks = new Map([...fails].filter(([failure]) => late.includes(failure)));
    return { fails, breaks, answers, rejects: undefined, calls: new Map(answers && [[model, answers]]) };
  }

  /** A failure goes to the first later branch that takes it; what none takes comes out. */
  function chain({ first, then }: ElseExpression, options: Options, held: boolean): Outcome {
    const before = (next: number, run: Expression): Outcome =>
      isWatched(then, next) ? kept(carryOut(run, options, true), measure) : carryOut(run, options, held);
    let result = before(0, first);
    for (const [i, { on, run }] of then.entries()) {
      const failed = leadOf(result.fails, on, measure);
      const broken = leadOf(result.breaks, on, measure);
      if (failed === undefined && broken === undefined) continue;
      const rest = (ends: Outcome["fails"]): Outcome["fails"] => new Map([...ends].filter(([f]) => !on.includes(f)));
      const next = before(i + 1, run);
      const ways = [{ ...result, fails: rest(result.fails), breaks: rest(result.breaks) }];
      if (failed !== undefined) ways.push(after(failed, next));
      if (broken !== undefined) ways.push(after(broken, letOut(next, measure)));
      result = anyOf(ways, measure);
    }
    return result;
  }

  /** A step that fails, or whose answer is not accepted, leads to the next; the last decides how the whole fails. */
  function cascade({ steps }: CascadeExpression, options: Options, held: boolean): Outcome {
    let result = NEVER;
    let lead: Lead | undefined = START;
    for (const step of steps) {
      if (lead === undefined) break;
      const outcome = after(lead, carryOut(step.run, options, held || step.accept !== undefined));
      if (step.accept === undefined) return anyOf([result, outcome], measure);
      const judged = withJudges(kept(outcome, measure), judgesIn(step.accept));
      result = anyOf([result, { ...judged, fails: NEVER.fails }], measure);
      const failed = leadOf(judged.fails, [...judged.fails.keys()], measure);
      const refused = judged.answers && { run: judged.answers, why: "when not accepted" };
      lead = failed && refused ? (measure.beats(failed.run, refused.run) ? failed : refused) : (failed ?? refused);
    }
    return result;
  }

  function withJudges(outcome: Outcome, judges: readonly string[]): Outcome {
    const calls = new Map(outcome.calls);
    let { answers } = outcome;
    for (const judge of judges) {
      if (answers === undefined) break;
      const options = optionsOf(judge, {}, facts);
      const weight = answers.weight + measure.weighJudge(judge, options);
      answers = { weight, trail: joined(answers.trail, "as judge", { said: measure.say(judge, options) }) };
      calls.set(judge, preferred(calls.get(judge), answers, measure) as Run);
    }
    return { ...outcome, answers, calls };
  }

  return carryOut(run, {}, false);
}

export const NEVER: Outcome = {
  fails: new Map(),
  breaks: new Map(),
  answers: undefined,
  rejects: undefined,
  calls: new Map(),
};

/** The failures of a step that fails, the likelier first: of equal runs the first is told of. */
const LIKELIEST: readonly Failure[] = ["overloaded", "timeout"];

/** The run that is told of, among those that end in one of `failures`. */
export function leadOf(
  fails: ReadonlyMap<Failure, Run>,
  failures: readonly Failure[],
  measure: Pick<Measure, "beats">,
): Lead | undefined {
  let lead: Lead | undefined;
  for (const failure of new Set([...LIKELIEST, ...failures])) {
    const run = failures.includes(failure) ? fails.get(failure) : undefined;
    if (run !== undefined && (lead === undefined || measure.beats(run, lead.run))) lead = { run, why: `on ${failure}` };
  }
  return lead;
}

export function preferred(a: Run | undefined, b: Run | undefined, { beats }: Pick<Measure, "beats">): Run | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return beats(b, a) ? b : a;
}

export function followedBy({ run, why }: Lead, next: Run): Run {
  return { weight: run.weight + next.weight, trail: joined(run.trail, why, next.trail) };
}

/** What comes of an outcome to which `lead` has led. */
export function after(lead: Lead, { fails, breaks, answers, rejects, calls }: Outcome): Outcome {
  const behind = (run: Run): Run => followedBy(lead, run);
  return {
    fails: new Map([...fails].map(([failure, run]) => [failure, behind(run)])),
    breaks: new Map([...breaks].map(([failure, run]) => [failure, behind(run)])),
    answers: answers && behind(answers),
    rejects: rejects && behind(rejects),
    calls: new Map([...calls].map(([model, run]) => [model, behind(run)])),
  };
}

/** What comes of one of several. */
export function anyOf(outcomes: readonly Outcome[], measure: Pick<Measure, "beats">): Outcome {
  const fails = new Map<Failure, Run>();
  const breaks = new Map<Failure, Run>();
  const calls = new Map<string, Run>();
  let answers: Run | undefined;
  let rejects: Run | undefined;
  for (const outcome of outcomes) {
    for (const [failure, run] of outcome.fails) fails.set(failure, preferred(fails.get(failure), run, measure) as Run);
    for (const [failure, run] of outcome.breaks)
      breaks.set(failure, preferred(breaks.get(failure), run, measure) as Run);
    for (const [model, run] of outcome.calls) calls.set(model, preferred(calls.get(model), run, measure) as Run);
    answers = preferred(answers, outcome.answers, measure);
    rejects = preferred(rejects, outcome.rejects, measure);
  }
  return { fails, breaks, answers, rejects, calls };
}

/** Of an outcome no content of which is let out. */
function kept(outcome: Outcome, measure: Measure): Outcome {
  return { ...outcome, fails: failuresOf(outcome, measure), breaks: NEVER.breaks };
}

/** Of an outcome before which content was let out. */
function letOut(outcome: Outcome, measure: Measure): Outcome {
  return { ...outcome, fails: NEVER.fails, breaks: failuresOf(outcome, measure) };
}

function failuresOf({ fails, breaks }: Outcome, measure: Measure): Outcome["fails"] {
  return anyOf(
    [
      { ...NEVER, fails },
      { ...NEVER, fails: breaks },
    ],
    measure,
  ).fails;
}

/** The models of a set as an `else` chain, whatever their order. */
function inAnyOrder(all: readonly Outcome[], measure: Measure): Outcome {
  const breaking = all.filter(({ breaks }) => breaks.size > 0);
  // Another one broke off before it: then it fails after that.
  const models = all.map((outcome) =>
    breaking.some((other) => other !== outcome) ? { ...outcome, breaks: outcome.fails } : outcome,
  );
  const leads = models.map(({ fails }) => leadOf(fails, FAILED, measure) as Lead);
  // Those before and those after each, added up once.
  const before = [START];
  for (const lead of leads) before.push(inTurn(before.at(-1) as Lead, lead));
  const then = [START];
  for (const lead of leads.toReversed()) then.push(inTurn(lead, then.at(-1) as Lead));
  then.reverse();
  const behindOthers = models.map((outcome, i) => after(inTurn(before[i] as Lead, then[i + 1] as Lead), outcome));
  if (measure.last) return anyOf(behindOthers, measure);
  // Only failures that go on to the next model need all of them; all else can come of the first.
  const isLast = (failure: Failure): boolean => FAILED.includes(failure);
  return anyOf(
    models.map((outcome, i) => {
      const behind = behindOthers[i] as Outcome;
      const inTime = (ends: Outcome["fails"]): Outcome["fails"] =>
        new Map(
          [...ends].map(([failure, run]) => [failure, isLast(failure) ? (behind.fails.get(failure) as Run) : run]),
        );
      return { ...outcome, fails: inTime(outcome.fails), breaks: inTime(outcome.breaks) };
    }),
    measure,
  );
}

function inTurn(before: Lead, next: Lead): Lead {
  if (next === START) return before;
  return { run: followedBy(before, next.run), why: next.why };
}
