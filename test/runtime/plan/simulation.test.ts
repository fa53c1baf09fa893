/**
 * Many requests at once over plans of every form, with faults of every kind, under budgets and limits, on a ledger that
 * answers at once or later: what must hold whatever happens.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Facts, factsOf } from "../../../compiler/proofs/facts.ts";
import { ATTEMPTS, costOf } from "../../../compiler/proofs/measures.ts";
import { type Measure, outcomeOf } from "../../../compiler/proofs/outcome.ts";
import { createLedger, type Denied, type Held, type Store } from "../../../runtime/ledger/index.ts";
import {
  type DecisionTable,
  type Expression,
  FAILURES,
  type Meter,
  type Provider,
} from "../../../runtime/table/index.ts";
import { chatCompletion, errorBody } from "../../support/fake-provider.ts";
import { naiveStore } from "../../support/naive-store.ts";
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
import { after } from "../../support/virtual-promise.ts";
import { type VirtualClock, virtualClock } from "../../support/virtual-time.ts";
import { policies } from "./arbitrary.ts";
import { begin, chain, hedge, linked, type Policy, type Run, select, tableOf } from "./harness.ts";

const SEEDS = [5, 6, 7, 8];
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
const PROVIDER: Partial<Provider> = {
  breaker: { failures: 3, window: 100_000, rest: 50_000 },
  allow: [{ count: 3, unit: "requests", window: "minute", per: "key" }],
};
const KEYS = ["one", "two", "three"];

/** A call of these models is worth 10.8 million nano-dollars at most: each meter refuses some of a hundred requests. */
const METERS: Meter[] = [
  {
    kind: "budget",
    name: "tenants",
    per: ["tenant"],
    on: [],
    limit: 400_000_000,
    window: "hour",
    alerts: [10, 50, 90],
  },
  { kind: "budget", name: "sliding", per: [], on: ["a", "c"], limit: 90_000_000, window: 600_000, alerts: [] },
  { kind: "budget", name: "models", per: ["model"], on: [], limit: 60_000_000, window: "minute", alerts: [80] },
  {
    kind: "limit",
    name: "calls",
    per: ["model"],
    on: ["b", "d"],
    allow: [
      { count: 20, unit: "requests", window: 300_000 },
      { count: 60_000, unit: "output tokens", window: "hour" },
    ],
  },
  { kind: "limit", name: "callers", per: ["tenant"], on: [], allow: [{ count: 40, unit: "requests", window: "hour" }] },
  { kind: "commit", name: "contract", per: [], on: ["somebody"], spend: 1_000_000_000, window: "day" },
];
const TENANTS = ["acme", "globex", ""];

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

interface Watched {
  readonly store: Store;
  /** Reservations that are open now; those that were settled twice, ever; those that were refused; and sums beyond their limit. */
  open: number;
  twice: number;
  passed: number;
  refused: number;
}

/** The naive store, which may take its time, watched: no sum that has a limit is ever beyond it. */
function watched(clock: VirtualClock, random: () => number, isSlow: boolean): Watched {
  const naive = naiveStore();
  const within = (totals: readonly number[], limits: readonly number[]): void => {
    for (const [index, total] of totals.entries()) if (total > (limits[index] ?? 0)) seen.passed++;
  };
  const seen: Watched = {
    open: 0,
    twice: 0,
    passed: 0,
    refused: 0,
    store: {
      ...naive,
      reserve(holds, now) {
        const limits = holds.map(({ limit }) => limit);
        const got = naive.reserve(holds, now) as Held | Denied;
        if (got.kind === "denied") seen.refused++;
        else {
          within(got.totals, limits);
          seen.open++;
        }
        let settled = false;
        const told: Held | Denied =
          got.kind === "denied"
            ? got
            : {
                ...got,
                settle(actual) {
                  if (settled) seen.twice++;
                  else seen.open--;
                  settled = true;
                  const totals = got.settle(actual) as readonly number[];
                  within(totals, limits);
                  return totals;
                },
              };
        return isSlow && random() < 0.5 ? after(clock, Math.floor(random() * 20_000), told) : told;
      },
    },
  };
  return seen;
}

/** What `prove` says that a request can come to at most. */
function bound(run: Expression, facts: Facts, measure: Measure): number {
  const { fails, answers, rejects } = outcomeOf(run, {
    facts,
    measure,
    fit: () => ({ called: true, fails: FAILURES }),
    overruns: () => true,
    strict: false,
    streamed: true,
  });
  return Math.max(...[...fails.values(), answers, rejects].map((each) => each?.weight ?? 0));
}

function factsIn({ models, providers, plans }: DecisionTable): Facts {
  const declared = {
    models: models.map((facts) => ({ facts })),
    providers: providers.map((facts) => ({ facts })),
    plans,
  };
  return factsOf(declared as unknown as Parameters<typeof factsOf>[0]);
}

