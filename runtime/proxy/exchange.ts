/** One request, from its body to its answer. */
import type { Caller } from "../auth/index.ts";
import { dollars } from "../observe/dollars.ts";
import type { DecisionRecord, FailedStep, Outcome, RequestObserver } from "../observe/observer.ts";
import {
  type AnswerSink,
  type Execution,
  execute,
  type FailedAttempt,
  type LinkedCall,
  type Overrides,
  type OwnCall,
  type PlanRequest,
  type RawHeaders,
  type Refusal,
  type Served,
} from "../plan/index.ts";
import { member } from "../plan/json.ts";
import { chunksOf, type KeptAnswer, type Reuse, reuse } from "../reuse/index.ts";
import { type RequestTexts, type Signalling, textsOf } from "../signals/index.ts";
import type { Failure, Value } from "../table/index.ts";
import type { AskedAt } from "./attributes.ts";
import type { RequestBody } from "./body.ts";
import { decidingText } from "./embeddings.ts";
import { errorBody, RequestError } from "./errors.ts";
import { EventStream } from "./event-stream.ts";
import { exhaustedAnswer } from "./failures.ts";
import type { Gateway, ServedRoute } from "./gateway.ts";
import { passAnswerHeaders, upstreamHeaders } from "./headers.ts";
import { nearest } from "./nearest.ts";
import { ownCall } from "./own-call.ts";
import { messageTexts, signalRecords } from "./record.ts";
import { type Reply, sendJson } from "./reply.ts";
import { rewritten } from "./rewrite.ts";

const CLIENT_GONE = 499;
const NOTHING_USED = { input: 0, output: 0 };

/** What became of a request, beside what the exchange knows of it. */
interface Ending {
  readonly failures?: readonly FailedStep[];
  readonly reused?: string;
  readonly fault?: unknown;
}

/** What is to be undone when the request is over. */
type Admitted = { finish(used: { readonly input: number; readonly output: number }): void };

export class Exchange implements AnswerSink, PlanRequest {
  readonly headers: readonly string[];
  #ownHeaders: readonly string[] | undefined;
  stream = false;
  needs = 0;
  promptTokens = 0;
  maxTokens: number | undefined;
  choices = 1;
  inputs: number | undefined;
  usageAsked = false;
  readonly translated: boolean;
  readonly #gateway: Gateway;
  readonly #caller: Caller;
  /** Where the answer goes: past the translation once it is in the client's own dialect. */
  #reply: Reply;
  readonly #rawHeaders: readonly string[];
  readonly #endpoint: AskedAt;
  /** The client's, where that is no chat's. */
  readonly #dialect: OwnCall["dialect"] | undefined;
  readonly #id: string;
  readonly #time: number;
  /** The same moment by `Clock.elapsed`. */
  readonly #began: number;
  readonly #observer: RequestObserver | undefined;
  #body: RequestBody | undefined;
  /** By index into the table's attributes. */
  #values: (Value | undefined)[] = [];
  #route: ServedRoute | undefined;
  #rule: number | undefined;
  #signalling: Signalling | undefined;
  #reuse: Reuse | undefined;
  #admitted: Admitted | undefined;
  #execution: Execution | undefined;
  #events: EventStream | undefined;
  #served: Served | undefined;
  /** Of an answer that may be given again. */
  #answerHeaders: readonly string[] = [];
  #status = CLIENT_GONE;
  #firstContent: number | undefined;
  #over = false;

  constructor(gateway: Gateway, caller: Caller, headers: readonly string[], reply: Reply, endpoint: AskedAt) {
    this.#gateway = gateway;
    this.#endpoint = endpoint;
    this.#dialect = endpoint === "messages" || endpoint === "responses" ? endpoint : undefined;
    this.translated = this.#dialect !== undefined;
    this.#caller = caller;
    this.#reply = reply;
    this.#rawHeaders = headers;
    this.headers = upstreamHeaders(headers);
    this.#id = gateway.nextId();
    this.#time = gateway.doors.clock.now();
    this.#began = gateway.doors.clock.elapsed();
    this.#observer = gateway.observer?.began?.({ decision: this.#id, time: this.#time, headers });
  }

  /** Decides, and carries out what was decided. What `read` throws is the client's mistake. */
  answer(read: () => RequestBody): void {
    this.#step(() => this.#identify(read()));
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
    const body = this.#read().bodyFor(upstream);
    return overrides === undefined || body === undefined ? body : rewritten(body, overrides);
  }

