/**
 * `POST /v1/messages/count_tokens`: counted by the provider that would be asked first, where it is Anthropic's and can be
 * told without a call; else estimated here, by the bound that decisions go by.
 */
import type { Caller } from "../auth/index.ts";
import { chatRequest, messagesError } from "../dialects/index.ts";
import type { LinkedCall, LinkedRun, PlanRequest, RawHeaders, UpstreamEvents } from "../plan/index.ts";
import { UNKNOWN_SIZE } from "../plan/index.ts";
import { spokenBy } from "../table/index.ts";
import { type RequestBody, readTranslated } from "./body.ts";
import { RequestError } from "./errors.ts";
import type { Gateway } from "./gateway.ts";
import { passAnswerHeaders, upstreamHeaders } from "./headers.ts";
import { reading } from "./inbound.ts";
import { type Reply, sendJson } from "./reply.ts";

/** Milliseconds that the provider has to count. */
const COUNT_TIMEOUT = 10_000;
/** Bytes of its answer that are read. */
const MOST_BYTES = 64 * 1024;

export interface CountRequest {
  readonly caller: Caller;
  readonly headers: readonly string[];
  readonly pieces: readonly Buffer[];
  readonly length: number;
}

/** Answers a request to count tokens. `head` are the answer's first headers. Throws `RequestError` (400). */
export function count(gateway: Gateway, asked: CountRequest, reply: Reply, head: readonly string[]): void {
  const body = readTranslated(asked.pieces, asked.length, (request) => reading(() => chatRequest(request)));
  const estimate = (): void => {
    const input_tokens = body.facts.promptTokens;
    const unknown = "`messages` holds a document, of which the tokens cannot be counted here";
    if (input_tokens < UNKNOWN_SIZE) sendJson(reply, 200, [...head], JSON.stringify({ input_tokens }));
    else sendJson(reply, 400, [...head], JSON.stringify(messagesError({ error: { message: unknown } }, 400)));
  };
  const first = firstCall(gateway, asked, body);
  const upstream =
    first !== undefined && spokenBy(first.provider) === "anthropic"
      ? body.own?.bodyFor(first.model.upstream)
      : undefined;
  if (first === undefined || upstream === undefined) {
    estimate();
    return;
  }
  const { model, provider } = first;
  const headers = upstreamHeaders(asked.headers, true);
  const call = {
    provider,
    model,
    endpoint: "count_tokens",
    dialect: "messages",
    body: upstream,
    stream: false,
  } as const;
  const told = new Count((status, from, counted) => {
    // What is wrong with the request is the client's to read; what is wrong with the provider is not.
    if (status !== 200 && status !== 400 && status !== 413) estimate();
    else {
      const all = [...head, "x-routec-model", model.name];
      passAnswerHeaders(from, all);
      reply.whole(status, [...all, "content-length", String(counted.length)], counted);
    }
  });
  const control = gateway.doors.transport.send({ ...call, headers }, told);
  const timer = gateway.doors.clock.after(COUNT_TIMEOUT, () => {
    control.abort();
    told.fail();
  });
  told.onOver = () => timer.cancel();
}

/** The call that the policy begins with; undefined where it is none, or depends on what costs something to find out. */
function firstCall(gateway: Gateway, { caller, headers }: CountRequest, body: RequestBody): LinkedCall | undefined {
  const route = gateway.routeFor(body.facts.model, caller, headers);
  const { attributes } = gateway.policy.table;
  const depends = route?.policy.tests.some((index) =>
    ["signal", "state"].includes(attributes[index]?.source.from ?? ""),
  );
  if (route === undefined || depends === true) return undefined;
  const { claims } = caller;
  const { clock, random, ledger } = gateway.doors;
  try {
    const values = gateway.attributes.read(route.policy, { endpoint: "messages", headers, claims, body, clock });
    const request: PlanRequest = {
      ...body.facts,
      headers,
      bodyFor: () => undefined,
      attribute: (index) => values[index],
    };
    const situation = { request, now: clock.now(), random: () => random.next(), ledger };
    let run: LinkedRun | undefined = route.runs[route.policy.choose(values)];
    while (run !== undefined && run.kind !== "call" && run.kind !== "reject") {
      if (run.kind === "select") run = run.order(run.members, situation)[0]?.run;
      else if (run.kind === "split") run = run.sides[run.draw(request, situation.random)];
      else run = run.kind === "cascade" ? run.steps[0]?.run : run.first;
    }
    return run?.kind === "call" ? run : undefined;
  } catch (error) {
    // Of a request that will be refused the tokens can be estimated all the same.
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}

/** A short answer, read to its end; status 0 where there is none. */
class Count implements UpstreamEvents {
  onOver: () => void = () => {};
  readonly #tell: (status: number, headers: RawHeaders, body: Buffer) => void;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  #headers: RawHeaders = [];
  #over = false;

  constructor(tell: (status: number, headers: RawHeaders, body: Buffer) => void) {
    this.#tell = tell;
  }

  head(status: number, headers: RawHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  data(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= MOST_BYTES) this.#chunks.push(chunk);
  }

  end(): void {
    this.#finish(this.#bytes <= MOST_BYTES ? this.#status : 0);
  }

  fail(): void {
    this.#finish(0);
  }

  #finish(status: number): void {
    if (this.#over) return;
    this.#over = true;
    this.onOver();
    this.#tell(status, this.#headers, Buffer.concat(this.#chunks));
  }
}
