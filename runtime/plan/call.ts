/** One call to a model: held until it is known to be an answer, then handed on as it comes. */
import type { Failure } from "../table/index.ts";
import type { Activity } from "./activity.ts";
import type { CallOwner, CallTerms } from "./call-terms.ts";
import { actualCost, isFree } from "./cost.ts";
import type { RawHeaders, Spent, Timer, UpstreamControl, UpstreamEvents } from "./doors.ts";
import { type Classified, header, retryAfter } from "./failure.ts";
import type { Frame } from "./frames.ts";
import { parse } from "./json.ts";
import { FAILURE_BIT } from "./linked.ts";
import { Received } from "./received.ts";
import type { AnswerSink } from "./request.ts";
import type { StreamEnd } from "./stream-end.ts";
import { UsageFilter, withoutLogprobs } from "./unasked.ts";
import { tailOf, type Usage } from "./usage.ts";
import { endOfObject } from "./whole-answer.ts";
import type { WireStream } from "./wire.ts";

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

const BY_CONTENT = FAILURE_BIT.filtered | FAILURE_BIT.refused;
/** What a call comes to that is known to have cost nothing. */
export const NOTHING_SPENT: Spent = { cost: 0, input: 0, output: 0 };
const DEADLINE_PASSED: Classified = { failure: "timeout", detail: "the route's deadline passed" };
const CUT_SHORT: Classified = { failure: "server_error", detail: "the answer ended in the middle" };

type Phase = "waiting" | "erring" | "holding" | "complete" | "forwarding" | "over";

export class Call implements UpstreamEvents, Activity {
  readonly terms: CallTerms;
  /** It is to find out whether a model that rested is well again, and has not yet. */
  probe: boolean;
  readonly #sink: AnswerSink;
  readonly #owner: CallOwner;
  #phase: Phase = "waiting";
  #control: UpstreamControl | undefined;
  #timer: Timer;
  /** Of a stream that has begun and is held. */
  #deadline: Timer | undefined;
  #status = 0;
  #headers: RawHeaders = [];
  /** The answer so far while it is held; its last part once it is forwarded. */
  readonly #received = new Received();
  /** What is read of it where it is one. */
  readonly passing: WireStream | undefined;
  /** Where the usage was asked for here, and not by the client. */
  #usage: UsageFilter | undefined;
  #paused = false;
  /** The transport has told of the call's end. */
  #ended = false;
  #lastHeard = 0;
  /** The owner knows that there is content. */
  hasBegun = false;
  #isSettled = false;
  /** What a complete answer cost, where that is known. */
  #cost: number | undefined;

  constructor(terms: CallTerms, probe: boolean, sink: AnswerSink, owner: CallOwner) {
    this.terms = terms;
    this.probe = probe;
    this.#sink = sink;
    this.#owner = owner;
    this.#timer = terms.clock.after(terms.limit, () => this.#onLate());
    this.passing = terms.stream ? terms.wire.stream(terms.held !== 0) : undefined;
    if (terms.unasked?.usage === true) this.#usage = new UsageFilter();
  }

  get frame(): Frame | undefined {
    return this.terms.frame;
  }

