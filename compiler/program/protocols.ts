/** The dialects in which providers are spoken to: what each needs to be told, and what its calls already say. */
import type { Provider } from "../../runtime/table/artifact.ts";

export interface ProtocolFacts {
  /** Where it is spoken when neither the provider nor its preset says; undefined where there is no one place. */
  readonly url: string | undefined;
  /** The fields of a provider that only some protocols take. */
  readonly takes: readonly string[];
  /** Those that must be stated. */
  readonly needs: readonly string[];
  /** Members of a call's body that routec sets: `body` cannot. */
  readonly sets: readonly string[];
  /** It is spoken over a package of the AI SDK, which has no words for some of what models can do. */
  readonly bridged?: true;
}

/** What the AI SDK's provider interface has no words for, though a provider may have: docs/dialects.md has the rest. */
export const NOT_BRIDGED: readonly string[] = ["logprobs", "search"];

const OVER_HTTP = ["url", "key", "header", "body"];
/** The package writes the body. */
const OVER_SDK = ["url", "key", "header"];

/** How a simulated provider behaves. */
export const SIMULATED_FIELDS = ["speaks", "latency", "speed", "script", "fail", "answers"];

/** https://platform.openai.com/docs/api-reference/chat, and `input` of embeddings. */
const OPENAI_MEMBERS = [
  "model",
  "messages",
  "input",
  "stream",
  "stream_options",
  "max_tokens",
  "max_completion_tokens",
  "n",
  "temperature",
  "reasoning_effort",
  "tools",
  "logprobs",
  "top_logprobs",
];

export const PROTOCOLS: Readonly<Record<Provider["protocol"], ProtocolFacts>> = {
  openai: { url: "https://api.openai.com/v1", takes: OVER_HTTP, needs: [], sets: OPENAI_MEMBERS },
  // Each account has its own address.
  azure: { url: undefined, takes: OVER_HTTP, needs: ["url"], sets: OPENAI_MEMBERS },
  anthropic: {
    url: "https://api.anthropic.com/v1",
    takes: OVER_HTTP,
    needs: [],
    // https://docs.claude.com/en/api/messages
    sets: ["model", "messages", "system", "stream", "max_tokens", "temperature", "thinking", "output_config", "tools"],
  },
  gemini: {
    url: "https://generativelanguage.googleapis.com/v1beta",
    takes: OVER_SDK,
    needs: [],
    sets: [],
    bridged: true,
  },
  // The address of these two follows from the region.
  vertex: {
    url: undefined,
    takes: ["url", "region", "project", "credentials", "header"],
    needs: ["region", "project", "credentials"],
    sets: [],
    bridged: true,
  },
  bedrock: {
    url: undefined,
    takes: [...OVER_SDK, "region", "credentials"],
    needs: ["region"],
    sets: [],
    bridged: true,
  },
  cohere: { url: "https://api.cohere.com/v2", takes: OVER_SDK, needs: [], sets: [], bridged: true },
  simulated: { url: undefined, takes: SIMULATED_FIELDS, needs: [], sets: [] },
  // The package knows what it needs.
  ai_sdk: {
    url: undefined,
    takes: [...OVER_SDK, "region", "project", "credentials"],
    needs: [],
    sets: [],
    bridged: true,
  },
};

/**
 * Whether a catalogued model gives the log-probabilities of its tokens, which no catalog states. Said only where the
 * provider's documentation promises it: OpenAI, its models on Azure, and DeepSeek, but none that reasons or speaks.
 * Anthropic's, Bedrock's and Mistral's protocols have no place for them; Gemini's has one, and most of its models refuse.
 */
export function givesLogprobs(preset: string, upstream: string, can: readonly string[]): boolean {
  if (can.some((each) => each === "reasoning" || each === "audio" || each === "embeddings")) return false;
  return preset === "openai" || preset === "deepseek" || (preset === "azure" && upstream.startsWith("gpt-"));
}
