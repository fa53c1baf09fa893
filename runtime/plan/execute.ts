/** Carries out a linked plan: until a model answers, the policy says no, or nobody is left to ask. */
import type { Attempt, RequestObserver } from "../observe/observer.ts";
import type { Failure } from "../table/index.ts";
import { Activities } from "./activity.ts";
import { readAnswer } from "./answer.ts";
import { append } from "./append.ts";
import { Call, NOTHING_SPENT } from "./call.ts";
import type { CallOwner } from "./call-terms.ts";
import { mostTokens, worstCost } from "./cost.ts";
import type { Clock, Doors, Refusal, Reservation, Spent, Tokens, UpstreamCall } from "./doors.ts";
import {
  type CascadeFrame,
  type Frame,
  hasLost,
  heldBy,
  heldByRetry,
  holdOf,
  type Race,
  type SideFrame,
  stepOf,
  takeBranch,
  takeStep,
} from "./frames.ts";
import { decide, type Gate, type Gated, type LinkedJudge } from "./gate.ts";
import { member } from "./json.ts";
import { judgeRequest, scoreOf } from "./judge.ts";
import { FAILURE_BIT, type LinkedCall, type LinkedRun } from "./linked.ts";
import { localFailure, misfit } from "./local-failure.ts";
import type { AnswerSink, Execution, FailedAttempt, Overrides, OwnCall, PlanRequest, Served } from "./request.ts";
import { retryWait } from "./retry.ts";
import { unaskedBy } from "./unasked.ts";
import { CHAT_WIRE } from "./wire.ts";

/**
 * Begins to carry out `run` for `request`. `deadlineAt` is by `Clock.elapsed` and bounds the time to the
 * first content (of an unstreamed answer, to its end) over all steps. A plan that comes to its end without a call, and
 * without waiting for the ledger, tells the sink so before this returns. `observer` hears of each call.
 */
export function execute(
  run: LinkedRun,
  request: PlanRequest,
  doors: Doors,
  sink: AnswerSink,
  deadlineAt: number,
  observer?: RequestObserver,
): Execution {
  const execution = new PlanExecution(request, doors, sink, deadlineAt, observer);
  execution.carryOut(run, undefined);
  return execution;
}

/** An answer on which a gate is to decide. */
interface Pending extends Gated {
  readonly call: Call;
  readonly frame: CascadeFrame;
  readonly gate: Gate;
  readonly scores: Map<LinkedJudge, number | undefined>;
}

/** A call that can leave as soon as it is paid for. */
interface Ready {
  readonly step: LinkedCall;
  readonly frame: Frame | undefined;
  readonly retry: number;
  readonly request: PlanRequest;
  readonly own: OwnCall | undefined;
  readonly upstream: UpstreamCall;
  readonly worst: number;
  readonly most: Tokens;
}

/** One moment: by `Clock.now`, and by `Clock.elapsed`. */
interface Moment {
  readonly sent: number;
  readonly began: number;
}

function momentOf(clock: Clock): Moment {
  return { sent: clock.now(), began: clock.elapsed() };
}

class PlanExecution implements Execution, CallOwner {
  readonly #request: PlanRequest;
  readonly #doors: Doors;
  readonly #sink: AnswerSink;
  readonly #deadlineAt: number;
  readonly #observer: RequestObserver | undefined;
  readonly #active = new Activities();
  readonly failures: FailedAttempt[] = [];
  calls: Attempt[] = [];
  readonly tokens = { input: 0, output: 0 };
  cost = 0;

  constructor(
    request: PlanRequest,
    doors: Doors,
    sink: AnswerSink,
    deadlineAt: number,
    observer: RequestObserver | undefined,
  ) {
    this.#observer = observer;
    this.#request = request;
    this.#doors = doors;
    this.#sink = sink;
    this.#deadlineAt = deadlineAt;
  }

  get attempts(): number {
    return this.calls.length;
  }

  cancel(): void {
    this.#active.cancel();
  }

  resume(): void {
    this.#active.resume();
  }

