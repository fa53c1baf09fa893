/** Which headers pass: a few of the client's upstream, most of the provider's back. */
import type { RawHeaders } from "../plan/index.ts";

/** What may go upstream. All else stays, above all credentials and what describes the client's own connection. */
const UPSTREAM = new Set([
  "accept",
  "baggage",
  "idempotency-key",
  "openai-beta",
  "traceparent",
  "tracestate",
  "user-agent",
  "x-request-id",
]);

/** Of the connection, not of the answer (RFC 9110, section 7.6.1), or set anew here. */
const STAYS = new Set([
  "content-length",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "set-cookie",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-should-retry",
]);

const OWN = "x-routec-";

/** Those of a request's headers that go upstream, name and value in turn. */
export function upstreamHeaders(headers: RawHeaders): readonly string[] {
  const pass: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = String(headers[index]).toLowerCase();
    if (UPSTREAM.has(name)) pass.push(name, String(headers[index + 1]));
  }
  return pass;
}

/** Appends to `into` those of an answer's headers that go to the client. */
export function passAnswerHeaders(headers: RawHeaders, into: string[]): void {
  const first = into.length;
  let connection = "";
  for (let index = 0; index < headers.length; index += 2) {
    const name = latin1(headers[index]);
    const key = name.toLowerCase();
    if (key === "connection") connection += `${latin1(headers[index + 1]).toLowerCase()},`;
    else if (!STAYS.has(key) && !key.startsWith(OWN)) into.push(name, latin1(headers[index + 1]));
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
