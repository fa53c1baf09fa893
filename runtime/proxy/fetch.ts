/** The proxy without a socket: a `fetch` for any SDK that takes one. */

import type { Policy } from "../table/index.ts";
import { BODY_LIMIT, checkContent, tooLarge } from "./content.ts";
import { RequestError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { type Gateway, type GatewayOptions, openGateway } from "./gateway.ts";
import { allows, type Endpoint, endpointAt, methodsOf } from "./paths.ts";
import type { Reply } from "./reply.ts";

/** Statuses whose answers have no body (Fetch standard, "null body status"). */
const BODILESS = new Set([204, 205, 304]);
/** Bytes that a slow reader lets pile up before the provider is paused. */
const HIGH_WATER_MARK = 64 * 1024;

/**
 * A function like the global `fetch` that answers what the proxy does, by the policy and in this process: of the url only
 * the end of its path counts, such as `/chat/completions`, `/embeddings` or `/models`. Rejects as `fetch` does when the
 * signal aborts, and, on the first call, with what `createTransport` throws: unset environment variables, unusable urls.
 */
export function createFetch(policy: Policy, options: GatewayOptions = {}): typeof globalThis.fetch {
  let opening: Promise<Gateway> | undefined;
  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    opening ??= openGateway(policy, options);
    return answer(await opening, request);
  };
}

async function answer(gateway: Gateway, request: Request): Promise<Response> {
  const reply = new FetchReply(request);
  const { pathname } = new URL(request.url);
  const [known] =
    /\/(?:chat\/completions|messages|messages\/count_tokens|responses|embeddings|models|models\/.*)$/.exec(pathname) ??
    [];
  const endpoint = endpointAt(`/v1${known}`);
  const answer = gateway.replyAt(endpoint, reply);
  try {
    await serve(gateway, endpoint, request, reply, answer);
  } catch (error) {
    if (error instanceof RequestError) gateway.refuse(error, answer);
    else if (!request.signal.aborted) throw error;
  }
  // Where the signal aborted, this rejects with its reason.
  return reply.response;
}

async function serve(
  gateway: Gateway,
  endpoint: Endpoint,
  request: Request,
  reply: FetchReply,
  answer: Reply,
): Promise<void> {
  const { method, headers } = request;
  const { pathname } = new URL(request.url);
  if (endpoint.kind === "unknown") throw new RequestError(404, `nothing is served at \`${method} ${pathname}\``);
  if (!allows(endpoint, method)) {
    const allowed = methodsOf(endpoint).join(", ");
    gateway.refuse(new RequestError(405, `\`${pathname}\` takes ${allowed}, not ${method}`), answer, [
      "allow",
      allowed,
    ]);
    return;
  }
  const rawHeaders = [...headers].flat();
  const caller = await gateway.authenticate(rawHeaders);
  if (caller.kind === "unauthenticated") {
    const error = new RequestError(caller.status, caller.message, null, caller.code);
    gateway.refuse(error, answer, caller.headers);
  } else if (endpoint.kind === "models") gateway.models(caller, rawHeaders, reply);
  else if (endpoint.kind === "model") gateway.model(endpoint.id, caller, rawHeaders, reply);
  else {
    checkContent(headers.get("content-type") ?? undefined, headers.get("content-encoding") ?? undefined);
    const body = Buffer.from(await request.arrayBuffer());
    if (body.length > BODY_LIMIT) throw tooLarge(BODY_LIMIT);
    request.signal.throwIfAborted();
    reply.exchange = gateway.ask(endpoint, caller, rawHeaders, [body], body.length, answer);
  }
}

/** An answer as a `Response`. */
class FetchReply implements Reply {
  readonly response: Promise<Response>;
  exchange: Exchange | undefined;
  readonly #request: Request;
  readonly #settle: { resolve(response: Response): void; reject(reason: unknown): void };
  readonly #onAbort = (): void => this.#abortBy(this.#request.signal.reason);
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(request: Request) {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    this.response = promise;
    this.#settle = { resolve, reject };
    this.#request = request;
    request.signal.addEventListener("abort", this.#onAbort);
  }

  whole(status: number, headers: string[], body: Buffer | string): void {
    this.#stopListening();
    this.#respond(status, headers, typeof body === "string" ? body : new Uint8Array(body));
  }

  begin(status: number, headers: string[]): void {
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#stream = controller;
        },
        pull: () => this.exchange?.resume(),
        cancel: () => {
          this.#stopListening();
          this.exchange?.cancel();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_MARK }),
    );
    this.#respond(status, headers, stream);
  }

  data(chunk: Buffer): boolean {
    this.#stream?.enqueue(new Uint8Array(chunk));
    return (this.#stream?.desiredSize ?? 0) > 0;
  }

  end(): void {
    this.#stopListening();
    this.#stream?.close();
  }

  abort(): void {
    this.#stopListening();
    this.#stream?.error(new TypeError("the answer broke off"));
  }

  #respond(status: number, headers: string[], body: string | Uint8Array<ArrayBuffer> | ReadableStream): void {
    const list = new Headers();
    for (let index = 0; index < headers.length; index += 2) {
      list.append(headers[index] as string, headers[index + 1] as string);
    }
    const without = BODILESS.has(status) || this.#request.method === "HEAD";
    this.#settle.resolve(new Response(without ? null : body, { status, headers: list }));
  }

  #abortBy(reason: unknown): void {
    this.#stopListening();
    this.exchange?.cancel();
    this.#settle.reject(reason);
    this.#stream?.error(reason);
  }

  #stopListening(): void {
    this.#request.signal.removeEventListener("abort", this.#onAbort);
  }
}
