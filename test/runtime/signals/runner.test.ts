import { describe, expect, it } from "vitest";
import { SignalError } from "../../../runtime/signals/index.ts";
import { failing, silence } from "../../support/scripted-transport.ts";
import { type Begun, begin, COST, type Setting, says } from "./harness.ts";

const ASKED = `
signal topic  code | other = ask asked { code "program code", other "all else" } timeout 1s else other
signal hard   score        = ask asked "./hard.md" timeout 2s else 0.5
signal mood   calm | upset = ask asked { calm "calm", upset "upset" } else calm
`;

const TIER = 'request { tier free | pro from header "x-tier" default free }\n';

/** The signals' prompts that were asked, in order. */
function asked({ transport }: Begun): string[] {
  return transport.calls.map(({ call }) => {
    const prompt = call.body.toString();
    return prompt.includes("How hard") ? "hard" : prompt.includes("upset") ? "mood" : "topic";
  });
}

function recorded({ signalling }: Begun): string[] {
  return signalling.records.map(
    ({ name, value, milliseconds, cost, attempts, missing }) =>
      `${name} ${value} in ${milliseconds} ms for ${cost} in ${attempts}${missing === undefined ? "" : `: ${missing}`}`,
  );
}

/** Begins, and lets time pass to its end. */
async function ended(setting: Setting): Promise<Begun> {
  const begun = await begin(setting);
  begun.clock.run();
  return begun;
}

describe("only what the decision needs", () => {
  it("is asked: nothing where the rule can be chosen without", async () => {
    const setting = {
      signals: ASKED,
      request: TIER,
      rules: "when tier == pro -> big\n when topic == code -> asked\n otherwise -> big",
      known: { tier: "pro" },
    };
    const run = await begin(setting);
    expect([run.decided(), asked(run), run.signalling.records]).toEqual([1, [], []]);
  });

  it("is asked: what all cases need together, the rest when it is known that it is needed", async () => {
    const rules = `
      when topic == code and hard > 0.6 -> big
      when topic == other and mood == upset -> asked
      otherwise -> big`;
    const script = () => says("other");
    const run = await begin({ signals: ASKED, rules, script });
    expect(asked(run)).toEqual(["topic"]);
    run.clock.advance(10);
    expect(asked(run)).toEqual(["topic", "mood"]);
    expect(run.decided()).toBe(0);
    run.clock.run();
    expect([run.decided(), run.values()]).toEqual([1, { topic: "other", hard: undefined, mood: "calm" }]);
  });

  it("is asked at the same time where all of it is needed whatever comes", async () => {
    const rules =
      "when topic == code and mood == calm -> big\n when topic == other and mood == calm -> asked\n otherwise -> big";
    const run = await begin({
      signals: ASKED,
      rules,
      script: (call) => (call.body.toString().includes("upset") ? says("upset", 30) : says("code", 20)),
    });
    expect(asked(run)).toEqual(["topic", "mood"]);
    run.clock.run();
    expect(run.decided()).toBe(1);
    expect(run.values()).toMatchObject({ mood: "upset" });
  });
});

describe("signals of this process", () => {
  it("are there at once, and decide without waiting", async () => {
    const run = await begin({
      signals: `signal pii bool = patterns [email]\nsignal hard score = classifier "./weights.json"\nsignal topic code | other = ask asked { code "c", other "o" } else other`,
      rules: "when pii -> big\n when hard > 0.5 -> big\n when topic == code -> asked\n otherwise -> big",
      text: "prove it",
    });
    expect([run.decided(), run.transport.calls.length]).toEqual([1, 0]);
    expect(run.values()).toMatchObject({ pii: false, topic: undefined });
    expect(recorded(run)[0]).toBe("pii false in 0 ms for 0 in 0");
  });
});

describe("a signal that cannot be had", () => {
  const HARD = { signals: ASKED, rules: "when hard > 0.6 -> big\n otherwise -> asked" };

  it("is its `else` after its timeout, and its call is given up and paid for in full", async () => {
    const run = await ended({ ...HARD, script: () => silence });
    expect(recorded(run)).toEqual([
      `hard 0.5 in 2000 ms for ${run.ledger.reserved[0]?.worst} in 1: no answer within 2000 ms`,
    ]);
    expect(run.transport.calls.map(({ aborted }) => aborted)).toEqual([true]);
    expect(run.ledger.reserved).toEqual([expect.objectContaining({ settled: run.ledger.reserved[0]?.worst })]);
    expect([run.decided(), run.clock.pending()]).toEqual([1, 0]);
  });

  it("is its `else` when the route's deadline comes first", async () => {
    const run = await ended({ ...HARD, script: () => silence, deadline: 500 });
    expect(recorded(run)).toEqual([expect.stringContaining("hard 0.5 in 500 ms")]);
  });

  it("is its `else` at once, without a call, where the deadline has passed", async () => {
    const run = await begin({ ...HARD, deadline: 0 });
    expect([recorded(run), run.transport.calls.length, run.decided()]).toEqual([
      ["hard 0.5 in 0 ms for 0 in 0: the route's deadline had passed"],
      0,
      1,
    ]);
  });

  it.each([
    ["an error of the provider", () => failing(500), /server_error: /],
    [
      "words around the number",
      () => says("I would say 0.7"),
      /the model answered `I would say 0\.7`, expected a number from 0 to 1/,
    ],
    ["a number that is none", () => says("7"), /answered `7`/],
  ])("is its `else` after %s", async (_, script, missing) => {
    const run = await ended({ ...HARD, script });
    expect(run.values()).toMatchObject({ hard: 0.5 });
    expect(run.signalling.records[0]?.missing).toMatch(missing);
  });

  it("is its `else` where the text is too long for the model, which is not called", async () => {
    const run = await begin({ ...HARD, text: "x".repeat(40_000) });
    expect([run.transport.calls.length, run.decided()]).toEqual([0, 1]);
    expect(recorded(run)[0]).toMatch(/^hard 0\.5 in 0 ms for 0 in 0: too_long: /);
  });

  it("is its `else` where a budget has no room, and nothing leaves", async () => {
    const ledger = { reserve: () => ({ failure: "over_budget" as const, detail: "budget `day` is spent" }) };
    const run = await begin({ ...HARD, ledger });
    expect([run.transport.calls.length, run.decided()]).toEqual([0, 1]);
    expect(recorded(run)).toEqual(["hard 0.5 in 0 ms for 0 in 0: over_budget: budget `day` is spent"]);
  });
});

