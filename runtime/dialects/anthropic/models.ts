/** What of the messages API a model takes: it answers 400 to the rest. */

export interface ModelTraits {
  /** `adaptive` thinks by effort, `budget` by a number of tokens, `none` not at all. */
  readonly thinking: "adaptive" | "budget" | "none";
  /** Thinking can be switched off. */
  readonly thinkingOff: boolean;
  /** There is an effort `xhigh`; else the next is `max`. */
  readonly xhigh: boolean;
  /** `each` of temperature and top_p, but not both in one request. */
  readonly sampling: "both" | "each" | "none";
  /** `output_config.format` and strict tools. */
  readonly schemas: boolean;
  /** A tool choice of `any` or `tool`. */
  readonly forcedTools: boolean;
}

const CURRENT: ModelTraits = {
  thinking: "adaptive",
  thinkingOff: true,
  xhigh: true,
  sampling: "none",
  schemas: true,
  forcedTools: true,
};
const ALWAYS_THINKING: ModelTraits = { ...CURRENT, thinkingOff: false };
const BUDGETED: ModelTraits = { ...CURRENT, thinking: "budget", xhigh: false, sampling: "each" };

/**
 * The first pattern that a name matches counts. From Anthropic's pages on models, thinking, effort and structured
 * outputs, and the table of the AI SDK's adapter (vercel/ai, packages/anthropic, `getModelCapabilities`).
 */
const FAMILIES: readonly (readonly [RegExp, ModelTraits])[] = [
  [/claude-(?:opus-5-5|fable-5-\d(?!\d)|mythos-5-\d(?!\d))/, { ...ALWAYS_THINKING, forcedTools: false }],
  [/claude-(?:fable|mythos)-/, ALWAYS_THINKING],
  [/claude-(?:opus|sonnet)-4-6/, { ...CURRENT, xhigh: false, sampling: "each" }],
  [/claude-(?:(?:opus|sonnet|haiku)-4-5|opus-4-1)(?!\d)/, BUDGETED],
  [/claude-(?:opus|sonnet)-4(?:@|$|-(?:0|2\d{7})(?!\d))/, { ...BUDGETED, sampling: "both", schemas: false }],
  [/claude-3-7/, { ...BUDGETED, sampling: "both", schemas: false }],
  [/claude-(?:3|v?2|instant)/, { ...BUDGETED, thinking: "none", sampling: "both", schemas: false }],
  // Of a Claude that is not known here, what holds of the newest.
  [/claude-/, CURRENT],
];

/** Others who speak the dialect (MiniMax, Kimi, DeepSeek): what it was before adaptive thinking and structured outputs. */
const FOREIGN: ModelTraits = { ...BUDGETED, sampling: "both", schemas: false };

/** Names are those of a policy's models, so few. */
const known = new Map<string, ModelTraits>();

/** The traits of a model by the name that its provider has for it: `claude-opus-4-5`, `us.anthropic.claude-…`. */
export function traitsOf(model: string): ModelTraits {
  const before = known.get(model);
  if (before !== undefined) return before;
  const traits = familyOf(model);
  known.set(model, traits);
  return traits;
}

function familyOf(model: string): ModelTraits {
  // Some resellers write versions with a point.
  const name = model.toLowerCase().replaceAll(/(\d)\.(\d)/g, "$1-$2");
  return FAMILIES.find(([pattern]) => pattern.test(name))?.[1] ?? FOREIGN;
}
