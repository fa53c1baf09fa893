/** One call to a model: held until it is known to be an answer, then handed on as it comes. */
import type { Failure } from "../table/index.ts";
import { actualCost, isFree } from "./cost.ts";
import type { Clock, RawHeaders, Reservation, Timer, UpstreamControl, UpstreamEvents } from "./doors.ts";
import { type Classified, classifyAnswer, classifyContent, header, refusals, retryAfter } from "./failure.ts";
import { member, parse } from "./json.ts";
import { FAILURE_BIT, type LinkedCall } from "./link.ts";
import type { AnswerSink, FailedAttempt, Served } from "./request.ts";
import { endOfStream, endsWithDone, mayEndDone, type StreamEnd } from "./stream-end.ts";
import { StreamStart } from "./stream-start.ts";
import { tailOf, type Usage, usageOfAnswer, usageOfStream } from "./usage.ts";

/** Milliseconds without a byte after which an answer under way is given up. */
export const IDLE_TIMEOUT = 60_000;
/**
 * Milliseconds that a provider has to end a stream that has said `[DONE]`. Nearly all do at once, and their connection is
 * used again; to end the call at once ourselves would cost a new connection for every stream.
 */
export const LINGER_TIMEOUT = 1_000;
/** Of an answer this much is held in memory; past it the answer is handed on, and no other model can take over. */
export const HELD_BYTES = 4 * 1024 * 1024;
/** Of an error's body this much is read. */
export const ERROR_BYTES = 64 * 1024;
/** Of a stream's end this much is kept, to find the usage in it. */
const TAIL_BYTES = 16 * 1024;

const CUT_SHORT: Classified = { failure: "server_error", detail: "the answer ended in the middle" };

/** What a call is carried out with. */
export interface CallTerms {
  readonly step: LinkedCall;
  readonly stream: boolean;
  readonly served: Served;
  readonly clock: Clock;
  readonly reservation: Reservation;
  /** The worst case that `reservation` set aside. */
  readonly worst: number;
  /** When it was sent, in milliseconds since the epoch. */
  readonly sent: number;
  /** Milliseconds until it must have answered, and what is told when it has not. */
  readonly limit: number;
  readonly late: string;
  /** `FAILURE_BIT`s of those failures by content (`filtered`, `refused`) that the plan can still go on from. */
  readonly watched: number;
}

type Phase = "waiting" | "erring" | "holding" | "forwarding" | "over";

export class Call implements UpstreamEvents {
  readonly #terms: CallTerms;
  readonly #sink: AnswerSink;
  readonly #failed: (attempt: FailedAttempt) => void;
  #phase: Phase = "waiting";
  #control: UpstreamControl | undefined;
  #timer: Timer;
  #status = 0;
  #headers: RawHeaders = [];
  /** The answer so far while it is held; its last part once it is forwarded. */
  #chunks: Buffer[] = [];
  #bytes = 0;
  #start: StreamStart | undefined;
  #paused = false;
  /** The transport has told of the call's end. */
  #ended = false;
  #lastHeard = 0;

  /** `failed` is called at most once, and only while the sink has been told nothing. */
  constructor(terms: CallTerms, sink: AnswerSink, failed: (attempt: FailedAttempt) => void) {
    this.#terms = terms;
    this.#sink = sink;
    this.#failed = failed;
    this.#timer = terms.clock.after(terms.limit, () => this.#onLate());
    if (terms.stream) this.#start = new StreamStart(terms.watched !== 0);
  }

  /** Takes the control of the call, once the transport has it. */
  control(control: UpstreamControl): void {
    this.#control = control;
  }

