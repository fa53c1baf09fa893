/** Plans of the language carried out by the proxy: what providers are sent, and what clients get. */
import { describe, expect, test } from "vitest";
import { load } from "../../../runtime/index.ts";
import { tableOf as compiled } from "../../compiler/support.ts";
import { answers, type FakeProvider, fails } from "../../support/fake-provider.ts";
import { ask, chatBody, provided, type Served, serve } from "./harness.ts";

/** Serves `run` over one provider with the models `a` and `b`, which can do everything. */
async function served(run: string): Promise<Served & { readonly provider: FakeProvider }> {
  const provider = await provided();
  const facts = "{ context 8k  output 1k  price { input $1, output $2 }  can [tools, reasoning, logprobs] }";
  const source = `
    request { tenant string from header "x-tenant" default "" }
    provider somebody { protocol openai  url "${provider.url}" }
    model a = somebody "up-a" ${facts}
    model b = somebody "up-b" ${facts}
    route chat -> ${run}`;
  return { ...(await serve(load(compiled(source)))), provider };
}

/** The bodies that the provider was sent. */
function sent({ requests }: FakeProvider): readonly Record<string, unknown>[] {
  return requests.map(({ body }) => JSON.parse(body));
}

test("options change the calls of their step alone", async () => {
  const { url, provider } = await served(
    'a with { max_tokens 5, temperature 0.5, system "prompt.md", tools none } else b',
  );
  provider.script(fails(500));
  const body = chatBody({ max_tokens: 9, tools: [{ type: "function", function: { name: "f" } }] });
  expect((await ask(url, body)).headers.get("x-routec-model")).toBe("b");
  const [first, second] = sent(provider);
  expect(first).toEqual({
    model: "up-a",
    messages: [
      { role: "system", content: "How hard is this?" },
      { role: "user", content: "Hello" },
    ],
    max_tokens: 5,
    temperature: 0.5,
  });
  expect(second).toEqual({ ...body, model: "up-b" });
});

test("an option that a model cannot honour is dropped and named", async () => {
  const { url, provider } = await served(
    'c with { reasoning low }\nmodel c = somebody "up-c" { context 8k  output 1k  price free }',
  );
  const response = await ask(url);
  expect(response.headers.get("x-routec-dropped")).toBe("reasoning");
  expect(sent(provider)).toEqual([{ ...chatBody(), model: "up-c" }]);
});

describe("a cascade", () => {
  test("asks its judge about the answer and the request", async () => {
    const { url, provider } = await served('cascade { a accept when judge(b, "rubric.md") >= 0.5, b }');
    provider.script(answers("It is seven."), answers("0.8"));
    const response = await ask(url);
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: "It is seven." } }] });
    expect(sent(provider)[1]).toEqual({
      model: "up-b",
      messages: [
        { role: "system", content: "How good is this answer, from 0 to 1?" },
        { role: "user", content: "<request>\nHello\n</request>\n<answer>\nIt is seven.\n</answer>" },
      ],
    });
  });

  test("asks for log-probabilities, and falls through where none come", async () => {
    const { url, provider } = await served("cascade { a accept when confidence >= 0.5, b }");
    expect((await ask(url)).headers.get("x-routec-model")).toBe("b");
    expect(sent(provider).map(({ logprobs }) => logprobs)).toEqual([true, undefined]);
  });

  test("reads the request's own format", async () => {
    const { url, provider } = await served("cascade { a accept when valid_json, b }");
    provider.script(answers("[1]"));
    const response = await ask(url, chatBody({ response_format: { type: "text" } }));
    expect(response.headers.get("x-routec-model")).toBe("a");
  });
});

test("a draw by an attribute is the same for the same value", async () => {
  const { url } = await served("spread { a, b } by tenant");
  const model = async (tenant: string): Promise<string | null> =>
    (await ask(url, chatBody(), { "x-tenant": tenant })).headers.get("x-routec-model");
  const tenants = Array.from({ length: 12 }, (_, index) => `tenant-${index}`);
  const first = await Promise.all(tenants.map(model));
  expect(new Set(first)).toEqual(new Set(["a", "b"]));
  expect(await Promise.all(tenants.map(model))).toEqual(first);
});

test("a hedge answers with the side that is quicker", async () => {
  const { url, provider } = await served("hedge { a after 20ms b }");
  provider.script(() => {});
  expect((await ask(url)).headers.get("x-routec-model")).toBe("b");
  const [late] = provider.requests;
  await late?.closed;
});
