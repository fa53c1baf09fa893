/** The failures of a step, as the language names and groups them. */
import type { Failure } from "./decision-table.generated.ts";

/** What `failed` stands for, and plain `else` covers: every failure but those in which the provider did what it was asked to. */
export const FAILED: readonly Failure[] = [
  "rate_limited",
  "timeout",
  "overloaded",
  "server_error",
  "unreachable",
  "over_budget",
  "too_long",
  "unsupported",
  "unauthorized",
];

/** Every failure, in the language's own order. */
export const FAILURES: readonly Failure[] = [...FAILED, "filtered", "refused", "invalid"];
