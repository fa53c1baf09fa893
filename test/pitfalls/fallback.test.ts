/** What users of other gateways ran into with fallback, as plans are carried out; each by the thread that reports it. */
import { expect, test } from "vitest";
import { load } from "../../runtime/index.ts";
import { tableOf } from "../compiler/support.ts";
import { begin, call, carryOut, chain, linked, type Policy } from "../runtime/plan/harness.ts";
import { ask, provided, serve } from "../runtime/proxy/harness.ts";
import { fails } from "../support/fake-provider.ts";
import { answer, breaks, failing, type Script } from "../support/scripted-transport.ts";
import { virtualClock } from "../support/virtual-time.ts";

const A_ELSE_B: Policy = { run: chain(call("a"), call("b")) };

/** The models called where `a` does that. */
const tried = (script: Script, policy: Policy = A_ELSE_B): readonly string[] =>
  carryOut({ ...policy, scripts: { a: script, b: answer(), c: answer() } }).tried();

test("BerriAI/litellm#19985: a model that failed is not tried again after the plan has gone on", () => {
  const retried = { retries: 2, retry_on: ["server_error" as const] };
  const policy = { run: chain(call("a", retried), call("b", retried)) };
  const run = carryOut({ ...policy, scripts: { a: failing(500), b: failing(500) } });
  expect(run.tried()).toEqual(["a", "a", "a", "b", "b", "b"]);
});

test("BerriAI/litellm#7091, #6498: a plan in which all fail ends, and each of its steps was tried once", () => {
  const nested = { run: chain(chain(call("a"), call("b")), chain(call("a"), chain(call("b"), call("a")))) };
  const run = carryOut({ ...nested, scripts: { a: failing(500), b: breaks() } });
  expect(run.tried()).toEqual(["a", "b", "a", "b", "a"]);
  expect(run.told.at(-1)).toMatch(/^exhausted after 5: /);
});

test.each([
  "This model's maximum context length is 8192 tokens, however you requested 9000",
  "Input is too long for requested model.",
  "prompt is too long: 210000 tokens > 200000 maximum",
  "Please reduce the length of the messages",
])(
  "BerriAI/litellm#10793: a prompt that is too long for a model goes on, in whatever words it says so: %s",
  (message) => {
    expect(tried(answer({ error: { message, type: "invalid_request_error", code: null } }, 400))).toEqual(["a", "b"]);
  },
);

test("BerriAI/litellm#21377, mozilla-ai/otari#173: a model that the provider does not have is passed over", () => {
  expect(tried(failing(404, "model_not_found"))).toEqual(["a", "b"]);
  expect(tried(failing(404))).toEqual(["a", "b"]);
});

test("maximhq/bifrost#3261: 403 and 429 go on to the next step", () => {
  expect(tried(failing(403))).toEqual(["a", "b"]);
  expect(tried(failing(429))).toEqual(["a", "b"]);
});

test("maximhq/bifrost#3408: nothing of the policy is in what is sent to a provider", async () => {
  const provider = await provided();
  provider.script(fails(500));
  const policy = load(
    tableOf(`
    provider somebody { protocol openai  url "${provider.url}" }
    model a = somebody "up-a" { context 8k  output 1k  price free }
    model b = somebody "up-b" { context 8k  output 1k  price free }
    route chat -> a with { timeout 5s, retries 1 on [rate_limited] } else b`),
  );
  const { url } = await serve(policy);
  const body = { model: "chat", messages: [{ role: "user", content: "Hello" }], seed: 7 };
  expect((await ask(url, body)).headers.get("x-routec-model")).toBe("b");
  expect(provider.requests.map((request) => JSON.parse(request.body))).toEqual([
    { ...body, model: "up-a" },
    { ...body, model: "up-b" },
  ]);
});

test("agentgateway/agentgateway#1500: a 429 that says nothing of when to come back goes on at once all the same", () => {
  const run = carryOut({ ...A_ELSE_B, scripts: { a: failing(429), b: answer() } });
  expect([run.tried(), run.clock.now()]).toEqual([
    ["a", "b"],
    carryOut({ ...A_ELSE_B, scripts: { a: answer() } }).clock.now(),
  ]);
});

test("agentgateway/agentgateway#1087, agentgateway/website#884: the very first 503 goes on, without anything to be configured", () => {
  expect(tried(failing(503))).toEqual(["a", "b"]);
});

test("tensorzero/tensorzero#2907, #478: each step is retried as often as it says, then the next one is; and no more often", () => {
  const policy = { run: chain(call("a", { retries: 1, retry_on: ["overloaded"] }), call("b")) };
  expect(tried(failing(503), policy)).toEqual(["a", "a", "b"]);
});

test("katanemo/plano#697: on 429 another model is asked", () => {
  expect(tried(failing(429, "rate_limit_exceeded", ["retry-after", "60"]))).toEqual(["a", "b"]);
});

test("envoyproxy/ai-gateway#1855: a 429 that may be retried, under load, ends nothing but its own call", () => {
  const clock = virtualClock();
  const run = linked({ run: call("a", { retries: 1, retry_on: ["rate_limited"] }) });
  const requests = Array.from({ length: 100 }, () =>
    begin({ run: call("a"), linked: run, clock, scripts: [failing(429, null, ["retry-after", "1"]), answer()] }),
  );
  clock.run();
  for (const { told, tried: called } of requests)
    expect([told, called()]).toEqual([[expect.stringMatching(/^whole 200 by a/)], ["a", "a"]]);
});
