/** One chat completion request, from its body to its answer. */
import {
  type AnswerSink,
  type Execution,
  execute,
  type FailedAttempt,
  type Overrides,
  type PlanRequest,
  type RawHeaders,
  type Served,
} from "../plan/index.ts";
import type { Failure, Value } from "../table/index.ts";
import { type RequestBody, readBody } from "./body.ts";
import { errorBody, RequestError } from "./errors.ts";
import { EventStream } from "./event-stream.ts";
import { exhaustedAnswer } from "./failures.ts";
import type { Gateway, ServedRoute } from "./gateway.ts";
import { passAnswerHeaders, upstreamHeaders } from "./headers.ts";
import { nearest } from "./nearest.ts";
import { type Reply, sendJson } from "./reply.ts";
import { rewritten } from "./rewrite.ts";

/** What became of a request. */
export type Outcome = "answered" | "broken" | "cancelled" | "exhausted" | "fault" | "refused" | "rejected";

/** What is logged of a request once it is over. */
export interface AnswerRecord {
  /** The id that the client has in `x-routec-decision`. */
  readonly decision: string;
  /** When it came, in milliseconds since the epoch, and how many it took. */
  readonly time: number;
  readonly milliseconds: number;
  readonly outcome: Outcome;
  /** HTTP status; 499 when the client went before there was one. */
  readonly status: number;
  /** The model asked for, where the body could be read. */
  readonly asked: string | undefined;
  /** Route and rule, such as `chat:1`, where it came to a decision. */
  readonly rule: string | undefined;
  /** The model that answered. */
  readonly model: string | undefined;
  /** Calls that left the process. */
  readonly attempts: number;
  /** Nano-dollars, where known. */
  readonly cost: number | undefined;
  /** The steps that failed, in order; the last one of an answer that broke off is that of the model that gave it. */
  readonly failures: readonly FailedAttempt[];
  /** A fault of routec's own. */
  readonly fault: unknown;
}

const CLIENT_GONE = 499;
const NO_VALUES: readonly undefined[] = [];

export class Exchange implements AnswerSink, PlanRequest {
  readonly headers: readonly string[];
  stream = false;
  needs = 0;
  promptTokens = 0;
  maxTokens: number | undefined;
  choices = 1;
  readonly #gateway: Gateway;
  readonly #reply: Reply;
  readonly #rawHeaders: readonly string[];
  readonly #id: string;
  readonly #time: number;
  #body: RequestBody | undefined;
  /** By index into the table's attributes. */
  #values: readonly (Value | undefined)[] = NO_VALUES;
  #route: ServedRoute | undefined;
  #rule = 0;
  #execution: Execution | undefined;
  #events: EventStream | undefined;
  #served: Served | undefined;
  #status = CLIENT_GONE;
  #over = false;

  constructor(gateway: Gateway, headers: readonly string[], reply: Reply) {
    this.#gateway = gateway;
    this.#reply = reply;
    this.#rawHeaders = headers;
    this.headers = upstreamHeaders(headers);
    this.#id = gateway.nextId();
    this.#time = gateway.doors.clock.now();
  }

  /** Decides, and carries out what was decided. */
  answer(pieces: readonly Buffer[], length: number): void {
    try {
      this.#start(pieces, length);
    } catch (error) {
      if (error instanceof RequestError) this.#refuse(error);
      else this.#fault(error);
    }
  }

