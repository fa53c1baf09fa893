/**
 * What a provider's error means to a plan. Statuses and codes of the OpenAI dialect and of those who speak it: OpenAI's
 * error guide, Groq (498), Anthropic's compatible endpoint (529), DeepSeek (402), vLLM and llama.cpp (messages only).
 */
import type { Failure } from "../table/index.ts";
import type { RawHeaders } from "./doors.ts";
import { entries, member, parse, text } from "./json.ts";

export interface Classified {
  readonly failure: Failure;
  /** For the log: status, code and the beginning of the message. */
  readonly detail: string;
}

/** Of an error's message this much is read and logged. */
const MESSAGE_LENGTH = 500;

const TOO_LONG_CODE = /^(context_length_exceeded|string_above_max_length|request_too_large|exceed_context_size_error)$/;
const TOO_LONG_MESSAGE =
  /context[ _-](length|window|size|limit)|maximum (prompt|input) length|(prompt|input|request) (is |was )?too (long|large)|too many (input |prompt )?tokens|reduce the length of/i;
const FILTERED_CODE =
  /^(content_filter|content_policy_violation|image_content_policy_violation|moderation_blocked|ResponsibleAIPolicyViolation)$/;
/** Some providers answer 403 to a request whose content they do not take (OpenRouter): the key is well. */
export const ABOUT_CONTENT = /moderation|flagged|content[_ ](?:filter|policy)/i;
const MISSING_MODEL_CODE = /^(model_not_found|model_not_available|model_decommissioned)$/;

/** For errors that come without a status of their own: in a stream, or in the body of a 200. */
const BY_CODE: readonly (readonly [RegExp, Failure])[] = [
  [/rate_limit|insufficient_quota|quota_exceeded|too_many_requests|resource_exhausted/i, "rate_limited"],
  [/overloaded|capacity|unavailable/i, "overloaded"],
  [/timeout|timed_out/i, "timeout"],
  [/authentication|invalid_api_key|permission|unauthorized|forbidden/i, "unauthorized"],
  [/server_error|internal|api_error/i, "server_error"],
  [/invalid_request|invalid_prompt|bad_request|invalid_argument|validation/i, "invalid"],
];

interface ProviderError {
  readonly status: number | undefined;
  readonly codes: readonly string[];
  readonly message: string;
}

/** The failure that an answer with a status outside 2xx stands for. `body` may be cut short. */
export function classifyAnswer(status: number, body: Buffer): Classified {
  const error = readError(parse(body.toString())) ?? { status: undefined, codes: [], message: body.toString() };
  return { failure: failureOf(status, error), detail: describe(status, error) };
}

/** The failure in a JSON value that came with a 2xx status, or undefined where it reports none. */
export function classifyContent(value: unknown): Classified | undefined {
  const reported = member(value, "error");
  if (reported === undefined || reported === null) return undefined;
  const error = readError(value);
  if (error === undefined) return undefined;
  const failure = failureOf(error.status, error);
  return { failure, detail: describe(error.status, error) };
}

/** Failures that only the answer's content shows: why the model did not say what was asked of it. */
export function refusals(choices: unknown): { readonly filtered: boolean; readonly refused: boolean } {
  let filtered = false;
  let refused = false;
  for (const choice of entries(choices)) {
    if (member(choice, "finish_reason") === "content_filter") filtered = true;
    const said = member(choice, "message") ?? member(choice, "delta");
    if (text(member(said, "refusal")) !== "") refused = true;
  }
  return { filtered, refused };
}

/**
 * Milliseconds that the provider asks us to wait: `retry-after-ms`, else `retry-after` in seconds or as a date.
 * Undefined where it asks for nothing that can be understood.
 */
export function retryAfter(headers: RawHeaders, now: number): number | undefined {
  const milliseconds = positive(header(headers, "retry-after-ms"));
  if (milliseconds !== undefined) return milliseconds;
  const value = header(headers, "retry-after");
  const seconds = positive(value);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  // Date.parse takes nearly anything for a date; one in HTTP ends so (RFC 9110, section 5.6.7).
  const date = value?.endsWith(" GMT") ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The value of the first header of that name (in lower case), or undefined. */
export function header(headers: RawHeaders, name: string): string | undefined {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const candidate = headers[at];
    if (candidate?.length === name.length && candidate.toLowerCase() === name) return headers[at + 1]?.trim();
  }
  return undefined;
}

function failureOf(status: number | undefined, error: ProviderError): Failure {
  if (status === undefined || status < 300) return failureWithoutStatus(error);
  if (status < 400) return "server_error";
  if (status < 500) return failureOfRequest(status, error);
  return status === 503 || status === 529 ? "overloaded" : "server_error";
}

function failureOfRequest(status: number, error: ProviderError): Failure {
  switch (status) {
    case 401:
      return "unauthorized";
    case 403:
      return ABOUT_CONTENT.test(error.message) || failureByContent(error) === "filtered" ? "filtered" : "unauthorized";
    case 402: // the account has no money left: to a plan the same as a used-up quota, which others answer as 429
    case 429:
      return "rate_limited";
    case 404:
    case 410:
      // The provider has no such model or no such address. The request is not at fault, so that the next step must get
      // it; nor is the provider ill, so not `server_error`: what was asked for is just not to be reached there.
      return "unreachable";
    case 408:
      return "timeout";
    case 413:
      return "too_long";
    case 498:
      return "overloaded";
    default:
      return failureByContent(error) ?? "invalid";
  }
}

function failureWithoutStatus(error: ProviderError): Failure {
  const byContent = failureByContent(error);
  if (byContent !== undefined) return byContent;
  for (const [pattern, failure] of BY_CODE) if (error.codes.some((code) => pattern.test(code))) return failure;
  return "server_error";
}

function failureByContent(error: ProviderError): Failure | undefined {
  if (error.codes.some((code) => FILTERED_CODE.test(code))) return "filtered";
  if (error.codes.some((code) => TOO_LONG_CODE.test(code))) return "too_long";
  if (error.codes.some((code) => MISSING_MODEL_CODE.test(code))) return "unreachable";
  return TOO_LONG_MESSAGE.test(error.message.slice(0, MESSAGE_LENGTH)) ? "too_long" : undefined;
}

/** `{error: {…}}`, `{error: "…"}`, a list of one of these (Gemini), or the members without a wrapper (Mistral, vLLM). */
function readError(value: unknown): ProviderError | undefined {
  const body = Array.isArray(value) ? value[0] : value;
  if (typeof body !== "object" || body === null) return undefined;
  const error = member(body, "error") ?? body;
  const code = member(error, "code");
  const innerCode = member(member(error, "innererror"), "code");
  const status = Number(code);
  return {
    status: Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined,
    codes: [code, member(error, "type"), member(error, "status"), innerCode].map(text).filter((each) => each !== ""),
    message: text(error) || text(member(error, "message")) || text(member(error, "detail")),
  };
}

function describe(status: number | undefined, error: ProviderError): string {
  const message = error.message.slice(0, MESSAGE_LENGTH).replaceAll(/\s+/g, " ").trim();
  const head = [status, error.codes[0]].filter((part) => part !== undefined).join(" ");
  return [head, message].filter((part) => part !== "").join(": ");
}

function positive(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d+(\.\d+)?$/.test(value)) return undefined;
  return Number(value);
}
