/** The proxy's surface: what stands at which path. */

export type Endpoint =
  | { readonly kind: "chat" | "messages" | "responses" | "embeddings" | "count_tokens" }
  | { readonly kind: "models" }
  | { readonly kind: "model"; readonly id: string }
  | { readonly kind: "unknown" };

const CHAT: Endpoint = { kind: "chat" };
const OTHERS: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ["/v1/chat/completions", CHAT],
  ["/v1/messages", { kind: "messages" }],
  ["/v1/messages/count_tokens", { kind: "count_tokens" }],
  ["/v1/responses", { kind: "responses" }],
  ["/v1/embeddings", { kind: "embeddings" }],
  ["/v1/models", { kind: "models" }],
]);
const UNKNOWN: Endpoint = { kind: "unknown" };
const MODEL = "/v1/models/";

/** What stands at `target`, a path with or without a query. */
export function endpointAt(target: string): Endpoint {
  if (target === "/v1/chat/completions") return CHAT;
  const query = target.indexOf("?");
  const path = query < 0 ? target : target.slice(0, query);
  const known = OTHERS.get(path);
  if (known !== undefined) return known;
  if (!path.startsWith(MODEL)) return UNKNOWN;
  try {
    return { kind: "model", id: decodeURIComponent(path.slice(MODEL.length)) };
  } catch {
    return UNKNOWN;
  }
}

const READ = ["GET", "HEAD"];
const ASK = ["POST"];

/** The methods that an endpoint has. */
export function methodsOf({ kind }: Endpoint): readonly string[] {
  return kind === "models" || kind === "model" ? READ : ASK;
}

export function allows(endpoint: Endpoint, method = ""): boolean {
  return endpoint === CHAT ? method === "POST" : methodsOf(endpoint).includes(method);
}
