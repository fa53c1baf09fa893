import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Config, instantOf, settingsOf } from "../../../runtime/config/index.ts";
import { folder } from "../../support/routec.ts";

/** What is said of a configuration that cannot be carried out. */
function said(config: Config, env: Record<string, string> = {}): readonly string[] {
  try {
    settingsOf(config, env);
    return [];
  } catch (error) {
    expect(error).toMatchObject({ name: "ConfigError" });
    return (error as Error).message.split("\n");
  }
}

const SHA = "0".repeat(64);
const issuer = (more: object) => ({ auth: { jwt: [{ issuer: "https://i", audience: "a", ...more }] } });

describe("secrets", () => {
  test("come from the environment or from a file", () => {
    const path = join(folder({ token: "from-file\n" }), "token");
    expect(settingsOf({ admin: { token: { env: "T" } } }, { T: "from-env" }).admin.token).toBe("from-env");
    expect(settingsOf({ admin: { token: { file: path } } }, {}).admin.token).toBe("from-file");
  });

  test.each([
    [
      "an unset variable",
      { admin: { token: { env: "T" } } },
      "`/admin/token` names the environment variable `T`, which is not set",
    ],
    [
      "a file that is not there",
      { admin: { token: { file: "none" } } },
      "`/admin/token` names `none`, which cannot be read: ENOENT",
    ],
    [
      "a password in a url",
      { ledger: { store: "redis", redis: { url: "redis://u:s3cret@h" } } },
      '`/ledger/redis/url` holds a password: expected `{ "env": "NAME" }` or `{ "file": "path" }`',
    ],
    [
      "a key in place of its path",
      { tls: { cert: "c", key: "-----BEGIN PRIVATE KEY-----\ns3cret" } },
      "`/tls/key` holds the text of a file: expected its path",
    ],
  ] as const)("%s is said, the secret is not", (_, config, message) => {
    const lines = said(config as Config);
    expect(lines).toContain(message);
    expect(lines.join()).not.toContain("s3cret");
  });

  test("for the admin address must fit into a header", () => {
    const config = { admin: { token: { env: "T" } } };
    expect(said(config, { T: "two words" })).toEqual([
      "`/admin/token` holds a space or a character beyond ASCII: expected none",
    ]);
  });

  test("a url of Redis with a password may come from the environment", () => {
    const config: Config = { ledger: { store: "redis", redis: { url: { env: "U" } } } };
    expect(settingsOf(config, { U: "rediss://u:p@h:1" }).ledger).toEqual({
      store: "redis",
      url: "rediss://u:p@h:1",
      whenAway: "closed",
      openShare: 0.1,
    });
  });
});

describe("settings that contradict each other", () => {
  test.each([
    [
      "redis without a url",
      { ledger: { store: "redis" } },
      "`/ledger/store` is `redis`, and `/ledger/redis/url` is not given",
    ],
    [
      "a url of something else",
      { ledger: { store: "redis", redis: { url: "http://h" } } },
      "`/ledger/redis/url` is no url of Redis: expected one that begins with redis:// or rediss://",
    ],
    ["half of tls", { tls: { cert: "c" } }, "`/tls` lacks one of `cert` and `key`: expected both"],
    [
      "the last port",
      { listen: { port: 65_535 } },
      "`/listen/port` is 65535, the last one: expected an `/admin/port` too",
    ],
    [
      "auth of nobody",
      { auth: {} },
      '`/auth` has neither `keys` nor `jwt`, so nobody could call: expected one of them, or `"none"`',
    ],
    [
      "one name twice",
      {
        auth: {
          keys: [
            { name: "a", sha256: SHA },
            { name: "a", sha256: "1".repeat(64) },
          ],
        },
      },
      "`/auth/keys/1/name` is that of `/auth/keys/0`: expected another",
    ],
    [
      "one key twice",
      {
        auth: {
          keys: [
            { name: "a", sha256: SHA },
            { name: "b", sha256: SHA },
          ],
        },
      },
      "`/auth/keys/1/sha256` is that of `/auth/keys/0`: expected another",
    ],
    [
      "a day that is none",
      { auth: { keys: [{ name: "a", sha256: SHA, expires: "2027-02-31" }] } },
      "`/auth/keys/0/expires` is `2027-02-31`, which no calendar has: expected a date such as `2027-01-31`",
    ],
    ["no key set", issuer({}), "`/auth/jwt/0` has neither of `jwks_url` and `jwks_file`: expected one"],
    [
      "two key sets",
      issuer({ jwks_url: "https://i/k", jwks_file: "k" }),
      "`/auth/jwt/0` has both of `jwks_url` and `jwks_file`: expected one",
    ],
    [
      "key sets over plain http",
      issuer({ jwks_url: "http://i/k" }),
      "`/auth/jwt/0/jwks_url` is not a url that can be trusted: expected one that begins with https://, without a password",
    ],
  ])("%s", (_, config, message) => expect(said(config as Config)).toEqual([message]));

  test("are all said at once", () => {
    expect(said({ ledger: { store: "redis" }, tls: { cert: "c" }, admin: { token: { env: "T" } } })).toHaveLength(3);
  });
});

test.each([
  ["no JSON", "x"],
  ["no set", "{}"],
  ["an empty set", '{"keys":[]}'],
  ["private keys", '{"keys":[{"kty":"OKP","d":"x"}]}'],
  ["shared secrets", '{"keys":[{"kty":"oct","k":"x"}]}'],
])("a file of keys that is %s is refused", (_, text) => {
  const jwks_file = join(folder({ "keys.json": text }), "keys.json");
  expect(said(issuer({ jwks_file }))).toHaveLength(1);
});

test("an issuer has what it needs, read and in milliseconds", () => {
  const keys = [{ kty: "OKP", crv: "Ed25519", x: "x" }];
  const jwks_file = join(folder({ "keys.json": JSON.stringify({ keys }) }), "keys.json");
  expect(settingsOf(issuer({ jwks_file, clock_tolerance: "1m" }) as Config, {}).auth).toEqual({
    keys: [],
    issuers: [
      {
        issuer: "https://i",
        audience: ["a"],
        keys: { keys },
        algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
        clockTolerance: 60_000,
        claims: undefined,
      },
    ],
  });
});

test.each([
  ["2027-01-31", Date.UTC(2027, 0, 31)],
  ["2028-02-29T01:00:00+01:00", Date.UTC(2028, 1, 29)],
  ["2027-02-29", undefined],
  ["2027-13-01", undefined],
  ["2027-01-31T12:00", undefined],
  ["soon", undefined],
])("the instant %s", (text, instant) => expect(instantOf(text)).toBe(instant));

test("the admin port follows the other, and is free where that is free", () => {
  const adminPort = (port: number) => settingsOf({ listen: { port } }, {}).admin.port;
  expect([adminPort(8080), adminPort(0)]).toEqual([8081, 0]);
});

test("the state's folder is that of the ledger and the log", () => {
  expect(settingsOf({ state: "/s" }, {})).toMatchObject({
    ledger: { store: "embedded", folder: "/s" },
    log: { file: "/s/decisions.jsonl" },
  });
});
