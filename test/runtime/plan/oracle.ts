/**
 * The language's own words on plans, read recursively: an independent and slow second opinion. Each form is a function
 * of the time at which it starts; what the sides of a hedge do is worked out for each alone, and cut off at the first
 * content.
 */
import {
  type Expression,
  FAILED,
  type Failure,
  type GateCondition,
  type Model,
  type Options,
} from "../../../runtime/table/index.ts";

/** What a call meets: an answer or a failure, the first of it `first` milliseconds after the call, all of it `all`. */
export interface Met {
  readonly outcome: "answered" | Failure;
  readonly first: number;
  readonly all: number;
  /** What the answer says, and as a judge the score that it gives. */
  readonly score: number;
  /** The model says no. */
  readonly refused: boolean;
  /** Milliseconds that a failure asks to wait. */
  readonly asks: number | undefined;
}

/** The world that plans are read in. */
export interface World {
  readonly plans: Readonly<Record<string, Expression>>;
  readonly models: Readonly<Record<string, Partial<Model>>>;
  /** Models that fail without a call. */
  readonly local: Readonly<Record<string, Failure>>;
  readonly stream: boolean;
  /** When the first content must have been given. */
  readonly deadline: number;
  readonly met: (model: string, time: number) => Met;
}

export interface Try {
  readonly at: number;
  readonly model: string;
}

export interface Reading {
  readonly tried: readonly Try[];
  readonly end: Failure | "answered" | "rejected";
  /** When it ended. */
  readonly at: number;
  /** When its first content was given; never is infinity. */
  readonly content: number;
  /** The answer, where it ended so. */
  readonly met?: Met;
  /** What judges said of it: none is asked twice about one answer. */
  readonly scores?: Scores;
}

type Scores = ReadonlyMap<string, number | undefined>;

/** What is known from outside of an expression. */
interface Around {
  readonly options: Options;
  /** Failures that some later branch covers: only that makes a refusal one. */
  readonly caught: readonly Failure[];
  /** A gate is to decide on the answer. */
  readonly gated: boolean;
}

const NEVER = Number.POSITIVE_INFINITY;

/** Two sides of a race fail differently at the same time, as they can at the deadline. */
const TIE = new Error("which side failed last is not said");

/** Undefined where the language does not say how it ends. */
export function read(run: Expression, world: World, start: number): Reading | undefined {
  try {
    return go(run, start, { options: {}, caught: [], gated: false }, world);
  } catch (error) {
    if (error === TIE) return undefined;
    throw error;
  }
}

function go(run: Expression, start: number, outer: Around, world: World): Reading {
  if (run.kind === "reject") return { tried: [], end: "rejected", at: start, content: start };
  const around = { ...outer, options: { ...outer.options, ...run.with } };
  const model = (name: string): Expression => ({ kind: "call", model: name });
  switch (run.kind) {
    case "call":
      return tryModel(run.model, start, around, world);
    case "plan":
      return go(world.plans[run.plan] ?? { kind: "reject", status: 500 }, start, around, world);
    case "else":
      return elseChain(
        run.first,
        run.then.map(({ on, run: then }) => [on, then]),
        start,
        around,
        world,
      );
    case "select": {
      const figure = (name: string): number => {
        const { price, quality } = world.models[name] ?? {};
        return run.order === "best" ? -(quality ?? 0) : (price?.input ?? 0);
      };
      const [first = "", ...rest] = [...run.models].sort((a, b) => figure(a) - figure(b));
      return elseChain(
        model(first),
        rest.map((name) => [FAILED, model(name)]),
        start,
        around,
        world,
      );
    }
    case "spread": {
      const drawn = half(run.sides.map(({ share }) => share));
      const names = run.sides.map((side) => side.model);
      const [first = "", ...rest] = [names[drawn] ?? "", ...names.filter((_, index) => index !== drawn)];
      return elseChain(
        model(first),
        rest.map((name) => [FAILED, model(name)]),
        start,
        around,
        world,
      );
    }
    case "split": {
      const side = run.sides[half(run.sides.map(({ share }) => share))];
      return go(side?.run ?? { kind: "reject", status: 500 }, start, around, world);
    }
    case "cascade": {
      let tried: readonly Try[] = [];
      let now = start;
      for (const { run: step, accept } of run.steps) {
        const reading = go(step, now, { ...around, gated: around.gated || accept !== undefined }, world);
        tried = [...tried, ...reading.tried];
        if (accept === undefined) return { ...reading, tried };
        if (reading.end === "rejected") return { ...reading, tried };
        now = reading.at;
        if (reading.met === undefined) continue;
        const verdict = judge(accept, reading.met, reading.scores ?? new Map(), now, world);
        tried = [...tried, ...verdict.tried];
        now = verdict.at;
        if (verdict.accepts === true) {
          return { ...reading, tried, at: now, content: now, scores: verdict.scores };
        }
      }
      throw new Error("a cascade without a last step");
    }
    case "hedge":
      return hedge(
        [[0, run.first], ...run.then.map(({ after, run: side }) => [after, side] as const)],
        start,
        around,
        world,
      );
    default:
      throw new Error(`no ${run.kind} is generated here`);
  }
}

/** The side at the middle. */
function half(shares: readonly number[]): number {
  let sum = 0;
  return shares.findIndex((share) => {
    sum += share;
    return sum > 50;
  });
}

