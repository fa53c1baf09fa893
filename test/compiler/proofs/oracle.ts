/**
 * What proofs say, the plain way: every request of a small domain is decided, and its plan is carried out in every way in
 * which calls can go. Knows nothing of boxes, measures or shortest ways.
 */
import { FAILED, type Failure } from "../../../runtime/table/index.ts";
import { type Claim, MODELS, type Model, type Node, type Policy, RESIDENCY, type With } from "./arbitrary.ts";

export interface Request {
  readonly tier: string;
  readonly prompt_tokens: number;
  readonly max_tokens: number;
  readonly tools: boolean;
  readonly vision: boolean;
  readonly stream: boolean;
  readonly topic: string;
  readonly risk: number;
}

/** Milliseconds: longer than a deadline. */
const LONG = 1e9;

const LARGEST = Number.MAX_SAFE_INTEGER;

/** Up to each value that a policy or a model's context cuts at: of those between two, the largest costs most. */
const SIZES = [500, 1000, 2000, 3000, 4000, LARGEST - 1, LARGEST];

/** One of each kind that a policy can tell from others, or that is tried again. */
const FAILURES: readonly Failure[] = ["rate_limited", "timeout", "too_long", "refused", "invalid"];

export const REQUESTS: readonly Request[] = ["free", "pro"].flatMap((tier) =>
  SIZES.flatMap((prompt_tokens) =>
    [100, LARGEST].flatMap((max_tokens) =>
      [false, true].flatMap((tools) =>
        [false, true].flatMap((vision) =>
          [false, true].flatMap((stream) =>
            ["code", "other"].flatMap((topic) =>
              [0, 1].map((risk) => ({ tier, prompt_tokens, max_tokens, tools, vision, stream, topic, risk })),
            ),
          ),
        ),
      ),
    ),
  ),
);

const TESTS: Readonly<Record<string, (request: Request) => boolean>> = {
  "tier == free": ({ tier }) => tier === "free",
  "prompt_tokens <= 500": ({ prompt_tokens }) => prompt_tokens <= 500,
  "prompt_tokens <= 4000": ({ prompt_tokens }) => prompt_tokens <= 4000,
  "prompt_tokens > 3000": ({ prompt_tokens }) => prompt_tokens > 3000,
  "needs.tools": ({ tools }) => tools,
  "not needs.vision": ({ vision }) => !vision,
  "max_tokens <= 100": ({ max_tokens }) => max_tokens <= 100,
  "not stream": ({ stream }) => !stream,
  "topic == code": ({ topic }) => topic === "code",
  "risk > 0.5": ({ risk }) => risk > 0.5,
};

function holdsOf(request: Request): (condition: string) => boolean {
  return (condition) => {
    const test = TESTS[condition];
    if (test === undefined) throw new Error(`no test ${condition}`);
    return test(request);
  };
}

/** The plan for a request, and the signals that were asked before it was decided. */
function decide({ rules }: Policy, request: Request): { run: Node; asked: ReadonlySet<string> } {
  const holds = holdsOf(request);
  const asked = new Set<string>();
  for (const { when, or, signals, run } of rules) {
    if (!when.every(holds)) continue;
    const accept = (signal: string): boolean => {
      asked.add(signal.split(" ")[0] as string);
      return holds(signal);
    };
    if (signals.length === 0 || (or !== undefined && holds(or)) || signals.every(accept)) return { run, asked };
  }
  return { run: { kind: "call", model: "a2", with: {} }, asked };
}

type End = "answer" | "reject" | Failure;

interface Call {
  readonly model: string;
  readonly with: With;
  readonly judge?: true;
}

/** One way in which it can go. */
interface Run {
  readonly end: End;
  /** Calls that left. */
  readonly calls: readonly Call[];
  /** Milliseconds. */
  readonly time: number;
  /** Of models whose calls failed. */
  readonly failed: readonly string[];
  /** Content was let out on the way, and is held around it: a stream broke off. */
  readonly broken?: true;
}

/** How a step's model can end, and after how many calls. */
type Step = (call: Call, held: boolean) => readonly Run[];

