/** Calls over HTTP/1.1: undici's lowest layer, one pool of kept-alive connections per origin. */
import type { Dispatcher, Pool } from "undici";
import type { Clock, Rest, Transport, UpstreamCall, UpstreamControl, UpstreamEvents } from "../plan/doors.ts";
import { ABOUT_CONTENT, header } from "../plan/failure.ts";
import type { Failure } from "../table/index.ts";
import type { AddMembers } from "./body-members.ts";
import type { Endpoint } from "./endpoint.ts";
import { ringOf, type SourcedRing } from "./key-files.ts";
import type { Key, KeyRest, KeyRing } from "./keys.ts";
import { poolClass } from "./pool-class.ts";
import { type Lookup, namesPrivate, publicLookup } from "./private-address.ts";

export interface DispatchOptions {
  /** Connections per origin at most; further calls wait for one. 256 when not given. */
  readonly connections?: number;
  /** By what time keys rest; the system's when not given. */
  readonly clock?: Pick<Clock, "now">;
  /**
   * Lets every name resolve to a private address. Otherwise only a url that names one may reach it: an IP address, a
   * name of one label, or one under a private domain such as `.local` or `.internal`.
   */
  readonly privateAddresses?: boolean;
  /** Resolves names; the system's when not given. */
  readonly lookup?: Lookup;
  /** Milliseconds between looks at files of keys; 2,000 when not given. */
  readonly look?: number;
}

/** Milliseconds to open a connection. */
const CONNECT_TIMEOUT = 10_000;
/** Milliseconds that an idle connection is kept where the provider does not say; below the 60 s of common balancers. */
const KEEP_ALIVE = 30_000;

/** A provider's pool, and what its calls have in common. */
interface Line {
  readonly pool: Pool;
  readonly paths: Readonly<Record<NonNullable<UpstreamCall["endpoint"]> | "answers" | "responses", string>>;
  /** Names of headers of its own, in lower case: the client's of that name stay behind. */
  readonly own: ReadonlySet<string>;
  /** Headers of calls that do not state them, name and value in turn. */
  readonly defaults: readonly string[];
  readonly addMembers: AddMembers | undefined;
  /** Each key with the header list to begin with. */
  readonly ring: KeyRing<readonly string[]>;
  readonly clock: Pick<Clock, "now">;
}

/**
 * A transport to the given endpoints, by provider name. It sets no time limit on answers: the plan executor owns time.
 */