  /** Answers that are kept for `reuse` are chat completions, whoever asked: then nothing passes through. */
  own(step: LinkedCall): OwnCall | undefined {
    const own = this.#body?.own;
    if (own === undefined || this.#dialect === undefined || this.#reuse !== undefined) return undefined;
    return ownCall(this.#dialect, own, step, () => {
      this.#ownHeaders ??= upstreamHeaders(this.#rawHeaders, true);
      return this.#ownHeaders;
    });
  }

  get ownAlone(): string | undefined {
    return this.#body?.kept;
  }

  attribute(index: number): Value | undefined {
    return this.#values[index];
  }

  json(): unknown {
    return this.#body?.json();
  }

  /** For signals. */
  get texts(): RequestTexts {
    if (this.inputs === undefined) return textsOf(this.json());
    return textsOf({ messages: [{ role: "user", content: decidingText(member(this.json(), "input")) }] });
  }

  whole(served: Served, status: number, headers: RawHeaders, body: Buffer, cost: number | undefined): void {
    this.#serve(served);
    const head = this.#answerHead(served, headers);
    const total = cost === undefined ? undefined : this.#cost();
    if (total !== undefined) head.push("x-routec-cost", dollars(total));
    head.push("content-length", String(body.length));
    this.#status = status;
    this.#reply.whole(status, head, body);
    this.#reuse?.recording?.add(body);
    this.#keep();
    this.#close("answered");
  }

  begin(served: Served, status: number, headers: RawHeaders): void {
    this.#serve(served);
    if (this.stream) this.#events = new EventStream();
    this.#status = status;
    this.#reply.begin(status, this.#answerHead(served, headers));
  }

  data(chunk: Buffer): boolean {
    const bytes = this.#events === undefined ? chunk : this.#events.push(chunk);
    return bytes.length === 0 || this.#send(bytes);
  }

  end(): void {
    const rest = this.#events?.rest();
    if (rest !== undefined && rest.length > 0) this.#send(rest);
    this.#reply.end();
    this.#keep();
    this.#close("answered");
  }