  cancel(): void {
    if (this.#phase !== "over") this.#abort();
  }

  resume(): void {
    if (!this.#paused || this.#phase === "over") return;
    this.#paused = false;
    this.#lastHeard = this.#terms.clock.now();
    this.#control?.resume();
  }

  head(status: number, headers: RawHeaders): void {
    if (this.#phase !== "waiting") return;
    this.#status = status;
    this.#headers = headers;
    if (status < 200 || status >= 300) {
      this.#phase = "erring";
      return;
    }
    this.#phase = "holding";
    // None was asked for; and what is encoded can be neither watched nor counted.
    const encoding = header(headers, "content-encoding") ?? "identity";
    if (encoding !== "identity") {
      this.#give({ failure: "server_error", detail: `answered in the content encoding \`${encoding}\`` });
    }
  }

  data(chunk: Buffer): void {
    switch (this.#phase) {
      case "erring":
        this.#keep(chunk.subarray(0, ERROR_BYTES - this.#bytes));
        if (this.#bytes >= ERROR_BYTES) this.#giveAnswer();
        return;
      case "holding":
        this.#keep(chunk);
        if (this.#start !== undefined) this.#watchStart(this.#start, chunk);
        else if (this.#bytes > HELD_BYTES) this.#commit();
        return;
      case "forwarding":
        this.#lastHeard = this.#terms.clock.now();
        this.#keep(chunk);
        this.#forget();
        this.#forward(chunk);
        // What a provider sends behind `[DONE]`, or when it closes the connection, is nothing to the client.
        if (this.#isStream() && mayEndDone(chunk) && endsWithDone(this.#held())) this.#endForwarded();
    }
  }

  end(): void {
    this.#ended = true;
    if (this.#phase === "waiting") this.#give({ failure: "server_error", detail: "ended without an answer" });
    else if (this.#phase === "erring") this.#giveAnswer();
    else if (this.#phase === "forwarding") this.#endForwarded();
    else if (this.#phase === "over") this.#timer.cancel();
    else if (this.#start === undefined) this.#endWhole();
    else this.#endHeldStream(this.#start);
  }

  fail(failure: Failure, detail: string, left = true): void {
    this.#ended = true;
    const failed = { failure, detail };
    if (this.#phase === "erring") this.#giveAnswer();
    else if (this.#phase === "forwarding") this.#endForwarded(failed);
    else if (this.#phase === "over") this.#timer.cancel();
    else if (this.#phase === "waiting" || this.#start === undefined) this.#give(failed, left ? undefined : 0);
    else this.#endHeldStream(this.#start, failed);
  }

  #onLate(): void {
    if (this.#phase === "erring") this.#giveAnswer();
    else this.#give({ failure: "timeout", detail: this.#terms.late });
  }

  /** The answer has begun: from now on only silence is limited. */
  #limitSilence(): void {
    const { clock } = this.#terms;
    this.#timer.cancel();
    this.#lastHeard = clock.now();
    this.#timer = clock.after(IDLE_TIMEOUT, () => this.#onIdle());
  }

  #onIdle(): void {
    const { clock } = this.#terms;
    const silent = this.#paused ? 0 : clock.now() - this.#lastHeard;
    const failed: Classified = { failure: "timeout", detail: `no further data within ${IDLE_TIMEOUT} ms` };
    if (silent < IDLE_TIMEOUT) this.#timer = clock.after(IDLE_TIMEOUT - silent, () => this.#onIdle());
    else if (this.#phase === "holding" && this.#start !== undefined) this.#endHeldStream(this.#start, failed);
    else this.#endForwarded(failed);
  }

  #watchStart(start: StreamStart, chunk: Buffer): void {
    const hadContent = start.content;
    start.read(chunk);
    const waits = this.#terms.watched !== 0 && this.#bytes <= HELD_BYTES;
    if (start.error !== undefined) this.#give(start.error);
    else if (start.done) this.#endHeldStream(start);
    else if (start.content && !waits) this.#commit();
    else if (this.#bytes > HELD_BYTES) {
      this.#give({ failure: "server_error", detail: `no content in the first ${HELD_BYTES} bytes` });
    } else if (hadContent) this.#lastHeard = this.#terms.clock.now();
    else if (start.content) this.#limitSilence();
  }

  /** A stream that ended, or said `[DONE]`, or broke down (`failed`) while it was held. */
  #endHeldStream(start: StreamStart, failed?: Classified): void {
    const held = this.#held();
    const { complete, error } = endOfStream(held);
    if (!start.content && !start.finished) {
      // A provider that does not stream an error answers with one JSON object.
      const reported = error ?? failed ?? classifyContent(parse(held.toString()));
      this.#give(reported ?? { failure: "server_error", detail: "the stream ended without content" });
    } else if (error !== undefined || !(complete || start.done)) this.#give(error ?? failed ?? CUT_SHORT);
    else if (!this.#givesOnContent(start)) {
      this.#commit();
      this.#endForwarded();
    }
  }

  #endWhole(): void {
    const body = this.#held();
    const tail = tailOf(body);
    const reported = inspect(body, tail, this.#terms.watched !== 0);
    if (reported.error !== undefined) {
      this.#give(reported.error);
      return;
    }
    if (this.#givesOnContent(reported)) return;
    const cost = this.#costOf(usageOfAnswer(body, tail));
    this.#close(cost);
    this.#sink.whole(this.#terms.served, this.#status, this.#headers, body, cost);
  }

  /**
   * An answer under way that ended, or said `[DONE]`, or `failed`. A stream that said that it is complete is an answer,
   * however its connection ended; any other is broken.
   */
  #endForwarded(failed?: Classified): void {
    // The sink may have cancelled from within its last callback.
    if (!this.#isForwarding()) return;
    const tail = this.#held();
    const end = this.#isStream() ? endOfStream(tail) : endOfObject(tail, failed);
    // What a stream reported before its last content is less than what it will cost. And the usage of an unstreamed
    // answer that was too large to hold cannot be told from its last bytes alone.
    const isFinal = this.#isStream() && (end.complete || end.finished);
    const cost = isFinal ? this.#costOf(usageOfStream(tail)) : undefined;
    this.#close(cost);
    if (end.complete && end.error === undefined) {
      if (!this.#ended) this.#linger();
      this.#sink.end(cost);
    } else {
      const { failure, detail } = end.error ?? failed ?? CUT_SHORT;
      this.#control?.abort();
      this.#sink.broken(this.#terms.served, failure, detail);
    }
  }

  #givesOnContent(signs: { readonly filtered: boolean; readonly refused: boolean }): boolean {
    const { watched } = this.#terms;
    if (signs.filtered && (watched & FAILURE_BIT.filtered) !== 0) {
      this.#give({ failure: "filtered", detail: "the answer was stopped by the provider's content filter" });
      return true;
    }
    if (signs.refused && (watched & FAILURE_BIT.refused) !== 0) {
      this.#give({ failure: "refused", detail: "the model refused to answer" });
      return true;
    }
    return false;
  }

  #commit(): void {
    this.#phase = "forwarding";
    this.#limitSilence();
    const held = this.#chunks.slice();
    this.#forget();
    this.#sink.begin(this.#terms.served, this.#status, this.#headers);
    for (const chunk of held) this.#forward(chunk);
  }

  #forward(chunk: Buffer): void {
    // The sink may cancel from within any of its callbacks.
    if (!this.#isForwarding()) return;
    const takesMore = this.#sink.data(chunk);
    if (takesMore || this.#paused || !this.#isForwarding()) return;
    this.#paused = true;
    this.#control?.pause();
  }

  #isForwarding(): boolean {
    return this.#phase === "forwarding";
  }

  #isStream(): boolean {
    return this.#start !== undefined;
  }

  /** Gives the failure that the provider's error answer stands for. */
  #giveAnswer(): void {
    const body = this.#held();
    const failed = classifyAnswer(this.#status, body);
    this.#give(failed, isFree(this.#status, failed.failure) ? 0 : undefined, body);
  }

  #give({ failure, detail }: Classified, cost?: number, body?: Buffer): void {
    const { step, clock } = this.#terms;
    this.#abort(cost);
    this.#failed({
      model: step.model.name,
      failure,
      status: this.#status === 0 ? undefined : this.#status,
      detail,
      body,
      retryAfter: body === undefined ? undefined : retryAfter(this.#headers, clock.now()),
    });
  }

  #abort(cost?: number): void {
    this.#close(cost);
    this.#control?.abort();
  }

  #costOf(usage: Usage | undefined): number | undefined {
    return usage === undefined ? undefined : actualCost(this.#terms.step.model.price, usage, this.#terms.sent);
  }

  /**
   * Ends the call and settles what it cost. Where that is not known it is settled in full: a provider may go on with, and
   * bill, a call that took too long here, or was cut or cancelled, or whose usage never came. Known to cost nothing are
   * calls that were never sent, and those of `isFree`.
   */
  #close(cost: number | undefined): void {
    const { reservation, worst } = this.#terms;
    this.#timer.cancel();
    this.#phase = "over";
    reservation.settle(cost ?? worst);
  }

  /** Lets the provider end a call that is over for us. */
  #linger(): void {
    const control = this.#control;
    if (this.#paused) control?.resume();
    this.#timer = this.#terms.clock.after(LINGER_TIMEOUT, () => control?.abort());
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** Lets go of what is not needed to find the usage at the end. */
  #forget(): void {
    for (let first = this.#chunks[0]; first !== undefined && this.#bytes - first.length >= TAIL_BYTES; ) {
      this.#chunks.shift();
      this.#bytes -= first.length;
      first = this.#chunks[0];
    }
  }

  #held(): Buffer {
    const [only] = this.#chunks;
    return only !== undefined && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
  }
}

interface Inspected {
  readonly error: Classified | undefined;
  readonly filtered: boolean;
  readonly refused: boolean;
}

const ERROR_KEY = '"error"';

/** What an unstreamed answer with a 2xx status, of which `tail` is the end, says of itself. It is parsed only where its bytes give cause to. */
function inspect(body: Buffer, tail: string, closely: boolean): Inspected {
  if (!isObject(body)) {
    const error: Classified = { failure: "server_error", detail: "the answer is not a JSON object" };
    return { error, filtered: false, refused: false };
  }
  const mentionsError = tail.length === body.length ? tail.includes(ERROR_KEY) : body.includes(ERROR_KEY);
  if (!closely && !mentionsError) return { error: undefined, filtered: false, refused: false };
  const value = parse(body.toString());
  return { error: classifyContent(value), ...refusals(member(value, "choices")) };
}

/** How an unstreamed answer ended whose last bytes are `tail`. */
function endOfObject(tail: Buffer, failed: Classified | undefined): StreamEnd {
  const complete = failed === undefined && /\}\s*$/.test(tailOf(tail));
  return { complete, finished: false, error: undefined };
}

/** Whether `body` begins and ends as a JSON object does. */
function isObject(body: Buffer): boolean {
  let first = 0;
  let last = body.length - 1;
  while (first < body.length && (body[first] ?? 0) <= 0x20) first++;
  while (last > first && (body[last] ?? 0) <= 0x20) last--;
  return body[first] === 0x7b && body[last] === 0x7d;
}