function tryModel(model: string, start: number, { options, caught, gated }: Around, world: World): Reading {
  const local = world.local[model] ?? (start >= world.deadline ? "timeout" : undefined);
  if (local !== undefined) return { tried: [], end: local, at: start, content: NEVER };
  const { retries = 0, retry_on = [], timeout = 60_000 } = { ...world.models[model]?.with, ...options };
  const tried: Try[] = [];
  let given = NEVER;
  let now = start;
  for (let count = 0; ; count++) {
    tried.push({ at: now, model });
    const met = world.met(model, now);
    const comes = met.outcome === "answered" && !world.stream ? met.all : met.first;
    const limit = Math.min(timeout, world.deadline - now);
    const isLate = comes > limit || met.outcome === "timeout";
    const answered = met.outcome === "answered" && !isLate;
    const more = count < retries ? retry_on : [];
    // Of a stream the refusal is known at its end, and its content before.
    const isHeld = isByContent(more);
    const isCut = answered && (isHeld || gated || isByContent(caught)) && now + met.all > world.deadline;
    const refused = answered && met.refused && [...caught, ...more].includes("refused");
    const at = isCut ? world.deadline : now + (isLate ? limit : answered ? met.all : met.first);
    const end = isLate || isCut ? "timeout" : refused ? "refused" : met.outcome;
    if (answered && (world.stream ? !(isHeld && (refused || isCut)) : !refused))
      given = Math.min(given, isHeld ? at : now + comes);
    if (end === "answered") return { tried, end, at, content: given, met };
    now = at + (isLate ? 0 : (met.asks ?? 0)) + Math.floor(Math.min(8_000, 250 * 2 ** count) / 2);
    if (!more.includes(end) || now >= world.deadline) return { tried, end, at, content: given };
  }
}

function isByContent(failures: readonly Failure[]): boolean {
  return failures.includes("refused") || failures.includes("filtered");
}

type Branch = readonly [on: readonly Failure[], run: Expression];

function elseChain(first: Expression, then: readonly Branch[], start: number, around: Around, world: World): Reading {
  let tried: readonly Try[] = [];
  let given = NEVER;
  let run = first;
  let now = start;
  let rest = then;
  for (;;) {
    const later = rest.flatMap(([on]) => on);
    const reading = go(run, now, { ...around, caught: [...around.caught, ...later] }, world);
    tried = [...tried, ...reading.tried];
    const content =
      isByContent(later) && reading.end !== "rejected"
        ? reading.met === undefined
          ? NEVER
          : reading.at
        : reading.content;
    given = Math.min(given, content);
    const { end } = reading;
    const next = end === "answered" || end === "rejected" ? -1 : rest.findIndex(([on]) => on.includes(end));
    const branch = rest[next];
    if (branch === undefined) return { ...reading, tried, content: given };
    run = branch[1];
    now = reading.at;
    rest = rest.slice(next + 1);
  }
}

type Side = readonly [after: number, run: Expression];

function hedge(sides: readonly Side[], start: number, around: Around, world: World): Reading {
  const readings: Reading[] = [];
  let starts = start;
  for (const [index, [after, run]] of sides.entries()) {
    const before = readings[index - 1];
    if (before !== undefined) {
      const failsAt = before.end === "answered" || before.end === "rejected" ? NEVER : before.at;
      starts = Math.min(starts + after, failsAt);
    }
    if (readings.some(({ content }) => content < starts)) break;
    readings.push(go(run, starts, around, world));
  }
  const won = Math.min(...readings.map(({ content }) => content));
  const winner = readings.find(({ content }) => content === won);
  if (won < NEVER && winner !== undefined) {
    const tried = readings.flatMap((reading) => reading.tried.filter(({ at }) => reading === winner || at < won));
    return { ...winner, tried };
  }
  const last = readings.reduce((latest, reading) => (reading.at >= latest.at ? reading : latest));
  if (readings.some(({ at, end }) => at === last.at && end !== last.end)) throw TIE;
  return { ...last, tried: readings.flatMap((reading) => reading.tried) };
}

interface Verdict {
  /** Undefined where it cannot be said. */
  readonly accepts: boolean | undefined;
  readonly at: number;
  readonly tried: readonly Try[];
  readonly scores: Scores;
}

/** Gates here have at most one judge. */
function judge(gate: GateCondition, met: Met, scores: Scores, at: number, world: World): Verdict {
  const [name = ""] = judgesIn(gate);
  const without = settle(gate, met, scores.has(name) ? scores.get(name) : "open");
  if (without !== "open") return { accepts: without, at, tried: [], scores };
  // A judge needs nothing that the request needs.
  const local = Object.fromEntries(Object.entries(world.local).filter(([, failure]) => failure !== "unsupported"));
  const said = tryModel(name, at, { options: {}, caught: [], gated: false }, { ...world, local, stream: false });
  const score = said.met === undefined || said.met.refused ? undefined : said.met.score;
  const accepts = settle(gate, met, score);
  const known = new Map([...scores, [name, score]]);
  return { accepts: accepts === "open" ? undefined : accepts, at: said.at, tried: said.tried, scores: known };
}

/** `score` is "open" as long as the judge was not asked. */
function settle(gate: GateCondition, met: Met, score: number | undefined | "open"): boolean | undefined | "open" {
  if (gate.kind === "test") {
    if (gate.fact === "refused") return met.refused;
    if (gate.fact === "judge") return typeof score === "number" ? score >= 0.5 : score;
    if (gate.fact === "answer") return !met.refused;
    throw new Error(`no gate on ${gate.fact} is generated here`);
  }
  const inner = gate.of.map((of) => settle(of, met, score));
  if (gate.kind === "not") return typeof inner[0] === "boolean" ? !inner[0] : inner[0];
  const settled = gate.kind === "or";
  if (inner.includes(settled)) return settled;
  if (inner.includes("open")) return "open";
  return inner.includes(undefined) ? undefined : !settled;
}

function judgesIn(gate: GateCondition): readonly string[] {
  if (gate.kind !== "test") return gate.of.flatMap(judgesIn);
  return gate.judge === undefined ? [] : [gate.judge.model];
}
