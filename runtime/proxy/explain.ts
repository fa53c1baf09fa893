/** Why a whole HTTP request is decided as it is: read as the proxy reads it. */
import type { Clock } from "../plan/index.ts";
import { AttributeError, type Explanation, explainValues, type Policy } from "../table/index.ts";
import { attributeReaders } from "./attributes.ts";
import { readBody, watch } from "./body.ts";

/** A chat completion request. */
export interface HttpRequest {
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the caller's key or token. */
  readonly claims?: unknown;
  readonly body: unknown;
}

/**
 * Decides one HTTP request and says why; `clock` says what time it is for rules over time.
 * @throws {RequestError} for what the proxy would answer 400, {AttributeError} when no route serves the model.
 */
export function explainRequest(policy: Policy, request: HttpRequest, clock: Pick<Clock, "now">): Explanation {
  const { headers = {}, claims, body: json } = request;
  const readers = attributeReaders(policy.table);
  const bytes = Buffer.from(JSON.stringify(json ?? null));
  const body = readBody([bytes], bytes.length, watch(readers.watched));
  const { model, promptTokens, maxTokens } = body.facts;
  const route = policy.routeFor(model);
  if (route === undefined) throw new AttributeError("model", `no route serves the model \`${model}\``);
  const rawHeaders = Object.entries(headers).flat();
  const values = readers.read(route, { headers: rawHeaders, claims, body, clock });
  return explainValues(policy, route, values, { promptTokens, ...(maxTokens !== undefined && { maxTokens }) });
}