  broken(served: Served, failure: Failure, detail: string): void {
    const { model } = served;
    if (this.#events === undefined) this.#reply.abort();
    else {
      const message = `the answer of \`${model.name}\` broke off with ${failure}`;
      const error = errorBody(502, message, null, failure);
      const ending = this.#events.failure(served.stream?.broken(error) ?? "");
      if (ending.length > 0) this.#reply.data(ending);
      this.#reply.end();
    }
    const failures = this.#execution?.failures ?? [];
    this.#close("broken", { failures: [...failures, { model: model.name, failure, detail, status: undefined }] });
  }

  reject(status: number, text: string | undefined, failures: readonly FailedAttempt[], attempts: number): void {
    const body = errorBody(status, text ?? "the policy rejects this request", null, "rejected_by_policy");
    this.#error(status, body, ["x-routec-attempts", String(attempts)]);
    this.#close("rejected", { failures });
  }

  exhausted(failures: readonly FailedAttempt[], attempts: number): void {
    const { status, body, retryAfter, own } = exhaustedAnswer(failures, this.ownAlone);
    const more = ["x-routec-attempts", String(attempts)];
    if (retryAfter !== undefined) more.push("retry-after", String(retryAfter));
    if (own === undefined) this.#error(status, body, more);
    else this.#passError(status, body, own, more);
    this.#close("exhausted", { failures });
  }

  #identify(body: RequestBody): void {
    const gateway = this.#gateway;
    const { facts } = body;
    this.#body = body;
    this.stream = facts.stream;
    this.needs = facts.needs;
    this.promptTokens = facts.promptTokens;
    this.maxTokens = facts.maxTokens;
    this.choices = facts.choices;
    this.inputs = facts.inputs;
    // Whoever speaks another dialect is always told it.
    if (facts.stream)
      this.usageAsked = this.translated || member(body.member("stream_options"), "include_usage") === true;
    const route = gateway.routeFor(facts.model, this.#caller, this.#rawHeaders);
    if (route === undefined) throw unknownModel(facts.model, gateway.namesFor(this.#caller, this.#rawHeaders));
    const { clock } = gateway.doors;
    const { claims } = this.#caller;
    const input = { endpoint: this.#endpoint, headers: this.#rawHeaders, claims, body, clock };
    this.#values = gateway.attributes.read(route.policy, input);
    this.#route = route;
    const read = gateway.ledger?.state(this.#values, route.policy.tests);
    this.#when(read, () => this.#signal(route));
  }

  /** Computes the signals that the decision needs. */
  #signal(route: ServedRoute): void {
    const { signals } = this.#gateway;
    if (signals === undefined) {
      this.#decide(route);
      return;
    }
    const done = (): void => this.#step(() => this.#decide(route));
    const deadlineAt = this.#deadlineAt(route);
    this.#signalling = signals.run({ route: route.policy, values: this.#values, request: this, deadlineAt, done });
  }

  #decide(route: ServedRoute): void {
    const rule = route.policy.choose(this.#values);
    this.#rule = rule;
    // What refers to something that a provider keeps may ask for something else in the same words.
    if (route.reuse === undefined || this.ownAlone !== undefined) {
      this.#admit(route, rule);
      return;
    }
    const earlier = this.#earlier(route, rule);
    this.#when(earlier, (answer) => (answer === undefined ? this.#admit(route, rule) : this.#replay(answer)));
  }

  #earlier(route: ServedRoute, rule: number): Reuse["found"] {
    const { answers, doors, policyHash } = this.#gateway;
    if (answers === undefined || route.reuse === undefined) return undefined;
    const { lifetime, per } = route.reuse;
    const values = per.map((index) => this.#values[index]);
    const request = {
      body: this.#read().bytes(),
      stream: this.stream,
      kind: this.inputs === undefined ? ("chat" as const) : ("embeddings" as const),
      policy: policyHash,
      rule: route.labels[rule] ?? "",
      scope: per.length > 0 ? { by: "values" as const, values } : { by: "caller" as const, key: this.#caller.key },
      headers: this.headers,
      clientHeaders: this.#rawHeaders,
      lifetime,
    };
    this.#reuse = reuse(request, answers, () => doors.clock.now());
    return this.#reuse?.found;
  }

  /** Gives an earlier answer again. */
  #replay(answer: KeptAnswer): void {
    const cost = this.#cost();
    const head = [...this.#head(), "x-routec-attempts", "0", "x-routec-reused", answer.decision];
    if (cost !== undefined) head.push("x-routec-cost", dollars(cost));
    head.push(...answer.headers);
    this.#status = 200;
    this.#noteContent();
    if (this.stream) {
      this.#reply.begin(200, head);
      for (const chunk of chunksOf(answer)) this.#reply.data(chunk);
      this.#reply.end();
    } else {
      head.push("content-length", String(answer.body.length));
      this.#reply.whole(200, head, answer.body);
    }
    this.#close("answered", { reused: answer.decision });
  }

  /** Counts the request in its caller's limits. */
  #admit(route: ServedRoute, rule: number): void {
    const admitted = this.#gateway.ledger?.admit(this);
    this.#when(
      admitted,
      (answer) => {
        if (answer !== undefined && "failure" in answer) this.#refuseLimited(answer);
        else {
          this.#admitted = answer;
          this.#execute(route, rule);
        }
      },
      giveBack,
    );
  }

  #execute(route: ServedRoute, rule: number): void {
    const run = route.runs[rule];
    if (run === undefined) throw new Error(`the table chose rule ${rule}, which the route does not have`);
    this.#execution = execute(run, this, this.#gateway.doors, this, this.#deadlineAt(route), this.#observer);
    // A plan that came to its end at once has told so before this.
    if (this.#over) this.#execution.cancel();
  }

  #refuseLimited({ detail, retryAfter }: Refusal): void {
    const more = retryAfter === undefined ? [] : ["retry-after", String(Math.ceil(retryAfter / 1000))];
    this.#error(429, errorBody(429, detail, null, "rate_limit_exceeded"), more);
    this.#close("refused");
  }

  /** Goes on with a value: at once, or when it is there, unless the request is over by then. */
  #when<T>(value: T | PromiseLike<T>, go: (value: T) => void, late?: (value: T) => void): void {
    if (!isPromise(value)) {
      go(value);
      return;
    }
    value.then(
      (there) => {
        if (this.#over) late?.(there);
        else this.#step(() => go(there));
      },
      (fault: unknown) => this.#fault(fault),
    );
  }

  #step(go: () => void): void {
    try {
      go();
    } catch (error) {
      if (error instanceof RequestError) this.#refuse(error);
      else this.#fault(error);
    }
  }

  #read(): RequestBody {
    if (this.#body === undefined) throw new Error("the body was not read");
    return this.#body;
  }

  #deadlineAt(route: ServedRoute): number {
    return this.#began + route.policy.route.deadline;
  }

