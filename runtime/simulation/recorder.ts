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
  Refusal,
  Reservation,
  Served,
  Transport,
  UpstreamCall,
} from "../plan/index.ts";
import { exhaustedAnswer } from "../proxy/failures.ts";
import type { Failure } from "../table/index.ts";
import type { Follower, Place, Places } from "./places.ts";
import type { Attempt, GateVerdict, Trace } from "./trace.ts";
import { LOCAL } from "./transport.ts";

/** The part of a trace that tells how the plan went. */
export type Carried = Pick<Trace, "outcome" | "attempts" | "cost" | "milliseconds" | "reached" | "gates">;

type Draft = { -readonly [Key in keyof Attempt]: Attempt[Key] };

export class Recorder implements AnswerSink {
  /** The doors given, each call that passes them written down. */
  readonly doors: Doors;
  /** What is carried out, once it has begun. */
  execution: Execution | undefined;
  readonly #start: number;
  readonly #places: Places;
  readonly #follow: Follower;
  readonly #over: (carried: Carried) => void;
  readonly #attempts: Draft[] = [];
  readonly #byCall = new Map<UpstreamCall, Draft>();
  readonly #byReservation = new Map<Reservation, Draft>();
  readonly #told = new Set<FailedAttempt>();
  readonly #reached = new Set<Place>();
  readonly #gates: GateVerdict[] = [];
  #cost = 0;
  #served = "";
  /** A step has begun to ask its model, and nothing is reserved for it yet. */
  #begun: Draft | undefined;

  /** `follow` is given what to call with each place that is reached; `over` is called once, at the end. */
  constructor(
    doors: Doors,
    places: Places,
    follow: (reach: (place: Place) => void) => Follower,
    over: (carried: Carried) => void,
  ) {
    this.doors = { ...doors, transport: this.#before(doors.transport), ledger: this.#beforeLedger(doors.ledger) };
    this.#start = doors.clock.now();
    this.#places = places;
    this.#follow = follow((place) => this.#reached.add(place));
    this.#over = over;
  }

  whole({ model }: Served): void {
    this.#end({ kind: "served", model: model.name });
  }

  begin({ model }: Served): void {
    this.#served = model.name;
  }

  data(): boolean {
    return true;
  }

  end(): void {
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
    this.#end({ kind: "exhausted", status: exhaustedAnswer(failures).status, failure }, failures);
  }

  reached(run: LinkedRun, within: Frame | undefined): void {
    this.#follow(run, within);
    if (run.kind === "call") this.#begun = this.#draft(run.model.name, within?.kind === "judge");
  }

  gated(gate: Gate, accepted: boolean, reservation: Reservation): void {
    const place = this.#places.gate(gate);
    if (place !== undefined) this.#gates.push({ place, accepted });
    const attempt = this.#byReservation.get(reservation);
    if (attempt !== undefined && !accepted) attempt.end = "declined";
  }

  failed(failed: FailedAttempt, reservation: Reservation): void {
    this.#told.add(failed);
    const attempt = this.#byReservation.get(reservation);
    if (attempt !== undefined) fail(attempt, failed);
  }

  #draft(model: string, judge: boolean): Draft {
    const at = this.doors.clock.now() - this.#start;
    const attempt: Draft = {
      ...{ model, judge, at, milliseconds: 0, cost: 0 },
      ...{ left: false, end: "failed", failure: undefined, detail: undefined },
    };
    this.#attempts.push(attempt);
    return attempt;
  }

  #beforeLedger(ledger: Ledger): Ledger {
    const reserved = (attempt: Draft, given: Reservation | Refusal): Reservation | Refusal => {
      if ("failure" in given) return given;
      const reservation: Reservation = {
        settle: (spent) => {
          attempt.cost = spent.cost;
          attempt.milliseconds = this.doors.clock.now() - this.#start - attempt.at;
          this.#cost += spent.cost;
          given.settle(spent);
        },
      };
      this.#byReservation.set(reservation, attempt);
      return reservation;
    };
    return {
      ...ledger,
      reserve: (call, ...rest) => {
        // A retry comes without a step's beginning.
        const attempt = this.#begun ?? this.#draft(call.model.name, false);
        this.#begun = undefined;
        this.#byCall.set(call, attempt);
        const given = ledger.reserve(call, ...rest);
        return "then" in given ? given.then((each) => reserved(attempt, each)) : reserved(attempt, given);
      },
    };
  }

  #before(transport: Transport): Transport {
    return {
      ...transport,
      send: (call, events) => {
        const attempt = this.#byCall.get(call);
        if (attempt !== undefined) Object.assign(attempt, { left: true, end: "answered" });
        let ended = false;
        const control = transport.send(call, {
          head: (status, headers) => events.head(status, headers),
          data: (chunk) => events.data(chunk),
          end() {
            ended = true;
            events.end();
          },
          fail: (...failure) => events.fail(...failure),
        });
        return {
          ...control,
          abort() {
            // Of a call that failed this is told first, and its failure then; one that was complete was not called off.
            if (attempt !== undefined && !ended) attempt.end = "dropped";
            control.abort();
          },
        };
      },
    };
  }

  #end(outcome: Carried["outcome"], failures = this.execution?.failures ?? []): void {
    for (const failed of failures) {
      if (this.#told.has(failed)) continue;
      const open = ({ model, left, failure }: Draft): boolean =>
        model === failed.model && !left && failure === undefined;
      fail(this.#attempts.find(open) ?? this.#draft(failed.model, false), failed);
    }
    this.#over({
      outcome,
      attempts: this.#attempts,
      cost: this.#cost,
      milliseconds: this.doors.clock.now() - this.#start,
      reached: this.#reached,
      gates: this.#gates,
    });
  }
}

function fail(attempt: Draft, { failure, detail }: FailedAttempt): void {
  attempt.end = "failed";
  attempt.failure = failure;
  attempt.detail = detail;
  if (LOCAL.has(failure)) attempt.left = false;
}
