/** Presets from models.dev's providers, and what models.dev leaves to the AI SDK's packages: dialects and addresses. */
import type { Preset, Protocol } from "../../compiler/catalog/types.ts";
import { type DevProvider, LOCAL } from "./models-dev.ts";

/** The dialects of the AI SDK's packages. The packages that are not here speak their own. */
const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  "@ai-sdk/openai-compatible": "openai",
  "@ai-sdk/openai": "openai",
  "@ai-sdk/cerebras": "openai",
  "@ai-sdk/deepinfra": "openai",
  "@ai-sdk/gateway": "openai",
  "@ai-sdk/groq": "openai",
  "@ai-sdk/mistral": "openai",
  "@ai-sdk/perplexity": "openai",
  "@ai-sdk/togetherai": "openai",
  "@ai-sdk/vercel": "openai",
  "@ai-sdk/xai": "openai",
  "@aihubmix/ai-sdk-provider": "openai",
  "@openrouter/ai-sdk-provider": "openai",
  "ai-gateway-provider": "openai",
  "venice-ai-sdk-provider": "openai",
  "@ai-sdk/anthropic": "anthropic",
  "@ai-sdk/azure": "azure",
  "@ai-sdk/google": "gemini",
  "@ai-sdk/google-vertex": "vertex",
  "@ai-sdk/amazon-bedrock": "bedrock",
  "@ai-sdk/cohere": "cohere",
};

/** Addresses that models.dev leaves out, each from the provider's own documentation. */
const URLS: Readonly<Record<string, string>> = {
  // https://docs.aihubmix.com/en/api/Aihubmix-Integration
  aihubmix: "https://aihubmix.com/v1",
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
  "amazon-bedrock": "https://bedrock-runtime.{AWS_REGION}.amazonaws.com",
  // https://docs.claude.com/en/api/messages
  anthropic: "https://api.anthropic.com/v1",
  // https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
  azure: "https://{AZURE_RESOURCE_NAME}.openai.azure.com/openai/v1",
  "azure-cognitive-services": "https://{AZURE_COGNITIVE_SERVICES_RESOURCE_NAME}.cognitiveservices.azure.com/openai/v1",
  // https://inference-docs.cerebras.ai/resources/openai
  cerebras: "https://api.cerebras.ai/v1",
  // https://developers.cloudflare.com/ai-gateway/usage/chat-completion
  "cloudflare-ai-gateway":
    "https://gateway.ai.cloudflare.com/v1/{CLOUDFLARE_ACCOUNT_ID}/{CLOUDFLARE_GATEWAY_ID}/compat",
  // https://docs.cohere.com/reference/chat
  cohere: "https://api.cohere.com/v2",
  // https://deepinfra.com/docs/openai_api
  deepinfra: "https://api.deepinfra.com/v1/openai",
  // https://ai.google.dev/api/generate-content
  google: "https://generativelanguage.googleapis.com/v1beta",
  // https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
  "google-vertex": "https://{GOOGLE_VERTEX_LOCATION}-aiplatform.googleapis.com/v1",
  // https://console.groq.com/docs/openai
  groq: "https://api.groq.com/openai/v1",
  // https://docs.mistral.ai/api
  mistral: "https://api.mistral.ai/v1",
  // https://platform.openai.com/docs/api-reference/chat
  openai: "https://api.openai.com/v1",
  // https://docs.perplexity.ai/api-reference/chat-completions-post
  perplexity: "https://api.perplexity.ai",
  // https://docs.together.ai/docs/openai-api-compatibility
  togetherai: "https://api.together.xyz/v1",
  // https://v0.dev/docs/api/model
  v0: "https://api.v0.dev/v1",
  // https://docs.venice.ai/api-reference/api-spec
  venice: "https://api.venice.ai/api/v1",
  // https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions
  vercel: "https://ai-gateway.vercel.sh/v1",
  // https://docs.x.ai/docs/api-reference
  xai: "https://api.x.ai/v1",
};

/** The environment variables in models.dev's lists that hold an account, a place or a whole identity, and no key. */
const NOT_KEYS =
  /_(?:ACCOUNT|ACCOUNT_ID|GATEWAY_ID|HOST|BASE_URL|ENDPOINT|RESOURCE_NAME|PROJECT|LOCATION|REGION|APPLICATION_CREDENTIALS)$|^AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY)$/;

/** models.dev writes `${NAME}` where each account has an address of its own. */
function address(url: string): Pick<Preset, "url" | "url_template"> {
  const written = url.replaceAll("${", "{").replace(/\/$/, "");
  return written.includes("{") ? { url_template: written } : { url: written };
}

/** Throws where models.dev gives a provider no address and neither does this file, though routec speaks its dialect. */
export function presetOf(id: string, { name, env, npm, api }: DevProvider): Preset {
  const protocol = PROTOCOLS[npm];
  const url = api ?? URLS[id];
  if (url === undefined && protocol !== undefined) throw new Error(`the address of provider \`${id}\` is not known`);
  return {
    id,
    name,
    ...(protocol && { protocol }),
    package: npm,
    ...(url !== undefined && address(url)),
    keys: LOCAL.includes(id) ? [] : env.filter((each) => !NOT_KEYS.test(each)),
  };
}
