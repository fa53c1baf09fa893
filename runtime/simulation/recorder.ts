/** Writes down how a plan is carried out: it is the sink of one simulated request, and stands before its doors. */
import type { Frame } from "../plan/frames.ts";
import type { Gate } from "../plan/gate.ts";
import type {
  AnswerSink,
  Doors,
  Execution,
  FailedAttempt,
  Ledger,
  LinkedRun,
  RawHeaders,
  Refusal,
  Reservation,
  Served,
  Spent,
  Transport,
  UpstreamCall,
} from "../plan/index.ts";
import { exhaustedStatus } from "../proxy/failures.ts";
import type { Reuse } from "../reuse/index.ts";
import type { Failure } from "../table/index.ts";
import type { Follower, Place, Places } from "./places.ts";
import type { Attempt, GateVerdict, Outcome, Trace } from "./trace.ts";
import { LOCAL } from "./transport.ts";
import type { Behaviour } from "./world.ts";

/** What is known of a request before it is carried out. */
export type Known = Pick<Trace, "values" | "signals" | "route" | "rule" | "plan">;

type Draft = { -readonly [Key in keyof Attempt]: Attempt[Key] };

/** A call with what is written down of it. A request has few: they are looked up in a list. */
interface Called {
  readonly call: UpstreamCall;
  readonly attempt: Draft;
}

/** A reservation that writes down how it is settled. */
class WatchedReservation implements Reservation {
  readonly attempt: Draft;
  readonly key: Reservation["key"];
  readonly #given: Reservation;

  constructor(attempt: Draft, given: Reservation) {
    this.attempt = attempt;
    this.key = given.key;
    this.#given = given;
  }

  settle(spent: Spent): void {
    this.attempt.cost = spent.cost;
    this.attempt.settled++;
    this.#given.settle(spent);
  }
}

export class Recorder implements AnswerSink {
  /** The doors given, each call that passes them written down. */
  readonly doors: Doors;
  /** What is carried out, once it has begun. */
  execution: Execution | undefined;
  readonly #start: number;
  readonly #places: Places;
  readonly #follow: Follower;
  readonly #reuse: Reuse | undefined;
  readonly #known: Known;
  readonly #over: (trace: Trace) => void;
  readonly #attempts: Draft[] = [];
  readonly #calls: Called[] = [];
  readonly #told: FailedAttempt[] = [];
  readonly #reached = new Set<Place>();
  readonly #gates: GateVerdict[] = [];
  /** Those that left, in this order. */
  readonly #sent: Draft[] = [];
  #content: number | undefined;
  #served = "";
  /** A step has begun to ask its model, and nothing is reserved for it yet. */
  #begun: Draft | undefined;

  /**
   * `follow` is given what to call with each place that is reached; a complete answer is kept for `reuse`; `over` is called
   * once, at the end.
   */
  constructor(
    doors: Doors,
    places: Places,
    follow: (reach: (place: Place) => void) => Follower,
    reuse: Reuse | undefined,
    known: Known,
    over: (trace: Trace) => void,
  ) {
    this.doors = { ...doors, transport: this.#before(doors.transport), ledger: this.#beforeLedger(doors.ledger) };
    this.#start = doors.clock.elapsed();
    this.#places = places;
    this.#follow = follow((place) => this.#reached.add(place));
    this.#reuse = reuse;
    this.#known = known;
    this.#over = over;
  }

  whole({ model }: Served, _status: number, _headers: RawHeaders, body: Buffer): void {
    this.#reuse?.recording?.add(body);
    this.#keep(model.name);
    this.#end({ kind: "served", model: model.name });
  }

  begin({ model }: Served): void {
    this.#content = this.#elapsed();
    this.#served = model.name;
  }

  data(chunk: Buffer): boolean {
    this.#reuse?.recording?.add(chunk);
    return true;
  }

  end(): void {
    this.#keep(this.#served);
    this.#end({ kind: "served", model: this.#served });
  }

  broken({ model }: Served, failure: Failure): void {
    this.#end({ kind: "broken", model: model.name, failure });
  }

  reject(status: number, text: string | undefined, failures: readonly FailedAttempt[]): void {
    this.#end({ kind: "rejected", status, text }, failures);
  }

  exhausted(failures: readonly FailedAttempt[]): void {
    const failure = failures.at(-1)?.failure;
    this.#end({ kind: "exhausted", status: exhaustedStatus(failures), failure }, failures);
  }

  reached(run: LinkedRun, within: Frame | undefined): void {
    this.#follow(run, within);
    if (run.kind === "call") this.#begun = this.#draft(run.model.name, within?.kind === "judge", false);
  }

  gated(gate: Gate, accepted: boolean, reservation: Reservation): void {
    const place = this.#places.gate(gate);
    const attempt = attemptOf(reservation);
    if (place !== undefined) this.#gates.push({ place, accepted, of: attempt });
    if (attempt !== undefined && !accepted) attempt.end = "declined";
  }

  failed(failed: FailedAttempt, reservation: Reservation): void {
    this.#told.push(failed);
    const attempt = attemptOf(reservation);
    if (attempt !== undefined) fail(attempt, failed);
  }

  /** What the provider of a call does, and the nano-dollars that it bills. */
  meets(call: UpstreamCall, met: Behaviour, bill: number): void {
    const attempt = this.#attemptOf(call);
    if (attempt === undefined) return;
    attempt.met = met;
    attempt.bill = bill;
  }

  #keep(model: string): void {
    this.#reuse?.keep(200, { decision: "", model, headers: [] });
  }

