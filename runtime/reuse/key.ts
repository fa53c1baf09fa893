/** Which requests are the same: those that have the same key. */
import { hash } from "node:crypto";
import type { Value } from "../table/index.ts";
import { canonicalBody } from "./canonical.ts";

/** Who a request is from, as far as answers are shared. */
export type Scope =
  /** The id of the key or token that called; undefined where there is no authentication, and so one caller. */
  | { readonly by: "caller"; readonly key: string | undefined }
  /** The values of the attributes that the route's `reuse … per` names. */
  | { readonly by: "values"; readonly values: readonly (Value | undefined)[] };

export interface ReusableRequest {
  /** The body as it came: valid JSON, an object. */
  readonly body: Buffer;
  readonly stream: boolean;
  /** What is asked for: of the same body an answer of one kind is none of the other. */
  readonly kind: "chat" | "embeddings";
  /** Hash of the policy, and the route's and rule's label. */
  readonly policy: string;
  readonly rule: string;
  readonly scope: Scope;
  /** Headers that go upstream, name in lower case and value in turn. */
  readonly headers: readonly string[];
}

/** `stream` is a part of the key of its own; its options say something of streams alone. */
const OF_STREAMS = new Set(["stream"]);
const NOT_OF_WHOLE = new Set(["stream", "stream_options"]);

/** The header by which a client asks OpenAI for another behaviour. Others say nothing of the answer. */
const BEHAVIOUR = "openai-beta";

/**
 * The key of a request; undefined where its answer cannot be used again, as it is not clear what is asked or by whom. A
 * stream and a whole answer have different keys: of the one there are no bytes that could be given for the other.
 */
export function reuseKey(request: ReusableRequest): string | undefined {
  const { body, stream, kind, policy, rule, scope, headers } = request;
  if (scope.by === "values" && scope.values.includes(undefined)) return undefined;
  const canonical = canonicalBody(body.toString(), stream ? OF_STREAMS : NOT_OF_WHOLE);
  if (canonical === undefined) return undefined;
  const who = scope.by === "caller" ? [scope.key ?? null] : [scope.values];
  const behaviour = headers.filter((_, index) => index % 2 === 1 && headers[index - 1] === BEHAVIOUR);
  // JSON in one line has no line feed: where one part ends and the next begins cannot be mistaken.
  const parts = JSON.stringify([policy, rule, kind, stream, scope.by, who, behaviour]);
  return hash("sha256", `${parts}\n${canonical}`, "base64url");
}
