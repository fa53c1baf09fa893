/** The routes as models, in the words of who asks: Anthropic's clients say which version of its API they speak. */
import { isNamed } from "./headers.ts";

/** All members that `@anthropic-ai/sdk` promises; what is not known of a route, which may end at any model, is null. */
const UNKNOWN = {
  capabilities: null,
  deprecated_at: null,
  lifecycle: "active",
  line: null,
  max_input_tokens: null,
  max_tokens: null,
  retires_at: null,
} as const;

/** One route; `created` is in seconds since the epoch. */
export function listedModel(id: string, created: number, headers: readonly string[]): object {
  if (!speaksAnthropic(headers)) return { id, object: "model", created, owned_by: "routec" };
  return { type: "model", id, display_name: id, created_at: new Date(created * 1000).toISOString(), ...UNKNOWN };
}

/** All that are served, on one page. */
export function listedModels(ids: readonly string[], created: number, headers: readonly string[]): object {
  const data = ids.map((id) => listedModel(id, created, headers));
  if (!speaksAnthropic(headers)) return { object: "list", data };
  return { data, has_more: false, first_id: ids[0] ?? null, last_id: ids.at(-1) ?? null };
}

function speaksAnthropic(headers: readonly string[]): boolean {
  return headers.some((name, index) => index % 2 === 0 && isNamed(name, "anthropic-version"));
}
