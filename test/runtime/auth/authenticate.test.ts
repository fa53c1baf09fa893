import { createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, type JWK, SignJWT } from "jose";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  type AuthSettings,
  anonymous,
  authenticator,
  type Caller,
  hashKey,
  type KeyEntry,
  newKey,
  type TokenIssuer,
} from "../../../runtime/auth/index.ts";

const NOW = Date.UTC(2027, 0, 1);
const ISSUER = "https://id.example.com";

function clockAt(start = NOW) {
  let now = start;
  return {
    now: () => now,
    advance(milliseconds: number) {
      now += milliseconds;
    },
  };
}

const bearer = (token: string): string[] => ["host", "x", "Authorization", `Bearer ${token}`];

async function open(settings: Partial<AuthSettings>, clock = clockAt()) {
  const reports: string[] = [];
  const authenticate = await authenticator(
    { keys: [], issuers: [], ...settings },
    { clock, report: (message) => reports.push(message) },
  );
  return { ask: (token: string) => authenticate(bearer(token)), authenticate, clock, reports };
}

const REFUSED = expect.objectContaining({ kind: "unauthenticated", status: 401, code: "invalid_api_key" });
const refusedFor = (message: string) => expect.objectContaining({ kind: "unauthenticated", status: 401, message });

describe("API keys", () => {
  const key = newKey();
  const entry: KeyEntry = { name: "acme", sha256: hashKey(key), claims: { tier: "pro" }, expires: undefined };

  test("are known by their hash, at once", async () => {
    const { ask } = await open({ keys: [entry] });
    expect(ask(key)).toEqual({ kind: "caller", key: "key:acme", claims: { tier: "pro" } });
  });

  test("go in x-api-key too", async () => {
    const { authenticate } = await open({ keys: [entry] });
    expect(authenticate(["X-API-Key", key])).toMatchObject({ key: "key:acme" });
  });

  test("that are others are refused, with a challenge and without being repeated", async () => {
    const { ask } = await open({ keys: [entry] });
    const other = newKey();
    expect(ask(other)).toEqual({
      kind: "unauthenticated",
      status: 401,
      message: "the key is not known",
      code: "invalid_api_key",
      headers: [
        "www-authenticate",
        'Bearer realm="routec", error="invalid_token", error_description="the key is not known"',
      ],
    });
    expect(ask(entry.sha256)).toEqual(REFUSED);
    expect(ask(`${key}x`)).toEqual(REFUSED);
  });

  test("that are not there are asked for, without an error in the challenge", async () => {
    const { authenticate } = await open({ keys: [entry] });
    expect(authenticate(["host", "x"])).toMatchObject({
      status: 401,
      headers: ["www-authenticate", 'Bearer realm="routec"'],
    });
  });

  test("end at the instant that they expire", async () => {
    const { ask, clock } = await open({ keys: [{ ...entry, expires: NOW + 1000 }] });
    clock.advance(999);
    expect(ask(key)).toMatchObject({ kind: "caller" });
    clock.advance(1);
    expect(ask(key)).toEqual(refusedFor("the key has expired"));
  });

  test("whose hashes begin alike are told apart", async () => {
    const alike = `${entry.sha256.slice(0, 8)}${"0".repeat(56)}`;
    const other = { ...entry, name: "other", sha256: alike };
    for (const keys of [
      [other, entry],
      [entry, other],
    ]) {
      const { ask } = await open({ keys });
      expect(ask(key)).toMatchObject({ key: "key:acme" });
    }
  });

  test("are long, and no two are the same", () => {
    const keys = Array.from({ length: 1000 }, newKey);
    expect(new Set(keys).size).toBe(1000);
    expect(keys.every((each) => /^rk_[\w-]{43}$/.test(each))).toBe(true);
  });
});

test("where nobody is asked, everybody is the same caller without claims", () => {
  expect(anonymous(bearer("whatever"))).toEqual({ kind: "caller", key: "anonymous", claims: {} });
});

interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: JWK;
}

