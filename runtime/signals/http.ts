/**
 * `http`: an address is asked. It is sent a `POST` with a `SignalInput` as JSON, and answers with status 200 and
 * `{ "value": … }`: money in dollars, durations in milliseconds, a member as its text.
 */
import type { Dispatcher, Pool } from "undici";
import type { Doors, Refusal, Reservation, UpstreamCall } from "../plan/index.ts";
import { member, parse } from "../plan/json.ts";
import { poolClass } from "../providers/pool-class.ts";
import { namesPrivate, publicLookup } from "../providers/private-address.ts";
import type { AttributeType, HttpSignal, Model, Provider } from "../table/index.ts";
import { checked, type SignalInput } from "./module.ts";
import type { Answered, AskedSource, Asking, SignalRequest } from "./source.ts";

/** Of an answer no more is read; a longer one is none. */
const MOST_BYTES = 64 * 1024;
/** Milliseconds to open a connection. */
const CONNECT_TIMEOUT = 10_000;
/** Milliseconds that an idle connection is kept. */
const KEEP_ALIVE = 30_000;

/** A signal with its address. */
export interface HttpSettings {
  readonly name: string;
  readonly type: AttributeType;
  readonly source: HttpSignal;
}

/**
 * Redirects are not followed, and a name that resolves to a private address is not called unless it says by itself that it
 * is private. A call for which a price is stated passes the ledger, under the signal's name for a model's and a provider's;
 * what never left costs nothing. Without a price it is counted nowhere, since nothing is known to count.
 */
export async function httpSource(settings: HttpSettings, doors: Doors): Promise<AskedSource> {
  const SignalPool = await poolClass();
  const { origin, hostname } = new URL(settings.source.url);
  const pool = new SignalPool(origin, {
    connect: { timeout: CONNECT_TIMEOUT, ...(!namesPrivate(hostname) && { lookup: publicLookup() }) },
    keepAliveTimeout: KEEP_ALIVE,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  });
  return {
    kind: "asked",
    ask: (request, _deadlineAt, tell) => new HttpAsking(settings, doors, pool, request, tell),
    close: () => pool.close(),
  };
}

class HttpAsking implements Asking, Dispatcher.DispatchHandler {
  readonly #settings: HttpSettings;
  readonly #tell: (answered: Answered) => void;
  #reservation: Reservation | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #body = "";
  #over = false;
  attempts = 0;
  cost: number | undefined;

  constructor(
    settings: HttpSettings,
    doors: Doors,
    pool: Pool,
    request: SignalRequest,
    tell: (answered: Answered) => void,
  ) {
    this.#settings = settings;
    this.#tell = tell;
    const { name, type, source } = settings;
    const { texts } = request;
    const input: SignalInput = { signal: name, type, text: texts.asked, messages: texts.messages };
    const body = Buffer.from(JSON.stringify(input));
    if (source.price === undefined) {
      this.#send(pool, body);
      return;
    }
    const call = upstreamCall(settings, body);
    const bytes = body.length;
    const asked = {
      bodyFor: () => body,
      attribute: (index: number) => request.attribute(index),
      stream: false,
      needs: 0,
      promptTokens: Math.ceil(bytes / 4),
      maxTokens: 0,
      headers: [],
    };
    const granted = doors.ledger.reserve(call, source.price, asked, NO_TOKENS);
    if ("then" in granted) granted.then((late) => this.#reserved(late, pool, body));
    else this.#reserved(granted, pool, body);
  }

  cancel(): void {
    if (this.#over) return;
    this.#end();
    this.#controller?.abort(new Error("the call was given up"));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Error("the call was given up"));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    if (status >= 200) this.#status = status;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.#body += chunk.toString("latin1");
    if (this.#body.length <= MOST_BYTES) return;
    this.#give({ missing: `the answer is longer than ${MOST_BYTES} bytes` });
    controller.abort(new Error("the answer is too long"));
  }

  onResponseEnd(): void {
    if (this.#status !== 200) this.#give({ missing: `it answered with status ${this.#status}, expected 200` });
    else this.#give(checked(this.#settings.type, member(parse(Buffer.from(this.#body, "latin1").toString()), "value")));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#give({ missing: `it cannot be reached: ${error.message}` });
  }

  #reserved(granted: Reservation | Refusal, pool: Pool, body: Buffer): void {
    if ("failure" in granted) {
      this.#give({ missing: `${granted.failure}: ${granted.detail}` });
      return;
    }
    this.#reservation = granted;
    if (this.#over) this.#settle();
    else this.#send(pool, body);
  }

  #send(pool: Pool, body: Buffer): void {
    this.attempts = 1;
    const { pathname, search } = new URL(this.#settings.source.url);
    const headers = ["content-type", "application/json", "accept", "application/json"];
    pool.dispatch({ method: "POST", path: pathname + search, headers, body }, this);
  }

  #give(answered: Answered): void {
    if (this.#over) return;
    this.#end();
    this.#tell(answered);
  }

  #end(): void {
    this.#over = true;
    this.#settle();
  }

  /** What left is paid for, whatever came back; what did not is free. */
  #settle(): void {
    const { price } = this.#settings.source;
    if (price === undefined) return;
    this.cost = this.#controller === undefined ? 0 : price;
    this.#reservation?.settle({ cost: this.cost, input: 0, output: 0 });
  }
}

const NO_TOKENS = { input: 0, output: 0 };

/** How the ledger knows the call: no meter can name its model or its provider. */
function upstreamCall({ name, source }: HttpSettings, body: Buffer): UpstreamCall {
  const provider: Provider = { name, protocol: "openai", url: source.url };
  const price = { input: 0, output: 0 };
  const model: Model = { name, provider: name, upstream: source.url, context: body.length, output: 0, price, can: [] };
  return { provider, model, body, stream: false, headers: [] };
}
