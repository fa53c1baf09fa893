import { describe, expect, test } from "vitest";
import { type Endpoint, endpoints } from "../../../runtime/providers/endpoint.ts";
import { createTransport, UnsetEnvironmentError } from "../../../runtime/providers/index.ts";
import type { Provider, Text } from "../../../runtime/table/index.ts";
import { call, tableOf } from "../plan/harness.ts";

function endpointOf(url: Text | undefined, keys: Text[] = [], env: Record<string, string> = {}): object {
  const provider: Provider = { name: "p", protocol: "openai", keys, ...(url === undefined ? {} : { url }) };
  return shown(provider, env);
}

/** The endpoint of a provider, with the headers that carry its keys. */
function shown(provider: Provider, env: Record<string, string> = {}): object {
  const endpoint = endpoints([provider], env).get(provider.name) as Endpoint;
  return { ...endpoint, keys: endpoint.keys.read().map((key) => endpoint.keyHeaders(key)) };
}

describe("the address of a provider", () => {
  test.each([
    ["https://api.example.com/v1", "https://api.example.com", "/v1/chat/completions"],
    ["http://localhost:8000", "http://localhost:8000", "/chat/completions"],
    ["https://example.com/a/b/", "https://example.com", "/a/b/chat/completions"],
    ["https://example.com/a?api-version=1", "https://example.com", "/a/chat/completions?api-version=1"],
    [undefined, "https://api.openai.com", "/v1/chat/completions"],
  ])("%s", (url, origin, path) => {
    expect(endpointOf(url)).toMatchObject({ origin, path, keys: [], headers: [] });
  });

  test("and its keys may stand in the environment", () => {
    expect(endpointOf({ env: "URL" }, ["one", { env: "KEY" }], { URL: "https://x.test/v1", KEY: "two" })).toMatchObject(
      {
        origin: "https://x.test",
        path: "/v1/chat/completions",
        keys: [
          ["authorization", "Bearer one"],
          ["authorization", "Bearer two"],
        ],
        headers: [],
      },
    );
  });

  test.each([
    ["nonsense", "the url of provider `p` is `nonsense`, expected one that begins with https:// or http://"],
    ["ftp://x/", "the url of provider `p` is `ftp://x/`, expected one that begins with https:// or http://"],
    ["https://me:secret@x/", "the url of provider `p` holds a user name or password, expected a `key` instead"],
  ])("must not be %s", (url, message) => {
    expect(() => endpointOf(url)).toThrow(message);
  });

  test("a key with a line break is named by its place, and not shown", () => {
    expect(() => endpointOf("https://x/", ["good", { env: "KEY" }], { KEY: "secret\n" })).toThrow(
      /^key 2 of provider `p` holds a character that no key has, such as a space or a line break$/,
    );
  });
});

describe("a protocol", () => {
  const of = (protocol: Provider["protocol"], more: Partial<Provider> = {}): object =>
    shown({ name: "p", protocol, keys: ["k"], ...more });

  test("has its own address, path and way to show a key", () => {
    expect(of("anthropic")).toMatchObject({
      origin: "https://api.anthropic.com",
      path: "/v1/messages",
      keys: [["x-api-key", "k"]],
      countTokens: "/v1/messages/count_tokens",
      defaults: ["anthropic-version", "2023-06-01"],
    });
    expect(of("azure", { url: "https://me.openai.azure.com/openai/v1?api-version=preview" })).toMatchObject({
      path: "/openai/v1/chat/completions?api-version=preview",
      responses: "/openai/v1/responses?api-version=preview",
      keys: [["api-key", "k"]],
    });
  });

  test("has headers that the provider may state otherwise", () => {
    const header = { name: "anthropic-version", value: "2027-01-01" };
    expect(of("anthropic", { headers: [header] })).toMatchObject({
      headers: ["anthropic-version", "2027-01-01"],
      defaults: [],
    });
  });
});

describe("a header of a provider", () => {
  const of = (env: Record<string, string>): object | undefined =>
    endpoints(
      [{ name: "p", protocol: "openai", url: "https://x/", headers: [{ name: "x-team", value: { env: "TEAM" } }] }],
      env,
    ).get("p");

  test("may stand in the environment", () => {
    expect(of({ TEAM: "search" })).toMatchObject({ headers: ["x-team", "search"] });
  });

  test("that is unset is named", () => {
    expect(() => of({})).toThrow("the environment variable `TEAM` (header `x-team` of provider `p`) is not set");
  });

  test("cannot smuggle another", () => {
    expect(() => of({ TEAM: "search\r\nx-admin: yes" })).toThrow(
      /^the header `x-team` of provider `p` holds a character that no header can, such as a line break$/,
    );
  });
});

describe("a transport", () => {
  test("is refused with all that is unset, and where", async () => {
    const provider: Partial<Provider> = { url: { env: "BASE" }, keys: [{ env: "KEY_1" }, { env: "KEY_2" }] };
    const opening = createTransport(tableOf({ run: call("a"), provider }), { env: { KEY_2: "" } });
    await expect(opening).rejects.toThrow(UnsetEnvironmentError);
    await expect(opening).rejects.toThrow(
      "the environment variables `BASE` (url of provider `somebody`), `KEY_1` (key of provider `somebody`), " +
        "`KEY_2` (key of provider `somebody`) are not set",
    );
  });

  test("asks nothing of the environment for simulated providers", async () => {
    const provider: Partial<Provider> = { protocol: "simulated", keys: [{ env: "KEY" }] };
    await (await createTransport(tableOf({ run: call("a"), provider }), { env: {} })).close();
  });
});
