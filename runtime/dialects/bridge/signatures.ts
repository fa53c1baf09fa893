/**
 * What providers sign and want back unchanged in a tool loop. The AI SDK keeps it per provider; in a chat it stands where
 * other gateways have it: of thoughts in `thinking_blocks` (LiteLLM), of calls in `extra_content` (Google's own
 * OpenAI-compatible endpoint).
 */
import type { SharedV4ProviderMetadata, SharedV4ProviderOptions } from "@ai-sdk/provider";
import { member, text } from "../../plan/json.ts";
import type { ChatThinking } from "../chat.ts";

/** The names under which the packages look for their own; each leaves the others' alone. */
const GOOGLE = ["google", "googleVertex", "vertex"];
const THINKERS = ["anthropic", "amazonBedrock", "bedrock"];

export interface ExtraContent {
  readonly google: { readonly thought_signature: string };
}

/** Of a call that was signed. */
export function extraContentOf(metadata: SharedV4ProviderMetadata | undefined): ExtraContent | undefined {
  const signature = found(metadata, "thoughtSignature");
  return signature === "" ? undefined : { google: { thought_signature: signature } };
}

/** The same of a call that comes back. */
export function callOptions(call: unknown): SharedV4ProviderOptions | undefined {
  const signature = text(member(member(member(call, "extra_content"), "google"), "thought_signature"));
  return signature === "" ? undefined : under(GOOGLE, { thoughtSignature: signature });
}

/** A thought that was signed, or is not to be read; undefined of one that cannot be sent back. */
export function thinkingOf(thought: string, metadata: SharedV4ProviderMetadata | undefined): ChatThinking | undefined {
  const redacted = found(metadata, "redactedData");
  if (redacted !== "") return { type: "redacted_thinking", data: redacted };
  const signature = found(metadata, "signature");
  return signature === "" ? undefined : { type: "thinking", thinking: thought, signature };
}

/** The same of one that comes back. */
export function thoughtOptions(block: unknown): SharedV4ProviderOptions {
  const data = text(member(block, "data"));
  return under(THINKERS, data !== "" ? { redactedData: data } : { signature: text(member(block, "signature")) });
}

function found(metadata: SharedV4ProviderMetadata | undefined, name: string): string {
  for (const own of Object.values(metadata ?? {})) if (text(member(own, name)) !== "") return text(member(own, name));
  return "";
}

function under(names: readonly string[], own: Record<string, string>): SharedV4ProviderOptions {
  return Object.fromEntries(names.map((name) => [name, own]));
}
