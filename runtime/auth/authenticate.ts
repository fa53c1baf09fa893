/** Who calls. */
import { keyFinder } from "./api-key.ts";
import { credentialsIn } from "./credentials.ts";
import { ANONYMOUS, type Caller, NO_CREDENTIALS, refused, type Unauthenticated } from "./outcome.ts";
import type { AuthSettings } from "./settings.ts";

/**
 * Says who sends a request with these headers (names and values in turn): at once for API keys and for tokens that were
 * checked a moment ago, later for others. Never rejects.
 */
export type Authenticate = (headers: readonly string[]) => Caller | Unauthenticated | Promise<Caller | Unauthenticated>;

export interface AuthOptions {
  readonly clock: { now(): number };
  /** Told when the keys of an issuer cannot be had; to standard error without it. */
  readonly report?: (message: string) => void;
}

/** Lets in whoever has one of these keys, or a token of one of these issuers. `jose` is loaded where there is an issuer. */
export async function authenticator(settings: AuthSettings, options: AuthOptions): Promise<Authenticate> {
  const { clock, report = (message) => console.error(`routec: ${message}`) } = options;
  const find = keyFinder(settings.keys);
  const callers = new Map(
    settings.keys.map((entry): [typeof entry, Caller] => [
      entry,
      { kind: "caller", key: `key:${entry.name}`, claims: entry.claims },
    ]),
  );
  const tokens =
    settings.issuers.length === 0
      ? undefined
      : await import("./tokens.ts").then(({ isToken, tokenVerifier }) => ({
          isToken,
          verify: tokenVerifier(settings.issuers, { clock, report }),
        }));
  return (headers) => {
    const shown = credentialsIn(headers);
    if (shown.kind === "none") return NO_CREDENTIALS;
    if (shown.kind === "malformed") return refused(shown.message);
    const entry = find(shown.token);
    const caller = entry === undefined ? undefined : callers.get(entry);
    if (entry !== undefined && caller !== undefined) {
      return entry.expires !== undefined && clock.now() >= entry.expires ? refused("the key has expired") : caller;
    }
    if (tokens?.isToken(shown.token)) return tokens.verify(shown.token);
    return refused("the key is not known");
  };
}

/** Lets in everybody, and knows nothing of them. */
export const anonymous: Authenticate = () => ANONYMOUS;
