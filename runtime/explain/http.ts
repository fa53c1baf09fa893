/** A whole HTTP request, read as the proxy reads it. */
import type { Clock } from "../plan/index.ts";
import { attributeReaders } from "../proxy/attributes.ts";
import { readBody, watch } from "../proxy/body.ts";
import { localSignal, textsOf } from "../signals/index.ts";
import { AttributeError, type GivenRequest, type Policy, type PolicyRoute, type Value } from "../table/index.ts";

/** A chat completion request. */
export interface HttpRequest {
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the caller's key or token. */
  readonly claims?: unknown;
  readonly body: unknown;
}

/**
 * The values of a request; `clock` says what time it is for rules over time. Signals that are computed in process are
 * computed, those that somebody would have to be asked for take their `else`, and nothing is spent yet.
 * @throws {RequestError} for what the proxy would answer 400, {AttributeError} when no route serves the model.
 */
export function readHttp(policy: Policy, request: HttpRequest, clock: Pick<Clock, "now">): GivenRequest {
  const { headers = {}, claims, body: json } = request;
  const readers = attributeReaders(policy.table);
  const bytes = Buffer.from(JSON.stringify(json ?? null));
  const body = readBody([bytes], bytes.length, watch(readers.watched));
  const { model, promptTokens, maxTokens } = body.facts;
  const route = policy.routeFor(model);
  if (route === undefined) throw new AttributeError("model", `no route serves the model \`${model}\``);
  const values = readers.read(route, { headers: Object.entries(headers).flat(), claims, body, clock });
  for (const [index, { source, default: untouched }] of policy.table.attributes.entries())
    if (source.from === "state") values[index] = untouched;
  computeSignals(policy, route, values, json);
  return { route, values, bounds: { promptTokens, ...(maxTokens !== undefined && { maxTokens }) } };
}

function computeSignals(policy: Policy, route: PolicyRoute, values: (Value | undefined)[], body: unknown): void {
  const { attributes, signals } = policy.table;
  for (let needed = route.demand(values); needed.length > 0; needed = route.demand(values)) {
    for (const index of needed) {
      const signal = signals.find(({ name }) => name === attributes[index]?.name);
      values[index] = signal && (localSignal(signal)?.(textsOf(body)) ?? signal.otherwise);
    }
  }
}
