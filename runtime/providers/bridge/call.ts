/** One call over the AI SDK: what its package tells comes out as an answer of OpenAI's dialect. */
import type { LanguageModelV4StreamPart, LanguageModelV4StreamResult } from "@ai-sdk/provider";
import {
  type BridgedRequest,
  BridgedStream,
  bridgedError,
  completionOf,
  warnedOf,
} from "../../dialects/bridge/index.ts";
import type { Clock, UpstreamCall, UpstreamControl, UpstreamEvents } from "../../plan/doors.ts";
import { ABOUT_CONTENT, header } from "../../plan/failure.ts";
import { parse } from "../../plan/json.ts";
import type { Failure } from "../../table/index.ts";
import type { Key, KeyRing } from "../keys.ts";
import { embedded } from "./embed.ts";
import { type BridgeFetch, type Caller, ToldError } from "./fetch.ts";
import type { PackageProvider } from "./packages.ts";

/** What calls of one provider have in common. */
export interface Bridge {
  /** Each key with the package's provider that was opened with it. */
  readonly ring: KeyRing<PackageProvider>;
  readonly fetch: BridgeFetch;
  readonly clock: Pick<Clock, "now">;
  /** Whether tokens are billed by a count that stands in the answer alone. */
  readonly billsApart: boolean;
}

let calls = 0;

export class BridgedCall implements UpstreamControl, Caller {
  readonly headers: readonly string[];
  readonly #bridge: Bridge;
  readonly #key: Key<PackageProvider>;
  readonly #call: UpstreamCall;
  readonly #events: UpstreamEvents;
  readonly #abort = new AbortController();
  #dropped: readonly string[];
  #left = false;
  #over = false;
  #answer: readonly string[] | undefined;
  /** Settles when the answer may go on. */
  #paused: PromiseWithResolvers<void> | undefined;

  constructor(
    bridge: Bridge,
    key: Key<PackageProvider>,
    call: UpstreamCall,
    events: UpstreamEvents,
    dropped: readonly string[],
  ) {
    this.#bridge = bridge;
    this.#key = key;
    this.#call = call;
    this.#events = events;
    this.#dropped = dropped;
    this.headers = call.headers;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get dropped(): readonly string[] {
    return this.#dropped;
  }

  abort(): void {
    this.#over = true;
    this.#paused?.resolve();
    this.#abort.abort();
  }

  pause(): void {
    this.#paused ??= Promise.withResolvers();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  leaves(): void {
    this.#left = true;
  }

  answers(status: number, headers: readonly string[]): void {
    this.#answer = headers;
    const { ring, clock } = this.#bridge;
    ring.answered(this.#key, this.#call.model.name, status, headers, clock);
  }

  breaks(malformed: boolean, detail: string): void {
    this.#fail(malformed || this.#answer !== undefined ? "server_error" : "unreachable", detail);
  }

  refuses(status: number, headers: readonly string[], body: Buffer): void {
    if (this.#over) return;
    const said = body.toString();
    const {
      status: meant,
      error,
      retryAfter: wait,
    } = bridgedError(status, parse(said), header(headers, "x-amzn-errortype"));
    const { name } = this.#call.model;
    if (meant === 401) this.#key.refused();
    else if (meant === 403 && !ABOUT_CONTENT.test(said)) this.#key.refused(name);
    else if (meant === 429 && wait !== undefined) this.#key.limited(name, this.#bridge.clock.now(), wait);
    const asked = wait === undefined ? [] : ["retry-after-ms", String(wait)];
    this.#over = true;
    this.#events.head(meant, [...jsonHeaders(headers), ...asked]);
    this.#events.data(error === undefined ? body : Buffer.from(JSON.stringify(error)));
    this.#events.end();
  }

  /** Carries the call out. Never rejects: what goes wrong is told. */
  async run(request: BridgedRequest | undefined): Promise<void> {
    // Nothing is told from within `send`.
    await undefined;
    try {
      if (request === undefined) await this.#embed();
      else if (this.#call.stream) await this.#stream(request);
      else await this.#generate(request);
    } catch (error) {
      this.#threw(error);
    }
  }

  async #embed(): Promise<void> {
    const { call, fetch } = { call: this.#call, fetch: this.#bridge.fetch };
    const { answer, dropped } = await fetch.run(this, () => embedded(this.#key.credential, call, this.signal));
    this.#drop(dropped);
    this.#whole(answer);
  }

  async #generate({ options }: BridgedRequest): Promise<void> {
    const model = this.#key.credential.languageModel(this.#call.model.upstream);
    const asked = { ...options, abortSignal: this.signal };
    const result = await this.#bridge.fetch.run(this, () => model.doGenerate(asked));
    const completion = completionOf(result, this.#terms());
    this.#drop(warnedOf(result.warnings));
    if (typeof completion === "string") this.#fail("server_error", completion);
    else this.#whole(completion);
  }

  async #stream({ options, includeUsage }: BridgedRequest): Promise<void> {
    const model = this.#key.credential.languageModel(this.#call.model.upstream);
    const asked = { ...options, abortSignal: this.signal, includeRawChunks: this.#bridge.billsApart };
    const result: LanguageModelV4StreamResult = await this.#bridge.fetch.run(this, () => model.doStream(asked));
    if (this.#over) return;
    const stream = new BridgedStream(this.#terms(), includeUsage);
    let begun = false;
    for await (const part of result.stream as AsyncIterable<LanguageModelV4StreamPart>) {
      if (this.#paused !== undefined) await this.#paused.promise;
      if (this.#over) return;
      if (part.type === "stream-start") this.#drop(warnedOf(part.warnings));
      // The head says what was dropped, so it waits for the package to say so.
      else if (!begun) {
        begun = true;
        this.#events.head(200, ["content-type", "text/event-stream", ...without(this.#answer ?? [], "content-type")]);
      }
      const said = stream.push(part);
      if (said !== "") this.#events.data(Buffer.from(said));
    }
    this.#end();
  }

  #terms() {
    const now = this.#bridge.clock.now();
    return {
      id: `chatcmpl-${(++calls).toString(36)}-${now.toString(36)}`,
      created: Math.floor(now / 1000),
      model: this.#call.model.upstream,
    };
  }

  #drop(names: readonly string[]): void {
    if (names.length > 0) this.#dropped = [...new Set([...this.#dropped, ...names])];
  }

  #whole(answer: object): void {
    if (this.#over) return;
    this.#events.head(200, jsonHeaders(this.#answer ?? []));
    this.#events.data(Buffer.from(JSON.stringify(answer)));
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.end();
  }

  #fail(failure: Failure, detail: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.fail(failure, detail, this.#left);
  }

  #threw(error: unknown): void {
    if (this.#over || error instanceof ToldError) return;
    const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
    if (this.#left) this.#fail("server_error", `the package could not read the answer: ${message}`);
    else this.#fail(UNSENT[name] ?? "unauthorized", message);
  }
}

/** What the packages refuse to send. All else that fails before is to do with who calls: tokens, settings. */
const UNSENT: Readonly<Record<string, Failure>> = {
  AI_UnsupportedFunctionalityError: "unsupported",
  AI_InvalidPromptError: "invalid",
  AI_InvalidArgumentError: "invalid",
  AI_NoSuchModelError: "unsupported",
  AI_TooManyEmbeddingValuesForCallError: "invalid",
};

function jsonHeaders(headers: readonly string[]): string[] {
  return ["content-type", "application/json", ...without(headers, "content-type")];
}

function without(headers: readonly string[], name: string): string[] {
  return headers.filter((_, at) => headers[at - (at % 2)]?.toLowerCase() !== name);
}
