/** What a simulation tells of a request: that of the real table and the real executor. */
import { describe, expect, test } from "vitest";
import {
  type Behaviour,
  createSimulation,
  MissingSignal,
  type SimulatedRequest,
  type Trace,
  tried,
  type World,
} from "../../../runtime/simulation/index.ts";
import { FAILURES, load } from "../../../runtime/table/index.ts";
import { tableOf } from "../../compiler/support.ts";
import { MODELS } from "../../support/policies.ts";

const NOON = Date.UTC(2026, 2, 2, 12);
const HEAD = `request {
  tier   free | pro  from header "x-tier"  default free
  tenant string      from header "x-tenant"  default ""
}
${MODELS}
model sure = demo "sure" { context 32k  output 4k  price { input $0.10, output $0.40 }  can [logprobs] }
`;

/** What is said of a request, and what models do with it. */
interface Said extends Omit<SimulatedRequest, "model">, Omit<World, "models"> {
  readonly models?: ReadonlyMap<string, Behaviour>;
}

function simulation(policy: string, { used, down, models }: Said = {}) {
  const world = {
    ...(used && { used }),
    ...(down && { down }),
    ...(models && { models: new Map([...models].map(([model, behaviour]) => [model, [{ behaviour }]])) }),
  };
  return createSimulation(load(tableOf(`${HEAD}\n${policy}`)), { now: NOON, seed: 1 }, world);
}

/** The trace of one request to route `chat` of this policy. */
function traced(policy: string, said: Said = {}): Trace {
  return simulation(policy, said).run({ model: "chat", ...said });
}

/** How it went, in a line. */
function told({ attempts, outcome }: Trace): string {
  const way = attempts.map(({ model, judge, end, failure }) => `${judge ? "judge " : ""}${model} ${failure ?? end}`);
  const status = "status" in outcome ? ` ${outcome.status}` : "";
  return [...way, outcome.kind === "served" ? `served by ${outcome.model}` : `${outcome.kind}${status}`].join(", ");
}

function failing(failures: Readonly<Record<string, (typeof FAILURES)[number]>>): Said {
  return { models: new Map(Object.entries(failures).map(([model, fails]) => [model, { fails }])) };
}

const CHAIN = "route chat -> small else large";
const CASCADE = `route chat -> cascade {
  sure  accept when confidence >= 0.8 and not refused
  large accept when judge(small, "rubric.md") >= 0.5
  large with { max_tokens 10 }
}`;

test("a request that nothing is wrong with", () => {
  const trace = traced(CHAIN);
  expect(told(trace)).toBe("small answered, served by small");
  expect(trace).toMatchObject({ route: "chat", rule: 0, milliseconds: 10 });
  // 32 tokens at $0.10 and 64 at $0.40 per million, in nano-dollars.
  expect(trace.cost).toBe(32 * 100 + 64 * 400);
});

test.each(FAILURES)("a model fails with %s, and an `else` takes it", (failure) => {
  const trace = traced(`route chat -> small else on ${failure} large`, failing({ small: failure }));
  expect(told(trace)).toBe(`small ${failure}, large answered, served by large`);
  const isLocal = failure === "over_budget" || failure === "unsupported";
  expect(tried(trace)).toEqual(isLocal ? ["large"] : ["small", "large"]);
});

test("a model that times out takes its time, and the deadline is the route's", () => {
  const policy = "route chat {\n  deadline 70s\n  otherwise -> small else large\n}";
  const trace = traced(policy, failing({ small: "timeout", large: "timeout" }));
  expect(told(trace)).toBe("small timeout, large timeout, exhausted 504");
  expect(trace.milliseconds).toBe(70_000);
});

test("retries are attempts of their own", () => {
  const trace = traced("route chat -> small with { retries 2 } else large", failing({ small: "overloaded" }));
  expect(told(trace)).toBe("small overloaded, small overloaded, small overloaded, large answered, served by large");
  expect(tried(trace)).toEqual(["small", "large"]);
});

test("a retry is told from a step that began meanwhile and could not ask", () => {
  const busy: Behaviour = { fails: "overloaded", retryAfter: 20 };
  const models = new Map([["small", [{ behaviour: busy, until: 50 }]]]);
  const policy = "route chat -> hedge { small with { retries 1 } after 2s sure }";
  const attributes = new Map([["prompt_tokens", 40_000]]);
  const made = createSimulation(load(tableOf(`${HEAD}\n${policy}`)), { now: NOON, seed: 1 }, { models });
  expect(told(made.run({ model: "chat", attributes }))).toBe(
    "small overloaded, sure too_long, small answered, served by small",
  );
});

test("what the facts say of a request is found without a call", () => {
  const attributes = new Map([["prompt_tokens", 40_000]]);
  const trace = traced("route chat -> sure else large", { attributes });
  expect(told(trace)).toBe("sure too_long, large answered, served by large");
  expect(tried(trace)).toEqual(["large"]);
});

