/** A policy over simulated providers, from its text to the clients of OpenAI and Anthropic: no key, and no network behind it. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { expect, onTestFinished, test } from "vitest";
import { compile, type FileSystem } from "../../compiler/index.ts";
import { createProxy, type ProxyOptions } from "../../runtime/index.ts";
import { load } from "../../runtime/table/index.ts";
import { virtualClock } from "../support/virtual-time.ts";

const ANSWERS = `{ "contains": "refund", "answer": "It is on its way." }
{ "contains": "poem", "answer": "Roses are red.", "confidence": 0.4 }
`;
const files: FileSystem = { read: () => new TextEncoder().encode(ANSWERS), real: (path) => path };

const FACTS = "{ context 100k, output 1k, price { input $1, output $2 }, can [logprobs] }";
const model = (name: string, upstream = name): string => `model ${name} = ${name}_lab "${upstream}" ${FACTS}\n`;
const provider = (name: string, fields: string): string => `provider ${name}_lab { protocol simulated, ${fields} }\n`;

interface Clients {
  readonly openai: OpenAI;
  readonly anthropic: Anthropic;
}

/** Serves a policy until the test is over. */
async function clients(source: string, options: ProxyOptions = {}): Promise<Clients> {
  const { table, diagnostics } = compile({ text: source, path: "main.route" }, { fileSystem: files });
  if (table === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const proxy = await createProxy(load(JSON.parse(JSON.stringify(table))), { env: {}, ...options });
  const { port } = await proxy.listen({ port: 0 });
  onTestFinished(() => proxy.close());
  const url = `http://127.0.0.1:${port}`;
  return {
    openai: new OpenAI({ apiKey: "of-the-client", baseURL: `${url}/v1`, maxRetries: 0 }),
    anthropic: new Anthropic({ apiKey: "of-the-client", baseURL: url, maxRetries: 0 }),
  };
}

const messages = [{ role: "user" as const, content: "May I have a refund?" }];
const asking = { model: "chat", messages };
const chat = { model: "chat", messages, max_tokens: 100 };

test("a script fails over to the next step, to the client's surprise in nothing but who answered", async () => {
  const { openai } = await clients(
    provider(
      "first",
      'speaks anthropic, script [overloaded, unreachable, answered], answers "./a.jsonl", breaker off',
    ) +
      provider("second", "speaks openai") +
      `${model("first", "claude-sonnet-4-5")}${model("second", "gpt-5.1")}route chat -> first else second`,
  );
  const served: (string | null)[] = [];
  for (let call = 0; call < 3; call++) {
    const { data, response } = await openai.chat.completions.create(asking).withResponse();
    served.push(response.headers.get("x-routec-model"), data.choices[0]?.message.content ?? null);
  }
  const failedOver = "gpt-5.1 (simulated) heard: May I have a refund?";
  expect(served).toEqual(["second", failedOver, "second", failedOver, "first", "It is on its way."]);
});

test("it all keeps to the clock of who serves: a retry waits for as long as a 429 asks, and nobody for the retry", async () => {
  const clock = virtualClock();
  const { openai } = await clients(
    `${provider("a", "latency 5s, script [rate_limited], with { retries 1 }")}${model("a")}route chat -> a`,
    { doors: { clock } },
  );
  const asked = openai.chat.completions.create(asking).withResponse();
  let isOver = false;
  void asked.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    clock.advance(100);
    await new Promise(setImmediate);
  }
  expect((await asked).response.headers.get("x-routec-attempts")).toBe("2");
  expect(clock.elapsed()).toBeGreaterThanOrEqual(5_000 + 1_000 + 5_000);
});

test("a cascade by confidence asks the next model where a file's answer is not sure", async () => {
  const { openai } = await clients(
    `${provider("small", 'answers "./a.jsonl"')}${provider("large", "speaks openai")}${model("small")}${model("large")}` +
      "route chat -> cascade { small accept when confidence >= 0.5  large }",
  );
  const poem = await openai.chat.completions.create({ ...asking, messages: [{ role: "user", content: "A poem!" }] });
  expect(poem.choices[0]?.message.content).toBe("large (simulated) heard: A poem!");
});

test("a timeout is a step's failure, and an error in the end is of the client's own class", async () => {
  const { openai, anthropic } = await clients(
    `${provider("a", "fail { 100% timeout }, with { timeout 50ms }")}${provider("b", "fail { 100% invalid }")}` +
      `${model("a")}${model("b")}route chat -> a\nroute wrong -> b`,
  );
  await expect(openai.chat.completions.create(asking)).rejects.toMatchObject({ status: 504 });
  await expect(openai.chat.completions.create({ ...asking, model: "wrong" })).rejects.toBeInstanceOf(
    OpenAI.BadRequestError,
  );
  await expect(anthropic.messages.create({ ...chat, model: "wrong" })).rejects.toBeInstanceOf(
    Anthropic.BadRequestError,
  );
});

test("a client of Anthropic's is told of an overload as Anthropic tells it, then answered, streamed and counted", async () => {
  const { anthropic } = await clients(
    `${provider("a", 'speaks anthropic, latency 1ms, speed 1000 tokens per second, script [overloaded], answers "./a.jsonl"')}` +
      `${model("a", "claude-sonnet-4-5")}route chat -> a`,
  );
  const failed = await anthropic.messages.create(chat).catch((error: unknown) => error);
  expect(failed).toMatchObject({ status: 529, error: { type: "error", error: { type: "overloaded_error" } } });
  const { content, usage, stop_reason } = await anthropic.messages.create(chat);
  expect([content[0], stop_reason]).toMatchObject([{ type: "text", text: "It is on its way." }, "end_turn"]);
  const pieces: string[] = [];
  const stream = anthropic.messages.stream(chat).on("text", (piece) => pieces.push(piece));
  expect((await stream.finalMessage()).usage.output_tokens).toBe(usage.output_tokens);
  expect(pieces).toEqual(["It", " is", " on", " its", " way."]);
  const { input_tokens } = await anthropic.messages.countTokens({ model: "chat", messages });
  expect(input_tokens).toBe(usage.input_tokens);
});

test.each(["openai", "anthropic", "gemini"])(
  "both clients are answered over %s, whole and streamed",
  async (speaks) => {
    const { openai, anthropic } = await clients(
      `${provider("a", `speaks ${speaks}, answers "./a.jsonl"`)}${model("a").replace("logprobs", "tools")}route chat -> a`,
    );
    const completion = await openai.chat.completions.create(asking);
    expect(completion.choices[0]?.message.content).toBe("It is on its way.");
    expect(await openai.chat.completions.stream(asking).finalContent()).toBe("It is on its way.");
    const { content } = await anthropic.messages.create(chat);
    expect(content).toMatchObject([{ text: "It is on its way." }]);
    expect(await anthropic.messages.stream(chat).finalText()).toBe("It is on its way.");
  },
);
