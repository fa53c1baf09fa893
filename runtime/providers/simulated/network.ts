/** A simulated provider as it is on the wire: bytes of its dialect come in, and bytes of it go out. */
import type { Clock, UpstreamControl, UpstreamEvents } from "../../plan/doors.ts";
import { parse } from "../../plan/json.ts";
import type { Failure, Provider, Simulated } from "../../table/index.ts";
import { ANTHROPIC } from "./anthropic.ts";
import { BEDROCK } from "./bedrock.ts";
import { COHERE } from "./cohere.ts";
import { type Fate, fateOf } from "./fate.ts";
import { GEMINI } from "./gemini.ts";
import { AZURE, OPENAI } from "./openai.ts";
import { type Beat, Recital } from "./recital.ts";
import { type Said, saidTo, TOKEN_LENGTH } from "./said.ts";
import type { Request, Shapes, Stated } from "./shapes.ts";

export type Dialect = NonNullable<Simulated["speaks"]>;

const SHAPES: Readonly<Record<Dialect, Shapes>> = {
  openai: OPENAI,
  azure: AZURE,
  anthropic: ANTHROPIC,
  gemini: GEMINI,
  bedrock: BEDROCK,
  cohere: COHERE,
};

export interface Network {
  /** Whether a connection is made for the next call. */
  readonly connects: boolean;
  call(request: Request, events: UpstreamEvents): UpstreamControl;
}

/** The network to one provider. Its calls are counted from when it was opened. */
export function networkTo(provider: Provider, clock: Clock): Network {
  const { simulated = {} } = provider;
  const shapes = SHAPES[simulated.speaks ?? "openai"];
  let calls = 0;
  return {
    get connects() {
      return fateOf(provider, calls).end !== "unreachable";
    },
    call(request, events) {
      // To count tokens is no call to a model.
      const fate: Fate = request.endpoint === "count_tokens" ? COUNTED : fateOf(provider, calls++);
      return new Recital(clock, beats(shapes, simulated, request, fate), events);
    },
  };
}

const COUNTED: Fate = { end: "answered", latency: 0 };

/** What is told of a call, and when. */
function* beats(shapes: Shapes, simulated: Simulated, request: Request, fate: Fate): Iterable<Beat> {
  const { latency: at, end } = fate;
  // Silence: the caller's time limit makes it a failure.
  if (end === "timeout") return;
  if (end === "unreachable") {
    yield { at, tell: (events) => events.fail("unreachable", "no connection (simulated)", false) };
    return;
  }
  const { model, body, stream, endpoint } = request;
  const value = parse(body.toString());
  const isMalformed = typeof value !== "object" || value === null;
  const failure: Failure | "answered" = isMalformed ? "invalid" : end;
  const finish = failure === "refused" || failure === "filtered" ? failure : "stop";
  const said = saidTo(shapes.heard(value), model, body, simulated.answers, finish);
  const headers = shapes.headers?.(said.id) ?? [];
  const refusal = isStated(failure) ? shapes.refusal(failure, said) : undefined;
  if (refusal !== undefined) {
    yield* whole(at, refusal.status, [...headers, ...(refusal.headers ?? [])], refusal.body);
  } else if (endpoint !== "answers") {
    const counts = endpoint === "count_tokens";
    const answer = counts ? shapes.counted?.(said.heard.promptTokens) : shapes.embedded?.(value, model);
    yield* whole(at, answer === undefined ? 404 : 200, headers, answer ?? {});
  } else if (stream) {
    yield* streamed(shapes, said, at, simulated.speed, headers);
  } else {
    yield* whole(at + taken(said.tokens, simulated.speed), 200, headers, shapes.whole(said));
  }
}

/** All of an answer at once. */
function* whole(at: number, status: number, headers: readonly string[], body: object): Iterable<Beat> {
  yield { at, tell: (events) => events.head(status, ["content-type", "application/json", ...headers]) };
  yield { at, tell: (events) => events.data(Buffer.from(JSON.stringify(body))) };
  yield { at, tell: (events) => events.end() };
}

/** An answer word by word, as fast as it is said. */
function* streamed(
  shapes: Shapes,
  said: Said,
  at: number,
  speed: number | undefined,
  headers: readonly string[],
): Iterable<Beat> {
  const data = (chunk: Buffer) => (events: UpstreamEvents) => events.data(chunk);
  yield { at, tell: (events) => events.head(200, ["content-type", shapes.streams, ...headers]) };
  const opening = shapes.opening(said);
  if (opening.length > 0) yield { at, tell: data(opening) };
  let length = 0;
  for (const [index, word] of said.words.entries()) {
    yield { at: at + taken(length / TOKEN_LENGTH, speed), tell: data(shapes.word(said, index)) };
    length += word.length;
  }
  const end = at + taken(said.tokens, speed);
  yield { at: end, tell: data(shapes.closing(said)) };
  yield { at: end, tell: (events) => events.end() };
}

/** Milliseconds that so many tokens take. */
function taken(tokens: number, speed: number | undefined): number {
  return speed === undefined ? 0 : (tokens * 1000) / speed;
}

const STATED: readonly string[] = [
  "rate_limited",
  "overloaded",
  "server_error",
  "too_long",
  "unauthorized",
  "filtered",
  "invalid",
] satisfies readonly Stated[];

function isStated(end: Failure | "answered"): end is Stated {
  return STATED.includes(end);
}
