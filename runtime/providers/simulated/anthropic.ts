/** Anthropic's messages (platform.claude.com, "Messages", "Streaming messages", "Errors"). */
import { member } from "../../plan/json.ts";
import { DECLINED, heardIn, type Said, type ToolCall } from "./said.ts";
import { namedEvents, RETRY_AFTER, type Refusal, type Shapes, type Stated } from "./shapes.ts";

export const ANTHROPIC: Shapes = {
  streams: "text/event-stream",
  headers: (id) => ["request-id", requestId(id)],
  heard: (body) => heardIn(member(body, "messages"), member(body, "max_tokens"), member(body, "system")),
  whole(said) {
    const text = said.words.join("");
    const spoken = text === "" ? [] : [{ type: "text", text, citations: null }];
    const content = [...spoken, ...said.calls.map((call) => ({ ...toolUse(call), input: call.input }))];
    return { ...messageOf(said), content, ...stopOf(said), usage: usageOf(said, said.tokens) };
  },
  opening(said) {
    const start = { ...messageOf(said), content: [], stop_reason: null, stop_details: null, stop_sequence: null };
    const message = { type: "message_start", message: { ...start, usage: usageOf(said, 1) } };
    if (said.words.length === 0) return namedEvents(message);
    const content_block = { type: "text", text: "", citations: null };
    return namedEvents(message, { type: "content_block_start", index: 0, content_block } as const, { type: "ping" });
  },
  word: (said, at) =>
    namedEvents({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: said.words[at] },
    }),
  closing(said) {
    const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens } = usageOf(said, said.tokens);
    const usage = {
      input_tokens,
      cache_creation_input_tokens,
      cache_read_input_tokens,
      output_tokens: said.tokens,
      output_tokens_details: null,
      server_tool_use: null,
    };
    const end = [
      { type: "message_delta", delta: { ...stopOf(said), container: null }, usage },
      { type: "message_stop" },
    ];
    const spoken = said.words.length === 0 ? [] : [{ type: "content_block_stop", index: 0 }];
    return namedEvents(...spoken, ...said.calls.flatMap((call, at) => called(call, spoken.length + at)), ...end);
  },
  // A classifier of Anthropic's ends the answer, with a reason.
  refusal: (failure, said) => (failure === "filtered" ? undefined : refusalOf(failure, said)),
  counted: (input_tokens) => ({ input_tokens }),
};

function toolUse({ id, name }: ToolCall) {
  return { type: "tool_use", id: `toolu_${id}`, name, input: {}, caller: { type: "direct" } };
}

/** The events of a tool that is called. */
function called(call: ToolCall, index: number) {
  const delta = { type: "input_json_delta", partial_json: JSON.stringify(call.input) };
  return [
    { type: "content_block_start", index, content_block: toolUse(call) },
    { type: "content_block_delta", index, delta },
    { type: "content_block_stop", index },
  ];
}

function messageOf({ id, model }: Said) {
  return {
    id: `msg_${id.slice(0, 24)}`,
    type: "message",
    role: "assistant",
    model,
    container: null,
    diagnostics: null,
  };
}

const STOPS = {
  stop: "end_turn",
  length: "max_tokens",
  tools: "tool_use",
  filtered: "refusal",
  refused: "refusal",
} as const;

/** Both are refusals to Anthropic; one that the model explains is its own. */
function stopOf({ finish }: Said) {
  const explanation = finish === "refused" ? DECLINED : null;
  const isStopped = finish === "refused" || finish === "filtered";
  return {
    stop_reason: STOPS[finish],
    stop_details: isStopped ? { type: "refusal", category: null, explanation } : null,
    stop_sequence: null,
  };
}

function usageOf({ heard: { promptTokens } }: Said, output_tokens: number) {
  return {
    input_tokens: promptTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens,
    output_tokens_details: null,
    server_tool_use: null,
    service_tier: "standard",
    inference_geo: "not_available",
    speed: "standard",
  };
}

const requestId = (id: string): string => `req_${id.slice(0, 24)}`;

const ERRORS: Readonly<
  Record<Exclude<Stated, "filtered">, readonly [status: number, type: string, message: (said: Said) => string]>
> = {
  rate_limited: [429, "rate_limit_error", () => "This request would exceed your organization's rate limit."],
  overloaded: [529, "overloaded_error", () => "Overloaded"],
  server_error: [500, "api_error", () => "Internal server error"],
  too_long: [400, "invalid_request_error", ({ heard }) => `prompt is too long: ${heard.promptTokens} tokens`],
  unauthorized: [401, "authentication_error", () => "invalid x-api-key"],
  invalid: [400, "invalid_request_error", () => "messages: Field required"],
};

function refusalOf(failure: Exclude<Stated, "filtered">, said: Said): Refusal {
  const [status, type, message] = ERRORS[failure];
  const body = { type: "error", error: { type, message: message(said) }, request_id: requestId(said.id) };
  return { status, body, headers: failure === "rate_limited" ? ["retry-after", RETRY_AFTER] : [] };
}
