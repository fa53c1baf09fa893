/** Anthropic's errors, as OpenAI's clients and `plan/failure.ts` know them. */
import { member, text } from "../../plan/json.ts";
import type { ChatError } from "../chat.ts";

/** OpenAI's type and code of each of Anthropic's types (API reference, "Errors"), so that each gives its own failure. */
const BY_TYPE: Readonly<Record<string, readonly [type: string, code: string | null]>> = {
  invalid_request_error: ["invalid_request_error", null],
  authentication_error: ["invalid_request_error", "invalid_api_key"],
  billing_error: ["insufficient_quota", "insufficient_quota"],
  permission_error: ["invalid_request_error", "permission_denied"],
  not_found_error: ["invalid_request_error", "model_not_found"],
  conflict_error: ["invalid_request_error", "conflict"],
  request_too_large: ["invalid_request_error", "request_too_large"],
  rate_limit_error: ["rate_limit_error", "rate_limit_exceeded"],
  api_error: ["server_error", "server_error"],
  timeout_error: ["server_error", "timeout"],
  overloaded_error: ["server_error", "overloaded"],
};

/** How Anthropic says that a prompt does not fit; there is no type for it. */
const TOO_LONG = /prompt is too long|exceeds? (?:the )?context (?:limit|window)/i;
/** In a rate limit's details: waiting does not help against this one. */
const SPEND_LIMIT = "enforced_spend_limit_reached";

/** `value`, an error answer or error event, as an OpenAI error; undefined where it is not of Anthropic's making. */
export function chatError(value: unknown): ChatError | undefined {
  const error = member(value, "error");
  const given = text(member(error, "type"));
  if (member(value, "type") !== "error" || given === "") return undefined;
  const message = text(member(error, "message"));
  const known = BY_TYPE[given];
  let [type, code] = known ?? ["server_error", given];
  if (given === "invalid_request_error" && TOO_LONG.test(message)) code = "context_length_exceeded";
  if (member(member(error, "details"), "error_code") === SPEND_LIMIT)
    [type, code] = ["insufficient_quota", "insufficient_quota"];
  return { error: { message, type, param: null, code } };
}

export const TOO_DEEP = "the provider's answer is nested too deeply";

/** The error of an answer that is none of Anthropic's. */
export function brokenAnswer(message: string): ChatError {
  return { error: { message, type: "server_error", param: null, code: "server_error" } };
}
