/**
 * What a call costs on its way to the provider and back, without the proxy around it: bytes passed through, translated by
 * an adapter of our own, and over the bridge to the AI SDK. `node bench/bridge.ts`; the provider is a thread beside it.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { createTransport } from "../runtime/providers/index.ts";
import type { DecisionTable, Model, Provider } from "../runtime/table/index.ts";

const ANSWERS: Readonly<Record<string, object>> = {
  openai: {
    id: "x",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [
      { index: 0, message: { role: "assistant", content: "Hello there.", refusal: null }, finish_reason: "stop" },
    ],
    usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 },
  },
  anthropic: {
    id: "x",
    type: "message",
    role: "assistant",
    model: "m",
    content: [{ type: "text", text: "Hello there." }],
    stop_reason: "end_turn",
    usage: { input_tokens: 9, output_tokens: 4 },
  },
  gemini: {
    candidates: [{ content: { role: "model", parts: [{ text: "Hello there." }] }, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 4, totalTokenCount: 13 },
  },
};

const ROUNDS = 9;
const CALLS = 300;

if (isMainThread) await measure();
else serve();

function serve(): void {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const [, dialect = ""] = request.url?.split("/") ?? [];
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(ANSWERS[dialect]));
    });
  });
  server.listen(0, "127.0.0.1", () => parentPort?.postMessage((server.address() as AddressInfo).port));
}

async function measure(): Promise<void> {
  const mock = new Worker(new URL(import.meta.url));
  const port = await new Promise<number>((resolve) => mock.once("message", resolve));
  const price = { input: 1, output: 1 };
  const models = Object.keys(ANSWERS).map(
    (name): Model => ({ name, provider: name, upstream: "m-1", context: 8_000, output: 1_000, price, can: [] }),
  );
  const providers = Object.keys(ANSWERS).map(
    (name): Provider => ({
      name,
      protocol: name as Provider["protocol"],
      url: `http://127.0.0.1:${port}/${name}`,
      keys: ["k"],
    }),
  );
  const transport = await createTransport({ providers, models } as unknown as DecisionTable, { env: {} });
  const content = "What is the capital of France? ".repeat(28);
  const body = Buffer.from(JSON.stringify({ model: "m-1", messages: [{ role: "user", content }], temperature: 0.5 }));
  const ask = (at: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const [provider, model] = [providers[at] as Provider, models[at] as Model];
      const fail = (_failure: string, detail: string): void => reject(new Error(detail));
      const events = { head() {}, data() {}, end: resolve, fail };
      transport.send({ provider, model, body, stream: false, headers: [] }, events);
    });
  const rounds: number[][] = providers.map(() => []);
  for (let round = -2; round < ROUNDS; round++)
    for (const at of providers.keys()) {
      const before = process.threadCpuUsage();
      for (let call = 0; call < CALLS; call++) await ask(at);
      const { user, system } = process.threadCpuUsage(before);
      if (round >= 0) rounds[at]?.push((user + system) / CALLS);
    }
  for (const [at, { name }] of providers.entries()) {
    const [middle = Number.NaN] = (rounds[at] ?? []).toSorted((a, b) => a - b).slice(ROUNDS >> 1);
    console.log(`${name.padEnd(10)} ${middle.toFixed(0)} us of CPU a call`);
  }
  await transport.close();
  await mock.terminate();
}
