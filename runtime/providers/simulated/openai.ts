/** OpenAI's chat completions and embeddings, and Azure's, whose errors differ. */
import { member } from "../../plan/json.ts";
import { simulatedEmbeddings } from "./embeddings.ts";
import { CREATED, DECLINED, type Heard, heardIn, type Said, tokens } from "./said.ts";
import { events, RETRY_AFTER, type Refusal, type Shapes, type Stated } from "./shapes.ts";

export const OPENAI: Shapes = {
  streams: "text/event-stream",
  heard,
  whole(said) {
    const choices = [
      { index: 0, message: messageOf(said), logprobs: logprobsOf(said), finish_reason: FINISHES[said.finish] },
    ];
    return { ...common(said), object: "chat.completion", choices, usage: usageOf(said) };
  },
  opening: (said) => events(chunk(said, { role: "assistant", content: "", refusal: null })),
  word(said, index) {
    const logprobs = said.heard.logprobs === undefined ? null : { content: [logprobAt(said, index)], refusal: null };
    return events(chunk(said, { content: said.words[index] }, null, logprobs));
  },
  closing(said) {
    const declined = said.finish === "refused" ? [chunk(said, { refusal: DECLINED })] : [];
    const called = said.calls.length > 0 ? [chunk(said, { tool_calls: callsOf(said, true) })] : [];
    const usage = said.heard.includeUsage
      ? [{ ...common(said), object: "chat.completion.chunk", choices: [], usage: usageOf(said) }]
      : [];
    return events(...declined, ...called, chunk(said, {}, FINISHES[said.finish]), ...usage, "[DONE]");
  },
  // A filter of OpenAI's own ends the answer, with a reason.
  refusal: (failure, said) => (failure === "filtered" ? undefined : REFUSALS[failure](said)),
  embedded: (body, model) => simulatedEmbeddings(body, model, tokens),
};

export const AZURE: Shapes = {
  ...OPENAI,
  refusal: (failure, said) => AZURE_REFUSALS[failure]?.(said) ?? OPENAI.refusal(failure, said),
};

function heard(body: unknown): Heard {
  const cap = member(body, "max_completion_tokens") ?? member(body, "max_tokens");
  return {
    ...heardIn(member(body, "messages"), cap),
    logprobs: member(body, "logprobs") === true ? Number(member(body, "top_logprobs") ?? 0) : undefined,
    includeUsage: member(member(body, "stream_options"), "include_usage") === true,
  };
}

function common({ id, model }: Said) {
  return { id: `chatcmpl-${id.slice(0, 29)}`, created: CREATED, model };
}

function messageOf(said: Said) {
  const { words, calls, finish } = said;
  if (finish === "refused") return { role: "assistant", content: null, refusal: DECLINED };
  const content = words.length === 0 && calls.length > 0 ? null : words.join("");
  return {
    role: "assistant",
    content,
    refusal: null,
    ...(calls.length > 0 && { tool_calls: callsOf(said, false) }),
  };
}

/** In a stream each has its place among them. */
function callsOf({ calls }: Said, indexed: boolean): readonly object[] {
  return calls.map(({ id, name, input }, index) => ({
    ...(indexed && { index }),
    id: `call_${id}`,
    type: "function",
    function: { name, arguments: JSON.stringify(input) },
  }));
}

const FINISHES = {
  stop: "stop",
  length: "length",
  tools: "tool_calls",
  filtered: "content_filter",
  refused: "stop",
} as const;

function usageOf({ heard: { promptTokens }, tokens: completion_tokens }: Said) {
  return { prompt_tokens: promptTokens, completion_tokens, total_tokens: promptTokens + completion_tokens };
}

/** With `include_usage` every event but the last has a null usage. */
function chunk(said: Said, delta: object, finish_reason: string | null = null, logprobs: object | null = null): object {
  const choices = [{ index: 0, delta, logprobs, finish_reason }];
  const rest = said.heard.includeUsage ? { usage: null } : {};
  return { ...common(said), object: "chat.completion.chunk", choices, ...rest };
}

function logprobsOf(said: Said): object | null {
  if (said.heard.logprobs === undefined) return null;
  return { content: said.words.map((_, at) => logprobAt(said, at)), refusal: null };
}

function logprobAt({ words, confidence, heard }: Said, at: number): object {
  const token = words[at] ?? "";
  const logprob = Math.log(confidence[at] ?? 1);
  const of = (said: string, value: number) => ({ token: said, logprob: value, bytes: [...Buffer.from(said)] });
  const others = ["…", " or", " not"].map((other, rank) =>
    of(other, Math.log(1 - Math.exp(logprob) + 1e-9) - rank - 1),
  );
  return { ...of(token, logprob), top_logprobs: [of(token, logprob), ...others].slice(0, heard.logprobs) };
}

/** platform.openai.com, "Error codes"; azure has these too where `AZURE_REFUSALS` has none. */
const REFUSALS: Readonly<Record<Exclude<Stated, "filtered">, (said: Said) => Refusal>> = {
  rate_limited: ({ model }) => ({
    ...error(429, "requests", "rate_limit_exceeded", `Rate limit reached for ${model}. Please try again in 1s.`),
    headers: ["retry-after", RETRY_AFTER],
  }),
  overloaded: () => error(503, "server_error", null, "The engine is currently overloaded, please try again later."),
  server_error: () => error(500, "server_error", null, "The server had an error while processing your request."),
  too_long: ({ heard: { promptTokens } }) =>
    error(
      400,
      "invalid_request_error",
      "context_length_exceeded",
      `This model's maximum context length is exceeded: your messages resulted in ${promptTokens} tokens. Please reduce the length of the messages.`,
      "messages",
    ),
  unauthorized: () => error(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
  invalid: () => error(400, "invalid_request_error", null, "We could not parse the JSON body of your request."),
};

/** learn.microsoft.com, "Azure OpenAI in Microsoft Foundry Models REST API reference", and "Content filtering". */
const AZURE_REFUSALS: Readonly<Partial<Record<Stated, (said: Said) => Refusal>>> = {
  rate_limited: () => ({
    status: 429,
    body: {
      error: { code: "429", message: "Requests have exceeded the call rate limit. Please retry after 1 second." },
    },
    headers: ["retry-after", RETRY_AFTER],
  }),
  unauthorized: () => ({
    status: 401,
    body: { error: { code: "401", message: "Access denied due to invalid subscription key or wrong API endpoint." } },
  }),
  filtered: () => ({
    status: 400,
    body: {
      error: {
        message:
          "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.",
        type: null,
        param: "prompt",
        code: "content_filter",
        status: 400,
        innererror: {
          code: "ResponsibleAIPolicyViolation",
          content_filter_result: { violence: { filtered: true, severity: "high" } },
        },
      },
    },
  }),
};

function error(
  status: number,
  type: string,
  code: string | null,
  message: string,
  param: string | null = null,
): Refusal {
  return { status, body: { error: { message, type, param, code } } };
}