export async function dispatchTransport(
  endpoints: ReadonlyMap<string, Endpoint>,
  options: DispatchOptions = {},
): Promise<Transport> {
  const { clock = Date } = options;
  const ProviderPool = await poolClass();
  const pools = new Map<string, Pool>();
  const lines = new Map<string, Line>();
  const rings: SourcedRing<readonly string[]>[] = [];
  for (const [provider, endpoint] of endpoints) {
    const { origin, keys, headers, keyHeaders, defaults, addMembers } = endpoint;
    let pool = pools.get(origin);
    if (pool === undefined) {
      pool = new ProviderPool(origin, poolOptions(origin, options));
      pools.set(origin, pool);
    }
    const common = ["content-type", "application/json", ...headers];
    const carry = (key?: string): readonly string[] => (key === undefined ? common : [...common, ...keyHeaders(key)]);
    const sourced = ringOf(keys, carry);
    rings.push(sourced);
    const own = namesIn(headers);
    const { path: answers, responses } = endpoint;
    const paths = { answers, responses, embeddings: endpoint.embeddings, count_tokens: endpoint.countTokens };
    lines.set(provider, { pool, paths, own, defaults, addMembers, ring: sourced.ring, clock });
  }
  // Now that nothing can go wrong any more.
  const stops = rings.map((ring) => ring.watch(options.look));

  return {
    send(call, events, reserved) {
      const line = lines.get(call.provider.name);
      if (line === undefined) throw new Error(`no endpoint for provider \`${call.provider.name}\``);
      const key = line.ring.take(reserved, call.model.name, clock);
      if (key !== undefined) return new DispatchedCall(line, key, call, events);
      return unsent(events, line.ring.resting(call.model.name, clock)?.failure ?? "rate_limited");
    },
    keys: ({ name, provider }) => lines.get(provider)?.ring.inTurn(name, clock) ?? [],
    hasSpareKey: ({ name, provider }) => lines.get(provider)?.ring.hasSpare(name, clock) ?? false,
    resting: ({ name, provider }) => restOf(lines.get(provider)?.ring.resting(name, clock)),
    async close() {
      for (const stop of stops) stop();
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}

/** How connections to `origin` are opened and kept. */
export function poolOptions(origin: string, options: DispatchOptions): Pool.Options {
  const { connections = 256, privateAddresses = false, lookup } = options;
  const isGuarded = !privateAddresses && !namesPrivate(new URL(origin).hostname);
  return {
    connections,
    connect: { timeout: CONNECT_TIMEOUT, ...(isGuarded && { lookup: publicLookup(lookup) }) },
    keepAliveTimeout: KEEP_ALIVE,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  };
}

/** A call for which there is no key: it fails without having left. */
export function unsent(events: UpstreamEvents, failure: Failure): UpstreamControl {
  let over = false;
  queueMicrotask(() => {
    if (!over) events.fail(failure, "all keys of the provider rest", false);
  });
  return {
    abort: () => {
      over = true;
    },
    pause: () => {},
    resume: () => {},
  };
}

/** Of a 403 this much is read, to find out what was refused. */
const REFUSAL_BYTES = 4096;

/** One call under way: undici's handler on one side, our control on the other. */
class DispatchedCall implements UpstreamControl, Dispatcher.DispatchHandler {
  readonly #line: Line;
  readonly #key: Key<readonly string[]>;
  readonly #model: string;
  readonly #events: UpstreamEvents;
  #controller: Dispatcher.DispatchController | undefined;
  /** What a 403 says, while it is read. */
  #refusal: string | undefined;
  #hasHead = false;
  #over = false;

  constructor(line: Line, key: Key<readonly string[]>, call: UpstreamCall, events: UpstreamEvents) {
    this.#line = line;
    this.#key = key;
    this.#model = call.model.name;
    this.#events = events;
    const { own, defaults, addMembers } = line;
    const path = line.paths[call.dialect === "responses" ? call.dialect : (call.endpoint ?? "answers")];
    const given = own.size === 0 ? call.headers : without(own, call.headers);
    const headers = [...key.credential, ...given];
    for (let at = 0; at < defaults.length; at += 2) {
      const [name, value] = [defaults[at] as string, defaults[at + 1] as string];
      if (header(given, name) === undefined) headers.push(name, value);
    }
    // What is counted is the prompt: a provider of counts refuses members that say how to answer it.
    const body = addMembers === undefined || call.endpoint === "count_tokens" ? call.body : addMembers(call.body);
    line.pool.dispatch({ method: "POST", path, headers, body }, this);
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#controller?.abort(new Error("the call was given up"));
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while it was waiting for a connection: nothing is sent.
    if (this.#over) controller.abort(new Error("the call was given up"));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, parsed: ParsedHeaders): void {
    // Below 200 are interim answers, such as 103 (RFC 9110, section 15.2); the real one is still to come.
    if (this.#over || status < 200) return;
    const headers = headerPairs(parsed);
    const { ring, clock } = this.#line;
    ring.answered(this.#key, this.#model, status, headers, clock);
    if (status === 403) this.#refusal = "";
    this.#hasHead = true;
    this.#events.head(status, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    if (this.#refusal !== undefined && this.#refusal.length < REFUSAL_BYTES) this.#refusal += chunk.toString("latin1");
    this.#events.data(chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#refusal !== undefined && !ABOUT_CONTENT.test(this.#refusal)) this.#key.refused(this.#model);
    this.#events.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#over) return;
    this.#over = true;
    const left = this.#controller !== undefined;
    const failure = this.#hasHead || isMalformed(error) ? "server_error" : "unreachable";
    // undici reports what it refuses to send before `dispatch` returns; the contract says never from within `send`.
    queueMicrotask(() => this.#events.fail(failure, detailOf(error), left));
  }
}

/** The names of `headers`, as they stand. */
function namesIn(headers: readonly string[]): ReadonlySet<string> {
  return new Set(headers.filter((_, index) => index % 2 === 0));
}

/** `headers` without those of the names in `own`. */
function without(own: ReadonlySet<string>, headers: readonly string[]): string[] {
  return headers.filter((_, index) => !own.has((headers[index - (index % 2)] ?? "").toLowerCase()));
}

/** An answer's headers as undici has read them: by name in lower case, with a list where one came more than once. */
export type ParsedHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** The same, name and value in turn. */
export function headerPairs(parsed: ParsedHeaders): string[] {
  const pairs: string[] = [];
  for (const name in parsed) {
    const value = parsed[name];
    if (typeof value === "string") pairs.push(name, value);
    else if (value !== undefined) for (const each of value) pairs.push(name, each);
  }
  return pairs;
}

function codeOf(error: Error): string {
  const code: unknown = Reflect.get(error, "code");
  return typeof code === "string" ? code : "";
}

/** Whether the provider did answer, but not in HTTP. */
export function isMalformed(error: Error): boolean {
  return error.name === "HTTPParserError" || codeOf(error) === "UND_ERR_HEADERS_OVERFLOW";
}

/** An error of several addresses tried in turn has a code and no message. */
export function detailOf(error: Error): string {
  return error.message || codeOf(error) || error.name;
}

export function restOf(rest: KeyRest | undefined): Rest | undefined {
  if (rest === undefined) return undefined;
  return rest.failure === "unauthorized"
    ? { ...rest, detail: "the provider refused every key", retryAfter: undefined }
    : { ...rest, detail: "every key rests after a 429" };
}
