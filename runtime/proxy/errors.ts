/** Errors as an OpenAI client knows them. */

/** OpenAI's error types that routec uses. */
export type ErrorType = "invalid_request_error" | "rate_limit_error" | "server_error";

/** The `error` object of OpenAI's error answers. */
export interface ErrorObject {
  readonly message: string;
  readonly type: ErrorType;
  /** The request's parameter that is at fault, where one is. */
  readonly param: string | null;
  readonly code: string | null;
}

/** The client's mistake: answered with `status`, and nothing leaves the process. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly status: number;
  readonly param: string | null;
  readonly code: string | null;

  constructor(status: number, message: string, param: string | null = null, code: string | null = null) {
    super(message);
    this.status = status;
    this.param = param;
    this.code = code;
  }
}

/** The error type that goes with an HTTP status. */
function errorType(status: number): ErrorType {
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

/** `{"error": …}`, the body of an error answer. */
export function errorBody(
  status: number,
  message: string,
  param: string | null = null,
  code: string | null = null,
): string {
  const error: ErrorObject = { message, type: errorType(status), param, code };
  return JSON.stringify({ error });
}
