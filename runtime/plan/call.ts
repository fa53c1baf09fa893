/** One call to a model: held until it is known to be an answer, then handed on as it comes. */
import type { Failure } from "../table/index.ts";
import { actualCost } from "./cost.ts";
import type { Clock, RawHeaders, Reservation, Timer, UpstreamControl, UpstreamEvents } from "./doors.ts";
import { type Classified, classifyAnswer, classifyContent, header, refusals, retryAfter } from "./failure.ts";
import { member, parse } from "./json.ts";
import { FAILURE_BIT, type LinkedCall } from "./link.ts";
import type { AnswerSink, FailedAttempt, Served } from "./request.ts";
import { StreamStart } from "./stream-start.ts";
import { tailOf, type Usage, usageOfAnswer, usageOfStream } from "./usage.ts";

/** Milliseconds without a byte after which an answer under way is given up. */
export const IDLE_TIMEOUT = 60_000;
/** Of an answer this much is held in memory; past it the answer is handed on, and no other model can take over. */
export const HELD_BYTES = 4 * 1024 * 1024;
/** Of an error's body this much is read. */
export const ERROR_BYTES = 64 * 1024;
/** Of a stream's end this much is kept, to find the usage in it. */
const TAIL_BYTES = 16 * 1024;

/** What a call is carried out with. */
export interface CallTerms {
  readonly step: LinkedCall;
  readonly stream: boolean;
  readonly served: Served;
  readonly clock: Clock;
  readonly reservation: Reservation;
  /** The worst case that `reservation` set aside. */
  readonly worst: number;
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
    if (encoding !== "identity") this.#give("server_error", `answered in the content encoding \`${encoding}\``);
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
    }
  }

  end(): void {
    if (this.#phase === "waiting") this.#give("server_error", "ended without an answer");
    else if (this.#phase === "erring") this.#giveAnswer();
    else if (this.#phase === "forwarding") this.#endForwarded();
    else if (this.#phase === "holding") {
      if (this.#start === undefined) this.#endWhole();
      else this.#endHeldStream(this.#start);
    }
  }

  fail(failure: Failure, detail: string, left = true): void {
    if (this.#phase === "erring") this.#giveAnswer();
    else if (this.#phase === "forwarding") this.#break(failure, detail);
    else if (this.#phase !== "over") this.#give(failure, detail, left);
  }

  #onLate(): void {
    if (this.#phase === "erring") this.#giveAnswer();
    else this.#give("timeout", this.#terms.late);
  }

  #onIdle(): void {
    const { clock } = this.#terms;
    const silent = this.#paused ? 0 : clock.now() - this.#lastHeard;
    if (silent >= IDLE_TIMEOUT) this.#break("timeout", `no further data within ${IDLE_TIMEOUT} ms`);
    else this.#timer = clock.after(IDLE_TIMEOUT - silent, () => this.#onIdle());
  }

  #watchStart(start: StreamStart, chunk: Buffer): void {
    start.read(chunk);
    const waits = this.#terms.watched !== 0 && this.#bytes <= HELD_BYTES;
    if (start.error !== undefined) this.#give(start.error.failure, start.error.detail);
    else if (start.done) this.#endHeldStream(start);
    else if (start.content && !waits) this.#commit();
    else if (this.#bytes > HELD_BYTES) this.#give("server_error", `no content in the first ${HELD_BYTES} bytes`);
  }

  /** A stream that ended, or said `[DONE]`, while it was held. */
  #endHeldStream(start: StreamStart): void {
    if (!start.content && !start.finished) {
      // A provider that does not stream an error answers with one JSON object.
      const reported = classifyContent(parse(this.#held().toString()));
      this.#give(reported?.failure ?? "server_error", reported?.detail ?? "the stream ended without content");
      return;
    }
    if (this.#givesOnContent(start)) return;
    // The transport may have told of the end already, or tell of it after `[DONE]`.
    const ended = !start.done;
    this.#commit();
    if (ended) this.end();
  }

  #endWhole(): void {
    const body = this.#held();
    const tail = tailOf(body);
    const reported = inspect(body, tail, this.#terms.watched !== 0);
    if (reported.error !== undefined) {
      this.#give(reported.error.failure, reported.error.detail);
      return;
    }
    if (this.#givesOnContent(reported)) return;
    const cost = this.#settle(usageOfAnswer(body, tail));
    this.#close();
    this.#sink.whole(this.#terms.served, this.#status, this.#headers, body, cost);
  }

  #endForwarded(): void {
    // The usage of an unstreamed answer that was too large to hold cannot be told from its last bytes alone.
    const usage = this.#start === undefined ? undefined : usageOfStream(this.#held());
    const cost = this.#settle(usage);
    this.#close();
    this.#sink.end(cost);
  }

  #givesOnContent(signs: { readonly filtered: boolean; readonly refused: boolean }): boolean {
    const { watched } = this.#terms;
    if (signs.filtered && (watched & FAILURE_BIT.filtered) !== 0) {
      this.#give("filtered", "the answer was stopped by the provider's content filter");
      return true;
    }
    if (signs.refused && (watched & FAILURE_BIT.refused) !== 0) {
      this.#give("refused", "the model refused to answer");
      return true;
    }
    return false;
  }

  #commit(): void {
    const { clock, served } = this.#terms;
    this.#timer.cancel();
    this.#phase = "forwarding";
    this.#lastHeard = clock.now();
    this.#timer = clock.after(IDLE_TIMEOUT, () => this.#onIdle());
    const held = this.#chunks.slice();
    this.#forget();
    this.#sink.begin(served, this.#status, this.#headers);
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

  #break(failure: Failure, detail: string): void {
    this.#abort();
    this.#sink.broken(this.#terms.served, failure, detail);
  }

  /** Gives the failure that the provider's error answer stands for. */
  #giveAnswer(): void {
    const body = this.#held();
    const { failure, detail } = classifyAnswer(this.#status, body);
    this.#give(failure, detail, true, body);
  }

  #give(failure: Failure, detail: string, left = true, body?: Buffer): void {
    const { step, clock } = this.#terms;
    this.#abort(left);
    this.#failed({
      model: step.model.name,
      failure,
      status: this.#status === 0 ? undefined : this.#status,
      detail,
      body,
      retryAfter: body === undefined ? undefined : retryAfter(this.#headers, clock.now()),
    });
  }

  /** Ends a call without an answer. A provider may bill what it was sent, so all but an unsent call costs the worst. */
  #abort(left = true): void {
    const { reservation, worst } = this.#terms;
    this.#close();
    this.#control?.abort();
    reservation.settle(left ? worst : 0);
  }

  /** Settles by what was reported, in full where nothing was. Returns the cost, where it is known. */
  #settle(usage: Usage | undefined): number | undefined {
    const { reservation, step, worst } = this.#terms;
    const cost = usage === undefined ? undefined : actualCost(step.model.price, usage);
    reservation.settle(cost ?? worst);
    return cost;
  }

  #close(): void {
    this.#timer.cancel();
    this.#phase = "over";
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

/** Whether `body` begins and ends as a JSON object does. */
function isObject(body: Buffer): boolean {
  let first = 0;
  let last = body.length - 1;
  while (first < body.length && (body[first] ?? 0) <= 0x20) first++;
  while (last > first && (body[last] ?? 0) <= 0x20) last--;
  return body[first] === 0x7b && body[last] === 0x7d;
}
