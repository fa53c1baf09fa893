/**
 * What the AI SDK's packages call instead of the global `fetch`: the same connections, guards and limits as all other
 * calls have. Redirects are not followed, and nothing is tried again.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Dispatcher } from "undici";
import {
  type DispatchOptions,
  detailOf,
  headerPairs,
  isMalformed,
  type ParsedHeaders,
  poolOptions,
} from "../dispatch.ts";

/** The call that a package makes a request for: it is told how that goes. */
export interface Caller {
  /** Headers of the client's that may go upstream, name and value in turn. */
  readonly headers: readonly string[];
  readonly signal: AbortSignal;
  /** The request is on its way. */
  leaves(): void;
  answers(status: number, headers: readonly string[]): void;
  /** It broke down below HTTP. */
  breaks(malformed: boolean, detail: string): void;
  /** The whole of an answer outside 2xx; the package never sees it. */
  refuses(status: number, headers: readonly string[], body: Buffer): void;
}

/** The package is told this of what its caller knows already. */
export class ToldError extends Error {
  override readonly name = "ToldError";
}

export interface BridgeFetch {
  readonly fetch: typeof globalThis.fetch;
  /** Runs a package's code, with what it requests made for `caller`. */
  run<T>(caller: Caller, code: () => T): T;
  close(): Promise<void>;
}

/** What requests are made over: undici's agent, or what does as it does. */
export type FetchAgent = Pick<Dispatcher, "dispatch" | "close">;

/** Of an error's body this much is read. */
const ERROR_BYTES = 64 * 1024;

export async function agentOver(options: DispatchOptions): Promise<FetchAgent> {
  const undici = await import("undici");
  return new undici.Agent({
    factory: (origin) => new undici.Pool(origin, poolOptions(String(origin), options)),
  });
}

export function bridgeFetch(agent: FetchAgent): BridgeFetch {
  const callers = new AsyncLocalStorage<Caller>();
  return {
    async fetch(input, init = {}) {
      const caller = callers.getStore();
      if (caller === undefined) throw new Error("a package of the AI SDK made a request that no call is under way for");
      const url = new URL(input instanceof Request ? input.url : input);
      return new Promise((resolve, reject) => {
        const request = new Exchange(caller, resolve, reject);
        request.send(agent, url, init);
      });
    },
    run: (caller, code) => callers.run(caller, code),
    close: () => agent.close(),
  };
}

/** One request: undici's handler on one side, a `Response` on the other. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #caller: Caller;
  readonly #resolve: (response: Response) => void;
  readonly #reject: (error: Error) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #body: ReadableStreamDefaultController<Uint8Array> | undefined;
  #refusal:
    | { readonly status: number; readonly headers: readonly string[]; readonly chunks: Buffer[]; bytes: number }
    | undefined;

  constructor(caller: Caller, resolve: (response: Response) => void, reject: (error: Error) => void) {
    this.#caller = caller;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  send(agent: FetchAgent, { origin, pathname, search }: URL, { method = "GET", headers, body }: RequestInit): void {
    const own = new Headers(headers);
    const { headers: given, signal } = this.#caller;
    for (let at = 0; at + 1 < given.length; at += 2)
      if (!own.has(given[at] as string)) own.set(given[at] as string, given[at + 1] as string);
    signal.addEventListener("abort", () => this.#controller?.abort(new Error("the call was given up")), { once: true });
    agent.dispatch(
      {
        origin,
        path: `${pathname}${search}`,
        method: method as Dispatcher.HttpMethod,
        headers: Object.fromEntries(own),
        body: typeof body === "string" || body instanceof Uint8Array ? body : null,
      },
      this,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#caller.signal.aborted) controller.abort(new Error("the call was given up"));
    else this.#caller.leaves();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, parsed: ParsedHeaders): void {
    if (status < 200) return;
    const headers = headerPairs(parsed);
    this.#caller.answers(status, headers);
    if (status >= 300) {
      this.#refusal = { status, headers, chunks: [], bytes: 0 };
      return;
    }
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => {
        this.#body = stream;
      },
      pull: () => controller.resume(),
      cancel: () => controller.abort(new Error("the answer is not read")),
    });
    const pairs = headers.flatMap((name, at): [string, string][] =>
      at % 2 === 0 ? [[name, headers[at + 1] ?? ""]] : [],
    );
    this.#resolve(new Response(status === 204 ? null : body, { status, headers: pairs }));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#refusal !== undefined) {
      this.#refusal.bytes += chunk.length;
      if (this.#refusal.bytes <= ERROR_BYTES) this.#refusal.chunks.push(chunk);
      return;
    }
    // undici says so when it goes on after a pause: to pass it on would ask for the next, and so on without an end.
    if (chunk.length === 0) return;
    this.#body?.enqueue(chunk);
    if ((this.#body?.desiredSize ?? 1) <= 0) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#refusal === undefined) {
      this.#body?.close();
      return;
    }
    const { status, headers, chunks } = this.#refusal;
    this.#caller.refuses(status, headers, Buffer.concat(chunks));
    this.#reject(new ToldError("the provider answered with an error"));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#caller.breaks(isMalformed(error), detailOf(error));
    const told = new ToldError(detailOf(error));
    this.#body?.error(told);
    this.#reject(told);
  }
}
