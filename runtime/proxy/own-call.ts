/** Requests that leave in the dialect in which they came: what passes through, for a provider that speaks it. */
import { MESSAGES_WIRE, RESPONSES_WIRE, responsesWithOptions, unlessTooDeep, withOptions } from "../dialects/index.ts";
import { type LinkedCall, LOGPROBS, type Overrides, type OwnCall } from "../plan/index.ts";
import { spokenBy } from "../table/index.ts";
import type { RequestBody } from "./body.ts";

type JsonObject = Readonly<Record<string, unknown>>;
type Options = Omit<Overrides, "capMember">;

/** A dialect that passes through. */
interface Passing {
  readonly wire: OwnCall["wire"];
  /** Whether the step's provider speaks it, and it can say what the step sets. */
  suits(step: LinkedCall, own: RequestBody): boolean;
  /** The request with the step's options, and the names of those that the model cannot honour. */
  written(
    given: JsonObject,
    model: string,
    options: Options,
  ): { readonly request: object; readonly dropped: readonly string[] };
}

const PASSING: Readonly<Record<OwnCall["dialect"], Passing>> = {
  messages: {
    wire: MESSAGES_WIRE,
    suits: ({ provider }) => spokenBy(provider) === "anthropic",
    written: withOptions,
  },
  responses: {
    wire: RESPONSES_WIRE,
    // A `body` file is written for chat completions. And what a gate asks for is taken out again of a chat alone.
    suits: ({ provider: { quirks, body }, overrides }, { facts }) =>
      quirks?.responses === true &&
      body === undefined &&
      (overrides?.logprobs !== true || (facts.needs & LOGPROBS) !== 0),
    written: (given, model, options) => ({ request: responsesWithOptions(given, model, options), dropped: NOTHING }),
  },
};

const NOTHING: readonly string[] = [];

/**
 * A request as it leaves for `step`: its own bytes, but for the model's name. Where the step's options change it, or it
 * asks for more tokens than the model writes, it is written anew with that changed. Undefined where the provider speaks
 * another dialect.
 */
export function ownCall(
  dialect: OwnCall["dialect"],
  own: RequestBody,
  step: LinkedCall,
  headers: () => readonly string[],
): OwnCall | undefined {
  const { wire, suits, written } = PASSING[dialect];
  if (!suits(step, own)) return undefined;
  const { model, overrides, outputCap } = step;
  if (overrides === undefined && (own.facts.maxTokens ?? 0) <= outputCap) {
    const body = own.bodyFor(model.upstream);
    return body && { dialect, body, dropped: NOTHING, headers: headers(), wire };
  }
  return unlessTooDeep(
    () => {
      const { request, dropped } = written(own.json() as JsonObject, model.upstream, {
        ...overrides,
        maxTokens: outputCap,
      });
      return { dialect, body: Buffer.from(JSON.stringify(request)), dropped, headers: headers(), wire };
    },
    () => undefined,
  );
}