  #attemptOf(call: UpstreamCall): Draft | undefined {
    return this.#calls.findLast((each) => each.call === call)?.attempt;
  }

  #elapsed(): number {
    return this.doors.clock.elapsed() - this.#start;
  }

  #draft(model: string, judge: boolean, retry: boolean): Draft {
    const attempt: Draft = {
      model,
      judge,
      retry,
      left: false,
      at: this.#elapsed(),
      milliseconds: 0,
      end: "failed",
      failure: undefined,
      detail: undefined,
      worst: 0,
      cost: 0,
      bill: 0,
      settled: 0,
      met: undefined,
    };
    this.#attempts.push(attempt);
    return attempt;
  }

  /** The step that asks for this call. One that began and could not ask is still there when another's retry does. */
  #begunOf({ model }: UpstreamCall): Draft | undefined {
    const begun = this.#begun;
    return begun !== undefined && begun.model === model.name && begun.at === this.#elapsed() ? begun : undefined;
  }

  #beforeLedger(ledger: Ledger): Ledger {
    const reserved = (attempt: Draft, given: Reservation | Refusal): Reservation | Refusal =>
      "failure" in given ? given : new WatchedReservation(attempt, given);
    return {
      ...ledger,
      reserve: (call, worst, ...rest) => {
        const attempt = this.#begunOf(call) ?? this.#draft(call.model.name, false, true);
        this.#begun = undefined;
        attempt.worst = worst;
        this.#calls.push({ call, attempt });
        const given = ledger.reserve(call, worst, ...rest);
        return "then" in given ? given.then((each) => reserved(attempt, each)) : reserved(attempt, given);
      },
    };
  }

  #before(transport: Transport): Transport {
    return {
      ...transport,
      send: (call, events, key) => {
        const attempt = this.#attemptOf(call);
        if (attempt !== undefined) {
          attempt.left = true;
          attempt.at = this.#elapsed();
          this.#sent.push(attempt);
        }
        return transport.send(call, events, key);
      },
    };
  }

  #end(outcome: Outcome, failures = this.execution?.failures ?? []): void {
    let cost = 0;
    for (const [index, attempt] of this.#sent.entries()) {
      const call = this.execution?.calls[index];
      if (call === undefined) throw new Error("a call left that the executor does not know of");
      attempt.milliseconds = call.milliseconds ?? 0;
      if (call.end === "cancelled") attempt.end = "dropped";
      else if (call.end === "complete" && attempt.end !== "declined") attempt.end = "answered";
      if (LOCAL.has(call.failure ?? "timeout")) attempt.left = false;
      cost += attempt.cost;
    }
    for (const failed of failures) {
      if (this.#told.includes(failed)) continue;
      const open = ({ model, left, failure }: Draft): boolean =>
        model === failed.model && !left && failure === undefined;
      fail(this.#attempts.find(open) ?? this.#draft(failed.model, false, false), failed);
    }
    const milliseconds = this.#elapsed();
    this.#over({
      ...this.#known,
      outcome,
      attempts: this.#attempts,
      cost,
      content: this.#content ?? milliseconds,
      milliseconds,
      reached: this.#reached,
      gates: this.#gates,
    });
  }
}

function attemptOf(reservation: Reservation): Draft | undefined {
  return reservation instanceof WatchedReservation ? reservation.attempt : undefined;
}

function fail(attempt: Draft, { failure, detail }: FailedAttempt): void {
  attempt.end = "failed";
  attempt.failure = failure;
  attempt.detail = detail;
  if (LOCAL.has(failure)) attempt.left = false;
}
