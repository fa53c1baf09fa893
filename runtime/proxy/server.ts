/** The proxy as an HTTP server. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { anonymous, type Caller, type Unauthenticated } from "../auth/index.ts";
import { createMemoryStore } from "../ledger/stores/memory.ts";
import { append } from "../plan/append.ts";
import { systemClock } from "../plan/index.ts";
import type { Policy } from "../table/index.ts";
import { BODY_LIMIT, checkContent, tooLarge } from "./content.ts";
import { errorBody, RequestError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { type Gateway, type GatewayOptions, openGateway } from "./gateway.ts";
import { checkLoopback, isLoopback } from "./loopback.ts";
import { allows, type Endpoint, endpointAt, methodsOf } from "./paths.ts";
import { holdPolicy, type PolicyHolder } from "./policy-holder.ts";
import type { Reply } from "./reply.ts";
import { tellBody, WholeRequest } from "./whole-request.ts";

export interface ProxyOptions extends GatewayOptions {
  readonly limits?: {
    /** Bytes of a request's body; 32 MiB when not given. */
    readonly body?: number;
    /** Bytes of a request's headers together; 32 kB when not given. */
    readonly headers?: number;
    /** Connections that are open at once; what comes beyond them is closed. No limit when not given. */
    readonly connections?: number;
    /** Milliseconds that a connection is kept without a request, and that a request's headers, and all of it, may take. */
    readonly idleTimeout?: number;
    readonly headerTimeout?: number;
    readonly requestTimeout?: number;
    /** Milliseconds that a client may take nothing of an answer that waits for it: then its connection is closed. */
    readonly readTimeout?: number;
  };
  /** Serves HTTPS: certificate chain and private key, PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface Proxy {
  /** Answers one request: a listener for any `node:http` or `node:https` server. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** The policy that requests begin with now. */
  readonly policies: Pick<PolicyHolder<Gateway>, "current" | "subscribe" | "prepare">;
  /**
   * Begins to serve, on 127.0.0.1 when no host is given; port 0 is any free one. Rejects when the address cannot be had.
   * On a loopback address and without authentication, requests from web pages of other sites are refused. With
   * `reusePort`, several threads or processes can listen on one address, and the system shares connections out.
   */
  listen(address: {
    readonly port: number;
    readonly host?: string;
    readonly reusePort?: boolean;
  }): Promise<AddressInfo>;
  /**
   * Serves another policy from the next request on; requests under way finish on the one that they began with. Rejects,
   * and changes nothing, where the policy cannot be served: as `createProxy` does.
   */
  replace(policy: Policy): Promise<void>;
  /**
   * Stops accepting, lets requests under way come to their end, then closes what is open. What is missing of a request that
   * has not come whole is waited for five seconds at most.
   */
  close(): Promise<void>;
}

const HEADER_LIMIT = 32 * 1024;
/** Milliseconds for a request's headers, and for all of it: a client that is slower holds a connection for nothing. */
const HEADERS_TIMEOUT = 15_000;
const REQUEST_TIMEOUT = 120_000;
/** Milliseconds that a client may take nothing of its answer: money is set aside for it, and a provider waits. */
const READ_TIMEOUT = 120_000;
/** Milliseconds between two looks for such clients. */
const CHECKS = 5_000;
/** Milliseconds that the rest of a request may take from when the proxy closes: Node looks for slow clients no more then. */
const LAST_ARRIVALS = 5_000;
/** Milliseconds that an idle connection is kept: longer than common load balancers do, so that they close first. */
const KEEP_ALIVE = 75_000;
/** Up to this many bytes, head and body of an answer leave in one write. */
const ONE_WRITE = 12 * 1024;

/** Makes a proxy of a policy. Throws what `openGateway` throws. */
export async function createProxy(policy: Policy, options: ProxyOptions = {}): Promise<Proxy> {
  const { doors, limits = {}, tls } = options;
  const clock = doors?.clock ?? systemClock();
  // What one policy has counted the next one goes on from.
  const shared = { ...options, store: options.store ?? createMemoryStore() };
  const policies = await holdPolicy<Gateway>(policy, {
    clock,
    open: (next) => openGateway(next, shared),
    close: (gateway) => gateway.close(),
  });
  return new HttpProxy(policies, limits, tls);
}

