/** `POST /v1/embeddings`: routed, bounded, reserved and paid for like any request. */
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { createFetch, load } from "../../../runtime/index.ts";
import { tableOf as compiled } from "../../compiler/support.ts";
import { answersWith, type FakeProvider, fails } from "../../support/fake-provider.ts";
import { errorOf, provided, type Served, serve } from "./harness.ts";

const POLICY = (one: string, two: string, rules: string, more: string): string => `
  provider one { protocol openai  url "${one}"  key env "KEY" }
  provider two { protocol azure  url "${two}"  key env "KEY" }
  provider lab { protocol simulated }
  model small = one "embed-small" { context 8k  output 1  can [embeddings]  price { input $1, output $0 } }
  model large = two "embed-large" { context 8k  output 1  can [embeddings]  price { input $2, output $0 } }
  model local = lab "embed-lab" { context 8k  output 1  can [embeddings]  price free }
  model talker = one "talker" { context 8k  output 1k  can [tools]  price free }
  ${more}
  route "text-embedding" ${rules}`;

interface Embedding extends Served {
  readonly one: FakeProvider;
  readonly two: FakeProvider;
}

async function served(rules = "-> small else large", more = ""): Promise<Embedding> {
  const [one, two] = [await provided(), await provided()];
  for (const each of [one, two]) each.always(answersWith(200, VECTORS));
  const policy = load(compiled(POLICY(one.url, two.url, rules, more)));
  return { ...(await serve(policy, { env: { KEY: "sk-secret" } })), one, two };
}

const VECTORS = {
  object: "list",
  data: [{ object: "embedding", index: 0, embedding: [0.5, -0.25] }],
  model: "embed-small",
  usage: { prompt_tokens: 5, total_tokens: 5 },
};

const asked = (more: object = {}): object => ({ model: "text-embedding", input: "a cat sat", ...more });

