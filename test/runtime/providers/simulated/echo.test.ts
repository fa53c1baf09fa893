/** What a simulated provider says that was told nothing. */
import { describe, expect, test } from "vitest";
import { usageOfAnswer, usageOfStream } from "../../../../runtime/plan/usage.ts";
import { lab } from "./harness.ts";

async function said(more: object = {}, stream = false): Promise<string> {
  const talk = await (await lab()).ask({ stream, ...more }, { stream });
  expect(talk.told).toEqual(["head 200", "data", "end"]);
  return talk.text();
}

describe("the simulated provider", () => {
  test("names the model and echoes the last user message", async () => {
    expect(JSON.parse(await said())).toMatchObject({
      model: "gpt-small",
      choices: [{ message: { content: "gpt-small (simulated) heard: Hello?" }, finish_reason: "stop" }],
    });
  });

  test("echoes a short form of a long one", async () => {
    const messages = [
      { role: "user", content: "first" },
      { role: "user", content: [{ type: "text", text: `a\n\n${"😀".repeat(100)}` }] },
      { role: "assistant", content: "last" },
    ];
    const { content } = JSON.parse(await said({ messages })).choices[0].message;
    expect(content).toBe(`gpt-small (simulated) heard: a ${"😀".repeat(57)}…`);
  });

  test("says the same to the same request, and something else to another", async () => {
    expect(await said()).toBe(await said());
    expect(JSON.parse(await said()).id).not.toBe(JSON.parse(await said({ seed: 1 })).id);
  });

  test("streams the same words in several events", async () => {
    const events = (await said({}, true)).split("\n\n").slice(0, -1);
    expect(events.at(-1)).toBe("data: [DONE]");
    const deltas = events.slice(0, -1).map((event) => JSON.parse(event.slice(6)).choices[0].delta.content ?? "");
    expect(deltas.length).toBeGreaterThan(3);
    expect(deltas.join("")).toBe("gpt-small (simulated) heard: Hello?");
  });

  test("reports the same usage either way, in a stream only when asked to", async () => {
    const whole = usageOfAnswer(Buffer.from(await said()));
    const withUsage = usageOfStream(Buffer.from(await said({ stream_options: { include_usage: true } }, true)));
    expect(whole).toEqual(withUsage);
    expect(whole).toEqual({ prompt: 9, cached: 0, written: 0, completion: 9 });
    expect(usageOfStream(Buffer.from(await said({}, true)))).toBeUndefined();
  });

  test("is as sure of each word as the request has it, the same whole and streamed", async () => {
    expect(JSON.parse(await said()).choices[0].logprobs).toBeNull();
    const asked = { logprobs: true, top_logprobs: 2 };
    const { content } = JSON.parse(await said(asked)).choices[0].logprobs;
    expect(content.map(({ token }: { token: string }) => token).join("")).toBe("gpt-small (simulated) heard: Hello?");
    for (const { token, logprob, top_logprobs } of content) {
      expect(logprob).toBeGreaterThanOrEqual(Math.log(1 / 3));
      expect(logprob).toBeLessThanOrEqual(0);
      expect(top_logprobs).toMatchObject([{ token, logprob }, { token: "…" }]);
    }
    const events = (await said(asked, true)).split("\n\n").slice(0, -2);
    const streamed = events.flatMap((event) => JSON.parse(event.slice(6)).choices[0].logprobs?.content ?? []);
    expect(streamed).toHaveLength(content.length);
    expect(streamed[0].token).toBe(content[0].token);
  });

  test("writes no more than it is asked to, and says so", async () => {
    const cut = { max_completion_tokens: 3 };
    expect(JSON.parse(await said(cut))).toMatchObject({
      choices: [{ message: { content: "gpt-small (s" }, finish_reason: "length" }],
      usage: { completion_tokens: 3 },
    });
    expect(await said(cut, true)).toContain('"finish_reason":"length"');
  });

  test.each(["no json", "null"])("answers 400 to %s", async (body) => {
    const talk = await (await lab()).ask({}, { body: Buffer.from(body) });
    expect(talk.status).toBe(400);
    expect(JSON.parse(talk.text()).error.type).toBe("invalid_request_error");
  });

  test("stops while paused, and for good when given up", async () => {
    const talk = (await lab()).send({ stream: true }, { stream: true });
    await talk.heard("data");
    talk.control.pause();
    const heard = talk.chunks.length;
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(talk.chunks).toHaveLength(heard);
    talk.control.resume();
    await new Promise(setImmediate);
    expect(talk.chunks.length).toBeGreaterThan(heard);
    talk.control.abort();
    talk.control.resume();
    const all = talk.chunks.length;
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(talk.chunks).toHaveLength(all);
    expect(talk.told).not.toContain("end");
  });
});