async function pair(alg: string, kid?: string): Promise<Pair> {
  const { privateKey, publicKey } =
    alg === "ES256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : alg === "EdDSA"
        ? generateKeyPairSync("ed25519")
        : generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...(await exportJWK(publicKey)), alg, ...(kid !== undefined && { kid }) };
  return { privateKey, publicKey, jwk };
}

interface TokenSpec {
  readonly alg?: string;
  readonly kid?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly key: KeyObject | Uint8Array;
}

const SECONDS = NOW / 1000;
const GOOD = { iss: ISSUER, aud: "routec", sub: "u-1", exp: SECONDS + 60, tier: "pro" };

const token = ({ alg = "EdDSA", kid, claims = {}, key }: TokenSpec): Promise<string> =>
  new SignJWT({ ...GOOD, ...claims }).setProtectedHeader({ alg, ...(kid !== undefined && { kid }) }).sign(key);

const issuer = (keys: TokenIssuer["keys"], more: Partial<TokenIssuer> = {}): TokenIssuer => ({
  issuer: ISSUER,
  audience: ["routec"],
  keys,
  algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
  clockTolerance: 0,
  claims: undefined,
  ...more,
});

async function trusting({ jwk }: Pair, more: Partial<TokenIssuer> = {}, clock = clockAt()) {
  return open({ issuers: [issuer({ keys: [jwk] }, more)] }, clock);
}