const isFailure = (end: End): end is Failure => end !== "answer" && end !== "reject";

/** Every way in which a plan can go, those that cannot be told apart once. */
function runsOf(node: Node, step: Step, held: boolean): readonly Run[] {
  switch (node.kind) {
    case "reject":
      return [{ end: "reject", calls: [], time: 0, failed: [] }];
    case "call":
      return step(node, held);
    case "set":
      return distinct(
        orders(node.models).flatMap((order) =>
          runsOf(
            order
              .map((model): Node => ({ kind: "call", model, with: {} }))
              .reduceRight((then, first) => ({ kind: "else", first, on: undefined, then })),
            step,
            held,
          ),
        ),
      );
    case "else": {
      const on: readonly End[] = node.on ?? FAILED;
      const watched = on.includes("refused") || on.includes("filtered");
      const first = watched ? runsOf(node.first, step, true).map(kept) : runsOf(node.first, step, held);
      return distinct(
        first.flatMap((run) =>
          on.includes(run.end) ? runsOf(node.then, step, held).map((next) => inTurn(run, next)) : [run],
        ),
      );
    }
    case "split":
      return distinct([...runsOf(node.first, step, held), ...runsOf(node.then, step, held)]);
    case "cascade": {
      const last = runsOf(node.then, step, held);
      return distinct(
        runsOf(node.first, step, true)
          .map(kept)
          .flatMap((run) => {
            if (run.end === "reject") return [run];
            if (run.end !== "answer") return last.map((next) => inTurn(run, next));
            const tested =
              node.judge === undefined
                ? [run]
                : step({ model: node.judge, with: {}, judge: true }, true).map((judged) => ({
                    ...inTurn(run, judged),
                    end: "answer" as const,
                  }));
            return tested.flatMap((answered) => [answered, ...last.map((next) => inTurn(answered, next))]);
          }),
      );
    }
    case "hedge":
      return hedge(runsOf(node.first, step, held), runsOf(node.then, step, held), 2000);
  }
}

function hedge(first: readonly Run[], second: readonly Run[], after: number): readonly Run[] {
  return distinct(
    first.flatMap((one) => {
      // Nothing was waited for: the second side never starts.
      if (one.end === "reject" && one.calls.length === 0) return [one];
      return second.flatMap((other): Run[] => {
        const start = isFailure(one.end) ? Math.min(one.time, after) : after;
        const calls = [...one.calls, ...other.calls];
        const failed = [...(isFailure(one.end) ? one.failed : []), ...(isFailure(other.end) ? other.failed : [])];
        const late = start + other.time;
        // One that breaks off has called off the other.
        if (isFailure(one.end) && one.broken) return other.broken ? [] : [{ ...one, calls }];
        if (isFailure(other.end) && other.broken) return [{ ...other, calls, time: late, failed }];
        if (isFailure(one.end) && isFailure(other.end))
          return [one.end, other.end].map((end) => ({ end, calls, time: Math.max(one.time, late), failed }));
        const ends: Run[] = [];
        if (!isFailure(one.end)) ends.push({ end: one.end, calls, time: one.time, failed });
        // The first side is then slow, or has failed.
        if (!isFailure(other.end)) ends.push({ end: other.end, calls, time: late, failed });
        return ends;
      });
    }),
  );
}

function inTurn(first: Run, next: Run): Run {
  return {
    end: next.end,
    calls: [...first.calls, ...next.calls],
    time: first.time + next.time,
    failed: [...first.failed, ...next.failed],
    ...((first.broken || next.broken) && { broken: true }),
  };
}

/** What is let out of it is held right there. */
function kept({ broken: _, ...run }: Run): Run {
  return run;
}

/** Of runs that end alike and called the same models, the longest. */
function distinct(runs: readonly Run[]): readonly Run[] {
  const kept = new Map<string, Run>();
  for (const run of runs) {
    const calls = run.calls.map(numberOf).sort((a, b) => a - b);
    const failed = run.failed.length > 1 ? [...new Set(run.failed)].sort() : run.failed;
    const key = `${run.end} ${run.broken} ${calls} ${failed}`;
    const known = kept.get(key);
    if (known === undefined || run.time > known.time) kept.set(key, run);
  }
  return [...kept.values()];
}

