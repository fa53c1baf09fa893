/** Cohere's chat, version 2 (docs.cohere.com, "Chat", "Chat with streaming", "Errors"). */
import { member } from "../../plan/json.ts";
import { heardIn, type Said, type ToolCall } from "./said.ts";
import { namedEvents, type Refusal, type Shapes, type Stated } from "./shapes.ts";

export const COHERE: Shapes = {
  streams: "text/event-stream",
  heard: (body) => heardIn(member(body, "messages"), member(body, "max_tokens")),
  whole(said) {
    const content = [{ type: "text", text: said.words.join("") }];
    const tool_calls = said.calls.map((call) => ({ ...toolCall(call), function: functionOf(call) }));
    return {
      id: idOf(said),
      message: { role: "assistant", content, ...(tool_calls.length > 0 && { tool_calls }) },
      finish_reason: FINISHES[said.finish],
      usage: usageOf(said),
    };
  },
  opening(said) {
    const message = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] };
    const content = { type: "text", text: "" };
    return namedEvents(
      { id: idOf(said), type: "message-start", delta: { message } },
      { type: "content-start", index: 0, delta: { message: { content } } },
    );
  },
  word: (said, at) =>
    namedEvents({
      type: "content-delta",
      index: 0,
      delta: { message: { content: { text: said.words[at] } } },
    }),
  closing: (said) =>
    namedEvents({ type: "content-end", index: 0 }, ...said.calls.flatMap(called), {
      type: "message-end",
      delta: { finish_reason: FINISHES[said.finish], usage: usageOf(said) },
    }),
  refusal(failure, said) {
    const [status, message] = ERRORS[failure];
    return { status, body: { id: idOf(said), message } };
  },
};

/** A UUID. */
function idOf({ id }: Said): string {
  return id.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** There is no word for the last two, and the compiler says so. */
const FINISHES = {
  stop: "COMPLETE",
  length: "MAX_TOKENS",
  tools: "TOOL_CALL",
  filtered: "COMPLETE",
  refused: "COMPLETE",
} as const;

const toolCall = ({ id }: ToolCall) => ({ id, type: "function" });
const functionOf = ({ name, input }: ToolCall) => ({ name, arguments: JSON.stringify(input) });

/** The events of a tool that is called. */
function called(call: ToolCall, index: number) {
  const { name, arguments: written } = functionOf(call);
  const begun = { ...toolCall(call), function: { name, arguments: "" } };
  const delta = { message: { tool_calls: { function: { arguments: written } } } };
  return [
    { type: "tool-call-start", index, delta: { message: { tool_calls: begun } } },
    { type: "tool-call-delta", index, delta },
    { type: "tool-call-end", index },
  ];
}

function usageOf({ heard: { promptTokens }, tokens }: Said) {
  const counted = { input_tokens: promptTokens, output_tokens: tokens };
  return { billed_units: counted, tokens: counted, cached_tokens: 0 };
}

const ERRORS: Readonly<Record<Stated, readonly [status: Refusal["status"], message: string]>> = {
  rate_limited: [429, "You are past the per minute request limit, please wait and try again later."],
  overloaded: [503, "The service is temporarily unavailable, please try again later."],
  server_error: [500, "internal server error"],
  too_long: [400, "too many tokens: the prompt is too long for this model"],
  unauthorized: [401, "invalid api token"],
  filtered: [400, "invalid request: the content was filtered"],
  invalid: [400, "invalid request: message must be at least 1 token long"],
};
