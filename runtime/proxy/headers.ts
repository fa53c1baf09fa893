/** Which headers pass: a few of the client's upstream, most of the provider's back. */
import type { RawHeaders } from "../plan/index.ts";

/** Headers of a message by whose place is remembered what was found of their names. */
const PLACES = 64;

/**
 * Looks names up by `find`, and remembers by place what was found of the name that stood there last: a program sends the
 * same headers in the same order each time, and one comparison is a fraction of a pattern's test.
 */
function byPlace<T>(find: (name: string) => T): (name: string, place: number) => T {
  const names: string[] = [];
  const finds: T[] = [];
  return (name, place) => {
    if (names[place] === name) return finds[place] as T;
    const found = find(name);
    if (place < PLACES) {
      names[place] = name;
      finds[place] = found;
    }
    return found;
  };
}

/** What may go upstream. All else stays, above all credentials and what describes the client's own connection. */
const UPSTREAM = /^(?:accept|baggage|idempotency-key|openai-beta|traceparent|tracestate|user-agent|x-request-id)$/i;

/** What may go besides to a provider that is spoken to in the client's own dialect: Claude Code's betas, for one. */
const OWN = /^anthropic-(?!api-key$)/i;

/** Of the connection, not of the answer (RFC 9110, section 7.6.1), or set anew here. */
const STAYS =
  /^(?:connection|content-length|keep-alive|proxy-(?:authenticate|authorization|connection)|set-cookie|te|trailer|transfer-encoding|upgrade|x-routec-.*|x-should-retry)$/i;

/** The name under which a client's header goes upstream; undefined of one that stays. */
const leavesAs = byPlace((name) => (UPSTREAM.test(name) ? name.toLowerCase() : undefined));
const leavesAsOwn = byPlace((name) => (UPSTREAM.test(name) || OWN.test(name) ? name.toLowerCase() : undefined));
const stays = byPlace((name) => STAYS.test(name));

/** Whether `given`, a header's name as it came, is `name`, which is in lower case. Most differ in length. */
export function isNamed(given: string, name: string): boolean {
  return given.length === name.length && (given === name || given.toLowerCase() === name);
}

/** Those of a request's headers that go upstream, name and value in turn; `own`: in the client's own dialect. */
export function upstreamHeaders(headers: readonly string[], own = false): readonly string[] {
  const pass: string[] = [];
  const found = own ? leavesAsOwn : leavesAs;
  for (let index = 0; index < headers.length; index += 2) {
    const name = found(headers[index] as string, index >> 1);
    if (name !== undefined) pass.push(name, headers[index + 1] as string);
  }
  return pass;
}

/** Appends to `into` those of an answer's headers that go to the client. */
export function passAnswerHeaders(headers: RawHeaders, into: string[]): void {
  const first = into.length;
  let connection = "";
  for (let index = 0; index < headers.length; index += 2) {
    const [name, value] = [headers[index] as string, headers[index + 1] as string];
    if (!stays(name, index >> 1)) into.push(name, value);
    else if (isNamed(name, "connection")) connection += `${value.toLowerCase()},`;
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
