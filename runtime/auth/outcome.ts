/** What comes of asking a request who sends it. */
import type { Claims } from "./settings.ts";

export interface Caller {
  readonly kind: "caller";
  /** Who it is, for logs and for keeping callers apart: the same for all requests of one key or subject, and no secret. */
  readonly key: string;
  readonly claims: Claims;
}

/** The request is to be answered with `status`, and nothing of it read. */
export interface Unauthenticated {
  readonly kind: "unauthenticated";
  /** 401; 503 where routec itself could not tell. */
  readonly status: 401 | 503;
  readonly message: string;
  /** OpenAI's word for it: `invalid_api_key`. */
  readonly code: string | null;
  /** Header names and values in turn: `www-authenticate` (RFC 9110, section 11.6.1) or `retry-after`. */
  readonly headers: readonly string[];
}

/** Whoever comes while nobody is asked who they are. */
export const ANONYMOUS: Caller = { kind: "caller", key: "anonymous", claims: {} };

const CHALLENGE = 'Bearer realm="routec"';

/** Without credentials a challenge has no error (RFC 6750, section 3.1). */
export const NO_CREDENTIALS: Unauthenticated = {
  kind: "unauthenticated",
  status: 401,
  message: "who is calling is not said: expected `Authorization: Bearer` and a key or token, or `x-api-key`",
  code: "invalid_api_key",
  headers: ["www-authenticate", CHALLENGE],
};

/** `message` is of routec's own words only: it stands in a header too. */
export function refused(message: string): Unauthenticated {
  const challenge = `${CHALLENGE}, error="invalid_token", error_description="${message.replaceAll(/["`\\]/g, "'")}"`;
  return {
    kind: "unauthenticated",
    status: 401,
    message,
    code: "invalid_api_key",
    headers: ["www-authenticate", challenge],
  };
}

/** The issuer's keys cannot be had, which is no fault of the caller's. */
export const CANNOT_TELL: Unauthenticated = {
  kind: "unauthenticated",
  status: 503,
  message: "routec cannot check tokens at the moment, because the issuer's keys cannot be had",
  code: null,
  headers: ["retry-after", "5"],
};