test.each<[string, Said, string]>([
  ["the gate accepts", {}, "sure answered, served by sure"],
  [
    "it does not",
    { models: new Map([["sure", { answers: { confidence: 0.79 } }]]) },
    "sure declined, large answered, judge small answered, served by large",
  ],
  [
    "the judge does not either",
    {
      models: new Map([
        ["sure", { answers: { refused: true } }],
        ["small", { answers: { answer: "0.4, I think" } }],
      ]),
    },
    "sure declined, large declined, judge small answered, large answered, served by large",
  ],
])("in a cascade %s", (_, said, way) => {
  expect(told(traced(CASCADE, said))).toBe(way);
});

test("a hedge's slow side is called off, and billed", () => {
  const slow: Said = { models: new Map([["small", { answers: {}, after: 5_000 }]]) };
  const trace = traced("route chat -> hedge { small after 1s large }", slow);
  expect(told(trace)).toBe("small dropped, large answered, served by large");
  expect(trace.milliseconds).toBe(1_010);
  expect(trace.attempts.map(({ cost }) => cost > 0)).toEqual([true, true]);
});

test("a budget that is used up has room for nothing that costs", () => {
  const policy = `budget month { limit $10 per month }\n${CHAIN}`;
  expect(told(traced(policy, { used: new Map([["month", 100]]) }))).toBe(
    "small over_budget, large over_budget, exhausted 429",
  );
  // What is left takes the small model's worst case, and not the large one's.
  const rest = `budget month { limit $1 per month }\nroute chat -> large else small`;
  expect(told(traced(rest, { used: new Map([["month", 90]]) }))).toBe(
    "large over_budget, small answered, served by small",
  );
});

test("limits: the caller's is 429 before the first step, one on a model fails its calls", () => {
  const used = new Map([["calls", 100]]);
  expect(told(traced(`limit calls { allow 60 requests per hour }\n${CHAIN}`, { used }))).toBe("refused 429");
  expect(told(traced(`limit calls { on small allow 60 requests per hour }\n${CHAIN}`, { used }))).toBe(
    "small rate_limited, large answered, served by large",
  );
  const pro = `limit calls { for tier == pro  allow 60 requests per hour }\n${CHAIN}`;
  expect(told(traced(pro, { used }))).toBe("small answered, served by small");
});

test("state is what meters and providers are said to be", () => {
  const policy = `budget month { limit $10 per month }
commit deal { on demo  spend $10k per quarter }
route chat {
  when month.left <= $1       -> reject 501
  when deal.behind            -> reject 502
  when deal.pace >= 120%      -> reject 503
  when demo.health == down    -> reject 504
  otherwise                   -> small
}`;
  expect(told(traced(policy))).toBe("small answered, served by small");
  expect(told(traced(policy, { used: new Map([["month", 90]]) }))).toBe("rejected 501");
  expect(told(traced(policy, { used: new Map([["deal", 99]]) }))).toBe("rejected 502");
  expect(told(traced(policy, { used: new Map([["deal", 120]]) }))).toBe("rejected 503");
  expect(told(traced(policy, { down: new Set(["demo"]) }))).toBe("rejected 504");
});

const SIGNALS = `signal vip bool = keywords ["chairman"]
signal mood calm | upset = ask small "prompt.md" else calm
route chat {
  when tier == free   -> small
  when vip            -> large
  when mood == upset  -> large else small
  otherwise           -> small
}`;

test("signals are asked for when they are needed: given, computed, or stood in for", () => {
  const attributes = new Map([["tier", "pro"]]);
  expect(traced(SIGNALS).signals).toEqual([]);
  const given = traced(SIGNALS, { attributes, signals: new Map([["vip", false]]) });
  expect(given.signals).toEqual([
    { name: "vip", value: false, from: "given" },
    { name: "mood", value: "calm", from: "stand-in" },
  ]);
  expect(() => traced(SIGNALS, { attributes })).toThrow(new MissingSignal("vip"));
});

test("what no route serves, and what is not for this caller, is 404", () => {
  const policy = `route chat {\n  for tier == pro\n  otherwise -> small\n}`;
  expect(told(traced(policy))).toBe("refused 404");
  expect(told(traced(policy, { attributes: new Map([["tier", "pro"]]) }))).toBe("small answered, served by small");
  expect(told(simulation(CHAIN).run({ model: "other" }))).toBe("refused 404");
});

test("places: each part of a plan that was carried out, by the way that led there", () => {
  const policy = `plan one = small else large
plan two = split { 100% one }
route chat -> two else (large else small)`;
  const trace = traced(policy, failing({ small: "timeout", large: "server_error" }));
  expect([...trace.reached]).toEqual([
    "rule chat:0",
    "rule chat:0/0",
    "plan two",
    "plan two/0",
    "plan one",
    "plan one/0",
    "plan one/1",
    "rule chat:0/1",
    "rule chat:0/1/0",
    "rule chat:0/1/1",
  ]);
});

