/** Calls to providers of another dialect: what leaves is theirs, and what comes back is OpenAI's, as all else here has it. */
import {
  ChatStream,
  chatCompletion,
  chatError,
  DialectError,
  messagesRequest,
  openaiRates,
  type StreamTranslator,
  unlessTooDeep,
} from "../dialects/index.ts";
import type { RawHeaders, Transport, UpstreamCall, UpstreamControl, UpstreamEvents } from "../plan/doors.ts";
import { member, parse } from "../plan/json.ts";
import type { Failure } from "../table/index.ts";

/** Bytes of an answer that is translated as a whole; of a longer one nothing is handed on. */
const MOST_BYTES = 32 * 1024 * 1024;

/** `anthropic`'s messages API, over a transport that carries bytes. */
export function messagesTransport(carrier: Transport, now: () => number): Transport {
  return {
    ...carrier,
    send(call, events, key) {
      if (call.dialect === "messages") return carrier.send(call, events, key);
      if (call.endpoint === "embeddings") return refused(events, "unsupported", "Anthropic has no embeddings");
      const request = translated(call);
      if (request instanceof DialectError) return refused(events, "invalid", request.message);
      const { body, dropped, includeUsage } = request;
      const created = Math.floor(now() / 1000);
      const told = withRates(events, now);
      const answer = call.stream
        ? new StreamedAnswer(told, new ChatStream({ created, includeUsage }))
        : new WholeAnswer(told, (value) => chatCompletion(value, created));
      const control = carrier.send({ ...call, body }, answer, key);
      return { abort: () => control.abort(), pause: () => control.pause(), resume: () => control.resume(), dropped };
    },
  };
}

interface Translated {
  readonly body: Buffer;
  readonly dropped: readonly string[];
  readonly includeUsage: boolean;
}

function translated({ body, model }: UpstreamCall): Translated | DialectError {
  try {
    const chat: unknown = JSON.parse(body.toString());
    const target = { model: model.upstream, output: model.output };
    const { body: theirs, dropped } = messagesRequest(chat, target);
    const includeUsage = member(member(chat, "stream_options"), "include_usage") === true;
    return { body: Buffer.from(JSON.stringify(theirs)), dropped, includeUsage };
  } catch (error) {
    if (error instanceof DialectError) return error;
    if (error instanceof RangeError) return new DialectError("", "the request is nested too deeply");
    throw error;
  }
}

/** With what is left of the provider's rate limits in OpenAI's words, beside its own. */
function withRates(events: UpstreamEvents, now: () => number): UpstreamEvents {
  return {
    head: (status, headers) => events.head(status, [...headers, ...openaiRates(headers, now())]),
    data: (chunk) => events.data(chunk),
    end: () => events.end(),
    fail: (...how) => events.fail(...how),
  };
}

/** A request that cannot be said in the provider's dialect fails without having left. */
export function refused(events: UpstreamEvents, failure: Failure, why: string): UpstreamControl {
  let over = false;
  queueMicrotask(() => {
    if (!over) events.fail(failure, why, false);
  });
  return {
    abort: () => {
      over = true;
    },
    pause: () => {},
    resume: () => {},
  };
}

/** An answer that is read to its end, and then handed on as one piece. Errors are always such. */
export class WholeAnswer implements UpstreamEvents {
  readonly #events: UpstreamEvents;
  readonly #translate: (answer: unknown) => object | undefined;
  readonly #error: (answer: unknown) => object | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #status = 0;

  constructor(
    events: UpstreamEvents,
    translate: (answer: unknown) => object | undefined,
    error: (answer: unknown) => object | undefined = chatError,
  ) {
    this.#events = events;
    this.#translate = translate;
    this.#error = error;
  }

  head(status: number, headers: RawHeaders): void {
    this.#status = status;
    this.#events.head(status, headers);
  }

  data(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= MOST_BYTES) this.#chunks.push(chunk);
  }

  end(): void {
    const [only] = this.#chunks;
    const whole = only !== undefined && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
    const value = this.#bytes > MOST_BYTES ? undefined : parse(whole.toString());
    const isError = this.#status < 200 || this.#status >= 300;
    const theirs = isError ? (this.#error(value) ?? value) : this.#translate(value);
    // What is no JSON says as it is what it has to say: that of an error may be a gateway's page.
    const asItIs = (): Buffer => whole;
    const said = (): Buffer => Buffer.from(JSON.stringify(theirs));
    this.#events.data(theirs === undefined ? asItIs() : unlessTooDeep(said, asItIs));
    this.#events.end();
  }

  fail(...how: Parameters<UpstreamEvents["fail"]>): void {
    this.#events.fail(...how);
  }
}

/** A stream that is translated while it comes; an error that came in its place is read to its end. */
export class StreamedAnswer implements UpstreamEvents {
  readonly #events: UpstreamEvents;
  readonly #stream: StreamTranslator;
  readonly #translateError: (answer: unknown) => object | undefined;
  #error: WholeAnswer | undefined;

  constructor(
    events: UpstreamEvents,
    stream: StreamTranslator,
    error: (answer: unknown) => object | undefined = chatError,
  ) {
    this.#events = events;
    this.#stream = stream;
    this.#translateError = error;
  }

  head(status: number, headers: RawHeaders): void {
    if (status < 200 || status >= 300) {
      this.#error = new WholeAnswer(this.#events, () => ({}), this.#translateError);
      this.#error.head(status, headers);
    } else this.#events.head(status, headers);
  }

  data(chunk: Buffer): void {
    if (this.#error !== undefined) this.#error.data(chunk);
    else this.#say(this.#stream.push(chunk));
  }

  end(): void {
    if (this.#error !== undefined) this.#error.end();
    else {
      this.#say(this.#stream.end());
      this.#events.end();
    }
  }

  fail(...how: Parameters<UpstreamEvents["fail"]>): void {
    this.#events.fail(...how);
  }

  #say(text: string): void {
    if (text !== "") this.#events.data(Buffer.from(text));
  }
}
