/** Providers with quirks, on sockets: what they are sent, and what comes of their answers. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { quirksAt } from "../../../compiler/catalog/index.ts";
import type { Transport } from "../../../runtime/plan/index.ts";
import { createTransport } from "../../../runtime/providers/index.ts";
import { answers, type FakeProvider, fails, fakeProvider } from "../../support/fake-provider.ts";
import { call, tableOf } from "../plan/harness.ts";
import { type Conversation, chatRequest, converse } from "./harness.ts";

let provider: FakeProvider;
let transport: Transport;

beforeEach(async () => {
  provider = await fakeProvider();
});
afterEach(async () => {
  await transport.close();
  await provider.close();
});

/** Sends one request to the fake, as if it were at `host`. */
async function ask(host: string, request: object, stream = false, endpoint?: "embeddings"): Promise<Conversation> {
  const quirks = quirksAt(`https://${host}/v1`) ?? {};
  const table = tableOf({ run: call("a"), provider: { url: provider.url, quirks } });
  transport = await createTransport(table, { env: {} });
  const [declared] = table.providers;
  if (declared === undefined) throw new Error("no provider");
  const body = chatRequest({ ...request, stream });
  const conversation = converse(transport, { provider: declared, body, stream, ...(endpoint && { endpoint }) });
  await conversation.over;
  return conversation;
}

const sent = (): Record<string, unknown> => JSON.parse(provider.requests[0]?.body ?? "");

test("a request that departs in nothing goes as it came, byte for byte", async () => {
  await ask("api.mistral.ai", { temperature: 0.5 });
  expect(provider.requests[0]?.body).toBe(chatRequest({ temperature: 0.5, stream: false }).toString());
});

test("one that does is made the provider's, and what it has no word for is named", async () => {
  const { control } = await ask("api.mistral.ai", { seed: 7, user: "u", max_completion_tokens: 5 });
  expect(sent()).toMatchObject({ random_seed: 7, max_tokens: 5 });
  expect(sent()).not.toHaveProperty("user");
  expect(control.dropped).toEqual(["user"]);
});

test("answers, streams and errors come in one form", async () => {
  const message = { role: "assistant", content: "a", reasoning: "Hm." };
  provider.always((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: "stop" }] }));
  });
  const whole = await ask("api.groq.com", {});
  expect(JSON.parse(whole.text()).choices[0].message).toEqual({
    role: "assistant",
    content: "a",
    refusal: null,
    reasoning_content: "Hm.",
  });
  provider.always((_request, response) => response.writeHead(422).end('{"object":"error","message":"No.","type":"t"}'));
  const failed = await ask("api.mistral.ai", {});
  expect([failed.status, JSON.parse(failed.text())]).toEqual([
    422,
    { error: { message: "No.", type: "t", param: null, code: null } },
  ]);
  provider.always(answers("Hello there."));
  const streamed = await ask("api.groq.com", { stream_options: { include_usage: true } }, true);
  expect(streamed.text()).toMatch(/^data: \{.*Hello.*"usage":\{.*data: \[DONE\]\n\n$/s);
  provider.script(fails(429));
  expect((await ask("api.groq.com", {}, true)).status).toBe(429);
});

test("embeddings pass as they are", async () => {
  const body = chatRequest({ user: "u" });
  await ask("api.mistral.ai", { user: "u" }, false, "embeddings");
  expect(JSON.parse(provider.requests[0]?.body ?? "")).toEqual({ ...JSON.parse(body.toString()), stream: false });
});
