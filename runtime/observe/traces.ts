/**
 * Traces, through OpenTelemetry's API alone: one server span for each request, one client span for each attempt. What
 * becomes of them is the operator's: without an SDK registered, such as by `node --import`, nothing is recorded.
 */
import type {
  Attributes,
  Context,
  HrTime,
  Span,
  SpanStatusCode,
  TextMapGetter,
  TextMapSetter,
} from "@opentelemetry/api";
import { dollars } from "./dollars.ts";
import { OPERATION, providerName } from "./names.ts";
import type { Attempt, DecisionRecord, Observer, RequestObserver, RequestStart } from "./observer.ts";

type Api = typeof import("@opentelemetry/api");
/** Header names and values in turn. */
type Headers = readonly string[];

const PATH = "/v1/chat/completions";

/** Loads OpenTelemetry's API, and traces with whatever is registered there by then. */
export async function openTraces(): Promise<Observer> {
  const api = await import("@opentelemetry/api");
  const tracer = api.trace.getTracer("routec");
  return {
    began({ decision, time, headers }: RequestStart): RequestObserver {
      const parent = api.propagation.extract(api.ROOT_CONTEXT, headers, GETTER);
      const attributes = {
        "http.request.method": "POST",
        "http.route": PATH,
        "gen_ai.operation.name": OPERATION,
        "routec.decision": decision,
      };
      const options = { kind: api.SpanKind.SERVER, startTime: hrTime(time), attributes };
      const span = tracer.startSpan(`POST ${PATH}`, options, parent);
      return new RequestSpans(api, span, api.trace.setSpan(parent, span));
    },
  };
}

class RequestSpans implements RequestObserver {
  readonly #api: Api;
  readonly #span: Span;
  readonly #context: Context;
  readonly #attempts = new Map<Attempt, Span>();

  constructor(api: Api, span: Span, context: Context) {
    this.#api = api;
    this.#span = span;
    this.#context = context;
  }

  attemptBegan(attempt: Attempt, headers: Headers): Headers {
    const { model, provider, retry, purpose, sent, stream } = attempt;
    const attributes = {
      "gen_ai.operation.name": OPERATION,
      "gen_ai.provider.name": providerName(provider),
      "gen_ai.request.model": model.upstream,
      "gen_ai.request.stream": stream,
      "routec.model": model.name,
      "routec.provider": provider.name,
      "routec.attempt": this.#attempts.size,
      "routec.retry": retry,
      "routec.purpose": purpose,
    };
    const api = this.#api;
    const options = { kind: api.SpanKind.CLIENT, startTime: hrTime(sent), attributes };
    const span = api.trace.getTracer("routec").startSpan(`${OPERATION} ${model.upstream}`, options, this.#context);
    this.#attempts.set(attempt, span);
    const carrier = new Map<string, string>();
    api.propagation.inject(api.trace.setSpan(this.#context, span), carrier, SETTER);
    if (carrier.size === 0) return headers;
    const others = headers.filter((_, index) => !carrier.has((headers[index - (index % 2)] ?? "").toLowerCase()));
    return [...others, ...[...carrier].flat()];
  }

  attemptEnded(attempt: Attempt): void {
    const span = this.#attempts.get(attempt);
    if (span === undefined) return;
    if (span.isRecording()) {
      span.setAttributes(attemptAttributes(attempt));
      if (attempt.failure !== undefined) this.#fail(span, attempt.failure);
    }
    span.end(hrTime(attempt.sent + (attempt.milliseconds ?? 0)));
  }

  over(record: DecisionRecord): void {
    if (this.#span.isRecording()) {
      this.#span.setAttributes(requestAttributes(record));
      const { outcome, status } = record;
      if (status >= 500 || outcome === "broken" || outcome === "fault") this.#fail(this.#span, outcome);
    }
    this.#span.end(hrTime(record.time + record.milliseconds));
  }

  #fail(span: Span, type: string): void {
    const code: SpanStatusCode = this.#api.SpanStatusCode.ERROR;
    span.setAttribute("error.type", type);
    span.setStatus({ code });
  }
}

function attemptAttributes({ end, status, content, input, output, cost }: Attempt): Attributes {
  return {
    "routec.end": end ?? "cancelled",
    "routec.cost_usd": Number(dollars(cost)),
    ...(status !== undefined && { "http.response.status_code": status }),
    ...(content !== undefined && { "gen_ai.response.time_to_first_chunk": content / 1000 }),
    ...(input !== undefined && { "gen_ai.usage.input_tokens": input }),
    ...(output !== undefined && { "gen_ai.usage.output_tokens": output }),
  };
}

function requestAttributes(record: DecisionRecord): Attributes {
  const { status, outcome, policy, asked, route, rule, model, reused, calls } = record;
  return {
    "http.response.status_code": status,
    "routec.outcome": outcome,
    "routec.policy.hash": policy,
    "routec.attempts": calls.length,
    ...(asked !== undefined && { "gen_ai.request.model": asked }),
    ...(route !== undefined && { "routec.route": route }),
    ...(rule !== undefined && { "routec.rule": rule }),
    ...(model !== undefined && { "routec.model": model }),
    ...(reused !== undefined && { "routec.reused": reused }),
  };
}

/** The form of a time that cannot be taken for any other: seconds since the epoch, and nanoseconds. */
function hrTime(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1000);
  return [seconds, Math.round((milliseconds - seconds * 1000) * 1e6)];
}

const GETTER: TextMapGetter<Headers> = {
  keys: (headers) => headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()),
  get(headers, key) {
    const values = headers.filter((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === key);
    return values.length > 1 ? [...values] : values[0];
  },
};

const SETTER: TextMapSetter<Map<string, string>> = {
  set: (carrier, key, value) => void carrier.set(key.toLowerCase(), value),
};