describe("tokens", () => {
  test.each(["RS256", "PS256", "ES256", "EdDSA"])("signed by %s let their bearer in with their claims", async (alg) => {
    const own = await pair(alg);
    const { ask } = await trusting(own);
    expect(await ask(await token({ alg, key: own.privateKey }))).toEqual({
      kind: "caller",
      key: `jwt:${ISSUER}:u-1`,
      claims: GOOD,
    });
  });

  test("tell their bearers apart, wherever colons stand", async () => {
    const own = await pair("EdDSA");
    const issuers = ["https://a", "https://a:8443"].map((name) => issuer({ keys: [own.jwk] }, { issuer: name }));
    const { ask } = await open({ issuers });
    const keyOf = async (iss: string, sub: string) =>
      (await ask(await token({ key: own.privateKey, claims: { iss, sub } }))) as Caller;
    expect((await keyOf("https://a:8443", "alice")).key).toBe("jwt:https://a:8443:alice");
    expect((await keyOf("https://a", "8443:alice")).key).toBe("jwt:https://a:8443%3Aalice");
    expect((await keyOf("https://a", "8443%3Aalice")).key).toBe("jwt:https://a:8443%253Aalice");
  });

  test("give the policy only the claims that are chosen", async () => {
    const own = await pair("EdDSA");
    const { ask } = await trusting(own, { claims: ["tier", "absent"] });
    expect(await ask(await token({ key: own.privateKey }))).toMatchObject({ claims: { tier: "pro" } });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["expired", { exp: SECONDS }, "the token has expired"],
    ["without an end", { exp: undefined }, "the token's `exp` is missing or not accepted"],
    ["not yet good", { nbf: SECONDS + 1 }, "the token's `nbf` is missing or not accepted"],
    ["for somebody else", { aud: "other" }, "the token's `aud` is missing or not accepted"],
    ["for nobody", { aud: undefined }, "the token's `aud` is missing or not accepted"],
    ["of nobody", { sub: undefined }, "the token's `sub` is missing or not accepted"],
    ["of another issuer", { iss: "https://evil.example.com" }, "the token's issuer is not trusted here"],
    ["of no issuer", { iss: undefined }, "the token's issuer is not trusted here"],
    ["whose end is no number", { exp: "2099-01-01" }, "the token's `exp` is missing or not accepted"],
  ])("that are %s are refused", async (_, claims, message) => {
    const own = await pair("EdDSA");
    const { ask } = await trusting(own);
    const header = Buffer.from('{"alg":"EdDSA"}').toString("base64url");
    const payload = Buffer.from(JSON.stringify({ ...GOOD, ...claims })).toString("base64url");
    const { sign } = await import("node:crypto");
    const signature = sign(null, Buffer.from(`${header}.${payload}`), own.privateKey).toString("base64url");
    expect(await ask(`${header}.${payload}.${signature}`)).toEqual(refusedFor(message));
  });

  test("may be off by the tolerance", async () => {
    const own = await pair("EdDSA");
    const { ask } = await trusting(own, { clockTolerance: 5000 });
    const late = await token({ key: own.privateKey, claims: { exp: SECONDS - 4 } });
    expect(await ask(late)).toMatchObject({ kind: "caller" });
    const later = await token({ key: own.privateKey, claims: { exp: SECONDS - 5 } });
    expect(await ask(later)).toEqual(refusedFor("the token has expired"));
  });

  describe("that are forged", () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

    test("without a signature are refused", async () => {
      const { ask } = await trusting(await pair("RS256"));
      for (const alg of ["none", "None", "NONE", ""])
        expect(await ask(`${part({ alg })}.${part(GOOD)}.`)).toMatchObject({ status: 401 });
    });

    test("with the public key as a shared secret are refused", async () => {
      const own = await pair("RS256", "k");
      const { ask } = await trusting(own);
      const signed = `${part({ alg: "HS256", kid: "k" })}.${part(GOOD)}`;
      for (const secret of [own.publicKey.export({ type: "spki", format: "pem" }), JSON.stringify(own.jwk)]) {
        const mac = createHmac("sha256", secret).update(signed).digest("base64url");
        expect(await ask(`${signed}.${mac}`)).toEqual(refusedFor("the token's algorithm is not accepted"));
      }
    });

    test("with a key of their own in the header are refused", async () => {
      const { ask } = await trusting(await pair("EdDSA"));
      const evil = await pair("EdDSA");
      const forged = await new SignJWT(GOOD)
        .setProtectedHeader({ alg: "EdDSA", jwk: evil.jwk, jku: "http://127.0.0.1:1/" })
        .sign(evil.privateKey);
      expect(await ask(forged)).toEqual(refusedFor("the token's signature is not that of a key of its issuer"));
    });

    test("with other claims under a good signature are refused", async () => {
      const own = await pair("ES256");
      const { ask } = await trusting(own);
      const [header, , signature] = (await token({ alg: "ES256", key: own.privateKey })).split(".");
      expect(await ask(`${header}.${part({ ...GOOD, tier: "max" })}.${signature}`)).toEqual(REFUSED);
    });

    test("as anything that only looks like a token are refused", async () => {
      const { ask } = await trusting(await pair("EdDSA"));
      for (const text of [
        "a.b.c",
        "..",
        "a.b.",
        `${part({})}.${part({})}.x`,
        `${part({ alg: "EdDSA" })}.${part(GOOD)}.!`,
      ])
        expect(await ask(text)).toEqual(REFUSED);
    });
  });

  test("of an algorithm that the issuer does not use are refused", async () => {
    const own = await pair("ES256");
    const { ask } = await trusting(own, { algorithms: ["RS256"] });
    expect(await ask(await token({ alg: "ES256", key: own.privateKey }))).toEqual(
      refusedFor("the token's algorithm is not accepted"),
    );
  });

  test("that do not name their key are checked with each that fits", async () => {
    const [one, two, three] = await Promise.all([pair("EdDSA", "1"), pair("EdDSA", "2"), pair("EdDSA", "3")]);
    const { ask } = await open({ issuers: [issuer({ keys: [one.jwk, two.jwk] })] });
    expect(await ask(await token({ key: two.privateKey }))).toMatchObject({ kind: "caller" });
    expect(await ask(await token({ key: three.privateKey }))).toEqual(REFUSED);
  });

  test("are remembered, never past their end", async () => {
    const own = await pair("EdDSA");
    const { ask, clock } = await trusting(own, { clockTolerance: 0 });
    const shown = await token({ key: own.privateKey });
    expect(ask(shown)).toBeInstanceOf(Promise);
    await ask(shown);
    expect(ask(shown)).toMatchObject({ kind: "caller", key: `jwt:${ISSUER}:u-1` });
    clock.advance(60_000);
    expect(await ask(shown)).toEqual(refusedFor("the token has expired"));
  });

  test("are remembered for five minutes at most", async () => {
    const own = await pair("EdDSA");
    const { ask, clock } = await trusting(own);
    const shown = await token({ key: own.privateKey, claims: { exp: SECONDS + 3600 } });
    await ask(shown);
    clock.advance(5 * 60_000 - 1);
    expect(ask(shown)).toMatchObject({ kind: "caller" });
    clock.advance(1);
    expect(ask(shown)).toBeInstanceOf(Promise);
  });

  test("that were refused are not remembered", async () => {
    const own = await pair("EdDSA");
    const { ask, clock } = await trusting(own);
    const early = await token({ key: own.privateKey, claims: { nbf: SECONDS + 1 } });
    expect(await ask(early)).toEqual(REFUSED);
    clock.advance(1000);
    expect(await ask(early)).toMatchObject({ kind: "caller" });
  });

  test("and keys are taken side by side", async () => {
    const own = await pair("EdDSA");
    const key = newKey();
    const keys = [{ name: "k", sha256: hashKey(key), claims: {}, expires: undefined }];
    const { ask } = await open({ keys, issuers: [issuer({ keys: [own.jwk] })] });
    expect(ask(key)).toMatchObject({ key: "key:k" });
    expect(await ask(await token({ key: own.privateKey }))).toMatchObject({ key: `jwt:${ISSUER}:u-1` });
  });
});