  /** Carries out `run`, which stands in `frame`, and what follows it, as far as it goes without waiting. */
  carryOut(run: LinkedRun, frame: Frame | undefined): void {
    const { clock, random, ledger } = this.#doors;
    let step = run;
    let parent = frame;
    for (;;) {
      this.#sink.reached?.(step, parent);
      switch (step.kind) {
        case "call": {
          const failed = this.#ask(step, parent, 0);
          parent = failed && this.#after(failed, parent);
          if (parent === undefined) return;
          break;
        }
        case "reject":
          this.#active.cancel();
          this.#sink.reject(step.status, step.text, this.failures, this.attempts);
          return;
        case "else":
          parent = { kind: "else", parent, branches: step.branches, next: 0, run: step.first };
          break;
        case "select": {
          const situation = { request: this.#request, now: clock.now(), random: () => random.next(), ledger };
          const branches = step.order(step.members, situation);
          parent = { kind: "else", parent, branches, next: 1, run: present(branches[0]).run };
          break;
        }
        case "split":
          step = present(step.sides[step.draw(this.#request, () => random.next())]);
          continue;
        case "cascade":
          parent = { kind: "cascade", parent, cascade: step, at: 0, run: present(step.steps[0]).run };
          break;
        case "hedge":
          parent = this.#startSide({ parent, hedge: step, started: 0, failed: 0, winner: undefined, timer: undefined });
      }
      step = parent.run;
    }
  }

  onContent(call: Call): void {
    const { step, began, stream, retry, attempt } = call.terms;
    // Of an unstreamed answer it comes with the end.
    attempt.content = attempt.milliseconds ?? this.#doors.clock.elapsed() - began;
    step.health.answered(attempt.content, stream, call.probe);
    call.probe = false;
    if (heldByRetry(step, retry) !== 0) return;
    for (let at = call.frame; at !== undefined && holdOf(at) === 0; at = at.parent) {
      if (at.kind === "side") this.#claim(at);
    }
  }

  /** Of such an answer no gate can be computed. */
  onTooLarge(call: Call): void {
    this.#offer(call, call.frame, (frame) => {
      this.#active.drop(call);
      this.#passOver(frame);
    });
  }

  onComplete(call: Call): void {
    this.#offer(call, call.frame, (frame, gate) => {
      const { wire, stream } = call.terms;
      const answer = wire.answer(call.answer, stream);
      const format = (): unknown => member(this.#request.json?.(), "response_format");
      this.#decide({ call, frame, gate, answer, format, scores: new Map() });
    });
  }

  onFailed(call: Call, attempt: FailedAttempt): void {
    const { step, frame, retry, limit } = call.terms;
    const { clock, random } = this.#doors;
    this.#active.remove(call);
    this.#sink.failed?.(attempt, call.terms.reservation);
    // Not where the time was short for reasons of our own.
    const hadTime = call.hasBegun ? clock.elapsed() < this.#deadlineAt : limit === step.timeout;
    const isOwn = attempt.failure !== "timeout" || hadTime;
    if (isOwn) this.#faulty(call, attempt.failure);
    const isRetried = retry < step.retries && (step.retryOn & FAILURE_BIT[attempt.failure]) !== 0;
    const wait = isRetried
      ? retryWait(retry, this.#waitAskedFor(step, attempt), () => random.next())
      : Number.POSITIVE_INFINITY;
    if (clock.elapsed() + wait >= this.#deadlineAt) {
      this.#goOn(attempt, frame);
      return;
    }
    this.failures.push(attempt);
    this.#active.wait(clock, wait, frame, () => {
      const failed = this.#ask(step, frame, retry + 1);
      if (failed !== undefined) this.#goOn(failed, frame);
    });
  }