/** Works something out once for each object: nothing here is changed once it is made. */
function remembered<Of extends object, T>(make: (of: Of) => T): (of: Of) => T {
  const known = new WeakMap<Of, T>();
  return (of) => {
    const found = known.get(of) ?? make(of);
    known.set(of, found);
    return found;
  };
}

const textOf = remembered((node: Node) => JSON.stringify(node));

/** Equal calls have the same number: there are many runs, of few calls. */
const numbers = new Map<string, number>();
const numberOf = remembered((call: Call) => {
  const text = JSON.stringify(call);
  const number = numbers.get(text) ?? numbers.size;
  numbers.set(text, number);
  return number;
});

/** What of a request it depends on how a plan can go. */
const kindOf = remembered(({ prompt_tokens, tools, vision, stream }: Request) => {
  const tooLong = MODELS.map(({ context }) => prompt_tokens > context && prompt_tokens < LARGEST);
  return [tooLong, tools, vision, stream].join();
});

function orders(models: readonly string[]): string[][] {
  if (models.length <= 1) return [[...models]];
  return models.flatMap((model) => orders(models.filter((other) => other !== model)).map((rest) => [model, ...rest]));
}

function modelOf(name: string): Model {
  return MODELS.find((model) => model.name === name) as Model;
}

/** A call for one request. */
function stepFor(request: Request, budget: boolean): Step {
  const { tools, vision, prompt_tokens, stream } = request;
  return (call, held) => {
    const model = modelOf(call.model);
    const local = (end: Failure): Run => ({ end, calls: [], time: 0, failed: [model.provider] });
    if (call.judge === undefined) {
      if (prompt_tokens > model.context && prompt_tokens < LARGEST) return [local("too_long")];
      const needsTools = tools && call.with.tools !== "none";
      if ((needsTools && !model.can.includes("tools")) || (vision && !model.can.includes("vision")))
        return [local("unsupported")];
    }
    const retries = call.with.retries ?? model.retries;
    // A provider says how long to wait, and a stream that is held takes as long as it takes: up to the deadline.
    const isEndless = retries > 0 || (held && stream && call.judge === undefined);
    const time = isEndless ? LONG : (call.with.timeout ?? 60_000);
    const isFree = model.price[0] === 0 && model.price[1] === 0;
    const runs: Run[] = [];
    const fail = (run: Run, left: boolean): void => {
      runs.push(run);
      if (left && held && stream && call.judge === undefined) runs.push({ ...run, broken: true });
    };
    for (let tries = 1; tries <= retries + 1; tries++) {
      const calls = new Array<Call>(tries).fill(call);
      runs.push({ end: "answer", calls, time, failed: [] });
      for (const end of FAILURES)
        if (tries > retries || end !== "rate_limited") fail({ end, calls, time, failed: [model.provider] }, true);
      if (budget && !isFree)
        fail(
          { end: "over_budget", calls: calls.slice(1), time: retries > 0 ? time : 0, failed: [model.provider] },
          tries > 1,
        );
    }
    return runs;
  };
}

/** A call that fails with `failure`, or answers where a gate may not accept that. */
function outage(failure: Failure, stream: boolean): Step {
  const isLocal = failure === "over_budget" || failure === "unsupported";
  return (call, held) => {
    const failed: Run = { end: failure, calls: [call], time: 0, failed: [modelOf(call.model).provider] };
    const broken: Run[] = held && stream && !isLocal && call.judge === undefined ? [{ ...failed, broken: true }] : [];
    return [{ ...failed, end: "answer", failed: [] }, failed, ...broken];
  };
}

function costOf({ model: name, with: options, judge }: Call, { prompt_tokens, max_tokens }: Request): number {
  const { context, output, price } = modelOf(name);
  const read = judge ? context : Math.min(context, prompt_tokens * 4);
  const wrote = judge ? output : Math.min(output, options.max_tokens ?? output, max_tokens);
  // Dollars a million tokens are thousands of nano-dollars a token.
  return 1000 * (read * price[0] + wrote * price[1]);
}

