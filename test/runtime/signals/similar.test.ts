import { describe, expect, it } from "vitest";
import { link, openLedger, systemClock, systemRandom } from "../../../runtime/plan/index.ts";
import { createTransport } from "../../../runtime/providers/index.ts";
import { embed } from "../../../runtime/signals/embed.ts";
import { answersWith } from "../../support/fake-provider.ts";
import { answer, failing } from "../../support/scripted-transport.ts";
import { call, model, provider, table } from "../../support/table.ts";
import { provided } from "../proxy/harness.ts";
import { type Begun, begin, embeds, FILES } from "./harness.ts";

const FAQ = {
  signals: 'signal faq bool = similar to "./faq.jsonl" using words above 0.9 timeout 1s else false',
  rules: "when faq -> big\n otherwise -> asked",
};

/** What was sent to be embedded, a list for each call. */
function embedded({ transport }: Begun): unknown[] {
  return transport.calls.map(({ call: { endpoint, body } }) => [endpoint, JSON.parse(body.toString()).input]);
}

const EXAMPLES = ["How do I reset my password?", "Where are my invoices?"];

describe("similar", () => {
  it.each([
    ["my password, please", true],
    ["how is the weather", false],
  ])("embeds the examples and the text, and compares them: `%s`", async (text, near) => {
    const run = await begin({ ...FAQ, text, script: embeds });
    expect(embedded(run)).toEqual([
      ["embeddings", EXAMPLES],
      ["embeddings", [text]],
    ]);
    run.clock.run();
    expect([run.decided(), run.values()]).toEqual([1, { faq: near }]);
    expect(run.signalling.records[0]).toMatchObject({ attempts: 1, cost: 5_000, missing: undefined });
    expect(run.ledger.reserved.map(({ settled }) => settled)).toEqual([5_000, 5_000]);
  });

  it("embeds the examples once for all requests", async () => {
    const run = await begin({ ...FAQ, text: "my invoice", script: embeds });
    run.clock.run();
    const next = await run.again("and the weather?");
    next.clock.run();
    expect(embedded(next).slice(2)).toEqual([["embeddings", ["and the weather?"]]]);
    expect(next.values()).toEqual({ faq: false });
  });

  it("embeds the examples for all who wait for them, though the first has gone", async () => {
    const run = await begin({ ...FAQ, text: "my invoice", script: embeds });
    const next = await run.again("my password");
    run.signalling.cancel();
    run.clock.run();
    expect([run.decided(), next.decided(), next.values()]).toEqual([0, 1, { faq: true }]);
    expect(next.transport.calls).toHaveLength(3);
  });

  it("tries the examples again with the next request after they failed", async () => {
    const run = await begin({
      ...FAQ,
      text: "my invoice",
      script: (upstream, index) => (index === 0 ? failing(500) : embeds(upstream)),
    });
    run.clock.run();
    expect(run.signalling.records[0]).toMatchObject({ value: false, missing: expect.stringContaining("server_error") });
    const next = await run.again("my invoice");
    next.clock.run();
    expect(next.values()).toEqual({ faq: true });
  });

  it.each([
    ["no vectors", { object: "list", data: [] }],
    ["a vector of nothing", { data: [{ index: 0, embedding: [0, 0] }] }],
    ["words", { data: [{ index: 0, embedding: ["a"] }] }],
  ])("is its `else` where the answer has %s", async (_, body) => {
    const run = await begin({ ...FAQ, text: "my invoice", script: () => answer(body) });
    run.clock.run();
    expect(run.signalling.records[0]).toMatchObject({ value: false, missing: "the answer has not 1 embeddings in it" });
  });

  it("asks nobody about a text of nothing", async () => {
    const run = await begin({ ...FAQ, text: " " });
    expect([run.transport.calls, run.decided(), run.values()]).toEqual([[], 1, { faq: false }]);
  });

  it("embeds many examples in calls that the model takes, each within its context", async () => {
    const lines = Array.from({ length: 40 }, (_, i) => `"example number ${i} of many"`).join("\n");
    const before = FILES["faq.jsonl"];
    Object.assign(FILES, { "faq.jsonl": lines });
    const run = await begin({ ...FAQ, text: "my invoice", script: embeds });
    Object.assign(FILES, { "faq.jsonl": before });
    run.clock.run();
    const sent = embedded(run).map((each) => (each as [string, string[]])[1]);
    expect(sent.flat().filter((text) => text.startsWith("example"))).toHaveLength(40);
    expect(sent.every((texts) => texts.join("").length <= 200)).toBe(true);
    expect(run.values()).toEqual({ faq: false });
  });

  it("speaks the dialect: `POST /embeddings` with the provider's key", async () => {
    const fake = await provided();
    fake.always(
      answersWith(200, {
        object: "list",
        data: [{ object: "embedding", index: 0, embedding: [3, 4] }],
        usage: { prompt_tokens: 1, total_tokens: 1 },
      }),
    );
    const policy = table({
      providers: [provider("lab", fake.url, ["sk-1"])],
      models: [model("words", "lab", { can: ["embeddings"] })],
      routes: [{ names: ["chat"], rules: [call("words")] }],
    });
    const doors = {
      clock: systemClock(),
      random: systemRandom,
      ledger: openLedger,
      transport: await createTransport(policy, { env: {} }),
    };
    const vectors = await new Promise((tell) => {
      embed(link(policy).call("words"), ["hello"], () => undefined, doors, Date.now() + 10_000, tell);
    });
    await doors.transport.close();
    expect(vectors).toEqual({ vectors: [Float64Array.of(0.6, 0.8)] });
    const [request] = fake.requests;
    expect([request?.method, request?.path, request?.headers.authorization]).toEqual([
      "POST",
      "/v1/embeddings",
      "Bearer sk-1",
    ]);
    expect(JSON.parse(request?.body ?? "")).toEqual({
      model: "words-upstream",
      input: ["hello"],
      encoding_format: "float",
    });
  });
});
