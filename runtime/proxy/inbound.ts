/** Clients of another dialect: what they send becomes a chat completion request, and what they get is theirs again. */
import {
  anthropicRates,
  type ChatRequestResult,
  chatOfResponses,
  chatRequest,
  DialectError,
  MessagesStream,
  messagesAnswer,
  messagesError,
  ResponsesStream,
  responsesAnswer,
  type StreamTranslator,
  unsaidInMessages,
  unsaidInResponses,
} from "../dialects/index.ts";
import { parse } from "../plan/json.ts";
import { type RequestBody, readTranslated } from "./body.ts";
import { RequestError } from "./errors.ts";
import type { Reply } from "./reply.ts";
import type { Scan } from "./scan.ts";
import { scanMessages } from "./scan-messages.ts";

/** A dialect that clients speak beside OpenAI's chat completions. */
export type InboundName = "messages" | "responses";

type JsonObject = Readonly<Record<string, unknown>>;

interface Inbound {
  /** Reads what is known of a request from its bytes, where that can be. */
  readonly scan?: (body: Buffer) => Scan | undefined;
  /** Throws `DialectError`. */
  chat(request: unknown): ChatRequestResult;
  whole(completion: unknown, request: JsonObject): object;
  /** Names of what the completion says and the dialect cannot. */
  unsaid(completion: unknown): readonly string[];
  error(error: unknown, status: number): unknown;
  /** What is left of the provider's rate limits, in headers that the client knows. */
  rates(headers: readonly string[], now: number): readonly string[];
  stream(request: JsonObject): StreamTranslator;
}

const INBOUND: Readonly<Record<InboundName, Inbound>> = {
  messages: {
    scan: scanMessages,
    chat: (request) => chatRequest(request),
    whole: (completion) => messagesAnswer(completion),
    unsaid: unsaidInMessages,
    error: (error, status) => messagesError(error, status),
    rates: anthropicRates,
    stream: () => new MessagesStream(),
  },
  responses: {
    chat: (request) => chatOfResponses(request),
    whole: (completion, request) => responsesAnswer(completion, request),
    unsaid: unsaidInResponses,
    error: (error) => error,
    rates: () => [],
    stream: (request) => new ResponsesStream(request),
  },
};

/** Does something with a request of a dialect, whose mistakes are the client's. Throws `RequestError` (400) for them. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DialectError) throw new RequestError(400, error.message, error.param || null);
    throw error;
  }
}

/** An answer in the client's dialect, made of one that comes as a chat completion. */
export class InboundReply implements Reply {
  readonly own: Reply;
  readonly #inbound: Inbound;
  readonly #reply: Reply;
  readonly #now: () => number;
  #request: JsonObject = {};
  #dropped: readonly string[] = [];
  #stream: StreamTranslator | undefined;

  /** `now` is the time in milliseconds. */
  constructor(name: InboundName, reply: Reply, now: () => number) {
    this.#inbound = INBOUND[name];
    this.#now = now;
    this.#reply = reply;
    this.own = reply;
  }

  /** The request as a chat completion request. Throws `RequestError` (400). */
  read(pieces: readonly Buffer[], length: number): RequestBody {
    const chatOf = (request: unknown): ChatRequestResult => {
      const made = reading(() => this.#inbound.chat(request));
      this.#request = request as JsonObject;
      this.#dropped = made.dropped;
      return made;
    };
    return readTranslated(pieces, length, chatOf, this.#inbound.scan);
  }

  whole(status: number, headers: string[], body: Buffer | string): void {
    const value = parse(body.toString());
    const isAnswer = status >= 200 && status < 300;
    if (isAnswer) this.#dropped = [...this.#dropped, ...this.#inbound.unsaid(value)];
    const theirs = isAnswer ? this.#inbound.whole(value, this.#request) : (this.#inbound.error(value, status) ?? value);
    const text = JSON.stringify(theirs);
    this.#reply.whole(status, this.#head(headers, Buffer.byteLength(text)), text);
  }

  begin(status: number, headers: string[]): void {
    this.#stream = this.#inbound.stream(this.#request);
    this.#reply.begin(status, this.#head(headers, undefined));
  }

  data(chunk: Buffer): boolean {
    const text = this.#stream?.push(chunk) ?? "";
    return text === "" || this.#reply.data(Buffer.from(text));
  }

  end(): void {
    const rest = this.#stream?.end() ?? "";
    if (rest !== "") this.#reply.data(Buffer.from(rest));
    this.#reply.end();
  }

  abort(): void {
    this.#reply.abort();
  }

  /** The headers, with the length of what is sent, and what of the request could not be said on. */
  #head(headers: readonly string[], length: number | undefined): string[] {
    const head: string[] = [];
    let dropped = this.#dropped;
    for (let index = 0; index < headers.length; index += 2) {
      const [name = "", value = ""] = headers.slice(index, index + 2);
      if (name === "x-routec-dropped") dropped = [...new Set([...value.split(", "), ...dropped])];
      else if (name !== "content-length") head.push(name, value);
    }
    head.push(...this.#inbound.rates(headers, this.#now()));
    if (dropped.length > 0) head.push("x-routec-dropped", dropped.join(", "));
    if (length !== undefined) head.push("content-length", String(length));
    return head;
  }
}