/** How many answers are under way on a connection. */
const ANSWERS = Symbol("answers under way");

type AnsweringSocket = Socket & { [ANSWERS]?: number };

class HttpProxy implements Proxy {
  readonly policies: PolicyHolder<Gateway>;
  readonly #bodyLimit: number;
  readonly #readTimeout: number;
  readonly #lastArrivals: number;
  readonly #server: Server;
  /** How many requests are under way; a set of them would, as it is rehashed, keep answered ones from the collector. */
  #open = 0;
  /** How many of them have not come whole, and whether they are waited for no more. */
  #arriving = 0;
  #late = false;
  #drained: () => void = () => {};
  /** Of HTTPS alone: what is beneath each connection, also of those of which HTTP knows nothing before their handshake. */
  readonly #secured = new Set<Socket>();
  #onLoopback = false;
  /** The host last found to be this machine: nearly all requests name the same. */
  #lastHost: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(policies: PolicyHolder<Gateway>, limits: NonNullable<ProxyOptions["limits"]>, tls: ProxyOptions["tls"]) {
    this.policies = policies;
    this.#bodyLimit = limits.body ?? BODY_LIMIT;
    this.#readTimeout = limits.readTimeout ?? READ_TIMEOUT;
    const { headerTimeout = HEADERS_TIMEOUT, requestTimeout = REQUEST_TIMEOUT } = limits;
    this.#lastArrivals = Math.min(LAST_ARRIVALS, requestTimeout);
    const options = {
      IncomingMessage: WholeRequest,
      insecureHTTPParser: false,
      requireHostHeader: true,
      maxHeaderSize: limits.headers ?? HEADER_LIMIT,
      // Node refuses one that is longer than the other.
      headersTimeout: Math.min(headerTimeout, requestTimeout),
      requestTimeout,
      keepAliveTimeout: limits.idleTimeout ?? KEEP_ALIVE,
      connectionsCheckingInterval: Math.min(CHECKS, headerTimeout, requestTimeout),
    };
    this.#server = tls === undefined ? createServer(options) : createTlsServer({ ...options, ...tls });
    if (tls !== undefined)
      this.#server.on("connection", (socket: Socket) => {
        this.#secured.add(socket);
        socket.on("close", () => this.#secured.delete(socket));
      });
    if (limits.connections !== undefined) this.#server.maxConnections = limits.connections;
    this.#server.on("request", this.handle);
    this.#server.on("checkContinue", (request, response) => this.#serve(request, response, true));
    this.#server.on("clientError", (error, socket) => this.#refuseConnection(error, socket as Socket));
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    this.#serve(request, response, false);
  };

  async listen({
    port,
    host = "127.0.0.1",
    reusePort = false,
  }: {
    port: number;
    host?: string;
    reusePort?: boolean;
  }): Promise<AddressInfo> {
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, host, reusePort }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    const address = server.address() as AddressInfo;
    this.#onLoopback = isLoopback(address.address);
    return address;
  }

  async replace(policy: Policy): Promise<void> {
    await this.policies.replace(policy);
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const late = setTimeout(() => {
      this.#late = true;
      this.#checkDrained();
    }, this.#lastArrivals);
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
      this.#checkDrained();
    });
    clearTimeout(late);
    // What these left behind are connections that are kept alive, and some whose request may never come whole.
    this.#server.closeAllConnections();
    for (const socket of this.#secured) socket.destroy();
    await closed;
    await this.policies.close();
  }

  #checkDrained(): void {
    if (this.#open === 0 || (this.#late && this.#open === this.#arriving)) this.#drained();
  }

  /** A request has come whole, or the rest of it does not matter any more. */
  #arrived(reply: HttpReply): void {
    if (!reply.arriving) return;
    reply.arriving = false;
    this.#arriving--;
  }

  #serve(request: IncomingMessage, response: ServerResponse, continues: boolean): void {
    const held = this.policies.enter();
    const reply = new HttpReply(response, this.#readTimeout);
    this.#open++;
    response.on("close", () => {
      reply.closed();
      this.policies.leave(held);
      this.#arrived(reply);
      this.#open--;
      this.#checkDrained();
    });
    if (this.#closing !== undefined) response.shouldKeepAlive = false;
    const gateway = held.opened;
    const endpoint = endpointAt(request.url ?? "");
    const answer = gateway.replyAt(endpoint, reply);
    const refuse = (error: unknown): void => {
      if (!(error instanceof RequestError)) throw error;
      // A client that was not told to continue may send its body or not: what comes next could be either.
      if (continues) response.shouldKeepAlive = false;
      gateway.refuse(error, answer);
    };
    try {
      this.#route(gateway, endpoint, request, { reply, answer, continues }, refuse);
    } catch (error) {
      refuse(error);
    }
  }

  #route(
    gateway: Gateway,
    endpoint: Endpoint,
    request: IncomingMessage,
    asked: Asked,
    refuse: (error: unknown) => void,
  ): void {
    const { method, url = "", headers, rawHeaders } = request;
    if (
      this.#onLoopback &&
      gateway.authenticate === anonymous &&
      (headers.host !== this.#lastHost || headers.origin !== undefined)
    ) {
      checkLoopback(headers.host, headers.origin);
      this.#lastHost = headers.host;
    }
    if (endpoint.kind === "unknown") throw new RequestError(404, `nothing is served at \`${method} ${url}\``);
    if (!allows(endpoint, method)) {
      const allowed = methodsOf(endpoint).join(", ");
      const error = new RequestError(405, `\`${url}\` takes ${allowed}, not ${method}`);
      gateway.refuse(error, asked.answer, ["allow", allowed]);
      return;
    }
    const caller = gateway.authenticate(rawHeaders);
    // Until it is known who calls, nothing of the body is read.
    if (caller instanceof Promise) this.#identify(gateway, endpoint, caller, request, asked).catch(refuse);
    else this.#answer(gateway, endpoint, caller, request, asked);
  }

  async #identify(
    gateway: Gateway,
    endpoint: Endpoint,
    caller: Promise<Caller | Unauthenticated>,
    request: IncomingMessage,
    asked: Asked,
  ): Promise<void> {
    const known = await caller;
    if (!asked.reply.response.closed) this.#answer(gateway, endpoint, known, request, asked);
  }

  #answer(
    gateway: Gateway,
    endpoint: Endpoint,
    caller: Caller | Unauthenticated,
    request: IncomingMessage,
    asked: Asked,
  ): void {
    const { reply, answer, continues } = asked;
    const { headers, rawHeaders } = request;
    if (caller.kind === "unauthenticated") {
      if (continues) reply.response.shouldKeepAlive = false;
      gateway.refuse(new RequestError(caller.status, caller.message, null, caller.code), answer, caller.headers);
    } else if (endpoint.kind === "models") gateway.models(caller, rawHeaders, reply);
    else if (endpoint.kind === "model") gateway.model(endpoint.id, caller, rawHeaders, reply);
    else {
      checkContent(headers["content-type"], headers["content-encoding"]);
      if (Number(headers["content-length"] ?? 0) > this.#bodyLimit) throw tooLarge(this.#bodyLimit);
      if (continues) reply.response.writeContinue();
      this.#read(gateway, endpoint, caller, request, asked);
    }
  }

  #read(
    gateway: Gateway,
    endpoint: Endpoint,
    caller: Caller,
    request: IncomingMessage,
    { reply, answer }: Asked,
  ): void {
    let pieces: Buffer[] = [];
    let length = 0;
    const piece = (bytes: Buffer): void => {
      length += bytes.length;
      if (length <= this.#bodyLimit) pieces = append(pieces, bytes);
      else if (!reply.response.headersSent) {
        pieces = [];
        // How much more would come is not known, so the connection cannot be used again.
        gateway.refuse(tooLarge(this.#bodyLimit), answer, ["connection", "close"]);
      }
    };
    const end = (): void => {
      this.#arrived(reply);
      if (reply.response.headersSent) return;
      reply.answering();
      reply.exchange = gateway.ask(endpoint, caller, request.rawHeaders, pieces, length, answer);
    };
    reply.arriving = true;
    this.#arriving++;
    this.#checkDrained();
    tellBody(request, { piece, end });
  }

  /** Answers what is not HTTP, or came too slowly, unless a request before it on that connection is being answered. */
  #refuseConnection(error: Error, socket: AnsweringSocket): void {
    const busy = (socket[ANSWERS] ?? 0) > 0;
    if (busy || !socket.writable || codeOf(error) === "ECONNRESET") {
      socket.destroy();
      return;
    }
    const { status, reason, message } = parserError(codeOf(error));
    const body = errorBody(status, message);
    socket.end(
      `HTTP/1.1 ${status} ${reason}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
        `connection: close\r\nx-should-retry: false\r\n\r\n${body}`,
    );
  }
}

/** A request that is to be answered. */
interface Asked {
  readonly reply: HttpReply;
  /** Where its answer goes, in the client's dialect. */
  readonly answer: Reply;
  /** The client waits to be told that it can go on. */
  readonly continues: boolean;
}

/** An answer over HTTP. */
class HttpReply implements Reply {
  readonly response: ServerResponse;
  /** The request that it answers, once that is read. */
  exchange: Exchange | undefined;
  /** That request's body is read, and has not come whole. */
  arriving = false;

  readonly #socket: AnsweringSocket | null;
  readonly #readTimeout: number;
  #answering = false;

  constructor(response: ServerResponse, readTimeout: number) {
    this.response = response;
    this.#socket = response.socket;
    this.#readTimeout = readTimeout;
  }

  /** From here on nothing else may be written on the connection. */
  answering(): void {
    if (this.#answering || this.#socket === null) return;
    this.#answering = true;
    this.#socket[ANSWERS] = (this.#socket[ANSWERS] ?? 0) + 1;
  }

  /** The answer has left, or the client has. */
  closed(): void {
    if (this.#answering && this.#socket !== null) this.#socket[ANSWERS] = (this.#socket[ANSWERS] ?? 1) - 1;
    this.exchange?.cancel();
  }

  whole(status: number, headers: string[], body: Buffer | string): void {
    const { response } = this;
    this.answering();
    response.writeHead(status, headers);
    // As Latin-1, in which every byte is one character, node sends head and body together.
    if (typeof body === "string" || body.length > ONE_WRITE) response.end(body);
    else response.end(body.toString("latin1"), "latin1");
    this.#limitWaiting();
  }

  begin(status: number, headers: string[]): void {
    this.response.on("drain", () => {
      this.#socket?.setTimeout(0);
      this.exchange?.resume();
    });
    this.response.writeHead(status, headers);
  }

  data(chunk: Buffer): boolean {
    const isTaken = this.response.write(chunk);
    if (!isTaken) this.#limitWaiting();
    return isTaken;
  }

  end(): void {
    this.response.end();
    this.#limitWaiting();
  }

  /** Node closes a connection on which so long nothing moved, and sets a limit of its own once the answer has left. */
  #limitWaiting(): void {
    if (this.response.writableLength > 0) this.#socket?.setTimeout(this.#readTimeout);
  }

  abort(): void {
    this.response.destroy();
  }
}

function parserError(code: string): { status: number; reason: string; message: string } {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return { status: 431, reason: "Request Header Fields Too Large", message: "the request headers are too large" };
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return { status: 413, reason: "Payload Too Large", message: "the chunk extensions are too large" };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, reason: "Request Timeout", message: "the request did not come in time" };
    default:
      return { status: 400, reason: "Bad Request", message: "the request is not valid HTTP/1.1" };
  }
}

function codeOf(error: Error): string {
  return String(Reflect.get(error, "code"));
}
