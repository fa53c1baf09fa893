// Generated from routec-config.schema.json by `npm run generate`. Do not edit.

/**
 * Relative to the configuration's own folder; from the environment, to the current one.
 */
export type Path = string;
/**
 * Signatures by key pairs only: with a shared secret whoever checks a token could also make one.
 */
export type JwtAlgorithm =
  "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512" | "EdDSA" | "Ed25519";

/**
 * How `routec serve` serves: routec.config.json. Nothing is required. Each setting has an environment variable, which wins over the file.
 */
export interface Config {
  /**
   * For editors.
   */
  $schema?: string;
  listen?: Listen;
  admin?: Admin;
  tls?: Tls;
  /**
   * Who may call. `"none"` says in words that everybody may.
   */
  auth?: "none" | Auth;
  /**
   * Relative to the configuration's own folder; from the environment, to the current one.
   */
  state?: string;
  ledger?: Ledger;
  log?: Log;
  /**
   * `/metrics` on the admin address.
   */
  metrics?: boolean;
  /**
   * OpenTelemetry spans, through the SDK that the process was started with.
   */
  traces?: boolean;
  limits?: Limits;
  /**
   * Threads that serve; one for each core when not given.
   */
  workers?: number;
  reload?: Reload;
  /**
   * Whether calls may go to private addresses: `named` where the policy's url names one, as an IP address, by one word or under a private domain such as `.internal`; `any` also where any other name resolves to one.
   */
  private_addresses?: "named" | "any";
}
/**
 * Where requests are answered.
 */
export interface Listen {
  /**
   * Address to listen on. Beyond loopback it needs `auth`.
   */
  host?: string;
  /**
   * 0 is any free one.
   */
  port?: number;
}
/**
 * Where health, metrics, the policy and decisions are told.
 */
export interface Admin {
  /**
   * Address to listen on. Beyond loopback it needs `token`.
   */
  host?: string;
  /**
   * The port after `listen.port` when not given.
   */
  port?: number;
  token?: Secret;
}
/**
 * What callers of the admin address send as `Authorization: Bearer`.
 */
export interface Secret {
  env?: string;
  file?: Path;
}
/**
 * Serves HTTPS in place of HTTP.
 */
export interface Tls {
  /**
   * Relative to the configuration's own folder; from the environment, to the current one.
   */
  cert?: string;
  /**
   * Relative to the configuration's own folder; from the environment, to the current one.
   */
  key?: string;
}
export interface Auth {
  /**
   * API keys, as `routec keys new` writes them: each is known by its hash alone.
   */
  keys?: ApiKey[];
  /**
   * Who issues tokens that are trusted.
   */
  jwt?: JwtIssuer[];
}
export interface ApiKey {
  /**
   * Whose it is; unique. In logs it stands for the key.
   */
  name: string;
  /**
   * Of the key, in hexadecimal.
   */
  sha256: string;
  /**
   * What the policy's `claim` attributes read.
   */
  claims?: {
    [k: string]: unknown;
  };
  /**
   * The first instant at which it is refused.
   */
  expires?: string;
}
export interface JwtIssuer {
  /**
   * The token's `iss`, exactly.
   */
  issuer: string;
  /**
   * One of these must be in the token's `aud`.
   */
  audience: string | string[];
  /**
   * Where the issuer's public keys are; https beyond loopback.
   */
  jwks_url?: string;
  /**
   * Relative to the configuration's own folder; from the environment, to the current one.
   */
  jwks_file?: string;
  /**
   * Signature algorithms that are accepted.
   */
  algorithms?: JwtAlgorithm[];
  /**
   * How far the issuer's clock may be off.
   */
  clock_tolerance?: string;
  /**
   * Which of the token's claims the policy sees; all when not given.
   */
  claims?: string[];
}
/**
 * Where budgets and limits are counted.
 */
export interface Ledger {
  /**
   * `embedded`: on this machine's disk; `redis`: shared between machines.
   */
  store?: "embedded" | "redis";
  /**
   * Relative to the configuration's own folder; from the environment, to the current one.
   */
  folder?: string;
  redis?: RedisLedger;
}
export interface RedisLedger {
  /**
   * Such as `redis://host:6379` or `rediss://…`. One with a password in it is a secret.
   */
  url?: string | Secret1;
  /**
   * While Redis cannot be asked: `closed` refuses what is budgeted or limited, `open` lets a bounded share pass.
   */
  when_away?: "closed" | "open";
  /**
   * With `open`: the share of each limit that each process may spend while Redis is away.
   */
  open_share?: number;
}
/**
 * Where a secret is: the name of an environment variable, or the path of a file.
 */
export interface Secret1 {
  env?: string;
  file?: Path;
}
/**
 * The decision log, a JSON line a request.
 */
export interface Log {
  to?: "file" | "stdout" | "none";
  /**
   * Relative to the configuration's own folder; from the environment, to the current one.
   */
  file?: string;
  /**
   * Whether prompts are logged: `masked` is with addresses, numbers of cards and keys covered.
   */
  prompts?: "never" | "masked";
}
/**
 * What one client may take of the proxy.
 */
export interface Limits {
  /**
   * Of a request's body.
   */
  body_bytes?: number;
  /**
   * Of a request's headers together.
   */
  header_bytes?: number;
  /**
   * Open at once, for each worker; further ones are closed at once.
   */
  connections?: number;
  /**
   * How long a connection is kept without a request.
   */
  idle_timeout?: string;
  /**
   * How long a request's headers may take.
   */
  header_timeout?: string;
  /**
   * How long a whole request may take to arrive.
   */
  request_timeout?: string;
  /**
   * How long a client may take nothing of an answer that waits for it.
   */
  read_timeout?: string;
}
/**
 * How a policy takes the place of another while requests are served.
 */
export interface Reload {
  /**
   * When one of its files changes.
   */
  watch?: boolean;
  /**
   * By `POST /policy` on the admin address.
   */
  post?: boolean;
}
