import { describe, expect, test } from "vitest";
import { createTransport } from "../../../runtime/providers/index.ts";
import { usedUp } from "../../../runtime/providers/key-limits.ts";
import type { Provider } from "../../../runtime/table/index.ts";
import { answersWith, chatCompletion, fakeProvider } from "../../support/fake-provider.ts";
import { call, tableOf } from "../plan/harness.ts";
import { callOf, chatRequest, converse } from "./harness.ts";

const NOW = Date.parse("2026-09-23T12:00:00Z");

describe("a key", () => {
  test.each<[number, Record<string, string>]>([
    [0, {}],
    [0, { "x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "1s" }],
    [1_000, { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1s" }],
    [63_500, { "X-RateLimit-Remaining-Tokens": "0", "X-RateLimit-Reset-Tokens": "1m3.5s" }],
    [20, { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms" }],
    [0, { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "soon" }],
    [0, { "x-ratelimit-remaining-tokens": "0" }],
    [0, { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "23h" }],
    [
      2_000,
      { "anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "2026-09-23T12:00:02Z" },
    ],
    [0, { "anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "never" }],
  ])("is used up for %d ms where an answer says %j", (expected, headers) => {
    expect(usedUp(Object.entries(headers).flat(), NOW)).toBe(expected);
  });

  test.each<[string, Partial<Provider>]>([
    ["OpenAI's dialect", {}],
    ["a kin of it", { quirks: { refused: ["seed"] } }],
    ["Anthropic's", { protocol: "anthropic" }],
  ])("that a call was counted for carries it, whosever turn it is, in %s", async (_, facts) => {
    const fake = await fakeProvider();
    const table = tableOf({ run: call("a"), provider: { url: fake.url, keys: ["one", "two", "three"], ...facts } });
    const transport = await createTransport(table, { env: {} });
    const asked = { provider: table.providers[0] as Provider, body: chatRequest({ seed: 7 }) };
    const [first, , third] = transport.keys?.(callOf().model) ?? [];
    for (const key of [third, first, third]) await converse(transport, asked, key).over;
    await transport.close();
    await fake.close();
    const used = fake.requests.map(({ headers }) => headers["x-api-key"] ?? headers.authorization?.slice(7));
    expect(used).toEqual(["three", "one", "three"]);
  });

  test("that is used up leaves the turn to the others; one alone goes on", async () => {
    const provider = await fakeProvider();
    const headers = { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "5m" };
    const used = async (keys: string[]): Promise<(string | undefined)[]> => {
      const first = provider.requests.length;
      const table = tableOf({ run: call("a"), provider: { url: provider.url, keys } });
      const transport = await createTransport(table, { env: {} });
      provider.script(answersWith(200, chatCompletion("Hi."), headers));
      for (let round = 0; round < 3; round++) await converse(transport, { provider: table.providers[0] as never }).over;
      await transport.close();
      return provider.requests.slice(first).map((request) => request.headers.authorization?.slice("Bearer ".length));
    };
    expect(await used(["one", "two"])).toEqual(["one", "two", "two"]);
    expect(await used(["one"])).toEqual(["one", "one", "one"]);
    await provider.close();
  });
});
