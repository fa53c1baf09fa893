/** What the catalog says of providers and models: the shape of the files in `data`. */

/** A dialect that routec speaks itself. */
export type Protocol = "openai" | "azure" | "anthropic" | "gemini" | "vertex" | "bedrock" | "cohere";

/** What a model can take, or do: the words of `can`. The catalog never states `logprobs` or `search`. */
export type Capability =
  | "tools"
  | "vision"
  | "audio"
  | "pdf"
  | "json"
  | "logprobs"
  | "reasoning"
  | "search"
  | "embeddings";

/** What `provider groq` with nothing more means. */
export interface Preset {
  readonly id: string;
  readonly name: string;
  /** Absent where the provider speaks no dialect of routec's: then `package` is what `ai_sdk` needs. */
  readonly protocol?: Protocol;
  /** The npm package by which the AI SDK speaks to it. */
  readonly package: string;
  /**
   * The address to which the dialect's path is added, version included: `/chat/completions` (openai), `/messages`
   * (anthropic), `/models/{model}:generateContent` (gemini), `/chat` (cohere).
   */
  readonly url?: string;
  /** Instead of `url` where every account has its own address: it, with `{NAME}` for each part that differs. */
  readonly url_template?: string;
  /** Environment variables of which any one holds the key, the usual one first; empty where keys are not what it takes. */
  readonly keys: readonly string[];
}

/** How a provider departs from OpenAI's dialect; what is absent it does as OpenAI. The runtime's `Quirks` say the same. */
export interface Quirks {
  /** What it calls a cap on output that the client did not ask for; `max_tokens` where absent. */
  readonly cap?: "max_completion_tokens";
  /** Members that it calls otherwise, by OpenAI's names. */
  readonly renamed?: Record<string, string>;
  /** Members that it refuses. */
  readonly refused?: string[];
  /** `response_format` goes no further than this. */
  readonly json?: "json_object";
  /** A tool choice has the words `auto`, `none` and this one, and names no tool. */
  readonly forced_tool?: string;
  /** Ids of tool calls have nine letters and digits. */
  readonly short_ids?: true;
  /** In a tool loop it wants back what the model thought. */
  readonly replays_reasoning?: true;
  /** Its answers are not quite OpenAI's: they are read, and written anew. */
  readonly answers?: true;
  /** It speaks OpenAI's responses as well, at `/responses`. */
  readonly responses?: true;
}

/** The quirks of a host, or of all whose names end in `.` and `id`. */
export interface HostQuirks extends Quirks {
  readonly id: string;
  /** Where it says so. */
  readonly source: string;
}

/** Nano-dollars per million tokens, whole numbers. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  /** Input read from the provider's cache; where absent, not known to differ from `input`. */
  readonly cached?: number;
  /** Input written to the provider's cache (for the shortest time it offers); where absent, as `input`. */
  readonly cache_write?: number;
  /** Input written to the cache for an hour, where that costs more. */
  readonly cache_write_1h?: number;
}

/** Rates that hold from a size of prompt on, for the whole of the request. */
export interface Tier extends Rates {
  /** Prompts of more tokens than this. */
  readonly above: number;
}

/** Rates that hold for some hours of each day. */
export interface Window extends Rates {
  /** Minutes after midnight UTC. `to` is not part of the window; one that ends before it begins runs over midnight. */
  readonly from: number;
  readonly to: number;
}

/** A price has tiers or windows, never both. Its own rates are the dearest of the day, for the smallest prompts. */
export interface CatalogPrice extends Rates {
  /** From the smallest to the largest. */
  readonly tiers?: readonly Tier[];
  /** The hours that are cheaper. */
  readonly during?: readonly Window[];
}

/** A price and the first day, `YYYY-MM-DD` in UTC, on which it holds. */
export interface Period {
  readonly from: string;
  readonly price: CatalogPrice;
}

export interface CatalogModel {
  /** As the provider's API calls it. */
  readonly id: string;
  readonly name: string;
  /** Tokens it can read and write together. */
  readonly context?: number;
  /** Tokens it can write, at most `context`. Absent for embeddings, and where `context` is. */
  readonly output?: number;
  readonly can: readonly Capability[];
  /** Absent where no source states one that can be relied on. */
  readonly price?: CatalogPrice;
  /** All known prices where it has changed or will, the oldest first. `price` is the one of the catalog's date. */
  readonly history?: readonly Period[];
  /** Day or month of release: `YYYY-MM-DD` or `YYYY-MM`. */
  readonly released?: string;
  /** What a reader should know: sources that disagree, charges that a price cannot say, deprecation. */
  readonly note?: string;
}

/** Where the facts are from. */
export interface Source {
  readonly name: string;
  /** What was taken, where the source counts versions. */
  readonly version?: string;
  /** The day as of which it states its facts. */
  readonly date: string;
  readonly licence: string;
  readonly url: string;
}

export interface CatalogIndex {
  /** The day as of which `price` is a model's price: that of the newest source. */
  readonly date: string;
  /** SHA-256 of the whole catalog. */
  readonly hash: string;
  readonly sources: readonly Source[];
}
