/** What becomes of a recorded request for every number that a policy's thresholds may have. */
import { testOf } from "../../runtime/plan/gate.ts";
import {
  billed,
  dearestRates,
  type Expression,
  type GateCondition,
  type GateTest,
  type Model,
} from "../../runtime/table/artifact.ts";
import { atomHolds, type Values } from "../program/interpret.ts";
import type { Condition, Program, Route } from "../program/program.ts";
import type { Answer, Outcome } from "./outcomes.ts";
import { passes, type Threshold, type Thresholds } from "./thresholds.ts";

/** A tree: thresholds that the request comes to, one after another, and where it ends. */
export type Way =
  | End
  | {
      readonly kind: "test";
      /** Index of the threshold, and what is compared with it. */
      readonly threshold: number;
      readonly value: number;
      readonly yes: Way;
      readonly no: Way;
    }
  /** Drawn by share: shares add up to 1. */
  | { readonly kind: "mix"; readonly parts: readonly { readonly share: number; readonly way: Way }[] };

export interface End {
  readonly kind: "end";
  /** Who served it; undefined where it was rejected. */
  readonly model: string | undefined;
  /** From 0 to 1. */
  readonly quality: number;
  /** Dollars, of all calls on the way. */
  readonly cost: number;
}

/** The outcome lacks something that the policy goes by. The message says what. */
export class LackingError extends Error {}

/** What was decided on the way here, so that one comparison is decided once. */
type Path = ReadonlyMap<string, boolean>;
type Next = (held: boolean, path: Path) => Way;

/** Builds the ways of the outcomes of one route. Providers are taken to answer: an `else` is never come to. */
export class Ways {
  /** Facts of answers that gates asked for and outcomes lack: then the gate does not accept. By name, how many. */
  readonly unknown = new Map<string, number>();
  #asked = false;
  readonly #route: Route;
  readonly #thresholds: Thresholds;
  readonly #plans: ReadonlyMap<string, Expression>;
  readonly #models: ReadonlyMap<string, Model>;

  constructor(program: Program, route: Route, thresholds: Thresholds) {
    this.#route = route;
    this.#thresholds = thresholds;
    this.#plans = new Map(program.plans.map(({ name, run }) => [name, run]));
    this.#models = new Map(program.models.map(({ facts }) => [facts.name, facts]));
  }

  /** Undefined for a request that comes to no gate and no signal. @throws LackingError */
  of(outcome: Outcome, values: Values): Way | undefined {
    this.#asked = false;
    const from = (index: number, path: Path): Way => {
      const rule = this.#route.rules[index];
      if (rule === undefined) throw new LackingError("no rule decides it");
      return this.#holds(rule.condition, values, path, (held, after) => {
        if (!held) return from(index + 1, after);
        return this.#run(rule.run, outcome, 0, after, (model, cost) => endOf(outcome, model, cost));
      });
    };
    const way = from(0, new Map());
    return this.#asked ? way : undefined;
  }

  #holds(condition: Condition, values: Values, path: Path, next: Next): Way {
    switch (condition.kind) {
      case "always":
        return next(true, path);
      case "not":
        return this.#holds(condition.operand, values, path, (held, after) => next(!held, after));
      case "and":
      case "or": {
        const deciding = condition.kind === "or";
        const from = (index: number, path: Path): Way => {
          const operand = condition.operands[index];
          if (operand === undefined) return next(!deciding, path);
          return this.#holds(operand, values, path, (held, after) =>
            held === deciding ? next(deciding, after) : from(index + 1, after),
          );
        };
        return from(0, path);
      }
      case "atom": {
        const { name, source } = condition.attribute;
        if (source.from === "signal") this.#asked = true;
        const value = values.get(name);
        if (value === undefined)
          throw new LackingError(`no ${source.from === "signal" ? "value of signal" : "value of"} \`${name}\``);
        const threshold = this.#thresholds.at.get(condition);
        if (threshold === undefined) return next(atomHolds(condition.atom, value), path);
        return this.#test(threshold, value as number, path, next);
      }
    }
  }

  #test(threshold: number, value: number, path: Path, next: Next): Way {
    const key = `${threshold} ${value}`;
    const known = path.get(key);
    if (known !== undefined) return next(known, path);
    const [yes, no] = [true, false].map((held) => next(held, new Map([...path, [key, held]]))) as [Way, Way];
    // What comes to the same hangs on no number.
    return isSameEnd(yes, no) ? yes : { kind: "test", threshold, value, yes, no };
  }

  #run(
    run: Expression,
    outcome: Outcome,
    spent: number,
    path: Path,
    next: (model: string | undefined, spent: number, path: Path) => Way,
  ): Way {
    const call = (model: string): Way => next(model, spent + costOf(outcome, model), path);
    switch (run.kind) {
      case "call":
        return call(run.model);
      case "reject":
        return next(undefined, spent, path);
      case "plan": {
        const plan = this.#plans.get(run.plan);
        if (plan === undefined) throw new Error(`there is no plan ${run.plan}`);
        return this.#run(plan, outcome, spent, path, next);
      }
      case "else":
      case "hedge":
        return this.#run(run.first, outcome, spent, path, next);
      case "select":
        return call(this.#selected(run.order, run.models, outcome));
      case "adaptive":
        return call(run.models[0] as string);
      case "spread":
        return mix(run.sides.map(({ model, share }) => ({ share, way: call(model) })));
      case "split":
        return mix(
          run.sides.map((side) => ({ share: side.share, way: this.#run(side.run, outcome, spent, path, next) })),
        );
      case "cascade": {
        const from = (index: number, spent: number, path: Path): Way => {
          const step = run.steps[index];
          if (step === undefined) throw new Error("a cascade's last step has no gate");
          return this.#run(step.run, outcome, spent, path, (model, cost, path) => {
            if (step.accept === undefined) return next(model, cost, path);
            this.#asked = true;
            const answer = model === undefined ? undefined : outcome.answers.get(model);
            if (answer === undefined) return from(index + 1, cost, path);
            const judged = isJudged(step.accept) ? cost + (answer.judgeCost ?? 0) : cost;
            return this.#accepts(step.accept, answer, path, (accepted, after) =>
              accepted === true ? next(model, judged, after) : from(index + 1, judged, after),
            );
          });
        };
        return from(0, spent, path);
      }
    }
  }

  /** Undefined where it cannot be said (Kleene's strong logic of three values, as in the runtime). */
  #accepts(
    gate: GateCondition,
    answer: Answer,
    path: Path,
    next: (accepted: boolean | undefined, path: Path) => Way,
  ): Way {
    switch (gate.kind) {
      case "not":
        return this.#accepts(gate.of[0] as GateCondition, answer, path, (accepted, after) =>
          next(accepted === undefined ? undefined : !accepted, after),
        );
      case "and":
      case "or": {
        const deciding = gate.kind === "or";
        const from = (index: number, unknown: boolean, path: Path): Way => {
          const operand = gate.of[index];
          if (operand === undefined) return next(unknown ? undefined : !deciding, path);
          return this.#accepts(operand, answer, path, (accepted, after) =>
            accepted === deciding ? next(deciding, after) : from(index + 1, unknown || accepted === undefined, after),
          );
        };
        return from(0, false, path);
      }
      case "test": {
        const value = answer.facts[gate.fact];
        if (value === undefined) {
          const name = `${answer.model}.${gate.fact}`;
          this.unknown.set(name, (this.unknown.get(name) ?? 0) + 1);
          return next(undefined, path);
        }
        const threshold = this.#thresholds.at.get(gate);
        if (threshold === undefined) return next(accepting(gate)(value), path);
        return this.#test(threshold, value as number, path, next);
      }
    }
  }

  /** As the runtime orders them for a request of which nothing has been measured yet. */
  #selected(
    order: "cheapest" | "fastest" | "best" | "least_busy",
    models: readonly string[],
    { inputTokens = 0 }: Outcome,
  ): string {
    const facts = models.map((name) => this.#models.get(name) as Model);
    const cost = ({ price, output }: Model): number =>
      billed(dearestRates(price, inputTokens), { prompt: inputTokens, completion: output });
    if (order === "cheapest") return least(facts, cost).name;
    if (order === "best") return least(facts, ({ quality }) => -(quality ?? -1)).name;
    return models[0] as string;
  }
}

