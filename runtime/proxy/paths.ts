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
  if (target === "/v1/chat/completions") return CHAT;
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

const READ = ["GET", "HEAD"];

/** The methods that an endpoint has. */
export function methodsOf(endpoint: Endpoint): readonly string[] {
  return endpoint.kind === "chat" ? ["POST"] : READ;
}

export function allows(endpoint: Endpoint, method = ""): boolean {
  return endpoint.kind === "chat" ? method === "POST" : READ.includes(method);
}
