/** Who may call, as `authenticator` needs it: files read, durations in milliseconds. */
import type { JSONWebKeySet } from "jose";

/** What a key or a token says of its bearer: JSON that the policy's `claim` attributes read. */
export type Claims = Readonly<Record<string, unknown>>;

/** An API key, known by its hash alone. */
export interface KeyEntry {
  /** Unique; stands for the key in logs. */
  readonly name: string;
  /** Of the key, 64 digits in lower case. */
  readonly sha256: string;
  readonly claims: Claims;
  /** The first instant at which it is refused, in milliseconds since the epoch. */
  readonly expires: number | undefined;
}

/** Somebody whose tokens are trusted. */
export interface TokenIssuer {
  /** `iss`, exactly; unique. */
  readonly issuer: string;
  /** One of them has to be in `aud`. */
  readonly audience: readonly string[];
  /** Its public keys, or where they are. */
  readonly keys: URL | JSONWebKeySet;
  readonly algorithms: readonly string[];
  /** Milliseconds. */
  readonly clockTolerance: number;
  /** Those that the policy sees; all where undefined. */
  readonly claims: readonly string[] | undefined;
}

export interface AuthSettings {
  readonly keys: readonly KeyEntry[];
  readonly issuers: readonly TokenIssuer[];
}
