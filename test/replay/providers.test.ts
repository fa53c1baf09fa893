/** What calls meet: what was recorded, what was drawn from it, what is stated, and outages. */
import { describe, expect, it } from "vitest";
import { readOutage, readStated } from "../../compiler/replay/index.ts";
import { quantileOf } from "../../compiler/replay/providers/distribution.ts";
import { logged, NOON, type Options, policyOf, replayed } from "./support.ts";

const SMALL_FIRST = policyOf("route chat -> small else large");
const LARGE_ALONE = policyOf("route chat -> large");
const NAMES = ["near", "far", "small", "large"];

const outage = (text: string) => readOutage(text, NAMES, "UTC");
const stated = (json: unknown) => readStated(json, ["small", "large"]);

/** Requests that came one a minute, each of a thousand tokens. */
function minutes(count: number): string[] {
  return ["time,input,output", ...Array.from({ length: count }, (_, minute) => `${NOON + minute * 60_000},900,100`)];
}

async function outcome(policy: typeof SMALL_FIRST, lines: readonly string[], options: Options = {}) {
  const { sums } = (await replayed(policy, lines, options)).policy;
  const models = [...sums.models].map(([name, { served, cost, failures, sources }]) => [
    name,
    { served, dollars: cost / 1e9, ...Object.fromEntries([...failures, ...sources]) },
  ]);
  return { ...Object.fromEntries(models), p50: Math.round(sums.latency.percentiles()?.p50 ?? 0) };
}

describe("a call that was recorded", () => {
  it("goes as it went: the failure, the tokens and the time", async () => {
    const lines = [
      logged(
        0,
        { model: "small", end: "failed", failure: "overloaded", ms: 30 },
        { model: "large", ms: 900, input: 10, output: 20 },
      ),
    ];
    const made = await outcome(SMALL_FIRST, lines);
    expect(made).toMatchObject({
      small: { served: 0, dollars: 0, overloaded: 1, recorded: 1 },
      large: { served: 1, dollars: 0.0003, recorded: 1 },
    });
    expect(Math.abs(made.p50 - 930)).toBeLessThan(10);
  });

  it("is drawn from where the policy calls another model than was recorded, with the tokens of its own request", async () => {
    const others = [1, 2, 3].map((at) =>
      logged(at, { model: "large", first_ms: 100, ms: 300, input: 10, output: 100 }),
    );
    const lines = [logged(0, { model: "small", ms: 50, input: 10, output: 200 }), ...others];
    const made = await outcome(LARGE_ALONE, lines);
    expect(made.large).toMatchObject({ served: 4, recorded: 3, drawn: 1 });
    expect(made.large.dollars).toBeCloseTo((3 * 110 + 210) / 1e5, 9);
  });

  it("is known by the provider's name of its model, too", async () => {
    const line = JSON.stringify({
      request: { model: "chat", messages: [] },
      response: { model: "small-1", usage: { prompt_tokens: 10, completion_tokens: 10 } },
      latency_ms: 77,
    });
    expect(await outcome(SMALL_FIRST, [line])).toMatchObject({ small: { served: 1, recorded: 1 }, p50: 77 });
  });
});

describe("an answer that a gate did not accept", () => {
  it("is not accepted again", async () => {
    const cascade = policyOf("plan up = cascade { small accept when valid_json  large }\nroute chat -> up");
    const line = logged(0, { model: "small", input: 10, output: 10 }, { model: "large", input: 10, output: 10 });
    const { sums } = (await replayed(cascade, [line])).policy;
    expect(sums.models.get("small")).toMatchObject({ calls: 1, declined: 1, served: 0 });
    expect(sums.models.get("large")).toMatchObject({ calls: 1, served: 1 });
  });

  it("is one of the share that is stated", async () => {
    const cascade = policyOf("plan up = cascade { small accept when valid_json  large }\nroute chat -> up");
    const { sums } = (await replayed(cascade, minutes(400), { stated: stated({ small: { accepted: 0.75 } }) })).policy;
    expect(sums.models.get("small")?.declined).toBeGreaterThan(70);
    expect(sums.models.get("small")?.declined).toBeLessThan(130);
  });
});

describe("an outage", () => {
  it("fails the calls of its provider while it lasts, every day", async () => {
    const made = await outcome(SMALL_FIRST, minutes(60), { outages: [outage("near@12:10-12:30")] });
    expect(made).toMatchObject({ small: { served: 40 }, large: { served: 20 } });
  });

  it("may be of one model, with dates, and of another failure", async () => {
    const text = "small@2026-03-02T12:00/2026-03-02T12:05=rate_limited";
    const made = await outcome(SMALL_FIRST, minutes(10), { outages: [outage(text)] });
    expect(made).toMatchObject({ small: { served: 5, rate_limited: 5 }, large: { served: 5 } });
  });

  it.each([
    ["near@12:00", "is no outage"],
    ["near@12:00-25:00", "is no outage"],
    [
      "nobody@12:00-13:00",
      "`nobody` of `nobody@12:00-13:00` is no provider and no model: expected near, far, small, large",
    ],
    ["near@12:00-13:00=tired", "`tired` of `near@12:00-13:00=tired` is no failure"],
    ["near@2026-03-02/2026-03-01", "is no outage"],
  ])("%s is none", (text, message) => expect(() => outage(text)).toThrow(message));
});