test("the same seed gives the same traces, another one may not", () => {
  const draw = (seed: number): string => {
    const policy = load(tableOf(`${HEAD}\nroute chat -> split { 50% small, 50% large }`));
    const made = createSimulation(policy, { now: NOON, seed });
    return Array.from({ length: 40 }, () => tried(made.run({ model: "chat" }))[0]).join();
  };
  expect(draw(1)).toBe(draw(1));
  expect(draw(1)).not.toBe(draw(2));
});

test("requests that are under way together share what is known of models", () => {
  const made = simulation("route chat -> small else large", failing({ small: "overloaded" }));
  const traces: Trace[] = [];
  for (let count = 0; count < 12; count++)
    made.clock.after(count * 1_000, () => made.begin({ model: "chat" }, (trace) => traces.push(trace)));
  made.clock.run();
  // After five failures its breaker is open for ten seconds: its calls do not leave.
  expect(traces.map((trace) => tried(trace).length)).toEqual([2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1]);
});

test("budgets, limits and `allow` count what earlier requests of the same simulation used", () => {
  const policy = `budget day { per tenant  limit $0.002 per day }
provider own { protocol simulated, allow 2 requests per minute }
model mine = own "mine" { context 32k  output 1k  price free }
route chat -> mine else small`;
  const made = simulation(policy);
  const ask = (tenant: string): string => told(made.run({ model: "chat", attributes: new Map([["tenant", tenant]]) }));
  expect([ask("a"), ask("a")]).toEqual(["mine answered, served by mine", "mine answered, served by mine"]);
  expect(ask("a")).toBe("mine rate_limited, small answered, served by small");
  // A call is settled for far less than was set aside; together they leave no room for another one.
  for (let count = 0; count < 20; count++) ask("a");
  expect(ask("a")).toBe("mine rate_limited, small over_budget, exhausted 429");
  expect(ask("b")).toBe("mine rate_limited, small answered, served by small");
  made.clock.advance(60_000);
  expect(ask("a")).toBe("mine answered, served by mine");
});

test("what is allowed per key is counted for each variable that a provider names", () => {
  const policy = `provider own { protocol openai, url "http://localhost/v1", key env ["A", "B"], allow 2 requests per minute per key }
model mine = own "mine" { context 32k  output 1k  price free }
route chat -> mine else small`;
  const made = simulation(policy);
  const ask = (): string => told(made.run({ model: "chat" }));
  const answered = "mine answered, served by mine";
  expect([ask(), ask(), ask(), ask()]).toEqual([answered, answered, answered, answered]);
  expect(ask()).toBe("mine rate_limited, small answered, served by small");
});

test("an answer is given again where the route reuses it: to the same caller, for as long as it says", () => {
  const made = simulation("route chat {\n  reuse 1m per tenant\n  otherwise -> small\n}");
  const ask = (tenant: string): string =>
    made.run({
      model: "chat",
      attributes: new Map([
        ["tenant", tenant],
        ["prompt", "hello"],
      ]),
    }).outcome.kind;
  expect([ask("a"), ask("a"), ask("b")]).toEqual(["served", "reused", "served"]);
  made.clock.advance(60_000);
  expect(ask("a")).toBe("served");
});

test("a strict route leaves out nothing that a model cannot honour", () => {
  const policy = `route chat {\n  strict\n  otherwise -> small with { reasoning high } else large\n}`;
  expect(told(traced(policy))).toBe("small unsupported, large answered, served by large");
});

describe("what providers do", () => {
  const meets = (behaviour: Behaviour, attributes = new Map<string, boolean | number>()): Trace =>
    traced("route chat -> small else large", { attributes, models: new Map([["small", behaviour]]) });

  test("an answer that breaks off goes to the next, unless the client has some of it", () => {
    const breaks: Behaviour = { answers: {}, breaks: true };
    expect(told(meets(breaks))).toBe("small unreachable, large answered, served by large");
    expect(meets(breaks, new Map([["stream", true]])).outcome).toMatchObject({ kind: "broken", model: "small" });
  });

  test.each([
    ["too much", { answers: {}, reports: 1_000 }, 1_000 * (32 * 100 + 64 * 400)],
    ["nothing, so that the worst case counts", { answers: {}, reports: 0 }, 4 * 32 * 100 + 4_000 * 400],
  ])("usage that is reported as %s", (_, behaviour, cost) => {
    expect(meets(behaviour).cost).toBe(cost);
  });

  test("spells begin and end", () => {
    const spells = [{ from: 1_000, until: 2_000, behaviour: { fails: "overloaded" } as const }];
    const world = { models: new Map([["small", spells]]) };
    const policy = load(tableOf(`${HEAD}\nroute chat -> small else large`));
    const made = createSimulation(policy, { now: NOON, seed: 1 }, world);
    const served = [0, 1_000, 1_000].map((wait) => {
      made.clock.advance(wait);
      return tried(made.run({ model: "chat" })).at(-1);
    });
    expect(served).toEqual(["small", "large", "small"]);
  });
});
