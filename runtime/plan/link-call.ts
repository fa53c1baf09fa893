/** A call of a plan, with all options that hold for it. */
import type { Model, Options, Provider } from "../table/index.ts";
import type { Health } from "./health.ts";
import { failureMask, type LinkedCall } from "./linked.ts";
import { CAPABILITIES, type Overrides } from "./request.ts";

/** Milliseconds that a call may take where no `with` says otherwise. */
export const DEFAULT_TIMEOUT = 60_000;
/** Milliseconds without a byte after which an answer under way is given up, where no `with` says otherwise. */
export const DEFAULT_IDLE = 60_000;

/** Tokens that a message counts beside its text. */
const MESSAGE_OVERHEAD = 8;

/** Parts of an answer that come only where they are asked for. */
export type Extras = Pick<Overrides, "logprobs">;

/** What a call is linked from. */
export interface CallSite {
  readonly model: Model;
  readonly provider: Provider;
  /** What plans say; the nearest has won already. */
  readonly options: Options;
  /** What the answer must hold for the gates that it is for. */
  readonly extras: Extras;
  /** The route wants no parameter left out. */
  readonly strict: boolean;
  readonly health: Health;
}

export function linkCall({ model, provider, options: nearer, extras, strict, health }: CallSite): LinkedCall {
  const options: Options = { ...provider.with, ...model.with, ...nearer };
  const { timeout = DEFAULT_TIMEOUT, idle = DEFAULT_IDLE, retries = 0, retry_on = [], system, tools } = options;
  // Nobody can be told to reason who cannot, nor to leave it off.
  const canReason = model.can.includes("reasoning") || options.reasoning === undefined;
  const overrides = overridesOf(options, { model, provider, canReason, extras });
  return {
    kind: "call",
    model,
    provider,
    timeout,
    idle,
    retries,
    retryOn: failureMask(retry_on),
    can: capabilityMask(model.can),
    embeds: model.can.includes("embeddings"),
    embedsAlone: model.can.length > 0 && model.can.every((each) => each === "embeddings"),
    needs: tools?.length === 0 ? ~capabilityMask(["tools"]) : ~0,
    outputCap: Math.min(options.max_tokens ?? model.output, model.output),
    // No tokenizer gives more than one token a byte.
    systemTokens: system === undefined ? 0 : Buffer.byteLength(system) + MESSAGE_OVERHEAD,
    overrides,
    capMember: capMemberOf(provider),
    streamed: refusesStreamOptions(provider)
      ? overrides
      : { capMember: capMemberOf(provider), ...overrides, usage: true },
    dropped: canReason ? [] : ["reasoning"],
    countsKeys: [provider, model].some(({ allow }) => allow?.some(({ per }) => per === "key") === true),
    strict,
    health,
  };
}

function overridesOf(
  { max_tokens, temperature, reasoning, system, tools }: Options,
  site: Pick<CallSite, "model" | "provider" | "extras"> & { readonly canReason: boolean },
): Overrides | undefined {
  const { model, provider, canReason, extras } = site;
  const overrides = {
    ...(max_tokens !== undefined && { maxTokens: Math.min(max_tokens, model.output) }),
    ...(temperature !== undefined && { temperature }),
    ...(reasoning !== undefined && canReason && { reasoningEffort: String(reasoning) }),
    ...(system !== undefined && { system }),
    ...(tools !== undefined && { tools }),
    ...extras,
  };
  return Object.keys(overrides).length === 0 ? undefined : { ...overrides, capMember: capMemberOf(provider) };
}

/** Who refuses the member reports the usage of each stream unasked. */
function refusesStreamOptions({ quirks }: Provider): boolean {
  return quirks?.refused?.includes("stream_options") === true;
}

/** OpenAI's reasoning models take `max_completion_tokens` only; many who speak its dialect know but the older name. */
function capMemberOf({ quirks }: Provider): Overrides["capMember"] {
  return quirks?.cap ?? "max_tokens";
}

function capabilityMask(can: readonly string[]): number {
  return CAPABILITIES.reduce((mask, capability, bit) => (can.includes(capability) ? mask | (1 << bit) : mask), 0);
}
