/** The admin address: health, metrics, the policy that is served, and the last decisions. */
import { hash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { credentialsIn } from "../auth/credentials.ts";
import { whyNotListenAdmin } from "../auth/index.ts";
import { load, type Policy } from "../table/index.ts";
import { tooLarge } from "./content.ts";
import { errorBody, RequestError } from "./errors.ts";
import { checkLoopback } from "./loopback.ts";
import type { Held, PolicyHolder } from "./policy-holder.ts";

export interface AdminOptions {
  readonly policies: Pick<PolicyHolder<unknown>, "current" | "replace">;
  /** What callers send as `Authorization: Bearer`; without it only loopback is served. `/healthz` and `/readyz` ask nobody. */
  readonly token?: string | undefined;
  /** Why requests cannot be answered now; undefined when they can. */
  readonly notReady?: () => string | undefined;
  /** Metrics in the format that an `Accept` header asks for. */
  readonly metrics?: (accept: string | undefined) => MetricsText | Promise<MetricsText>;
  /** At most `last` records of decisions, the newest last. */
  readonly decisions?: (last: number) => readonly unknown[] | Promise<readonly unknown[]>;
  /** Makes a table of a policy's source text; without it only tables are taken. */
  readonly compile?: (source: string) => Promise<Compiled>;
  /** Whether `POST /policy` is taken; true when not given. */
  readonly post?: boolean;
  /** Told of faults of routec's own; to standard error without it. */
  readonly report?: (fault: unknown) => void;
}

interface MetricsText {
  readonly type: string;
  readonly text: string;
}

/** A table, or why there is none, with findings as `check --format json` has them. */
export type Compiled = { readonly table: unknown } | { readonly why: string; readonly diagnostics: readonly unknown[] };

export interface Admin {
  /** A listener for any `node:http` or `node:https` server. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Rejects when the address cannot be had, or is beyond loopback and there is no token. */
  listen(address: { readonly port: number; readonly host?: string }): Promise<AddressInfo>;
  /** Stops accepting, and answers the requests that have come whole; what is on other connections is dropped. */
  close(): Promise<void>;
}

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | object;
}

interface Resource {
  /** Whether it is told to whoever asks, as probes of orchestrators do. */
  readonly open?: true;
  readonly methods: Readonly<
    Record<string, (request: IncomingMessage, query: URLSearchParams) => Answer | Promise<Answer>>
  >;
}

/** Bytes of a policy; the table of 10,000 rules has a tenth of it. */
const POLICY_LIMIT = 64 * 1024 * 1024;
const DECISIONS = 100;
/** Milliseconds that the last answers may take until their callers have them. */
const LAST_ANSWERS = 5_000;
const TEXT = "text/plain; charset=utf-8";

/** Makes the admin server; nothing listens yet. */
export function createAdmin(options: AdminOptions): Admin {
  const { token, report = (fault) => console.error("routec: the admin address failed:", fault) } = options;
  const resources = resourcesOf(options);
  const secret = token === undefined ? undefined : digest(token);

  function checkCaller({ rawHeaders, headers }: IncomingMessage): void {
    if (secret === undefined) checkLoopback(headers.host, headers.origin);
    else {
      const shown = credentialsIn(rawHeaders);
      const right = shown.kind === "token" && timingSafeEqual(digest(shown.token), secret);
      if (!right)
        throw new RequestError(401, "expected the admin token in `Authorization: Bearer`", null, "invalid_api_key");
    }
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const url = URL.parse(request.url ?? "", "http://admin");
    const resource = resources.get(url?.pathname ?? "");
    if (resource?.open !== true) checkCaller(request);
    const { method = "" } = request;
    if (url === null || resource === undefined) {
      throw new RequestError(404, `nothing is served at \`${method} ${request.url}\` of the admin address`);
    }
    const act = resource.methods[method === "HEAD" ? "GET" : method];
    if (act !== undefined) return act(request, url.searchParams);
    const allow = Object.keys(resource.methods)
      .flatMap((each) => (each === "GET" ? ["GET", "HEAD"] : [each]))
      .join(", ");
    const message = `\`${url.pathname}\` takes ${allow}, not ${method}`;
    return { status: 405, headers: { allow }, body: errorBody(405, message), type: "application/json" };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answered = await answer(request).catch((error: unknown) => {
      // Its caller has left, or was dropped, before all of it came: that is no fault, and nobody is there to be told.
      if (request.destroyed && !request.complete) return undefined;
      return failure(error, report);
    });
    if (answered === undefined) return;
    const { status = 200, headers = {}, body, type = typeof body === "string" ? TEXT : "application/json" } = answered;
    const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    // What is left of a body that was not read would be taken for the next request.
    const close = request.complete || request.readableEnded ? {} : { connection: "close" };
    response.writeHead(status, {
      "content-type": type,
      "content-length": bytes.length,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...close,
      ...headers,
    });
    response.end(bytes);
  }

  /** What is being answered, with what settles once that has left. */
  const answering = new Map<IncomingMessage, Promise<void>>();

  const handle: Admin["handle"] = (request, response) => {
    const { promise: left, resolve } = Promise.withResolvers<void>();
    answering.set(request, left);
    response.on("close", () => {
      answering.delete(request);
      resolve();
    });
    serve(request, response).catch((fault: unknown) => {
      report(fault);
      response.destroy();
    });
  };
  const server = createServer({ requireHostHeader: true, headersTimeout: 15_000, requestTimeout: 120_000 }, handle);
  return {
    handle,
    async listen({ port, host = "127.0.0.1" }) {
      const why = whyNotListenAdmin(host, token);
      if (why !== undefined) throw new Error(why);
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
          server.off("error", reject);
          resolve();
        });
      });
      return server.address() as AddressInfo;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A request that has not come whole may never.
      const whole = [...answering].filter(([{ complete }]) => complete).map(([, left]) => left);
      const late = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS);
      await Promise.all(whole);
      clearTimeout(late);
      server.closeAllConnections();
      await closed;
    },
  };
}

