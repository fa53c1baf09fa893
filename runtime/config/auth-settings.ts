/** The section `auth` as `authenticator` takes it. */

import { isLoopbackAddress } from "../auth/reach.ts";
import type { AuthSettings, KeyEntry, TokenIssuer } from "../auth/settings.ts";
import type { ApiKey, Auth, JwtIssuer } from "./config.generated.ts";
import { durationOf } from "./duration.ts";

/** Reads a file that a setting names; undefined after telling `complain` why it cannot be read. */
export type ReadFile = (path: string, setting: string) => string | undefined;

/** What is wrong with a setting goes to `complain`, and all of it is looked at. */
export function authSettings(auth: Auth, readFile: ReadFile, complain: (mistake: string) => void): AuthSettings {
  const keys = auth.keys ?? [];
  const issuers = auth.jwt ?? [];
  if (keys.length + issuers.length === 0) {
    complain('`/auth` has neither `keys` nor `jwt`, so nobody could call: expected one of them, or `"none"`');
  }
  unique(keys, ({ name }) => name, "name", "/auth/keys", complain);
  unique(keys, ({ sha256 }) => sha256, "sha256", "/auth/keys", complain);
  unique(issuers, ({ issuer }) => issuer, "issuer", "/auth/jwt", complain);
  return {
    keys: keys.map((key, index) => keyEntry(key, `/auth/keys/${index}`, complain)),
    issuers: issuers.flatMap((issuer, index) => {
      const made = tokenIssuer(issuer, `/auth/jwt/${index}`, readFile, complain);
      return made === undefined ? [] : [made];
    }),
  };
}

function unique<T>(
  list: readonly T[],
  of: (entry: T) => string,
  field: string,
  at: string,
  complain: (mistake: string) => void,
): void {
  const first = new Map<string, number>();
  for (const [index, entry] of list.entries()) {
    const earlier = first.get(of(entry));
    if (earlier === undefined) first.set(of(entry), index);
    else complain(`\`${at}/${index}/${field}\` is that of \`${at}/${earlier}\`: expected another`);
  }
}

function keyEntry({ name, sha256, claims = {}, expires }: ApiKey, at: string, complain: (m: string) => void): KeyEntry {
  const instant = expires === undefined ? undefined : instantOf(expires);
  if (expires !== undefined && instant === undefined) {
    complain(`\`${at}/expires\` is \`${expires}\`, which no calendar has: expected a date such as \`2027-01-31\``);
  }
  return { name, sha256, claims, expires: instant };
}

const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}([.]\d{1,3})?(Z|[+-]\d{2}:\d{2}))?$/;

/** In milliseconds since the epoch; a date is the beginning of that day in UTC. Undefined where there is no such instant. */
export function instantOf(text: string): number | undefined {
  if (!INSTANT.test(text)) return undefined;
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split("-").map(Number);
  // `Date.parse` takes 31 February for a day in March.
  const real = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
  const instant = Date.parse(text);
  return real && Number.isFinite(instant) ? instant : undefined;
}

const DEFAULT_ALGORITHMS: readonly string[] = ["RS256", "PS256", "ES256", "EdDSA"];

function tokenIssuer(
  given: JwtIssuer,
  at: string,
  readFile: ReadFile,
  complain: (mistake: string) => void,
): TokenIssuer | undefined {
  const { issuer, audience, jwks_url: url, jwks_file: file, algorithms = DEFAULT_ALGORITHMS, claims } = given;
  let keys: TokenIssuer["keys"] | undefined;
  if ((url === undefined) === (file === undefined)) {
    complain(`\`${at}\` has ${url === undefined ? "neither" : "both"} of \`jwks_url\` and \`jwks_file\`: expected one`);
  } else if (url !== undefined) keys = keysUrl(url, `${at}/jwks_url`, complain);
  else if (file !== undefined) keys = keySet(readFile(file, `${at}/jwks_file`), file, `${at}/jwks_file`, complain);
  if (keys === undefined) return undefined;
  return {
    issuer,
    audience: typeof audience === "string" ? [audience] : audience,
    keys,
    algorithms,
    clockTolerance: durationOf(given.clock_tolerance ?? "5s"),
    claims,
  };
}

/** Over plain http somebody on the way could put keys of their own in place. */
function keysUrl(url: string, setting: string, complain: (mistake: string) => void): URL | undefined {
  const parsed = URL.parse(url);
  const safe = parsed?.protocol === "https:" || (parsed?.protocol === "http:" && isLoopbackAddress(parsed.hostname));
  if (parsed !== null && safe && parsed.username === "" && parsed.password === "") return parsed;
  complain(
    `\`${setting}\` is not a url that can be trusted: expected one that begins with https://, without a password`,
  );
  return undefined;
}

function keySet(
  text: string | undefined,
  file: string,
  setting: string,
  complain: (mistake: string) => void,
): Exclude<TokenIssuer["keys"], URL> | undefined {
  if (text === undefined) return undefined;
  try {
    const set: unknown = JSON.parse(text);
    const keys = typeof set === "object" && set !== null ? Reflect.get(set, "keys") : undefined;
    if (Array.isArray(keys) && keys.length > 0 && keys.every((key) => typeof key === "object" && key !== null)) {
      // A private or a shared key has a part that only its owner may know.
      if (keys.every((key) => !("d" in key) && !("k" in key))) return { keys };
      complain(`\`${setting}\`: \`${file}\` holds private keys: expected public ones`);
      return undefined;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  complain(`\`${setting}\`: \`${file}\` is no JSON Web Key Set: expected \`{ "keys": […] }\` (RFC 7517)`);
  return undefined;
}