const ask = ({ url }: Served, body: unknown = asked()): Promise<Response> =>
  fetch(`${url}/v1/embeddings`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

const sent = ({ requests }: FakeProvider): unknown => requests.map(({ path, body }) => [path, JSON.parse(body)]);

test("goes to the provider's embeddings with its bytes as they came, but for the model", async () => {
  const proxy = await served();
  const body = '{ "model":"text-embedding" , "input": ["a","b"],\n "dimensions": 256, "user":"\\u00e9", "x": 1.50 }';
  const response = await ask(proxy, body);
  expect(await response.json()).toEqual(VECTORS);
  expect(proxy.one.requests.map(({ path, body: came }) => [path, came])).toEqual([
    ["/v1/embeddings", body.replace('"text-embedding"', '"embed-small"   ')],
  ]);
  expect(response.headers.get("x-routec-model")).toBe("small");
  expect(response.headers.get("x-routec-cost")).toBe("0.000005");
});

test.each([
  ["a text", "a cat"],
  ["texts", ["a cat", "sat"]],
  ["tokens", [1, 2, 3]],
  ["lists of tokens", [[1, 2], [3]]],
])("%s may be asked", async (_, input) => {
  const proxy = await served();
  expect((await ask(proxy, asked({ input }))).status).toBe(200);
  expect(sent(proxy.one)).toEqual([["/v1/embeddings", { model: "embed-small", input }]]);
});

const FORMS = "a text, a list of texts, a list of tokens, or a list of lists of tokens";

test.each([
  ["nothing", undefined, "input", "you must provide a input parameter"],
  ["a number", 7, "input", `\`input\` must be ${FORMS}, not \`7\``],
  ["no texts", [], "input", `\`input\` must be ${FORMS}, not an array`],
  ["texts and tokens", ["a", 1], "input[1]", "`input[1]` must be like those before, not `1`"],
  ["half a token", [[1.5]], "input", `\`input\` must be ${FORMS}, not an array`],
])("of %s the client is told what is wrong", async (_, input, param, message) => {
  const proxy = await served();
  const { status, error } = await errorOf(await ask(proxy, { model: "text-embedding", input }));
  expect([status, error.param, error.message]).toEqual([400, param, message]);
  expect(proxy.one.requests).toEqual([]);
});

test("falls through to the next provider, which is Azure's", async () => {
  const proxy = await served();
  proxy.one.script(fails(500));
  const response = await ask(proxy);
  expect(response.headers.get("x-routec-model")).toBe("large");
  expect(sent(proxy.two)).toEqual([["/v1/embeddings", { model: "embed-large", input: "a cat sat" }]]);
  expect(proxy.two.requests[0]?.headers["api-key"]).toBe("sk-secret");
});

test("a model that makes none is `unsupported`, and nothing is sent to it", async () => {
  const proxy = await served("-> talker else small");
  expect((await ask(proxy)).headers.get("x-routec-model")).toBe("small");
  expect(proxy.log[0]?.failures).toMatchObject([
    { model: "talker", failure: "unsupported", detail: "it makes no embeddings" },
  ]);
  const alone = await served("-> talker");
  expect(await errorOf(await ask(alone))).toMatchObject({ status: 400, error: { code: "unsupported" } });
  expect(alone.one.requests).toEqual([]);
});

test("a model that makes nothing else answers no chats", async () => {
  const proxy = await served();
  const body = { model: "text-embedding", messages: [{ role: "user", content: "Hello" }] };
  const response = await fetch(`${proxy.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(await errorOf(response)).toMatchObject({ status: 400, error: { code: "unsupported" } });
});

describe("rules", () => {
  test("know the endpoint, the texts and their size", async () => {
    const rules = `{
      when endpoint == embeddings and prompt contains "secret" -> local
      when prompt_tokens > 100 -> large
      otherwise -> small
    }`;
    const proxy = await served(rules);
    const models: (string | null)[] = [];
    for (const input of ["a secret", ["open", "secret"], "x".repeat(500), "short"]) {
      models.push((await ask(proxy, asked({ input }))).headers.get("x-routec-model"));
    }
    expect(models).toEqual(["local", "local", "large", "small"]);
  });

  test("that read the text refuse tokens, which nobody can read here", async () => {
    const proxy = await served('{ when prompt contains "secret" -> local  otherwise -> small }');
    expect(await errorOf(await ask(proxy, asked({ input: [1, 2] })))).toMatchObject({
      status: 400,
      error: { param: "input", code: "text_required" },
    });
    expect(proxy.one.requests).toEqual([]);
  });

  test("have signals computed from the text", async () => {
    const proxy = await served("{ when pii -> local  otherwise -> small }", "signal pii bool = patterns [email]");
    const response = await ask(proxy, asked({ input: ["hello", "write to ada@example.org"] }));
    expect(response.headers.get("x-routec-model")).toBe("local");
    expect((await ask(proxy, asked({ input: [[1]] }))).status).toBe(400);
  });
});

describe("too long", () => {
  test("is one text beyond the context, and not a batch of short ones", async () => {
    const proxy = await served();
    const { status, error } = await errorOf(await ask(proxy, asked({ input: "word ".repeat(8_000) })));
    expect([status, error.code]).toEqual([400, "context_length_exceeded"]);
    const batch = await ask(proxy, asked({ input: Array.from({ length: 20 }, () => "word ".repeat(800)) }));
    expect(batch.status).toBe(200);
  });

  test("is not said of tokens that fit", async () => {
    const proxy = await served();
    const input = Array.from({ length: 8_000 }, (_, token) => 10_000 + token);
    expect((await ask(proxy, asked({ input }))).status).toBe(200);
  });
});

describe("money", () => {
  test("is reserved by the bound on the input, and settled by the reported usage", async () => {
    // The bound of 20 texts of 1,000 bytes is 20,224 tokens: $0.020224 at most.
    const proxy = await served("-> small", "budget day { limit $0.0203 per day }");
    const input = Array.from({ length: 20 }, () => "x".repeat(1_000));
    expect((await ask(proxy, asked({ input }))).status).toBe(200);
    expect(proxy.log[0]?.calls).toMatchObject([{ input: 5, output: 0, cost: 5_000 }]);
    expect((await ask(proxy, asked({ input }))).status).toBe(200);
    expect(await errorOf(await ask(proxy, asked({ input: [...input, "y".repeat(200)] })))).toMatchObject({
      status: 429,
      error: { code: "over_budget" },
    });
  });

  test("is counted by the usage of an answer that is too large to hold, too", async () => {
    const proxy = await served("-> small");
    const data = Array.from({ length: 90 }, (_, index) => ({
      object: "embedding",
      index,
      embedding: "A".repeat(50_000),
    }));
    proxy.one.script(answersWith(200, { ...VECTORS, data }));
    expect(await (await ask(proxy)).json()).toMatchObject({ data });
    expect(proxy.log[0]?.calls).toMatchObject([{ input: 5, cost: 5_000 }]);
  });
});

test("an answer is given again where the route says so, and never for a chat", async () => {
  const proxy = await served("{ reuse 5m  otherwise -> small }");
  await ask(proxy);
  const again = await ask(proxy);
  expect(again.headers.get("x-routec-reused")).toBe(proxy.log[0]?.decision);
  expect(await again.json()).toEqual(VECTORS);
  expect(proxy.one.requests).toHaveLength(1);
});

describe.each([
  ["over HTTP", async (proxy: Embedding) => new OpenAI({ apiKey: "none", baseURL: `${proxy.url}/v1` })],
  [
    "in process",
    async ({ one, two }: Embedding) => {
      const fetch = createFetch(load(compiled(POLICY(one.url, two.url, "-> local", ""))), { env: { KEY: "sk" } });
      return new OpenAI({ apiKey: "none", baseURL: "http://routec.invalid/v1", fetch });
    },
  ],
])("OpenAI's own client %s, and a simulated model", (_, clientOf) => {
  test("reads what it asks for by default: base64", async () => {
    const client = await clientOf(await served("-> local"));
    const { data, usage } = await client.embeddings.create({
      model: "text-embedding",
      input: ["a cat", "a cat", "dogs"],
    });
    const [first, second, third] = data.map(({ embedding }) => embedding);
    expect(first).toEqual(second);
    expect(first).not.toEqual(third);
    expect([first?.length, usage.prompt_tokens]).toEqual([64, 5]);
  });

  test("gets as many dimensions as it asks for, as numbers where it wants them", async () => {
    const client = await clientOf(await served("-> local"));
    const more = { encoding_format: "float", dimensions: 8 } as const;
    const { data } = await client.embeddings.create({ model: "text-embedding", input: [1, 2, 3], ...more });
    expect(data.map(({ embedding }) => embedding.length)).toEqual([8]);
  });
});