const ENDINGS = /^(whole|begin (data )?(end|broken)|reject|exhausted)$/;
const UNDER_WAY = /^(begin( data)?)?$/;

function shape({ told }: Run): string {
  return told.map((line) => line.split(" ")[0]).join(" ");
}

/** What is wrong with how a request ended, which was cancelled when it had come as far as `before`. */
function wrongEnding(request: Run, before: string | undefined): string[] {
  const ended = shape(request);
  const isRight = before === undefined ? ENDINGS.test(ended) : ended === before;
  return isRight ? [] : [`it ended with \`${ended}\``];
}

/** What is wrong with its calls, of which no more than is proved may leave, and none may be left open. */
function wrongCalls({ execution, transport }: Run, most: { attempts: number; cost: number }): string[] {
  const open = transport.calls.filter(({ aborted, ended }) => !aborted && !ended).length;
  return [
    ...(execution.attempts > most.attempts ? [`${execution.attempts} calls, and at most ${most.attempts}`] : []),
    ...(execution.cost > most.cost ? [`it cost ${execution.cost}, and at most ${most.cost}`] : []),
    ...(transport.calls.length !== execution.attempts
      ? [`of ${transport.calls.length} calls it knows ${execution.attempts}`]
      : []),
    ...(open > 0 ? [`${open} calls are open`] : []),
  ];
}

test.each(SEEDS)(
  `${POLICIES * REQUESTS_EACH} requests are each answered once, within what is proved, and no budget is passed (seed %i)`,
  (seed) => {
    const sampled = fc.sample(policies(500_000), { numRuns: POLICIES, seed });
    const calledWith = new Map<string, number>();
    const sums = { cancelled: 0, called: 0, refused: 0, turnedAway: 0, alerts: 0 };
    for (const [index, { run: random, plans }] of sampled.entries()) {
      const draw = seeded(seed * POLICIES + index);
      const measured: Expression = {
        kind: "adaptive",
        models: ["c", "d", "a"],
        weights: { cost: 1, latency: 2, errors: 3 },
      };
      const run = hedge(chain(select("fastest", "a", "b", "c"), random), [
        120_000,
        chain(select("least_busy", "b", "d"), measured),
      ]);
      const policy: Policy = { run: draw() < 0.5 ? run : random, plans, models: MODELS, provider: PROVIDER };
      const plan = linked(policy);
      const table = tableOf(policy);
      const clock = virtualClock();
      const kept = watched(clock, draw, index % 2 === 0);
      const ledger = createLedger({ ...table, meters: METERS }, kept.store, clock, { alert: () => void sums.alerts++ });
      const facts = factsIn(table);
      const attempts = bound(policy.run, facts, ATTEMPTS);
      const cost = bound(policy.run, facts, costOf({ prompt: 400, completion: Number.MAX_SAFE_INTEGER }, facts));
      const runs: Run[] = [];
      const gone = new Map<Run, string>();

      for (let count = 0; count < REQUESTS_EACH; count++) {
        clock.advance(Math.floor(draw() * APART));
        // Some readers take nothing for a while.
        const readsFrom = clock.now() + (draw() < 0.2 ? 200_000 : 0);
        const tenant = TENANTS[Math.floor(draw() * TENANTS.length)] ?? "";
        const attribute = (): string => tenant;
        const admitted = ledger.admit({ attribute, promptTokens: 100 });
        if ("failure" in admitted) {
          sums.turnedAway++;
          continue;
        }
        if ("finish" in admitted) admitted.finish({ input: 0, output: 0 });
        else void admitted.then((late) => "finish" in late && late.finish({ input: 0, output: 0 }));
        const request = begin({
          ...policy,
          linked: plan,
          stream: draw() < 0.5,
          request: { needs: draw() < 0.2 ? 1 : 0, attribute },
          clock,
          random: draw,
          ledger,
          keys: KEYS,
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
      }
      clock.run();

      const wrong = runs.flatMap((request) => [
        ...wrongEnding(request, gone.get(request)),
        ...wrongCalls(request, { attempts, cost }),
      ]);
      expect(wrong).toEqual([]);
      for (const { key = "none" } of runs.flatMap(({ transport }) => transport.calls)) {
        sums.called++;
        calledWith.set(key, (calledWith.get(key) ?? 0) + 1);
      }
      expect([kept.open, kept.twice, kept.passed, clock.pending()]).toEqual([0, 0, 0, 0]);
      sums.cancelled += gone.size;
      sums.refused += kept.refused;
    }
    const { cancelled, called, refused, turnedAway, alerts } = sums;
    for (const often of [cancelled, refused, turnedAway, alerts]) expect(often).toBeGreaterThan(50);
    expect(called).toBeGreaterThan(POLICIES * REQUESTS_EACH);
    expect([...calledWith.keys()].sort()).toEqual([...KEYS].sort());
  },
  // Half a minute each, where nothing else runs.
  120_000,
);
