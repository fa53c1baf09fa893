/** Calls over HTTP/1.1: undici's lowest layer, one pool of kept-alive connections per origin. */
import type { Dispatcher, Pool } from "undici";
import type { Transport, UpstreamCall, UpstreamControl, UpstreamEvents } from "../plan/doors.ts";
import type { Endpoint } from "./endpoint.ts";

export interface DispatchOptions {
  /** Connections per origin at most; further calls wait for one. 256 when not given. */
  readonly connections?: number;
}

/** Milliseconds to open a connection. */
const CONNECT_TIMEOUT = 10_000;
/** Milliseconds that an idle connection is kept where the provider does not say; below the 60 s of common balancers. */
const KEEP_ALIVE = 30_000;

/** A provider's pool, and what its calls have in common. */
interface Line {
  readonly pool: Pool;
  readonly path: string;
  /** The header list to begin with, one per key. */
  readonly headers: readonly (readonly string[])[];
  /** Index of the header list that the next call gets. */
  turn: number;
}

/**
 * A transport to the given endpoints, by provider name. It sets no time limit on answers: the plan executor owns time.
 * undici is loaded here and not before, as it is most of a cold start.
 */
export async function dispatchTransport(
  endpoints: ReadonlyMap<string, Endpoint>,
  options: DispatchOptions = {},
): Promise<Transport> {
  const undici = await import("undici");
  const pools = new Map<string, Pool>();
  const lines = new Map<string, Line>();
  for (const [provider, { origin, path, keys }] of endpoints) {
    let pool = pools.get(origin);
    if (pool === undefined) {
      pool = new undici.Pool(origin, {
        connections: options.connections ?? 256,
        connect: { timeout: CONNECT_TIMEOUT },
        keepAliveTimeout: KEEP_ALIVE,
        headersTimeout: 0,
        bodyTimeout: 0,
        allowH2: false,
      });
      pools.set(origin, pool);
    }
    lines.set(provider, { pool, path, headers: headerLists(keys), turn: 0 });
  }

  return {
    send(call, events) {
      const line = lines.get(call.provider.name);
      if (line === undefined) throw new Error(`no endpoint for provider \`${call.provider.name}\``);
      return new DispatchedCall(line, call, events);
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}

function headerLists(keys: readonly string[]): readonly (readonly string[])[] {
  const common = ["content-type", "application/json"];
  return keys.length === 0 ? [common] : keys.map((key) => [...common, "authorization", `Bearer ${key}`]);
}

/** One call under way: undici's handler on one side, our control on the other. */
class DispatchedCall implements UpstreamControl, Dispatcher.DispatchHandler {
  readonly #events: UpstreamEvents;
  #controller: Dispatcher.DispatchController | undefined;
  #over = false;

  constructor(line: Line, call: UpstreamCall, events: UpstreamEvents) {
    this.#events = events;
    const headers = line.headers[line.turn] ?? [];
    line.turn = (line.turn + 1) % line.headers.length;
    line.pool.dispatch(
      { method: "POST", path: line.path, headers: [...headers, ...call.headers], body: call.body },
      this,
    );
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

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // Below 200 are interim answers, such as 103 (RFC 9110, section 15.2); the real one is still to come.
    if (this.#over || status < 200) return;
    // Over HTTP/1.1 undici has them as Buffers.
    this.#events.head(status, headerText(controller.rawHeaders as Buffer[]));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#over) this.#events.data(chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#over) return;
    this.#over = true;
    const left = this.#controller !== undefined;
    const failure = isMalformed(error) ? "server_error" : "unreachable";
    // undici reports what it refuses to send before `dispatch` returns; the contract says never from within `send`.
    queueMicrotask(() => this.#events.fail(failure, detailOf(error), left));
  }
}

/**
 * Header names and values as text. They stand one behind the other in one piece of memory, unless the head came in
 * several: so what lies between the first and the last is decoded once, and then only cut up.
 */
export function headerText(headers: readonly Buffer[]): string[] {
  const [first] = headers;
  const last = headers.at(-1);
  if (first === undefined || last === undefined) return [];
  const { buffer, byteOffset: start } = first;
  const length = last.buffer === buffer ? last.byteOffset + last.length - start : 0;
  const text = length > 0 ? latin1(Buffer.from(buffer, start, length)) : "";
  return headers.map((each) => {
    const at = each.byteOffset - start;
    const isWithin = each.buffer === buffer && at >= 0 && at + each.length <= text.length;
    return isWithin ? text.slice(at, at + each.length) : latin1(each);
  });
}

function latin1(bytes: Buffer): string {
  return bytes.toString("latin1");
}

function codeOf(error: Error): string {
  const code: unknown = Reflect.get(error, "code");
  return typeof code === "string" ? code : "";
}

/** Whether the provider did answer, but not in HTTP. */
function isMalformed(error: Error): boolean {
  return error.name === "HTTPParserError" || codeOf(error) === "UND_ERR_HEADERS_OVERFLOW";
}

/** An error of several addresses tried in turn has a code and no message. */
function detailOf(error: Error): string {
  return error.message || codeOf(error) || error.name;
}