  /** Milliseconds. What a 429 asks for is asked of its key, and another can be used at once. */
  #waitAskedFor({ model }: LinkedCall, { status, retryAfter = 0 }: FailedAttempt): number {
    const { transport } = this.#doors;
    if (status === 429 && transport.hasSpareKey?.(model) === true) return 0;
    return Math.max(retryAfter, transport.resting?.(model)?.retryAfter ?? 0);
  }

  onBroken(call: Call, failure: Failure): void {
    this.#faulty(call, failure);
  }

  onSettled({ terms: { step, most, attempt }, probe }: Call, { cost, input, output }: Spent): void {
    this.#observer?.attemptEnded(attempt);
    step.health.settled(cost, probe);
    this.cost += cost;
    this.tokens.input += input ?? most.input;
    this.tokens.output += output ?? most.output;
  }

  served({ terms: { step, own }, dropped, passing }: Call): Served {
    const all = dropped.length === 0 ? step.dropped : [...new Set([...step.dropped, ...dropped])];
    return { model: step.model, attempts: this.attempts, dropped: all, own: own !== undefined, stream: passing };
  }

  #goOn(failed: FailedAttempt, frame: Frame | undefined): void {
    const taker = this.#after(failed, frame);
    if (taker !== undefined) this.carryOut(taker.run, taker);
  }

  /**
   * The frame that takes over from a step that failed in `frame`, with what it has to do next; undefined where nothing
   * is to be done now. Like a catch: the nearest else chain's first later branch that covers the failure.
   */
  #after(failed: FailedAttempt, frame: Frame | undefined): Frame | undefined {
    this.failures.push(failed);
    for (let at = frame; at !== undefined; at = at.parent) {
      switch (at.kind) {
        case "else":
          if (takeBranch(at, FAILURE_BIT[failed.failure])) return at;
          break;
        case "cascade":
          if (takeStep(at)) return at;
          break;
        case "judge":
          at.tell(undefined);
          return undefined;
        case "side": {
          const { race } = at;
          if (race.winner === at) break;
          race.failed++;
          if (race.failed > race.hedge.then.length) break;
          // The next waits for the one before it alone.
          return at.index === race.started - 1 && at.index < race.hedge.then.length ? this.#startSide(race) : undefined;
        }
      }
    }
    this.#sink.exhausted(this.failures, this.attempts);
    return undefined;
  }

  /** Calls the step's model. Returns the failure of a call that did not leave, else undefined. */
  #ask(step: LinkedCall, frame: Frame | undefined, retry: number): FailedAttempt | undefined {
    const { model, provider } = step;
    const { clock, ledger, transport } = this.#doors;
    const time = momentOf(clock);
    const request = frame?.kind === "judge" ? frame.request : this.#request;
    const unfit = misfit(step, request) ?? this.#hindrance(step, time);
    if (unfit !== undefined) return unfit;
    const own = request.own?.(step);
    if (own === undefined && request.ownAlone !== undefined)
      return localFailure(step, "unsupported", `it keeps nothing that \`${request.ownAlone}\` could refer to`);
    const body = own?.body ?? request.bodyFor(model.upstream, overridesFor(step, request));
    if (body === undefined)
      return localFailure(step, "invalid", "the request's body is nested too deeply to be rewritten");

    const { stream, inputs } = request;
    const endpoint = inputs === undefined ? undefined : "embeddings";
    const { headers } = own ?? request;
    const upstream: UpstreamCall = { provider, model, endpoint, dialect: own?.dialect, body, stream, headers };
    const most = mostTokens(step, request);
    const worst = worstCost(model, most);
    const ready: Ready = { step, frame, retry, request, own, upstream, worst, most };
    const keys = step.countsKeys ? transport.keys?.(model) : undefined;
    const reserved = ledger.reserve(upstream, worst, request, most, keys);
    if (!("then" in reserved)) return this.#send(ready, reserved, time);
    this.#await(ready, reserved);
    return undefined;
  }

  /** Why no call of the step can leave now. */
  #hindrance(step: LinkedCall, { sent, began }: Moment): FailedAttempt | undefined {
    if (began >= this.#deadlineAt) return localFailure(step, "timeout", "the route's deadline had passed");
    const tripped = step.health.resting(sent);
    if (tripped !== undefined) return localFailure(step, tripped, "it rests after too many failures");
    const rest = this.#doors.transport.resting?.(step.model);
    return rest && localFailure(step, rest.failure, rest.detail, rest.retryAfter);
  }

  /** Sends the call when it is paid for. What is granted too late, or for a model that rests by then, is given back. */
  #await(ready: Ready, reserved: PromiseLike<Reservation | Refusal>): void {
    const { step, frame } = ready;
    const { clock } = this.#doors;
    const waiting = this.#active.await(
      reserved,
      frame,
      (granted) => {
        this.#active.drop(deadline);
        const time = momentOf(clock);
        const hindrance = this.#hindrance(step, time);
        if (hindrance !== undefined) giveBack(granted);
        const failed = hindrance ?? this.#send(ready, granted, time);
        if (failed !== undefined) this.#goOn(failed, frame);
      },
      giveBack,
    );
    const deadline = this.#active.wait(clock, this.#deadlineAt - clock.elapsed(), frame, () => {
      this.#active.drop(waiting);
      this.#goOn(localFailure(step, "timeout", "the route's deadline passed before the ledger answered"), frame);
    });
  }

  /** Lets a call leave that was `granted`; else returns the refusal as its failure. */
  #send(ready: Ready, granted: Reservation | Refusal, { sent, began }: Moment): FailedAttempt | undefined {
    const { step, frame, retry, request, own, upstream, worst, most } = ready;
    if ("failure" in granted) return localFailure(step, granted.failure, granted.detail, granted.retryAfter);
    const { clock, transport } = this.#doors;
    const { stream, inputs } = request;
    const embeds = inputs !== undefined;
    const attempt = begun(ready, sent);
    this.calls = append(this.calls, attempt);
    const headers = this.#observer?.attemptBegan(attempt, upstream.headers);
    const leaving = headers === undefined || headers === upstream.headers ? upstream : { ...upstream, headers };
    const limit = Math.min(step.timeout, this.#deadlineAt - began);
    const unasked = own === undefined ? unaskedBy(request, overridesFor(step, request)) : undefined;
    const wire = own?.wire ?? CHAT_WIRE;
    const held = heldBy(frame) | heldByRetry(step, retry);
    const terms = {
      step,
      frame,
      retry,
      stream,
      wire,
      own,
      embeds,
      clock,
      reservation: granted,
      worst,
      most,
      sent,
      began,
      limit,
      deadlineAt: this.#deadlineAt,
      held,
      unasked,
      attempt,
    };
    const asked = new Call(terms, step.health.leaves(), this.#sink, this);
    this.#active.add(asked);
    try {
      asked.control(transport.send(leaving, asked, granted.key));
    } catch (fault) {
      // Else timers would let the plan go on after the fault was told.
      this.cancel();
      throw fault;
    }
    return undefined;
  }

  /** Starts the next side of a race, and lets the one after it wait for its time. */
  #startSide(race: Race): SideFrame {
    const { hedge, parent } = race;
    const index = race.started++;
    if (race.timer !== undefined) this.#active.drop(race.timer);
    const next = hedge.then[index];
    race.timer =
      next === undefined
        ? undefined
        : this.#active.wait(this.#doors.clock, next.after, parent, () => {
            const side = this.#startSide(race);
            this.carryOut(side.run, side);
          });
    const run = index === 0 ? hedge.first : present(hedge.then[index - 1]).run;
    return { kind: "side", parent, race, index, run };
  }

  /** A side has given content: it stays, and the others are called off. */
  #claim(winner: SideFrame): void {
    const { race } = winner;
    race.winner = winner;
    if (race.timer !== undefined) this.#active.drop(race.timer);
    this.#active.cancel(({ frame }) => hasLost(frame, winner));
  }

  /** Takes an answer outwards from `from`: up to the next gate, to the one who asked for a judgement, or to the client. */
  #offer(call: Call, from: Frame | undefined, atGate: (frame: CascadeFrame, gate: Gate) => void): void {
    for (let at = from; at !== undefined; at = at.parent) {
      if (at.kind === "side") this.#claim(at);
      else if (at.kind === "judge") {
        const score = scoreOf(readAnswer(call.answer, false));
        this.#active.drop(call);
        at.tell(score);
        return;
      } else if (at.kind === "cascade") {
        const gate = stepOf(at)?.gate;
        if (gate !== undefined) {
          atGate(at, gate);
          return;
        }
      }
    }
    call.handOn();
  }

  /** Lets the gate decide, and asks the judges that it needs for that. */
  #decide(pending: Pending): void {
    const { call, frame, gate, scores } = pending;
    const verdict = decide(gate, pending);
    if (typeof verdict !== "object") this.#sink.gated?.(gate, verdict === true, call.terms.reservation);
    if (typeof verdict === "object") {
      const tell = (score: number | undefined): void => {
        scores.set(verdict, score);
        this.#decide(pending);
      };
      const request = judgeRequest(verdict, this.#request, pending.answer);
      this.carryOut(verdict.call, { kind: "judge", parent: frame, run: verdict.call, request, tell });
    } else if (verdict === true) {
      this.#offer(call, frame.parent, (outer, next) => this.#decide({ ...pending, frame: outer, gate: next }));
    } else {
      this.#active.remove(call);
      this.#passOver(frame);
    }
  }

  /** The answer of a cascade's step was not accepted. */
  #passOver(frame: CascadeFrame): void {
    if (takeStep(frame)) this.carryOut(frame.run, frame);
  }

  #faulty(call: Call, failure: Failure): void {
    call.terms.step.health.failed(failure, this.#doors.clock.now(), call.probe);
  }
}