  /** The client has gone. */
  cancel(): void {
    if (this.#over) return;
    this.#execution?.cancel();
    this.#close("cancelled");
  }

  /** The client can take more. */
  resume(): void {
    this.#execution?.resume();
  }

  bodyFor(upstream: string, overrides?: Overrides): Buffer | undefined {
    if (this.#body === undefined) throw new Error("the body was not read");
    const body = this.#body.bodyFor(upstream);
    return overrides === undefined ? body : rewritten(body, overrides);
  }

  attribute(index: number): Value | undefined {
    return this.#values[index];
  }

  json(): unknown {
    return this.#body?.json();
  }

  whole(served: Served, status: number, headers: RawHeaders, body: Buffer, cost: number | undefined): void {
    this.#served = served;
    const head = this.#answerHead(served, headers);
    if (cost !== undefined) head.push("x-routec-cost", dollars(cost));
    head.push("content-length", String(body.length));
    this.#status = status;
    this.#reply.whole(status, head, body);
    this.#close("answered", { cost });
  }

  begin(served: Served, status: number, headers: RawHeaders): void {
    this.#served = served;
    if (this.stream) this.#events = new EventStream();
    this.#status = status;
    this.#reply.begin(status, this.#answerHead(served, headers));
  }

  data(chunk: Buffer): boolean {
    const bytes = this.#events === undefined ? chunk : this.#events.push(chunk);
    return bytes.length === 0 || this.#reply.data(bytes);
  }

  end(cost: number | undefined): void {
    const rest = this.#events?.rest();
    if (rest !== undefined && rest.length > 0) this.#reply.data(rest);
    this.#reply.end();
    this.#close("answered", { cost });
  }

  broken(served: Served, failure: Failure, detail: string): void {
    const { model } = served;
    if (this.#events === undefined) this.#reply.abort();
    else {
      const message = `the answer of \`${model.name}\` broke off with ${failure}`;
      this.#reply.data(this.#events.failure(errorBody(502, message, null, failure)));
      this.#reply.end();
    }
    const failed = { model: model.name, failure, status: undefined, detail, body: undefined, retryAfter: undefined };
    this.#close("broken", { failures: [...(this.#execution?.failures ?? []), failed] });
  }

  reject(status: number, text: string | undefined, failures: readonly FailedAttempt[], attempts: number): void {
    this.#error(status, errorBody(status, text ?? "the policy rejects this request", null, "rejected_by_policy"));
    this.#close("rejected", { failures, attempts });
  }

  exhausted(failures: readonly FailedAttempt[], attempts: number): void {
    const { status, body, retryAfter } = exhaustedAnswer(failures);
    const more = ["x-routec-attempts", String(attempts)];
    if (retryAfter !== undefined) more.push("retry-after", String(retryAfter));
    this.#error(status, body, more);
    this.#close("exhausted", { failures, attempts });
  }

  #start(pieces: readonly Buffer[], length: number): void {
    const gateway = this.#gateway;
    const body = readBody(pieces, length, gateway.watched);
    const { facts } = body;
    this.#body = body;
    this.stream = facts.stream;
    this.needs = facts.needs;
    this.promptTokens = facts.promptTokens;
    this.maxTokens = facts.maxTokens;
    this.choices = facts.choices;
    const route = gateway.routeFor(facts.model);
    if (route === undefined) throw unknownModel(facts.model, gateway.names);
    const { clock } = gateway.doors;
    const values = gateway.attributes.read(route.policy, { headers: this.#rawHeaders, claims: undefined, body, clock });
    this.#values = values;
    const rule = route.policy.choose(values);
    const run = route.runs[rule];
    if (run === undefined) throw new Error(`the table chose rule ${rule}, which the route does not have`);
    this.#route = route;
    this.#rule = rule;
    this.#execution = execute(run, this, gateway.doors, this, this.#time + route.policy.route.deadline);
  }

  #refuse(error: RequestError): void {
    this.#error(error.status, errorBody(error.status, error.message, error.param, error.code));
    this.#close("refused");
  }

  /** Nothing of a fault is told to the client but that it happened. */
  #fault(fault: unknown): void {
    if (this.#over) return;
    this.#execution?.cancel();
    this.#error(500, errorBody(500, `routec failed on this request: see decision ${this.#id} in its log`));
    this.#close("fault", { fault });
  }

  #error(status: number, body: Buffer | string, more: readonly string[] = []): void {
    this.#status = status;
    sendJson(this.#reply, status, [...this.#head(), ...more, "x-should-retry", "false"], body);
  }

  #answerHead(served: Served, headers: RawHeaders): string[] {
    const head = this.#head();
    head.push("x-routec-model", served.model.name, "x-routec-attempts", String(served.attempts));
    if (served.dropped.length > 0) head.push("x-routec-dropped", served.dropped.join(", "));
    passAnswerHeaders(headers, head);
    return head;
  }

  #head(): string[] {
    const head = ["x-routec-decision", this.#id, "x-routec-policy", this.#gateway.policyHash];
    if (this.#route !== undefined) head.push("x-routec-rule", this.#route.labels[this.#rule] ?? "");
    return head;
  }

  #close(outcome: Outcome, more: Partial<AnswerRecord> = {}): void {
    this.#over = true;
    const { log, doors } = this.#gateway;
    if (log === undefined) {
      if (more.fault !== undefined) console.error(`routec: decision ${this.#id} failed:`, more.fault);
      return;
    }
    log({
      decision: this.#id,
      time: this.#time,
      milliseconds: doors.clock.now() - this.#time,
      outcome,
      status: this.#status,
      asked: this.#body?.facts.model,
      rule: this.#route?.labels[this.#rule],
      model: this.#served?.model.name,
      attempts: this.#execution?.attempts ?? 0,
      cost: undefined,
      failures: this.#execution?.failures ?? [],
      fault: undefined,
      ...more,
    });
  }
}

function unknownModel(model: string, names: readonly string[]): RequestError {
  const near = nearest(model, names);
  const hint = near.length === 0 ? "" : `: did you mean ${near.map((name) => `\`${name}\``).join(" or ")}`;
  return new RequestError(404, `no route serves the model \`${model}\`${hint}`, "model", "model_not_found");
}

/** Nano-dollars as dollars, exactly and without an exponent. */
function dollars(nano: number): string {
  const whole = Math.floor(nano / 1e9);
  let digits = String(nano - whole * 1e9 + 1e9);
  let end = digits.length;
  while (end > 1 && digits.charCodeAt(end - 1) === 0x30) end--;
  digits = digits.slice(1, end);
  return digits === "" ? String(whole) : `${whole}.${digits}`;
}