function digest(text: string): Buffer {
  return hash("sha256", text, "buffer");
}

function resourcesOf(options: AdminOptions): ReadonlyMap<string, Resource> {
  const { policies, notReady = () => undefined, metrics, decisions, post = true } = options;
  const ready = (): Answer => {
    const why = notReady();
    return why === undefined ? { body: "ready\n" } : { status: 503, body: `not ready: ${why}\n` };
  };
  const shown = (): Answer => ({ body: described(policies.current) });
  const taken = async (request: IncomingMessage): Promise<Answer> => {
    const policy = await policyIn(request, options);
    return { body: described(await policies.replace(policy)) };
  };
  const list: [string, Resource][] = [
    ["/healthz", { open: true, methods: { GET: () => ({ body: "ok\n" }) } }],
    ["/readyz", { open: true, methods: { GET: ready } }],
    ["/policy", { methods: post ? { GET: shown, POST: taken } : { GET: shown } }],
  ];
  if (metrics !== undefined) {
    const GET = async ({ headers }: IncomingMessage): Promise<Answer> => {
      const { type, text } = await metrics(headers.accept);
      return { type, body: text };
    };
    list.push(["/metrics", { methods: { GET } }]);
  }
  if (decisions !== undefined) {
    const GET = async (_: IncomingMessage, query: URLSearchParams): Promise<Answer> => ({
      body: { decisions: await decisions(lastIn(query)) },
    });
    list.push(["/decisions", { methods: { GET } }]);
  }
  return new Map(list);
}

/** What is told of the policy that is served. */
function described({ policy: { table }, since }: Held<unknown>): object {
  const { hash, compiler, files, routes } = table;
  return {
    hash,
    compiler,
    loaded: new Date(since).toISOString(),
    files,
    routes: routes.flatMap(({ names }) => names),
  };
}

function lastIn(query: URLSearchParams): number {
  const text = query.get("last");
  if (text === null) return DECISIONS;
  if (!/^\d{1,9}$/.test(text)) {
    throw new RequestError(400, `\`last\` is \`${text.slice(0, 80)}\`: expected a whole number`, "last");
  }
  return Number(text);
}

/** A policy that was sent cannot be served; its `findings` say why, where the compiler has any. */
class PolicyRefused extends Error {
  override readonly name = "PolicyRefused";
  readonly findings: readonly unknown[];

  constructor(message: string, findings: readonly unknown[]) {
    super(message);
    this.findings = findings;
  }
}

/** The policy in a request's body, a table as JSON or source as text. */
async function policyIn(request: IncomingMessage, { compile }: AdminOptions): Promise<Policy> {
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  const isTable = type === "application/json";
  if (!isTable && (type !== "text/plain" || compile === undefined)) {
    const source = compile === undefined ? "" : ", or a policy's source as text/plain";
    throw new RequestError(415, `the content type is \`${type}\`: expected a table as application/json${source}`);
  }
  const text = await bodyOf(request);
  if (isTable || compile === undefined) return load(parsed(text));
  const compiled = await compile(text);
  if ("table" in compiled) return load(compiled.table);
  throw new PolicyRefused(compiled.why, compiled.diagnostics);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  if (Number(request.headers["content-length"] ?? 0) > POLICY_LIMIT) throw tooLarge(POLICY_LIMIT);
  // An iterator that ended early would take the connection with it, and the answer too.
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > POLICY_LIMIT) throw tooLarge(POLICY_LIMIT);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError(400, "the request body is not valid JSON");
  }
}

/** Why a policy is not served, where it is the policy's own or its environment's; errors of worker threads keep their names alone. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...[
    "PolicyRefused",
    "TableError",
    "LinkError",
    "UnservedError",
    "EndpointError",
    "UnsetEnvironmentError",
    "PackageError",
  ],
  "SignalError",
]);

function failure(error: unknown, report: (fault: unknown) => void): Answer {
  if (error instanceof RequestError) {
    const { status, message, param, code } = error;
    const headers: Record<string, string> = status === 401 ? { "www-authenticate": 'Bearer realm="routec admin"' } : {};
    return { status, headers, type: "application/json", body: errorBody(status, message, param, code) };
  }
  if (error instanceof Error && REFUSALS.has(error.name)) {
    const { error: told } = JSON.parse(errorBody(422, error.message, null, "policy_refused"));
    return { status: 422, body: { error: told, diagnostics: error instanceof PolicyRefused ? error.findings : [] } };
  }
  report(error);
  return {
    status: 500,
    type: "application/json",
    body: errorBody(500, "routec failed on this request: its log says more"),
  };
}
