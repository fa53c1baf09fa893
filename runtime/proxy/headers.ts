/** Which headers pass: a few of the client's upstream, most of the provider's back. */
import type { RawHeaders } from "../plan/index.ts";

/** What may go upstream. All else stays, above all credentials and what describes the client's own connection. */
const UPSTREAM = /^(?:accept|baggage|idempotency-key|openai-beta|traceparent|tracestate|user-agent|x-request-id)$/i;

/** What may go besides to a provider that is spoken to in the client's own dialect: Claude Code's betas, for one. */
const OWN = /^anthropic-(?!api-key$)/i;

/** Of the connection, not of the answer (RFC 9110, section 7.6.1), or set anew here. */
const STAYS =
  /^(?:connection|content-length|keep-alive|proxy-(?:authenticate|authorization|connection)|set-cookie|te|trailer|transfer-encoding|upgrade|x-routec-.*|x-should-retry)$/i;

/** Whether `given`, a header's name as it came, is `name`, which is in lower case. Most differ in length. */
export function isNamed(given: string, name: string): boolean {
  return given.length === name.length && (given === name || given.toLowerCase() === name);
}

/** Those of a request's headers that go upstream, name and value in turn; `own`: in the client's own dialect. */
export function upstreamHeaders(headers: readonly string[], own = false): readonly string[] {
  const pass: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    if (UPSTREAM.test(name) || (own && OWN.test(name))) pass.push(name.toLowerCase(), headers[index + 1] as string);
  }
  return pass;
}

/** Appends to `into` those of an answer's headers that go to the client. */
export function passAnswerHeaders(headers: RawHeaders, into: string[]): void {
  const first = into.length;
  let connection = "";
  for (let index = 0; index < headers.length; index += 2) {
    const name = latin1(headers[index]);
    if (!STAYS.test(name)) into.push(name, latin1(headers[index + 1]));
    else if (isNamed(name, "connection")) connection += `${latin1(headers[index + 1]).toLowerCase()},`;
  }
  if (connection !== "" && connection !== "keep-alive,") dropNamed(connection, into, first);
}

/** Removes from `into`, from index `first` on, the headers that a `Connection` header names. */
function dropNamed(connection: string, into: string[], first: number): void {
  const named = new Set(connection.split(",").map((name) => name.trim()));
  for (let index = into.length - 2; index >= first; index -= 2) {
    if (named.has((into[index] as string).toLowerCase())) into.splice(index, 2);
  }
}

function latin1(text: Buffer | string | undefined): string {
  return typeof text === "string" ? text : (text?.toString("latin1") ?? "");
}
