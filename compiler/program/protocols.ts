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
}

const OVER_HTTP = ["url", "key", "header", "body"];

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

/** https://ai.google.dev/api/generate-content */
const GEMINI_MEMBERS = ["contents", "systemInstruction", "generationConfig", "tools"];

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
    takes: OVER_HTTP,
    needs: [],
    sets: GEMINI_MEMBERS,
  },
  // The address of these two follows from the region.
  vertex: {
    url: undefined,
    takes: ["url", "region", "project", "credentials", "header", "body"],
    needs: ["region", "project", "credentials"],
    sets: GEMINI_MEMBERS,
  },
  bedrock: {
    url: undefined,
    takes: [...OVER_HTTP, "region", "credentials"],
    needs: ["region"],
    // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
    sets: ["messages", "system", "inferenceConfig", "toolConfig"],
  },
  cohere: {
    url: "https://api.cohere.com/v2",
    takes: OVER_HTTP,
    needs: [],
    // https://docs.cohere.com/reference/chat
    sets: ["model", "messages", "stream", "max_tokens", "temperature", "thinking", "tools", "logprobs"],
  },
  simulated: { url: undefined, takes: [], needs: [], sets: [] },
  // The package knows what it needs, and is called as OpenAI is.
  ai_sdk: {
    url: undefined,
    takes: [...OVER_HTTP, "region", "project", "credentials"],
    needs: [],
    sets: OPENAI_MEMBERS,
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
