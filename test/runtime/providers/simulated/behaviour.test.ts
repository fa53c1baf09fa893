/** When a simulated provider answers, and what: on virtual time, and the same whenever it is asked again. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Simulated, SimulatedAnswer } from "../../../../runtime/table/index.ts";
import { lab, timedLab } from "./harness.ts";

const answers = (...all: SimulatedAnswer[]) => lab({ answers: all });
const asking = (content: string) => ({ messages: [{ role: "user", content }] });
const contentOf = (text: string) => JSON.parse(text).choices[0].message.content;

/** Of so many calls, one after the other, what `of` says of each. */
async function calls(
  count: number,
  simulated: Simulated,
): Promise<{ readonly first: number; readonly last: number }[]> {
  const { times } = await timedLab(simulated);
  return Array.from({ length: count }, () => times());
}

describe("latency", () => {
  test("is what is stated, to the first token and, without a speed, to the last", async () => {
    const { times } = await timedLab({ latency: { from: 300, to: 300 } });
    expect(times()).toEqual({ first: 300, last: 300 });
    expect(times(true)).toEqual({ first: 300, last: 300 });
  });

  test("lies anywhere in a range", async () => {
    const all = (await calls(200, { latency: { from: 200, to: 800 } })).map(({ first }) => first);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(200);
    expect(Math.max(...all)).toBeLessThanOrEqual(800);
    expect(all.filter((each) => each < 500).length / 200).toBeCloseTo(0.5, 1);
  });

  test("has the quantiles that are asked for", async () => {
    // p50 400ms, p99 3s
    const all = (await calls(400, { latency: { median: 400, sigma: 0.8661 } })).map(({ first }) => first);
    const share = (above: number) => all.filter((each) => each > above).length / all.length;
    expect(share(400)).toBeCloseTo(0.5, 1);
    expect(share(3_000)).toBeLessThan(0.03);
    expect(share(1_500)).toBeGreaterThan(0.02);
  });
});