describe("an issuer's keys behind a url", () => {
  /** Serves what `keys` holds, and counts how often it is asked. */
  async function keyServer(keys: JWK[], status = 200) {
    const served = { keys, status, asked: 0, url: new URL("http://127.0.0.1") };
    const server = createServer((_, response) => {
      served.asked++;
      response.writeHead(served.status, { location: "http://127.0.0.1:1/" }).end(JSON.stringify({ keys: served.keys }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    served.url.port = String((server.address() as AddressInfo).port);
    return served;
  }

  test("are fetched once, for any number of tokens", async () => {
    const own = await pair("EdDSA", "1");
    const server = await keyServer([own.jwk]);
    const { ask } = await open({ issuers: [issuer(server.url)] });
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, n) => token({ key: own.privateKey, kid: "1", claims: { sub: `u-${n}` } })),
    );
    const callers = await Promise.all(tokens.map(ask));
    expect(callers.map((caller) => caller.kind)).toEqual(tokens.map(() => "caller"));
    expect(server.asked).toBe(1);
  });

  test("may be rotated: an unknown key is looked for, at most every half minute", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: NOW });
    onTestFinished(() => void vi.useRealTimers());
    const [old, next] = await Promise.all([pair("EdDSA", "old"), pair("EdDSA", "new")]);
    const server = await keyServer([old.jwk]);
    const { ask } = await open({ issuers: [issuer(server.url)] });
    const fresh = await token({ key: next.privateKey, kid: "new" });
    expect(await ask(await token({ key: old.privateKey, kid: "old" }))).toMatchObject({ kind: "caller" });
    server.keys = [next.jwk];
    expect(await ask(fresh)).toEqual(REFUSED);
    expect(server.asked).toBe(1);
    vi.setSystemTime(NOW + 30_000);
    expect(await ask(fresh)).toMatchObject({ kind: "caller" });
    expect(server.asked).toBe(2);
  });

  test.each([500, 302])("that answers %i: nobody is let in, which is not the caller's fault", async (status) => {
    const own = await pair("EdDSA", "1");
    const server = await keyServer([own.jwk], status);
    const { ask, reports } = await open({ issuers: [issuer(server.url)] });
    const shown = await token({ key: own.privateKey, kid: "1" });
    expect(await ask(shown)).toMatchObject({ status: 503, headers: ["retry-after", "5"] });
    expect(reports).toEqual([expect.stringContaining(`the keys of the issuer \`${ISSUER}\` cannot be had: `)]);
    server.status = 200;
    expect(await ask(shown)).toMatchObject({ kind: "caller" });
  });

  test("are not fetched for a token of an issuer that is not trusted", async () => {
    const own = await pair("EdDSA", "1");
    const server = await keyServer([own.jwk]);
    const { ask } = await open({ issuers: [issuer(server.url)] });
    expect(await ask(await token({ key: own.privateKey, claims: { iss: "https://evil" } }))).toEqual(REFUSED);
    expect(server.asked).toBe(0);
  });
});
