/** JSON Web Tokens (RFC 7519), checked by `jose`. */
import { hash } from "node:crypto";
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import { expiringCache } from "./expiring-cache.ts";
import { CANNOT_TELL, type Caller, refused, type Unauthenticated } from "./outcome.ts";
import type { Claims, TokenIssuer } from "./settings.ts";

/** Verified tokens that are remembered. */
const REMEMBERED = 10_000;
/** Milliseconds that one is, at most: so long a key that its issuer has withdrawn is still good. */
const LONGEST = 5 * 60_000;

export interface TokenOptions {
  readonly clock: { now(): number };
  /** Told when an issuer's keys cannot be had. */
  readonly report: (message: string) => void;
}

/** Whether a text has the shape of a signed token. */
export function isToken(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text);
}

/**
 * Checks tokens of these issuers: signature by one of the issuer's algorithms, `iss`, `aud`, `exp` and `nbf`. `exp` and
 * `sub` have to be there: a token that never ends cannot be withdrawn, and one of nobody cannot be told from others. An
 * issuer's keys are fetched when first needed, kept for ten minutes, and fetched anew (at most every 30 seconds) for a
 * key that is not among them, which is how issuers rotate theirs.
 */
export function tokenVerifier(issuers: readonly TokenIssuer[], { clock, report }: TokenOptions) {
  const byName = new Map(issuers.map((issuer) => [issuer.issuer, { issuer, keys: keysOf(issuer) }]));
  const remembered = expiringCache<Caller>(REMEMBERED, clock);

  async function verify(token: string, digest: string): Promise<Caller | Unauthenticated> {
    const known = byName.get(issuerOf(token) ?? "");
    if (known === undefined) return refused("the token's issuer is not trusted here");
    const { issuer, keys } = known;
    const now = clock.now();
    try {
      const { sub, exp, ...claims } = await verified(token, keys, issuer, now);
      const caller: Caller = {
        kind: "caller",
        key: keyOf(issuer.issuer, sub),
        claims: chosen({ ...claims, sub, exp }, issuer.claims),
      };
      remembered.put(digest, caller, Math.min(exp * 1000, now + LONGEST));
      return caller;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === CANNOT_TELL)
        report(`the keys of the issuer \`${issuer.issuer}\` cannot be had: ${reason(error)}`);
      return refusal;
    }
  }

  /** At once where the token is remembered. */
  return (token: string): Caller | Unauthenticated | Promise<Caller | Unauthenticated> => {
    const digest = hash("sha256", token, "base64url");
    return remembered.get(digest) ?? verify(token, digest);
  };
}

function keysOf({ keys }: TokenIssuer): JWTVerifyGetKey {
  return keys instanceof URL ? createRemoteJWKSet(keys) : createLocalJWKSet(keys);
}

/** No two callers have the same one: what follows its last colon is `sub`, and an issuer's name may have colons too. */
function keyOf(issuer: string, sub: string): string {
  return `jwt:${issuer}:${sub.replace(/[%:]/g, encodeURIComponent)}`;
}

/** Whose a token says it is, for choosing whose keys to check it by. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

async function verified(token: string, keys: JWTVerifyGetKey, issuer: TokenIssuer, now: number) {
  const options = {
    issuer: issuer.issuer,
    audience: [...issuer.audience],
    algorithms: [...issuer.algorithms],
    clockTolerance: issuer.clockTolerance / 1000,
    currentDate: new Date(now),
    requiredClaims: ["exp", "sub"],
  };
  const { payload } = await jwtVerify(token, keys, options).catch(async (error: unknown) => {
    // A token that does not name its key, of an issuer that has several for its algorithm: one of them has to fit.
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return await jwtVerify(token, key, options);
      } catch (inner) {
        if (!(inner instanceof errors.JWSSignatureVerificationFailed)) throw inner;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  });
  // jose has checked that both are there, and `exp` that it is a number.
  const { sub, exp } = payload;
  if (typeof sub !== "string" || sub === "" || exp === undefined) throw new errors.JWTInvalid("sub");
  return { ...payload, sub, exp };
}

function chosen(claims: Claims, names: readonly string[] | undefined): Claims {
  if (names === undefined) return claims;
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(claims, name) ? [[name, claims[name]]] : [])));
}

/** What is wrong with a token, in words of our own; a caller may read them, so nothing is said of the keys. */
function refusalOf(error: unknown): Unauthenticated {
  if (error instanceof errors.JWTExpired) return refused("the token has expired");
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused(`the token's \`${error.claim}\` is missing or not accepted`);
  if (error instanceof errors.JOSEAlgNotAllowed) return refused("the token's algorithm is not accepted");
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey) {
    return refused("the token's signature is not that of a key of its issuer");
  }
  if (CALLERS_FAULT.some((kind) => error instanceof kind)) return refused("the token cannot be read");
  return CANNOT_TELL;
}

const CALLERS_FAULT = [errors.JWTInvalid, errors.JWSInvalid, errors.JOSENotSupported];

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message;
}
