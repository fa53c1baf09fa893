/** What a simulated model says: a chat completion of which gates see just the facts that it is to have. */
import { member, parse, text } from "../plan/json.ts";

/** In the language's words. What is not given is that of an answer that every usual gate accepts. */
export interface AnswerFacts {
  /** 0 to 1; 1 when not given. */
  readonly confidence?: number;
  readonly refused?: boolean;
  readonly valid_json?: boolean;
  /** `stop` when not given. */
  readonly finish?: "stop" | "length" | "tools" | "filtered";
  /** `OUTPUT_TOKENS` when not given, or as many as the request allows. */
  readonly output_tokens?: number;
  /** The text; an empty JSON object when not given, and 1 for who is asked for a judgement. */
  readonly answer?: string;
}

/** Tokens of an answer of which nothing else is said. */
export const OUTPUT_TOKENS = 64;

/** The facts that no answer can have together, in a sentence; undefined where there is one that has them all. */
export function contradiction({ answer, valid_json: valid }: AnswerFacts): string | undefined {
  if (answer === undefined || valid === undefined || isJson(answer) === valid) return undefined;
  return `the answer \`${answer}\` is ${valid ? "no " : ""}JSON`;
}

/** Whether an answer is to be judged, or is one. */
export type Purpose = "answer" | "judgement";

/** What a provider is asked for. */
export interface Asked {
  readonly purpose: Purpose;
  readonly promptTokens: number;
  /** The most tokens that the answer may have. */
  readonly mostTokens: number;
}

export interface Said extends Asked {
  readonly facts: AnswerFacts;
  /** Times what was used that is reported; 0: nothing is. 1 when not given. */
  readonly reports?: number;
}

/** Tokens. */
export interface Used {
  readonly prompt: number;
  readonly completion: number;
}

/** What an answer reports to have used. */
export function usageOf({ facts, promptTokens, mostTokens, reports = 1 }: Said): Used {
  const completion = facts.output_tokens ?? Math.min(OUTPUT_TOKENS, mostTokens);
  return { prompt: promptTokens * reports, completion: completion * reports };
}

/** The body of an unstreamed answer. */
export function wholeAnswer(said: Said): Buffer {
  const { content, refusal, finish, logprobs, usage } = partsOf(said);
  const message = { role: "assistant", content, refusal };
  const choices = [{ index: 0, message, logprobs, finish_reason: finish }];
  return Buffer.from(JSON.stringify({ object: "chat.completion", choices, usage }));
}

/** The same as a stream of server-sent events. */
export function streamedAnswer(said: Said): Buffer {
  const { content, refusal, finish, logprobs, usage } = partsOf(said);
  const choice = (delta: object, rest: object): object => ({
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, ...rest }],
  });
  const delta = { role: "assistant", content, ...(refusal !== null && { refusal }) };
  const events = [
    choice(delta, { logprobs, finish_reason: null }),
    { ...choice({}, { finish_reason: finish }), ...(usage && { usage }) },
  ];
  return Buffer.from(`${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")}data: [DONE]\n\n`);
}

const FINISH = { stop: "stop", length: "length", tools: "tool_calls", filtered: "content_filter" } as const;

function partsOf(said: Said) {
  const { facts, purpose, reports } = said;
  const { prompt, completion } = usageOf(said);
  const { confidence = 1, refused = false, valid_json: valid, finish = "stop", answer } = facts;
  const usual = purpose === "judgement" ? "1" : "{}";
  const content = answer ?? (valid === false ? "no JSON" : refused && valid === undefined ? "" : usual);
  return {
    content,
    refusal: refused ? "I cannot help with that." : null,
    finish: FINISH[finish],
    logprobs: { content: [{ token: content, logprob: logprobOf(confidence) }] },
    usage:
      reports === 0
        ? undefined
        : { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
  };
}

/** Below this a number's exponential is 0; JSON has no infinity. */
const IMPOSSIBLE = -9999;
/** How far from the logarithm of a number one is looked for whose exponential is the number itself, in steps. */
const NEAR = 64;

/**
 * A logarithm whose exponential is `probability` to the last bit, or else, as happens below 0.4, the next above it that
 * has one: `confidence >= 0.85` holds of an answer that has 0.85.
 */
function logprobOf(probability: number): number {
  if (probability <= 0) return IMPOSSIBLE;
  if (probability >= 1) return 0;
  const log = Math.log(probability);
  const step = (Math.abs(log) * Number.EPSILON) / 2;
  const candidates = Array.from({ length: 2 * NEAR + 1 }, (_, i) => log + (i - NEAR) * step);
  return candidates.find((candidate) => Math.exp(candidate) >= probability) ?? log;
}

function isJson(given: string): boolean {
  return parse(given) !== undefined;
}

/** The largest answer that a call's body asks for; undefined where it states no cap. */
export function capOf(body: Buffer): number | undefined {
  const value = parse(body.toString());
  const cap = member(value, "max_completion_tokens") ?? member(value, "max_tokens");
  return typeof cap === "number" ? cap : undefined;
}

/** The prompt of a request that routec makes itself, in tokens: about four bytes each. */
export function sizeOf(body: Buffer): number {
  const { messages } = (parse(body.toString()) ?? {}) as { messages?: unknown };
  const texts = Array.isArray(messages) ? messages.map((message) => text(member(message, "content"))) : [];
  return Math.ceil(Buffer.byteLength(texts.join("")) / 4);
}