function isSameEnd(a: Way, b: Way): boolean {
  if (a.kind !== "end" || b.kind !== "end") return false;
  return a.model === b.model && a.quality === b.quality && a.cost === b.cost;
}

const tests = new WeakMap<GateTest, (value: boolean | number | string) => boolean>();

/** A regular expression is prepared once. */
function accepting(gate: GateTest): (value: boolean | number | string) => boolean {
  const test = tests.get(gate) ?? testOf(gate.test);
  tests.set(gate, test);
  return test;
}

function least<T>(all: readonly T[], of: (each: T) => number): T {
  return all.reduce((best, each) => (of(each) < of(best) ? each : best));
}

function mix(parts: readonly { readonly share: number; readonly way: Way }[]): Way {
  const whole = parts.reduce((sum, { share }) => sum + share, 0);
  return { kind: "mix", parts: parts.map(({ share, way }) => ({ share: share / whole, way })) };
}

function isJudged(gate: GateCondition): boolean {
  return gate.kind === "test" ? gate.fact === "judge" : gate.of.some(isJudged);
}

function endOf(outcome: Outcome, model: string | undefined, cost: number): End {
  if (model === undefined) return { kind: "end", model, quality: 0, cost };
  const { quality } = outcome.answers.get(model) ?? {};
  if (quality === undefined) throw new LackingError(`not said whether \`${model}\` was right`);
  return { kind: "end", model, quality, cost };
}

function costOf(outcome: Outcome, model: string): number {
  const { cost } = outcome.answers.get(model) ?? {};
  if (cost === undefined) throw new LackingError(`no cost of \`${model}\`, nor tokens or texts to tell it from`);
  return cost;
}

/** Goes on from threshold to threshold, until the way ends or is drawn. */
function beyondTests(
  way: Way,
  thresholds: readonly Threshold[],
  numbers: readonly number[],
): Exclude<Way, { kind: "test" }> {
  let at = way;
  while (at.kind === "test") {
    const { op } = thresholds[at.threshold] as Threshold;
    at = passes(op, at.value, numbers[at.threshold] as number) ? at.yes : at.no;
  }
  return at;
}

/** Calls `end` with where the way leads under these thresholds, and how much of the request goes there. */
export function follow(
  way: Way,
  thresholds: readonly Threshold[],
  numbers: readonly number[],
  end: (end: End, share: number) => void,
  share = 1,
): void {
  const at = beyondTests(way, thresholds, numbers);
  if (at.kind === "end") end(at, share);
  else for (const part of at.parts) follow(part.way, thresholds, numbers, end, share * part.share);
}

/** All tests of a way, wherever they stand in it. */
export function* testsOf(way: Way): Generator<Extract<Way, { kind: "test" }>> {
  if (way.kind === "mix") for (const part of way.parts) yield* testsOf(part.way);
  if (way.kind !== "test") return;
  yield way;
  yield* testsOf(way.yes);
  yield* testsOf(way.no);
}
