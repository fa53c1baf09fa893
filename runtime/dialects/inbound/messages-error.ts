/** Errors as a client of Anthropic's knows them. */
import { member, text } from "../../plan/json.ts";

export interface MessagesError {
  readonly type: "error";
  readonly error: { readonly type: string; readonly message: string };
  readonly request_id?: string;
}

/** Anthropic's type for an HTTP status (API reference, "Errors"). */
const BY_STATUS: Readonly<Record<number, string>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error",
  504: "timeout_error",
  529: "overloaded_error",
};

/** In a stream an error has no status: there its code says what it is. */
const BY_CODE: readonly (readonly [RegExp, string])[] = [
  [/rate_limit|quota|over_budget/, "rate_limit_error"],
  [/overloaded|capacity|unavailable/, "overloaded_error"],
  [/timeout/, "timeout_error"],
  [/context_length|invalid_request|unsupported|content_filter/, "invalid_request_error"],
];

/**
 * `value`, an error as OpenAI writes it, with the status that it came with; undefined for that of one in a stream. A
 * prompt that is too long is said to be so in Anthropic's words, as Claude Code looks for them to make it shorter.
 */
export function messagesError(value: unknown, status?: number, requestId?: string): MessagesError {
  const error = member(value, "error") ?? value;
  const code = text(member(error, "code")) || text(member(error, "type"));
  const message = text(member(error, "message")) || text(error) || "the request failed";
  const isTooLong = code === "context_length_exceeded" && !message.includes("prompt is too long");
  return {
    type: "error",
    error: {
      type: status === undefined ? typeByCode(code) : typeByStatus(status),
      message: isTooLong ? `prompt is too long: ${message}` : message,
    },
    ...(requestId !== undefined && { request_id: requestId }),
  };
}

function typeByStatus(status: number): string {
  return BY_STATUS[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
}

function typeByCode(code: string): string {
  return BY_CODE.find(([pattern]) => pattern.test(code))?.[1] ?? "api_error";
}