describe("what is stated of a model", () => {
  it("is what its calls do", async () => {
    const options = { stated: stated({ small: { first_ms: 200, token_ms: 3 } }) };
    expect((await outcome(SMALL_FIRST, minutes(3), options)).small).toMatchObject({ served: 3, stated: 3 });
    expect(Math.abs((await outcome(SMALL_FIRST, minutes(3), options)).p50 - 500)).toBeLessThan(5);
  });

  it("fails the share of its calls that it says", async () => {
    const options = { stated: stated({ "*": { failures: { server_error: 0.25 } } }) };
    const { large } = await outcome(LARGE_ALONE, minutes(400), options);
    expect(large.served).toBeGreaterThan(270);
    expect(large.served).toBeLessThan(330);
  });

  it("has percentiles between which it goes on a line", () => {
    const points = stated({ small: { first_ms: { p50: 100, p90: 500 } } }).get("small")?.first ?? [];
    expect([0, 0.5, 0.7, 0.9, 1].map((q) => quantileOf(points, q))).toEqual([100, 100, 300, 500, 500]);
  });

  it.each([
    [[], "it is no object"],
    [{ tiny: {} }, "the policy has no model `tiny`: expected small, large, *"],
    [{ small: { speed: 1 } }, "`small` has `speed`: expected first_ms, token_ms, failures, accepted"],
    [{ small: { first_ms: "fast" } }, "`small.first_ms` is no distribution"],
    [{ small: { first_ms: { p50: 9, p90: 3 } } }, "`small.first_ms` has a p90 below its p50"],
    [{ small: { failures: { tired: 0.1 } } }, "`small.failures` has `tired`"],
    [{ small: { failures: { overloaded: 0.7, timeout: 0.7 } } }, "`small.failures` come to more than 1"],
    [{ small: { accepted: 2 } }, "`small.accepted` is `2`: expected a share from 0 to 1"],
  ])("%j is none", (json, message) => expect(() => stated(json)).toThrow(message));
});

it("two policies that ask one model of one request meet the same", async () => {
  const options = { stated: stated({ "*": { first_ms: { p1: 10, p99: 9_000 }, failures: { overloaded: 0.3 } } }) };
  const alone = await replayed(LARGE_ALONE, minutes(50), options);
  const beside = await replayed(LARGE_ALONE, minutes(50), { ...options, against: SMALL_FIRST });
  expect(beside.policy.sums.latency.percentiles()).toEqual(alone.policy.sums.latency.percentiles());
  expect(beside.moved.every(({ from, to }) => from !== to)).toBe(true);
});

describe("a signal that was not recorded", () => {
  const hard = policyOf(`signal shouting bool = keywords ["urgent"]
route chat { when shouting -> large  otherwise -> small }`);
  const request = (content: string) => JSON.stringify({ model: "chat", messages: [{ role: "user", content }] });

  it("is computed where the prompt was", async () => {
    expect(await outcome(hard, [request("urgent: now"), request("later"), request("later still")])).toMatchObject({
      small: { served: 2 },
      large: { served: 1 },
    });
  });

  it("is missing where it was not, which is counted", async () => {
    const { sums } = (await replayed(hard, minutes(3))).policy;
    expect([sums.total.requests, sums.undecided]).toEqual([0, new Map([["shouting", 3]])]);
  });
});

it("a stream has its first content early and is not idle until its end; an unstreamed answer has all of it at the end", async () => {
  const policy = policyOf("route chat -> small with { timeout 20s, idle 5s } else large with { timeout 5m }");
  const options = { stated: stated({ "*": { first_ms: 500, token_ms: 400 } }) };
  const of = async (stream: string) => {
    const { sums } = (await replayed(policy, minutes(3), { ...options, set: { stream } })).policy;
    const seconds = ["first", "latency"].map((what) => sums[what as "first"].percentiles()?.max);
    return { small: sums.models.get("small")?.served, seconds };
  };
  expect(await of("true")).toEqual({ small: 3, seconds: [500, 40_500] });
  // 40 seconds are more than the 20 in which `small` must answer.
  expect(await of("false")).toEqual({ small: 0, seconds: [60_500, 60_500] });
});
