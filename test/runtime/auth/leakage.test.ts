/** Credentials stay where they belong: the clients' here, the providers' there. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { passAnswerHeaders, upstreamHeaders } from "../../../runtime/proxy/headers.ts";
import { fails } from "../../support/fake-provider.ts";
import { ask, KEY, onlyFirst, provided, serve } from "../proxy/harness.ts";

const SECRET = "of-the-client";

describe("what a client shows of itself never goes upstream", () => {
  const names = ["authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie", "proxy-authorization"];
  const written = fc
    .tuple(fc.constantFrom(...names), fc.infiniteStream(fc.boolean()))
    .map(([name, upper]) => [...name].map((letter) => (upper.next().value ? letter.toUpperCase() : letter)).join(""));

  test("in whatever case its headers are written, and however many they are", () => {
    fc.assert(
      fc.property(fc.array(written, { minLength: 1 }), (shown) => {
        const sent = upstreamHeaders([...shown.flatMap((name) => [name, SECRET]), "accept", "a"]);
        expect(sent).toEqual(["accept", "a"]);
      }),
    );
  });

  test("over a real connection: the provider sees the policy's key and nothing else", async () => {
    const fake = await provided();
    const { url } = await serve(onlyFirst(fake.url));
    await ask(url, undefined, { authorization: `Bearer ${SECRET}`, "x-api-key": SECRET, cookie: SECRET });
    expect(JSON.stringify(fake.requests)).not.toContain(SECRET);
    expect(fake.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });
});

describe("a provider's key never comes back", () => {
  test("with an answer that refuses it and repeats it", async () => {
    const fake = await provided();
    const { url } = await serve(onlyFirst(fake.url));
    fake.always((request, response, socket) =>
      fails(401, `key ${request.headers.authorization}`, { "set-cookie": `k=${KEY}`, "x-routec-key": KEY })(
        request,
        response,
        socket,
      ),
    );
    const answer = await ask(url);
    expect([...answer.headers].flat().join() + (await answer.text())).not.toContain(KEY);
  });

  test("in headers that belong to the provider's own connection", () => {
    const into: string[] = [];
    passAnswerHeaders(
      ["Set-Cookie", KEY, "Proxy-Authorization", KEY, "Connection", "x-secret", "x-secret", KEY, "a", "b"],
      into,
    );
    expect(into).toEqual(["a", "b"]);
  });
});