/** What the step changes in the request; the usage of a stream is always asked for. */
function overridesFor(step: LinkedCall, request: PlanRequest): Overrides | undefined {
  const { stream, usageAsked, translated, inputs } = request;
  // Options are of what is written, and embeddings are not.
  if (inputs !== undefined) return undefined;
  const overrides = stream && usageAsked !== true ? step.streamed : step.overrides;
  if (translated !== true) return overrides;
  // Claude Code asks for 32,000 tokens, which is more than many models can write.
  return { capMember: step.capMember, ...overrides, maxTokens: step.outputCap, capRenamed: true };
}

function begun({ step: { model, provider }, frame, retry, request, worst }: Ready, sent: number): Attempt {
  return {
    model,
    provider,
    purpose: frame?.kind === "judge" ? "judge" : "answer",
    retry,
    stream: request.stream,
    sent,
    content: undefined,
    milliseconds: undefined,
    end: undefined,
    failure: undefined,
    status: undefined,
    input: undefined,
    output: undefined,
    cost: worst,
  };
}

/** Of a call that does not leave after all. */
function giveBack(granted: Reservation | Refusal): void {
  if ("settle" in granted) granted.settle(NOTHING_SPENT);
}

/** What linking has made sure of. */
function present<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("a form of the plan has no parts");
  return part;
}