describe("what it cost", () => {
  it("is in the ledger and in the record, retries and all", async () => {
    const run = await ended({
      signals:
        'model patient = lab "p" { context 8k output 100 price { input $1, output $2 } with { retries 1 } }\nsignal hard score = ask patient "./hard.md" else 0.5',
      rules: "when hard > 0.6 -> big\n otherwise -> asked",
      script: (_, index) => (index === 0 ? failing(503) : says("0.7")),
    });
    expect(run.values()).toEqual({ hard: 0.7 });
    expect(run.ledger.reserved.map(({ model, settled }) => [model, settled])).toEqual([
      ["patient", 0],
      ["patient", COST],
    ]);
    expect(run.signalling.records[0]).toMatchObject({ cost: COST, attempts: 2, missing: undefined });
  });
});

it("tells nothing more when the request is cancelled, and ends its calls", async () => {
  const run = await begin({
    signals: ASKED,
    rules: "when hard > 0.6 -> big\n otherwise -> asked",
    script: () => silence,
  });
  run.clock.advance(100);
  run.signalling.cancel();
  run.signalling.cancel();
  run.clock.run();
  expect([run.decided(), run.transport.calls.map(({ aborted }) => aborted)]).toEqual([0, [true]]);
  expect(recorded(run)).toEqual([
    expect.stringMatching(/^hard 0\.5 in 100 ms for \d+ in 1: the request was cancelled$/),
  ]);
  expect(run.ledger.reserved).toEqual([expect.objectContaining({ settled: run.ledger.reserved[0]?.worst })]);
});

describe("module", () => {
  const CUSTOM = {
    signals: 'signal risk score = module "./risk.js" timeout 1s else 1',
    rules: "when risk > 0.5 -> big\n otherwise -> asked",
  };
  const valueFrom = async (compute: () => unknown): Promise<Begun> =>
    begin({ ...CUSTOM, modules: { "./risk.js": compute } });

  it("gives its value at once, or later", async () => {
    expect((await valueFrom(() => 0.25)).values()).toEqual({ risk: 0.25 });
    const { promise, resolve } = Promise.withResolvers<number>();
    const run = await valueFrom(() => promise);
    expect(run.decided()).toBe(0);
    resolve(0.75);
    await promise;
    expect([run.decided(), run.values()]).toEqual([1, { risk: 0.75 }]);
  });

  it("is told what is asked, and when nobody waits any more", async () => {
    const told: unknown[] = [];
    const run = await begin({
      ...CUSTOM,
      text: "hello",
      modules: {
        "./risk.js": (input, gone) => {
          told.push(input, gone);
          return new Promise(() => {});
        },
      },
    });
    expect(told[0]).toEqual({
      signal: "risk",
      type: { kind: "score" },
      text: "hello",
      messages: [{ role: "user", text: "hello" }],
    });
    run.clock.advance(1000);
    expect(told[1]).toMatchObject({ aborted: true });
    expect(recorded(run)).toEqual(["risk 1 in 1000 ms for 0 in 0: no answer within 1000 ms"]);
  });

  it.each<[string, () => unknown, string]>([
    [
      "throws",
      () => {
        throw new Error("no such table");
      },
      "the module failed: no such table",
    ],
    ["gives what is no score", () => 7, "it gave `7`, expected a number from 0 to 1"],
    ["gives nothing", () => undefined, "it gave `undefined`, expected a number from 0 to 1"],
  ])("is its `else` where it %s", async (_, compute, missing) => {
    const run = await valueFrom(compute);
    expect([run.values(), run.signalling.records[0]?.missing]).toEqual([{ risk: 1 }, missing]);
  });

  it("must be given", async () => {
    await expect(begin(CUSTOM)).rejects.toThrow(
      new SignalError("signal `risk` is computed by the module `./risk.js`, which is not given"),
    );
  });
});
