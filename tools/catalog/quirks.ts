/** How providers depart from OpenAI's dialect, each from its own API reference, as of 2026-08. */
import type { HostQuirks } from "../../compiler/catalog/types.ts";

const OPENAI_CAP = { cap: "max_completion_tokens" } as const;
/** Of those that know but the older name of the cap. */
const OLDER_CAP = { max_completion_tokens: "max_tokens" } as const;

/**
 * `id` is a host, or what hosts end in. `responses` is said of those who offer them for good and for all of their models:
 * of Groq's and OpenRouter's, which are a beta and keep nothing, a chat completion says as much.
 */
export const QUIRKS: readonly HostQuirks[] = [
  {
    id: "api.openai.com",
    ...OPENAI_CAP,
    responses: true,
    source: "https://platform.openai.com/docs/api-reference/responses",
  },
  {
    id: "openai.azure.com",
    ...OPENAI_CAP,
    responses: true,
    source: "https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses",
  },
  {
    id: "cognitiveservices.azure.com",
    ...OPENAI_CAP,
    responses: true,
    source: "https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses",
  },
  {
    id: "groq.com",
    ...OPENAI_CAP,
    refused: ["logprobs", "logit_bias", "top_logprobs"],
    answers: true,
    source: "https://console.groq.com/docs/openai",
  },
  // Usage leaves reasoning out of `completion_tokens`; `plan/usage.ts` knows by the total.
  {
    id: "api.x.ai",
    refused: ["logit_bias"],
    responses: true,
    source: "https://docs.x.ai/developers/model-capabilities/text/generate-text",
  },
  {
    id: "deepseek.com",
    renamed: OLDER_CAP,
    refused: ["logit_bias", "seed", "n", "parallel_tool_calls"],
    json: "json_object",
    replays_reasoning: true,
    answers: true,
    source: "https://api-docs.deepseek.com/api/create-chat-completion",
  },
  // It answers 422 to members that it does not know, and reports the usage of each stream unasked.
  {
    id: "mistral.ai",
    renamed: { ...OLDER_CAP, seed: "random_seed" },
    refused: ["logprobs", "top_logprobs", "logit_bias", "user", "stream_options", "store", "service_tier"],
    forced_tool: "any",
    short_ids: true,
    answers: true,
    source: "https://docs.mistral.ai/api/endpoint/chat",
  },
  {
    id: "cohere.ai",
    renamed: OLDER_CAP,
    refused: ["n", "logit_bias", "top_logprobs", "parallel_tool_calls", "user", "store", "metadata", "service_tier"],
    source: "https://docs.cohere.com/docs/compatibility-api",
  },
  { id: "openrouter.ai", answers: true, source: "https://openrouter.ai/docs/use-cases/reasoning-tokens" },
  { id: "together.xyz", answers: true, source: "https://docs.together.ai/docs/openai-api-compatibility" },
  { id: "api.fireworks.ai", responses: true, source: "https://docs.fireworks.ai/guides/response-api" },
  { id: "ai-gateway.vercel.sh", responses: true, source: "https://vercel.com/docs/ai-gateway/sdks-and-apis/responses" },
];