const BOTH_HOLD: Readonly<Record<string, (model: Model) => boolean>> = {
  "residency == eu": (model) => (model.residency ?? RESIDENCY[model.provider]) === "eu",
  "residency == us": (model) => (model.residency ?? RESIDENCY[model.provider]) === "us",
  "can tools": ({ can }) => can.includes("tools"),
  "price.output <= $5": ({ price }) => price[1] <= 5,
  "context >= 2000": ({ context }) => context >= 2000,
};

const ASKED: Readonly<Record<string, Call>> = { topic: { model: "b1", with: {}, judge: true } };

/** All runs together. */
interface Summary {
  readonly received: ReadonlySet<string>;
  readonly rejects: boolean;
  readonly attempts: number;
  readonly time: number;
  /** What was called, each combination once. */
  readonly bills: readonly (readonly Call[])[];
}

function summary(runs: readonly Run[]): Summary {
  const bills = new Map(runs.map(({ calls }) => [calls.map(numberOf).join(), calls]));
  return {
    received: new Set(runs.flatMap(({ calls }) => calls.map(({ model }) => model))),
    rejects: runs.some(({ end }) => end === "reject"),
    attempts: Math.max(...runs.map(({ calls }) => calls.length)),
    time: Math.max(...runs.map(({ time }) => time)),
    bills: [...bills.values()],
  };
}

/** Decides whether a request of a policy refutes a claim. Remembers runs, by plan and by what they depend on. */
export class Oracle {
  readonly #policy: Policy;
  readonly #runs = new Map<string, Summary>();
  readonly #fewest = new Map<string, number>();

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** Whether this request shows that a claim does not hold. */
  refutes(request: Request, when: readonly string[], claim: Claim): boolean {
    if (!when.every(holdsOf(request))) return false;
    const { run, asked } = decide(this.#policy, request);
    const signals = [...asked].flatMap((name) => ASKED[name] ?? []);
    const http = asked.has("risk");
    const { received, rejects, attempts, time, bills } = this.#runsFor(run, request);
    switch (claim.kind) {
      case "every": {
        const fits = BOTH_HOLD[claim.condition] as (model: Model) => boolean;
        const wrongPlace = http && claim.condition === "residency == eu";
        return wrongPlace || ![...received, ...signals.map((call) => call.model)].every((name) => fits(modelOf(name)));
      }
      case "never": {
        const { provider, upstream } = modelOf(claim.model);
        const models = [...received, ...signals.map((call) => call.model)].map(modelOf);
        return models.some((model) => model.provider === provider && model.upstream === upstream);
      }
      case "no reject":
        return rejects;
      case "attempts":
        return attempts + asked.size > claim.bound;
      case "cost": {
        const asking = signals.reduce((sum, call) => sum + costOf(call, request), http ? 1_000_000 : 0);
        return bills.some((calls) => calls.reduce((sum, call) => sum + costOf(call, request), asking) > claim.bound);
      }
      case "time": {
        const asking = (asked.has("topic") ? 3000 : 0) + (http ? 1000 : 0);
        return Math.min(asking + time, this.#policy.deadline) > claim.bound;
      }
      case "providers":
        return this.#fewestFor(run, request) < claim.bound;
    }
  }

  #runsFor(run: Node, request: Request): Summary {
    const key = `${textOf(run)} ${kindOf(request)}`;
    const known = this.#runs.get(key) ?? summary(runsOf(run, stepFor(request, this.#policy.budget), false));
    this.#runs.set(key, known);
    return known;
  }

  #fewestFor(run: Node, { stream }: Request): number {
    const key = `${textOf(run)} ${stream}`;
    const known = this.#fewest.get(key);
    if (known !== undefined) return known;
    const ends = FAILED.flatMap((failure) => runsOf(run, outage(failure, stream), false)).filter(
      ({ end }) => end !== "answer",
    );
    const fewest = Math.min(...ends.map(({ failed }) => new Set(failed).size));
    this.#fewest.set(key, fewest);
    return fewest;
  }
}
