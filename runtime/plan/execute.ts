/** Carries out a linked plan: step by step, until a model answers, the policy says no, or nobody is left to ask. */
import type { Failure } from "../table/index.ts";
import { Call } from "./call.ts";
import { worstCost } from "./cost.ts";
import type { Doors, UpstreamCall } from "./doors.ts";
import { FAILURE_BIT, type LinkedCall, type LinkedElse, type LinkedRun } from "./link.ts";
import {
  type AnswerSink,
  CAPABILITIES,
  type Execution,
  type FailedAttempt,
  type PlanRequest,
  UNKNOWN_SIZE,
} from "./request.ts";

/**
 * Begins to carry out `run` for `request`. `deadlineAt` is in milliseconds since the epoch and bounds the time to the
 * first content (of an unstreamed answer, to its end) over all steps. A plan that comes to its end without a call tells
 * the sink so before this returns.
 */
export function execute(
  run: LinkedRun,
  request: PlanRequest,
  doors: Doors,
  sink: AnswerSink,
  deadlineAt: number,
): Execution {
  const execution = new PlanExecution(request, doors, sink, deadlineAt);
  execution.carryOut(run);
  return execution;
}

/** An else chain that the step under way is part of. */
interface Frame {
  readonly chain: LinkedElse;
  /** Index of the first branch that has not been passed. */
  next: number;
}

const BY_CONTENT = FAILURE_BIT.filtered | FAILURE_BIT.refused;

class PlanExecution implements Execution {
  readonly #request: PlanRequest;
  readonly #doors: Doors;
  readonly #sink: AnswerSink;
  readonly #deadlineAt: number;
  /** From the outermost chain to the innermost. */
  readonly #frames: Frame[] = [];
  readonly failures: FailedAttempt[] = [];
  attempts = 0;
  #call: Call | undefined;

  constructor(request: PlanRequest, doors: Doors, sink: AnswerSink, deadlineAt: number) {
    this.#request = request;
    this.#doors = doors;
    this.#sink = sink;
    this.#deadlineAt = deadlineAt;
  }

  cancel(): void {
    this.#call?.cancel();
  }

  resume(): void {
    this.#call?.resume();
  }

  carryOut(run: LinkedRun): void {
    let step: LinkedRun | undefined = run;
    while (step !== undefined) {
      if (step.kind === "reject") {
        this.#sink.reject(step.status, step.text, this.failures, this.attempts);
        return;
      }
      if (step.kind === "else") {
        this.#frames.push({ chain: step, next: 0 });
        step = step.first;
      } else {
        const failed = this.#ask(step);
        if (failed === undefined) return;
        step = this.#after(failed);
      }
    }
    this.#sink.exhausted(this.failures, this.attempts);
  }

  /** The step that takes over from one that failed: like a catch, the nearest chain's first later branch that covers it. */
  #after(failed: FailedAttempt): LinkedRun | undefined {
    this.failures.push(failed);
    const bit = FAILURE_BIT[failed.failure];
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      for (let branch = frame.chain.branches[frame.next++]; branch !== undefined; ) {
        if ((branch.on & bit) !== 0) return branch.run;
        branch = frame.chain.branches[frame.next++];
      }
      this.#frames.pop();
    }
    return undefined;
  }

  /** Calls the step's model. Returns the failure of a call that did not leave, else undefined. */
  #ask(step: LinkedCall): FailedAttempt | undefined {
    const { clock, ledger, transport } = this.#doors;
    const { model } = step;
    const request = this.#request;
    const unfit = misfit(step, request);
    if (unfit !== undefined) return unfit;
    const sent = clock.now();
    const left = this.#deadlineAt - sent;
    if (left <= 0) return local(step, "timeout", "the route's deadline had passed");

    const call: UpstreamCall = {
      provider: step.provider,
      model,
      body: request.bodyFor(model.upstream),
      stream: request.stream,
      headers: request.headers,
    };
    const worst = worstCost(model, request);
    const reservation = ledger.reserve(call, worst);
    if (reservation === undefined) return local(step, "over_budget", `a budget has no room for ${worst} nano-dollars`);

    this.attempts++;
    const limit = Math.min(step.timeout, left);
    this.#call = new Call(
      {
        step,
        stream: request.stream,
        served: { model, attempts: this.attempts },
        clock,
        sent,
        reservation,
        worst,
        limit,
        late: limit < step.timeout ? "the route's deadline passed" : `no answer within ${limit} ms`,
        watched: this.#covered() & BY_CONTENT,
      },
      this.#sink,
      (failed) => {
        const next = this.#after(failed);
        if (next === undefined) this.#sink.exhausted(this.failures, this.attempts);
        else this.carryOut(next);
      },
    );
    try {
      this.#call.control(transport.send(call, this.#call));
    } catch (fault) {
      // Else its timer would let the plan go on after the fault was told.
      this.#call.cancel();
      throw fault;
    }
    return undefined;
  }

  /** The failures that some later branch covers. */
  #covered(): number {
    let covered = 0;
    for (const { chain, next } of this.#frames) {
      for (let at = next; at < chain.branches.length; at++) covered |= chain.branches[at]?.on ?? 0;
    }
    return covered;
  }
}

/** Why the table's facts say that the model cannot answer this request, or undefined. */
function misfit(step: LinkedCall, request: PlanRequest): FailedAttempt | undefined {
  const { model, can } = step;
  if (request.promptTokens > model.context && request.promptTokens < UNKNOWN_SIZE) {
    return local(step, "too_long", `about ${request.promptTokens} tokens, of which it can take ${model.context}`);
  }
  const missing = request.needs & ~can;
  if (missing === 0) return undefined;
  const names = CAPABILITIES.filter((_, bit) => (missing & (1 << bit)) !== 0);
  return local(step, "unsupported", `the request needs ${names.join(", ")}`);
}

/** A failure found without a call. */
function local(step: LinkedCall, failure: Failure, detail: string): FailedAttempt {
  return { model: step.model.name, failure, status: undefined, detail, body: undefined, retryAfter: undefined };
}
