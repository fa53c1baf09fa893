/** What a request must be before a byte of its body is read. */
import { RequestError } from "./errors.ts";

/** Bytes that a request's body may have when no other limit is given: 32 MiB. */
export const BODY_LIMIT = 32 * 1024 * 1024;

/** Throws `RequestError` (415) unless the body is said to be JSON, and nothing else around it. */
export function checkContent(type: string | undefined, encoding: string | undefined): void {
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw new RequestError(415, `the content encoding \`${encoding}\` is not supported: send the body as it is`);
  }
  if (type === undefined || type === "application/json") return;
  const [essence = ""] = type.split(";", 1);
  if (!/^application\/(?:[\w.+-]+\+)?json$/i.test(essence.trim())) {
    throw new RequestError(415, `the content type \`${type}\` is not supported: expected \`application/json\``);
  }
}

export function tooLarge(limit: number): RequestError {
  return new RequestError(413, `the request body is larger than ${limit} bytes`, null, "request_too_large");
}
