/** Reasoning effort, which OpenAI has, and thinking, which Anthropic has: by effort, or by a budget of tokens. */
import type { ChatEffort } from "../chat.ts";
import { object } from "../json.ts";
import type { ModelTraits } from "./models.ts";
import type { Effort, Thinking } from "./wire.ts";

/**
 * The share of an answer's tokens that thinking may take. OpenRouter's documented convention ("Reasoning tokens"), which
 * has 0.95 for the most: `max` is as much as there is.
 */
const SHARE: Readonly<Record<Exclude<ChatEffort, "none">, number>> = {
  minimal: 0.1,
  low: 0.2,
  medium: 0.5,
  high: 0.8,
  xhigh: 0.95,
  max: 0.95,
};

/** Tokens; the API takes no smaller budget. */
const LEAST_BUDGET = 1024;

export interface ThinkingTerms {
  readonly traits: ModelTraits;
  readonly maxTokens: number;
  /** Thinking by a budget is possible: no tool is forced, and no tool loop has begun without it. */
  readonly canBegin: boolean;
}

export interface ThinkingSettings {
  readonly thinking?: Thinking;
  readonly effort?: Effort;
}

/** What `effort` comes to: a word of OpenAI's, or a number of tokens. Undefined where the model cannot do as told. */
export function thinkingFor(
  effort: string,
  { traits, maxTokens, canBegin }: ThinkingTerms,
): ThinkingSettings | undefined {
  const budget = /^\d{1,9}$/.test(effort) ? Number(effort) : undefined;
  if (effort === "none" || budget === 0) return withoutThinking(traits);
  const share = budget === undefined ? shareOf(effort) : budget / maxTokens;
  if (share === undefined || traits.thinking === "none") return undefined;
  if (traits.thinking === "adaptive") {
    const level = budget === undefined ? effortFor(effort, traits) : nearest(share);
    return { thinking: { type: "adaptive", display: "summarized" }, effort: level };
  }
  const most = maxTokens - 1;
  if (!canBegin || most < LEAST_BUDGET) return undefined;
  const tokens = Math.floor(budget ?? share * maxTokens);
  return { thinking: { type: "enabled", budget_tokens: Math.min(Math.max(tokens, LEAST_BUDGET), most) } };
}

/** Those who think by a budget do so only when told. */
function withoutThinking(traits: ModelTraits): ThinkingSettings | undefined {
  if (traits.thinking !== "adaptive") return {};
  return traits.thinkingOff ? { thinking: { type: "disabled" } } : undefined;
}

/** The other way: OpenAI's word for what a messages request asks for; undefined where it asks for no thinking. */
export function effortOf(request: unknown): ChatEffort | undefined {
  const { thinking, output_config, max_tokens } = object(request);
  const { type, budget_tokens } = object(thinking);
  const { effort } = object(output_config);
  if (type === "disabled") return undefined;
  if (typeof effort === "string" && shareOf(effort) !== undefined) return effort as ChatEffort;
  if (type === "enabled" && typeof budget_tokens === "number") return nearest(budget_tokens / Number(max_tokens));
  // What Anthropic takes where no effort is stated.
  return type === "adaptive" ? "high" : undefined;
}

function shareOf(effort: string): number | undefined {
  return Object.hasOwn(SHARE, effort) ? SHARE[effort as keyof typeof SHARE] : undefined;
}

function effortFor(effort: string, { xhigh }: ModelTraits): Effort {
  if (effort === "minimal") return "low";
  return effort === "xhigh" && !xhigh ? "max" : (effort as Effort);
}

/** One of the three efforts that every model with efforts has: the bounds lie midway between their shares. */
function nearest(share: number): "low" | "medium" | "high" {
  if (share < (SHARE.low + SHARE.medium) / 2) return "low";
  return share < (SHARE.medium + SHARE.high) / 2 ? "medium" : "high";
}
