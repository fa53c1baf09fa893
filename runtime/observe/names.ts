/**
 * The names by which metrics and spans are known elsewhere: OpenTelemetry's semantic conventions for generative AI as they
 * are deployed today (opentelemetry.io/docs/specs/semconv/gen-ai, status Development), and our own under `routec`, for
 * decisions, costs and budgets, of which the conventions know nothing. Those of metrics are written as Prometheus does:
 * underscores, and the unit at the end.
 */
import type { Provider } from "../table/index.ts";

/** `gen_ai.operation.name`. */
export const OPERATION = "chat";

/** `gen_ai.provider.name` of a protocol; one that many speak says little of who does. */
const BY_PROTOCOL: Partial<Record<Provider["protocol"], string>> = {
  azure: "azure.ai.openai",
  anthropic: "anthropic",
  gemini: "gcp.gemini",
  vertex: "gcp.vertex_ai",
  bedrock: "aws.bedrock",
  cohere: "cohere",
};

/** `gen_ai.provider.name` of what people call their providers. */
const BY_NAME: Readonly<Record<string, string>> = {
  openai: "openai",
  deepseek: "deepseek",
  groq: "groq",
  mistral: "mistral_ai",
  xai: "x_ai",
  perplexity: "perplexity",
  moonshotai: "moonshot_ai",
};

/** The conventions' name of a provider where they have one, else the policy's. */
export function providerName({ name, protocol }: Provider): string {
  return BY_PROTOCOL[protocol] ?? BY_NAME[name] ?? name;
}

/** Upper bounds in seconds (`gen_ai.client.operation.duration`). */
export const DURATION_BUCKETS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
] as const;
/** Upper bounds in tokens (`gen_ai.client.token.usage`). */
export const TOKEN_BUCKETS = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
] as const;