  #send(bytes: Buffer): boolean {
    this.#reuse?.recording?.add(bytes);
    return this.#reply.data(bytes);
  }

  #keep(): void {
    const model = this.#served?.model.name;
    if (this.#reuse === undefined || model === undefined) return;
    this.#reuse.keep(this.#status, { decision: this.#id, model, headers: this.#answerHeaders });
  }

  #serve(served: Served): void {
    this.#served = served;
    if (served.own) this.#reply = this.#reply.own ?? this.#reply;
    this.#noteContent();
  }

  #noteContent(): void {
    this.#firstContent = this.#gateway.doors.clock.elapsed() - this.#began;
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

  /** An error as its provider said it. */
  #passError(status: number, body: Buffer | string, headers: RawHeaders, more: readonly string[]): void {
    this.#status = status;
    const head = [...this.#head(), ...more, "x-should-retry", "false"];
    passAnswerHeaders(headers, head);
    head.push("content-length", String(Buffer.byteLength(body)));
    (this.#reply.own ?? this.#reply).whole(status, head, body);
  }

  #answerHead(served: Served, headers: RawHeaders): string[] {
    const { attempts, model } = served;
    const head = [...this.#head(), "x-routec-attempts", String(attempts), "x-routec-model", model.name];
    if (served.dropped.length > 0) head.push("x-routec-dropped", served.dropped.join(", "));
    passAnswerHeaders(headers, head);
    if (this.#reuse !== undefined) this.#answerHeaders = head.slice(head.indexOf("x-routec-model"));
    return head;
  }

  #head(): string[] {
    const head = ["x-routec-decision", this.#id, "x-routec-policy", this.#gateway.policyHash];
    return this.#rule === undefined ? head : [...head, "x-routec-rule", this.#route?.labels[this.#rule] ?? ""];
  }

  /** Nano-dollars of all calls so far, and of signals; undefined where a signal's cost is not known. */
  #cost(): number | undefined {
    let sum = this.#execution?.cost ?? 0;
    for (const { cost } of this.#signalling?.records ?? []) {
      if (cost === undefined) return undefined;
      sum += cost;
    }
    return sum;
  }

  #close(outcome: Outcome, ending: Ending = {}): void {
    this.#over = true;
    this.#signalling?.cancel();
    this.#admitted?.finish(this.#execution?.tokens ?? NOTHING_USED);
    this.#tell(outcome, ending);
  }

  #tell(outcome: Outcome, { failures, reused, fault }: Ending): void {
    const { observer, doors, policy, texts } = this.#gateway;
    if (observer === undefined) {
      if (fault !== undefined) console.error(`routec: decision ${this.#id} failed:`, fault);
      return;
    }
    const { table } = policy;
    const record: DecisionRecord = {
      decision: this.#id,
      time: this.#time,
      firstContent: this.#firstContent,
      milliseconds: doors.clock.elapsed() - this.#began,
      policy: table.hash,
      outcome,
      status: this.#status,
      stream: this.stream,
      asked: this.#body?.facts.model,
      route: this.#route?.name,
      rule: this.#rule === undefined ? undefined : this.#route?.labels[this.#rule],
      key: this.#caller.key,
      attributes: table.attributes,
      values: this.#values,
      meters: table.meters,
      signals: signalRecords(this.#signalling?.records ?? []),
      model: this.#served?.model.name,
      calls: this.#execution?.calls ?? [],
      failures: failures ?? this.#execution?.failures ?? [],
      reused,
      fault,
      texts: texts && this.#body !== undefined ? messageTexts(this.#body) : undefined,
    };
    this.#observer?.over(record);
    observer.over?.(record);
  }
}

/** Of a request that was over before it was let in. */
function giveBack(answer: Admitted | Refusal | undefined): void {
  if (answer !== undefined && "finish" in answer) answer.finish(NOTHING_USED);
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && "then" in value;
}

function unknownModel(model: string, names: readonly string[]): RequestError {
  const near = nearest(model, names);
  const hint = near.length === 0 ? "" : `: did you mean ${near.map((name) => `\`${name}\``).join(" or ")}`;
  return new RequestError(404, `no route serves the model \`${model}\`${hint}`, "model", "model_not_found");
}