  /** What of the request was left out on the way to the provider. */
  get dropped(): readonly string[] {
    const { own } = this.terms;
    return own === undefined ? (this.#control?.dropped ?? []) : own.dropped;
  }

  /** The bytes of an answer that is complete. */
  get answer(): Buffer {
    return this.#received.bytes();
  }

  /** Takes the control of the call, once the transport has it. */
  control(control: UpstreamControl): void {
    this.#control = control;
  }

  cancel(): void {
    if (this.#phase !== "over") this.#abort();
  }

  /** Hands the answer on to the sink: what has come of it, and all that comes. */
  handOn(): void {
    const { stream, unasked } = this.terms;
    if (unasked?.logprobs === true) this.#received.replace(withoutLogprobs(this.#received.bytes(), stream));
    if (this.#phase === "holding") this.#commit();
    else if (this.#phase === "complete" && stream) {
      this.#commit();
      if (!this.#isForwarding()) return;
      this.#flush();
      this.#phase = "over";
      if (this.#paused) this.#control?.resume();
      this.#sink.end(this.#cost);
    } else if (this.#phase === "complete") {
      this.#phase = "over";
      this.#sink.whole(this.#owner.served(this), this.#status, this.#headers, this.#received.bytes(), this.#cost);
    }
  }

  resume(): void {
    if (!this.#paused || this.#phase === "over") return;
    this.#paused = false;
    this.#lastHeard = this.terms.clock.elapsed();
    this.#control?.resume();
  }

  head(status: number, headers: RawHeaders): void {
    if (this.#phase !== "waiting") return;
    this.#status = status;
    this.#headers = headers;
    this.terms.attempt.status = status;
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
        this.#received.push(chunk.subarray(0, ERROR_BYTES - this.#received.length));
        if (this.#received.length >= ERROR_BYTES) this.#giveAnswer();
        return;
      case "holding":
        this.#received.push(chunk);
        if (this.passing !== undefined) this.#watchStart(this.passing, chunk);
        else if (this.#received.length > HELD_BYTES) this.#tellTooLarge();
        return;
      case "forwarding":
        this.#lastHeard = this.terms.clock.elapsed();
        this.#received.push(chunk);
        this.#received.forget(TAIL_BYTES);
        this.#forward(chunk);
        // What a provider sends behind `[DONE]`, or when it closes the connection, is nothing to the client.
        if (this.passing?.pass(chunk, this.#received) === true) this.#endForwarded();
    }
  }

  end(): void {
    this.#ended = true;
    if (this.#phase === "waiting") this.#give({ failure: "server_error", detail: "ended without an answer" });
    else if (this.#phase === "erring") this.#giveAnswer();
    else if (this.#phase === "forwarding") this.#endForwarded();
    else if (this.#phase === "over" || this.#phase === "complete") this.#timer.cancel();
    else if (this.passing === undefined) this.#endWhole();
    else this.#endHeldStream(this.passing);
  }

  fail(failure: Failure, detail: string, left = true): void {
    this.#ended = true;
    const failed = { failure, detail };
    if (this.#phase === "erring") this.#giveAnswer();
    else if (this.#phase === "forwarding") this.#endForwarded(failed);
    else if (this.#phase === "over" || this.#phase === "complete") this.#timer.cancel();
    else if (this.#phase === "waiting" || this.passing === undefined)
      this.#give(failed, left ? undefined : NOTHING_SPENT);
    else this.#endHeldStream(this.passing, failed);
  }

  #onLate(): void {
    const { limit, step } = this.terms;
    if (this.#phase === "erring") this.#giveAnswer();
    else if (limit < step.timeout) this.#give(DEADLINE_PASSED);
    else this.#give({ failure: "timeout", detail: `no answer within ${limit} ms` });
  }

  /** The answer has begun: from now on silence is limited. */
  #limitSilence(): void {
    const { clock, step } = this.terms;
    this.#timer.cancel();
    this.#lastHeard = clock.elapsed();
    this.#timer = clock.after(step.idle, () => this.#onIdle());
  }

  #onIdle(): void {
    const { clock, step } = this.terms;
    const silent = this.#paused ? 0 : clock.elapsed() - this.#lastHeard;
    const failed: Classified = { failure: "timeout", detail: `no further data within ${step.idle} ms` };
    if (silent < step.idle) this.#timer = clock.after(step.idle - silent, () => this.#onIdle());
    else if (this.#phase === "holding" && this.passing !== undefined) this.#endHeldStream(this.passing, failed);
    else this.#endForwarded(failed);
  }

  #watchStart(start: WireStream, chunk: Buffer): void {
    const hadContent = start.content;
    start.read(chunk);
    if (start.error !== undefined) this.#give(start.error);
    else if (start.done) this.#endHeldStream(start);
    else if (!start.content && this.#received.length > HELD_BYTES) {
      this.#give({ failure: "server_error", detail: `no content in the first ${HELD_BYTES} bytes` });
    } else if (start.content && !hadContent) this.#begin(start);
    else if (this.#received.length > HELD_BYTES) this.#tellTooLarge();
    else if (hadContent) this.#lastHeard = this.terms.clock.elapsed();
  }

  /** The first content has come. The client sees none of what is held: then the deadline still counts. */
  #begin(start: WireStream): void {
    const { clock, deadlineAt, held } = this.terms;
    this.#limitSilence();
    if (held !== 0)
      this.#deadline = clock.after(deadlineAt - clock.elapsed(), () => this.#endHeldStream(start, DEADLINE_PASSED));
    this.#announce();
    if (held === 0) this.#commit();
  }

  #announce(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.#owner.onContent(this);
  }

  #tellTooLarge(): void {
    this.#announce();
    this.#owner.onTooLarge(this);
  }

  /** A stream that ended, or said `[DONE]`, or broke down (`failed`) while it was held. */
  #endHeldStream(start: WireStream, failed?: Classified): void {
    const held = this.#received.bytes();
    const { complete, error } = start.ending(held);
    if (!start.content && !start.finished) {
      // A provider that does not stream an error answers with one JSON object.
      const reported = error ?? failed ?? this.terms.wire.errorIn(parse(held.toString()));
      this.#give(reported ?? { failure: "server_error", detail: "the stream ended without content" });
    } else if (error !== undefined || !(complete || start.done)) this.#give(error ?? failed ?? CUT_SHORT);
    else {
      const spent = this.#spentBy(start.usage(held));
      if (this.#givesOnContent(start, spent)) return;
      this.#complete(spent);
      if (!this.#ended) this.#linger();
      this.#tellComplete();
    }
  }

  #endWhole(): void {
    const { wire, held } = this.terms;
    const body = this.#received.bytes();
    const tail = tailOf(body);
    const reported = wire.inspect(body, tail, (held & BY_CONTENT) !== 0);
    if (reported.error !== undefined) {
      this.#give(reported.error);
      return;
    }
    const spent = this.#spentBy(wire.usageOfAnswer(body, tail));
    if (this.#givesOnContent(reported, spent)) return;
    this.#received.replace(body);
    this.#complete(spent);
    this.#tellComplete();
  }

  #complete(spent: Spent | undefined): void {
    this.#cost = spent?.cost;
    this.terms.attempt.end = "complete";
    this.#close(spent);
    this.#phase = "complete";
  }

  #tellComplete(): void {
    this.#announce();
    this.#owner.onComplete(this);
  }

  /**
   * An answer under way that ended, or said `[DONE]`, or `failed`. A stream that said that it is complete is an answer,
   * however its connection ended; any other is broken.
   */
  #endForwarded(failed?: Classified): void {
    // The sink may have cancelled from within its last callback.
    if (!this.#isForwarding()) return;
    const tail = this.#received.bytes();
    const end = this.passing === undefined ? endOfObject(tail, failed) : this.passing.ending(tail);
    const spent = this.#spentBy(this.#usageAtEnd(tail, end));
    const broken = end.complete && end.error === undefined ? undefined : (end.error ?? failed ?? CUT_SHORT);
    if (broken === undefined) this.terms.attempt.end = "complete";
    else this.#noteFailure(broken.failure);
    this.#close(spent);
    if (broken === undefined) {
      if (!this.#ended) this.#linger();
      this.#flush();
      this.#sink.end(spent?.cost);
    } else {
      const { failure, detail } = broken;
      this.#control?.abort();
      this.#owner.onBroken(this, failure);
      this.#sink.broken(this.#owner.served(this), failure, detail);
    }
  }

  /**
   * What a stream reported before its last content is less than what it will cost. And the usage of an unstreamed answer
   * that was too large to hold cannot be told from its last bytes alone, but for vectors, which hold no words that look so.
   */
  #usageAtEnd(tail: Buffer, { complete, finished }: StreamEnd): Usage | undefined {
    const { wire, embeds } = this.terms;
    if (this.passing !== undefined) return complete || finished ? this.passing.usage(tail) : undefined;
    return embeds && complete ? wire.usageOfAnswer(tail) : undefined;
  }

  /** What an answer says that is none was generated all the same, and is billed as one. */
  #givesOnContent(signs: { readonly filtered: boolean; readonly refused: boolean }, spent: Spent | undefined): boolean {
    const { held } = this.terms;
    if (signs.filtered && (held & FAILURE_BIT.filtered) !== 0) {
      this.#give({ failure: "filtered", detail: "the answer was stopped by the provider's content filter" }, spent);
      return true;
    }
    if (signs.refused && (held & FAILURE_BIT.refused) !== 0) {
      this.#give({ failure: "refused", detail: "the model refused to answer" }, spent);
      return true;
    }
    return false;
  }

  #commit(): void {
    if (this.#phase === "holding" && this.passing === undefined) this.#limitSilence();
    this.#phase = "forwarding";
    this.#deadline?.cancel();
    const held = this.#received.chunks();
    this.#received.forget(TAIL_BYTES);
    this.#sink.begin(this.#owner.served(this), this.#status, this.#headers);
    for (const chunk of held) this.#forward(chunk);
  }

  #forward(chunk: Buffer): void {
    // The sink may cancel from within any of its callbacks.
    if (!this.#isForwarding()) return;
    const bytes = this.#usage === undefined ? chunk : this.#usage.push(chunk);
    const takesMore = bytes.length === 0 || this.#sink.data(bytes);
    if (takesMore || this.#paused || !this.#isForwarding()) return;
    this.#paused = true;
    this.#control?.pause();
  }

  /** Hands on what the filter still has. */
  #flush(): void {
    const rest = this.#usage?.rest();
    if (rest !== undefined && rest.length > 0) this.#sink.data(rest);
  }

  #isForwarding(): boolean {
    return this.#phase === "forwarding";
  }

  /** Gives the failure that the provider's error answer stands for. */
  #giveAnswer(): void {
    const body = this.#received.bytes();
    const failed = this.terms.wire.failureOf(this.#status, body);
    this.#give(failed, isFree(this.#status, failed.failure) ? NOTHING_SPENT : undefined, body);
  }

  #give({ failure, detail }: Classified, spent?: Spent, body?: Buffer): void {
    const { step, clock, own } = this.terms;
    this.#noteFailure(failure);
    this.#abort(spent);
    this.#owner.onFailed(this, {
      model: step.model.name,
      failure,
      status: this.#status === 0 ? undefined : this.#status,
      detail,
      body,
      retryAfter: body === undefined ? undefined : retryAfter(this.#headers, clock.now()),
      ...(own !== undefined && body !== undefined && { ownHeaders: this.#headers }),
    });
  }

  #noteFailure(failure: Failure): void {
    const { attempt } = this.terms;
    attempt.end = "failed";
    attempt.failure = failure;
  }

  #abort(spent?: Spent): void {
    this.#close(spent);
    this.#control?.abort();
  }

  #spentBy(usage: Usage | undefined): Spent | undefined {
    if (usage === undefined) return undefined;
    const { step, sent } = this.terms;
    return { cost: actualCost(step.model.price, usage, sent), input: usage.prompt, output: usage.completion };
  }

  /**
   * Ends the call and settles what it cost. Where that is not known it is settled in full: a provider may go on with, and
   * bill, a call that took too long here, or was cut or cancelled, or whose usage never came. Known to cost nothing are
   * calls that were never sent, and those of `isFree`.
   */
  #close(known: Spent | undefined): void {
    const { reservation, worst, attempt, clock, began } = this.terms;
    this.#timer.cancel();
    this.#deadline?.cancel();
    this.#phase = "over";
    if (this.#isSettled) return;
    this.#isSettled = true;
    const spent = known ?? { cost: worst, input: undefined, output: undefined };
    attempt.end ??= "cancelled";
    attempt.milliseconds = clock.elapsed() - began;
    attempt.input = spent.input;
    attempt.output = spent.output;
    attempt.cost = spent.cost;
    reservation.settle(spent);
    this.#owner.onSettled(this, spent);
  }

  /** Lets the provider end a call that is over for us. */
  #linger(): void {
    const control = this.#control;
    if (this.#paused) control?.resume();
    this.#timer = this.terms.clock.after(LINGER_TIMEOUT, () => control?.abort());
  }
}
