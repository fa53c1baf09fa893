/** What is a `fetch`'s own; what it shares with the server is in sdk.test.ts. */
import { describe, expect, test } from "vitest";
import { createFetch, load } from "../../../runtime/index.ts";
import { chatEvents, hangs, streamsBy } from "../../support/fake-provider.ts";
import { provider, table } from "../../support/table.ts";
import { burst, chatBody, errorOf, KEY, onlyFirst, provided } from "./harness.ts";

const post = (body: object = chatBody()): RequestInit => ({ method: "POST", body: JSON.stringify(body) });
const URL = "http://routec.invalid/any/prefix/chat/completions";
const JSON_TYPE = { headers: { "content-type": "application/json" } };

async function over(behaviour?: Parameters<Awaited<ReturnType<typeof provided>>["always"]>[0]) {
  const fake = await provided();
  if (behaviour !== undefined) fake.always(behaviour);
  return { fake, routed: createFetch(onlyFirst(fake.url), { env: {} }) };
}

describe("createFetch", () => {
  test("takes whatever fetch takes", async () => {
    const { routed } = await over();
    const asked = [routed(URL, { ...post(), ...JSON_TYPE }), routed(new Request(URL, { ...post(), ...JSON_TYPE }))];
    for (const response of await Promise.all(asked)) {
      expect([response.status, response.headers.get("x-routec-model")]).toEqual([200, "first"]);
      expect(await response.json()).toMatchObject({ object: "chat.completion" });
    }
  });

  test("answers requests that are not to be carried out as the server does", async () => {
    const { routed, fake } = await over();
    expect(await errorOf(await routed(URL))).toMatchObject({ status: 405 });
    expect(await errorOf(await routed("http://routec.invalid/v1/nothing"))).toMatchObject({ status: 404 });
    expect(await errorOf(await routed(URL, { ...post(), headers: { "content-type": "text/xml" } }))).toMatchObject({
      status: 415,
    });
    expect(await errorOf(await routed(URL, { ...post({}), ...JSON_TYPE }))).toMatchObject({
      status: 400,
      error: { param: "model" },
    });
    expect(fake.requests).toEqual([]);
  });

  test("rejects with the signal's reason", async () => {
    const { routed, fake } = await over(hangs);
    const controller = new AbortController();
    const asked = routed(URL, { ...post(), ...JSON_TYPE, signal: controller.signal });
    const { closed } = await fake.arrival(0);
    controller.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
    await closed;
    await expect(routed(URL, { ...post(), ...JSON_TYPE, signal: controller.signal })).rejects.toThrow("enough");
  });

  test("ends the call upstream when the answer's body is cancelled", async () => {
    const [role, first] = chatEvents("Hello there.");
    const { routed, fake } = await over(streamsBy((write) => void write(`data: ${role}\n\ndata: ${first}\n\n`)));
    const response = await routed(URL, { ...post(chatBody({ stream: true })), ...JSON_TYPE });
    const { closed } = await fake.arrival(0);
    await response.body?.cancel();
    await closed;
  });

  test("pauses the provider while the reader is slow", async () => {
    const piece = `data: {"choices":[{"delta":{"content":"${"x".repeat(60_000)}"}}]}\n\n`;
    const provider = burst(piece, 30);
    const routed = createFetch(onlyFirst("http://127.0.0.1:9/v1"), { doors: { transport: provider.transport } });
    const response = await routed(URL, { ...post(chatBody({ stream: true })), ...JSON_TYPE });
    expect((await response.text()) === provider.text).toBe(true);
    expect(provider.pauses).toBeGreaterThan(0);
  });

  test("rejects where the environment lacks a key, naming it", async () => {
    const { models } = onlyFirst("http://127.0.0.1:9/v1").table;
    const one = { ...provider("one", "http://127.0.0.1:9/v1"), keys: [{ env: "ONE_KEY" }] };
    const policy = load(
      table({ providers: [one, provider("two", "http://127.0.0.1:9/v1", [KEY])], models, routes: [] }),
    );
    await expect(createFetch(policy, { env: {} })(URL, { ...post(), ...JSON_TYPE })).rejects.toThrow("ONE_KEY");
  });
});
