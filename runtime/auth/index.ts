/** Who calls, and what is known of them. */
export { hashKey, newKey } from "./api-key.ts";
export { type Authenticate, type AuthOptions, anonymous, authenticator } from "./authenticate.ts";
export { ANONYMOUS, type Caller, type Unauthenticated } from "./outcome.ts";
export { isLoopbackAddress, type Said, whyNotListen, whyNotListenAdmin } from "./reach.ts";
export type { AuthSettings, Claims, KeyEntry, TokenIssuer } from "./settings.ts";