describe("speed", () => {
  // "gpt-small (simulated) heard: Hello?" is nine tokens.
  test("spreads the words of a stream over the time that its tokens take", async () => {
    const { clock, send } = await timedLab({ latency: { from: 100, to: 100 }, speed: 10 });
    const talk = send({ stream: true }, { stream: true });
    const heard: number[] = [];
    for (let at = 0; at <= 1_000; at += 100) {
      heard.push((talk.text().match(/"content":" ?[^"]/g) ?? []).length);
      clock.advance(100);
    }
    // `gpt-small` at once, ` (simulated)` 2.25 tokens after it, ` heard:` after 5.25, ` Hello?` after 7.
    expect(heard).toEqual([0, 1, 1, 1, 2, 2, 2, 3, 4, 4, 4]);
    expect(talk.told.at(-1)).toBe("end");
  });

  test("is as long for an answer that comes whole", async () => {
    const { times } = await timedLab({ latency: { from: 100, to: 100 }, speed: 10 });
    expect(times()).toEqual({ first: 1_000, last: 1_000 });
    expect(times(true)).toEqual({ first: 100, last: 1_000 });
  });

  test("a pause holds words back, and no later than they would have come they come after it", async () => {
    const { clock, send } = await timedLab({ latency: { from: 100, to: 100 }, speed: 10 });
    const talk = send({ stream: true }, { stream: true });
    clock.advance(50);
    talk.control.pause();
    clock.advance(2_000);
    expect(talk.told).toEqual([]);
    talk.control.resume();
    clock.advance(0);
    expect(talk.told).toEqual(["head 200", "data", "end"]);
  });

  test("whenever it is paused, and for how long, nothing comes meanwhile and all of it in the end", async () => {
    const pauses = fc.array(fc.record({ after: fc.nat(400), paused: fc.nat(2_000) }), { maxLength: 6 });
    const setting: Simulated = { latency: { from: 0, to: 500 }, speed: 10 };
    const undisturbed = (await (await lab()).stream()).text();
    await fc.assert(
      fc.asyncProperty(pauses, async (all) => {
        const { clock, send } = await timedLab(setting);
        const talk = send({ stream: true }, { stream: true });
        for (const { after, paused } of all) {
          clock.advance(after);
          talk.control.pause();
          const heard = talk.chunks.length;
          clock.advance(paused);
          expect(talk.chunks).toHaveLength(heard);
          talk.control.resume();
        }
        clock.run();
        expect(talk.text()).toBe(undisturbed);
        expect(talk.told.at(-1)).toBe("end");
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ["before it begins", 50, 0],
    ["in the middle", 500, 2],
  ])("a call that is given up %s says nothing more", async (_, after, words) => {
    const { clock, send } = await timedLab({ latency: { from: 100, to: 100 }, speed: 10 });
    const talk = send({ stream: true }, { stream: true });
    clock.advance(after);
    talk.control.abort();
    talk.control.resume();
    clock.advance(5_000);
    expect(talk.text().match(/"content":" ?[^"]/g) ?? []).toHaveLength(words);
    expect(talk.told).not.toContain("end");
    expect(clock.pending()).toBe(0);
  });
});

describe("failures", () => {
  const statuses = async (count: number, simulated: Simulated): Promise<number[]> => {
    const { ask } = await lab(simulated);
    const all = [];
    for (let call = 0; call < count; call++) all.push((await ask()).status);
    return all;
  };

  test("come as the script has them, and then by their shares", async () => {
    expect(await statuses(5, { script: ["overloaded", "answered", "rate_limited"] })).toEqual([
      503, 200, 429, 200, 200,
    ]);
    expect(await statuses(4, { script: ["answered"], fail: [{ share: 100, failure: "server_error" }] })).toEqual([
      200, 500, 500, 500,
    ]);
  });

  test("have their shares of many calls, the same calls each time", async () => {
    const fail: Simulated["fail"] = [
      { share: 20, failure: "overloaded" },
      { share: 10, failure: "server_error" },
    ];
    const all = await statuses(400, { fail });
    const share = (status: number) => all.filter((each) => each === status).length / all.length;
    expect([share(503), share(500)]).toEqual([expect.closeTo(0.2, 1), expect.closeTo(0.1, 1)]);
    expect(await statuses(400, { fail })).toEqual(all);
  });

  test("take as long as an answer's first token", async () => {
    const { times } = await timedLab({ latency: { from: 250, to: 250 }, script: ["overloaded", "unreachable"] });
    expect([times(), times()]).toEqual([
      { first: 250, last: 250 },
      { first: 250, last: 250 },
    ]);
  });

  test("a timeout is silence, until it is given up", async () => {
    const { clock, send } = await timedLab({ fail: [{ share: 100, failure: "timeout" }] });
    const talk = send();
    clock.advance(86_400_000);
    expect(talk.told).toEqual([]);
    talk.control.abort();
  });
});

describe("answers", () => {
  test.each([
    ["the whole of what was said", { prompt: "Hello? " }, "Hello?"],
    ["a part of it, in any case", { contains: "REFUND" }, "May I have a refund, please?"],
    ["the model", { model: "gpt-small" }, "anything"],
    ["nothing", {}, "anything"],
  ])("go by %s", async (_, by, content) => {
    const { ask } = await answers({ ...by, answer: "Yes.\n" });
    expect(contentOf((await ask(asking(content))).text())).toBe("Yes.\n");
  });

  test.each([
    ["a prompt that was not asked", { prompt: "Hello" }],
    ["another model", { model: "gpt-large" }],
    ["all of its conditions but one", { prompt: "Hello?", contains: "refund" }],
  ])("are not given to %s", async (_, by) => {
    const { ask } = await answers({ ...by, answer: "Yes." });
    expect(contentOf((await ask()).text())).toBe("gpt-small (simulated) heard: Hello?");
  });

  test("the first that fits is given", async () => {
    const { ask } = await answers({ contains: "hello", answer: "first" }, { answer: "second" });
    expect(contentOf((await ask()).text())).toBe("first");
    expect(contentOf((await ask(asking("Bye."))).text())).toBe("second");
  });

  test("may be as sure as they say", async () => {
    const { ask } = await answers({ answer: "I am not so sure.", confidence: 0.25 });
    const { content } = JSON.parse((await ask({ logprobs: true })).text()).choices[0].logprobs;
    expect(content.map(({ logprob }: { logprob: number }) => Math.exp(logprob))).toEqual(
      Array(5).fill(expect.closeTo(0.25)),
    );
  });
});
