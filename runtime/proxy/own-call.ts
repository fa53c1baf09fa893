/** Requests that leave in the dialect in which they came: what passes through, for a provider that speaks it. */
import { MESSAGES_WIRE, unlessTooDeep, withOptions } from "../dialects/index.ts";
import type { LinkedCall, OwnCall } from "../plan/index.ts";
import { spokenBy } from "../table/index.ts";
import type { RequestBody } from "./body.ts";

const NOTHING: readonly string[] = [];

/**
 * A messages request as it leaves for `step`: its own bytes, but for the model's name. Where the step's options change it,
 * or it asks for more tokens than the model writes, it is written anew with that changed. Undefined where the provider
 * speaks another dialect.
 */
export function ownCall(
  own: RequestBody,
  { model, provider, overrides, outputCap }: LinkedCall,
  headers: () => readonly string[],
): OwnCall | undefined {
  if (spokenBy(provider) !== "anthropic") return undefined;
  const { maxTokens = 0 } = own.facts;
  const written =
    overrides === undefined && maxTokens <= outputCap
      ? { body: own.bodyFor(model.upstream), dropped: NOTHING }
      : withStepOptions(own.json(), model.upstream, { ...overrides, maxTokens: outputCap });
  if (written?.body === undefined) return undefined;
  return { dialect: "messages", ...written, body: written.body, headers: headers(), wire: MESSAGES_WIRE };
}

function withStepOptions(
  given: unknown,
  model: string,
  overrides: Parameters<typeof withOptions>[2],
): { readonly body: Buffer; readonly dropped: readonly string[] } | undefined {
  return unlessTooDeep(
    () => {
      const { request, dropped } = withOptions(given as Parameters<typeof withOptions>[0], model, overrides);
      return { body: Buffer.from(JSON.stringify(request)), dropped };
    },
    () => undefined,
  );
}
