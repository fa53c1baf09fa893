/** Many requests at once over plans of every form, with faults of every kind: what must hold whatever happens. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Ledger } from "../../../runtime/plan/index.ts";
import type { Expression, GateCondition, Options } from "../../../runtime/table/index.ts";
import { chatCompletion, errorBody } from "../../support/fake-provider.ts";
import {
  answer,
  breaks,
  failing,
  type Script,
  silence,
  stream,
  streamEvents,
  streamHead,
  wait,
} from "../../support/scripted-transport.ts";
import { virtualClock } from "../../support/virtual-time.ts";
import { type ArbitraryPolicy, policies } from "./arbitrary.ts";
import { begin, chain, hedge, linked, type Run, select } from "./harness.ts";

const POLICIES = 250;
const REQUESTS_EACH = 100;
/** Milliseconds between two requests at most: so that some twenty are under way at once. */
const APART = 40_000;

const MODELS = Object.fromEntries(
  [..."abcdef"].map((name) => [
    name,
    name === "f" ? { can: [] } : { with: { timeout: 500_000, retries: 1, retry_on: ["overloaded" as const] } },
  ]),
);
const PROVIDER = { breaker: { failures: 3, window: 100_000, rest: 50_000 } };

/** Uniform in [0, 1): mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

const CONTENT = '{"choices":[{"delta":{"content":"0.7"}}]}';
const WHOLE: readonly Script[] = [
  answer(chatCompletion("0.7")),
  answer(chatCompletion("0.2")),
  answer(chatCompletion("")),
  answer("<html></html>"),
  answer(errorBody("rate_limit_exceeded")),
  [...answer().slice(0, 2), ...breaks()],
  answer().slice(0, 1),
];
const STREAMED: readonly Script[] = [
  stream(),
  stream([CONTENT, "[DONE]"]),
  [...streamHead(), ...streamEvents([CONTENT])],
  [...streamHead(), ...streamEvents([CONTENT]), ...breaks()],
  [...streamHead(), ...streamEvents([CONTENT, JSON.stringify(errorBody("server_error"))]), ...breaks()],
  stream([]),
  streamHead(),
];
const EITHER: readonly Script[] = [
  silence,
  breaks(),
  breaks(false),
  failing(429, null, ["retry-after", "20"]),
  failing(503),
  failing(500).slice(0, 2),
  failing(401),
  failing(400),
  failing(400, "content_filter"),
];

/** A script with pauses in it. */
function scriptBy(random: () => number, streamed: boolean): Script {
  const good = streamed ? STREAMED : WHOLE;
  const all = random() < 0.6 ? good : EITHER;
  const script = all[Math.floor(random() * all.length)] ?? silence;
  return script.flatMap((step) => [...wait(Math.floor(random() * 60_000)), step]);
}

interface Books {
  readonly ledger: Ledger;
  /** Reservations that are open now; and those that were settled twice, ever. */
  open: number;
  twice: number;
}

function books(random: () => number): Books {
  const kept: Books = {
    open: 0,
    twice: 0,
    ledger: {
      reserve() {
        if (random() < 0.1) return undefined;
        let settled = false;
        kept.open++;
        return {
          settle(actual) {
            expect(actual).toBeGreaterThanOrEqual(0);
            if (settled) kept.twice++;
            else kept.open--;
            settled = true;
          },
        };
      },
    },
  };
  return kept;
}

/** Calls that a plan can make: an upper bound, read off the table. */
function mostCalls(run: Expression, plans: ArbitraryPolicy["plans"], outer: Options): number {
  if (run.kind === "reject") return 0;
  const options = { ...outer, ...run.with };
  const within = (part: Expression): number => mostCalls(part, plans, options);
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  const tries = 1 + (options.retries ?? 1);
  switch (run.kind) {
    case "call":
      return tries;
    case "plan":
      return within(plans[run.plan] ?? { kind: "reject", status: 500 });
    case "select":
    case "adaptive":
      return run.models.length * tries;
    case "spread":
      return run.sides.length * tries;
    case "split":
      return Math.max(...run.sides.map((side) => within(side.run)));
    case "cascade":
      // Judges have the options of their models only.
      return sum(
        run.steps.map(({ run: step, accept }) => within(step) + (accept === undefined ? 0 : 2 * judges(accept))),
      );
    case "else":
    case "hedge":
      return within(run.first) + sum(run.then.map((branch) => within(branch.run)));
  }
}

function judges(gate: GateCondition): number {
  return gate.kind === "test" ? Number(gate.fact === "judge") : gate.of.reduce((sum, of) => sum + judges(of), 0);
}

const ENDINGS = /^(whole|begin (data )?(end|broken)|reject|exhausted)$/;
const UNDER_WAY = /^(begin( data)?)?$/;

function shape({ told }: Run): string {
  return told.map((line) => line.split(" ")[0]).join(" ");
}

test(`${POLICIES * REQUESTS_EACH} requests are each answered once, within their calls, and all books are closed`, () => {
  const sampled = fc.sample(policies(500_000), { numRuns: POLICIES, seed: 5 });
  let cancelled = 0;
  let called = 0;
  for (const [index, { run: random, plans }] of sampled.entries()) {
    const draw = seeded(index);
    const measured: Expression = {
      kind: "adaptive",
      models: ["c", "d", "a"],
      weights: { cost: 1, latency: 2, errors: 3 },
    };
    const run = hedge(chain(select("fastest", "a", "b", "c"), random), [
      120_000,
      chain(select("least_busy", "b", "d"), measured),
    ]);
    const policy = { run: draw() < 0.5 ? run : random, plans, models: MODELS, provider: PROVIDER };
    const plan = linked(policy);
    const clock = virtualClock();
    const kept = books(draw);
    const most = mostCalls(policy.run, plans, {});
    const runs: Run[] = [];
    const gone = new Map<Run, string>();

    for (let count = 0; count < REQUESTS_EACH; count++) {
      // Some readers take nothing for a while.
      const readsFrom = clock.now() + (draw() < 0.2 ? 200_000 : 0);
      const request = begin({
        ...policy,
        linked: plan,
        stream: draw() < 0.5,
        request: { needs: draw() < 0.2 ? 1 : 0 },
        clock,
        random: draw,
        ledger: kept.ledger,
        deadline: Math.floor(draw() * 3_000_000),
        takes: () => clock.now() >= readsFrom,
        scripts: (_model, streamed) => scriptBy(draw, streamed),
      });
      runs.push(request);
      clock.after(200_000, () => request.execution.resume());
      if (draw() < 0.1) {
        clock.after(Math.floor(draw() * 500_000), () => {
          if (!UNDER_WAY.test(shape(request))) return;
          request.execution.cancel();
          gone.set(request, shape(request));
        });
      }
      clock.advance(Math.floor(draw() * APART));
    }
    clock.run();

    for (const request of runs) {
      const before = gone.get(request);
      if (before === undefined) expect(shape(request)).toMatch(ENDINGS);
      else expect(shape(request)).toBe(before);
      expect(request.execution.attempts).toBeLessThanOrEqual(most);
      expect(request.transport.calls).toHaveLength(request.execution.attempts);
      expect(request.transport.calls.filter(({ aborted, ended }) => !aborted && !ended)).toEqual([]);
      called += request.execution.attempts;
    }
    expect([kept.open, kept.twice, clock.pending()]).toEqual([0, 0, 0]);
    cancelled += gone.size;
  }
  expect(cancelled).toBeGreaterThan(100);
  expect(called).toBeGreaterThan(POLICIES * REQUESTS_EACH);
});
