/** The proxy's surface: what stands at which path. */

export type Endpoint =
  | { readonly kind: "chat" }
  | { readonly kind: "models" }
  | { readonly kind: "model"; readonly id: string }
  | { readonly kind: "unknown" };

const CHAT: Endpoint = { kind: "chat" };
const MODELS: Endpoint = { kind: "models" };
const UNKNOWN: Endpoint = { kind: "unknown" };
const MODEL = "/v1/models/";

/** What stands at `target`, a path with or without a query. */
export function endpointAt(target: string): Endpoint {
  const query = target.indexOf("?");
  const path = query < 0 ? target : target.slice(0, query);
  if (path === "/v1/chat/completions") return CHAT;
  if (path === "/v1/models") return MODELS;
  if (!path.startsWith(MODEL)) return UNKNOWN;
  try {
    return { kind: "model", id: decodeURIComponent(path.slice(MODEL.length)) };
  } catch {
    return UNKNOWN;
  }
}

/** The methods that an endpoint has, as `Allow` writes them. */
export function methodsOf(endpoint: Endpoint): string {
  return endpoint.kind === "chat" ? "POST" : "GET, HEAD";
}
