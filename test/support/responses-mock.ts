/** What a mock provider does that speaks OpenAI's responses: `POST /responses`. */
import { answersWith, type Behaviour } from "./fake-provider.ts";
import { piecesOf, type Said, saidTo, streams } from "./small-talk.ts";

// biome-ignore lint/suspicious/noExplicitAny: what clients send, looked at as a provider does
type Json = any;

/** To a request that was let in. */
export const responses: Behaviour = (request, response, socket) => {
  const body: Json = JSON.parse(request.body);
  const wrong = fault(body);
  const error = { message: wrong, type: "invalid_request_error", param: null, code: null };
  if (wrong !== undefined) answersWith(400, { error })(request, response, socket);
  else if (body.stream === true) streams(eventsOf(body))(request, response, socket);
  else answersWith(200, answerOf(body))(request, response, socket);
};

function fault({ input, tools = [], ...rest }: Json): string | undefined {
  if (typeof input !== "string" && !(Array.isArray(input) && input.length > 0)) return "Missing 'input'.";
  const items = typeof input === "string" ? [] : input;
  const known = new Set(items.map((item: Json) => item.type === "function_call" && item.call_id));
  if (items.some((item: Json) => item.type === "function_call_output" && !known.has(item.call_id)))
    return "No tool call found for function call output.";
  if (tools.some((tool: Json) => tool.type === "function" && !tool.name)) return "Missing 'tools[0].name'.";
  const foreign = ["messages", "max_tokens", "max_completion_tokens", "stream_options"].find((name) => name in rest);
  return foreign === undefined ? undefined : `Unknown parameter: '${foreign}'.`;
}

function saidIn({ input, tools = [], text }: Json): Said {
  const last = typeof input === "string" ? undefined : input.at(-1);
  const messages = last?.type === "function_call_output" ? [{ role: "tool", content: last.output }] : [];
  return saidTo(
    messages,
    tools.map((tool: Json) => tool.name),
    text?.format,
  );
}

const USAGE = {
  input_tokens: 40,
  input_tokens_details: { cached_tokens: 10 },
  output_tokens: 12,
  output_tokens_details: { reasoning_tokens: 4 },
  total_tokens: 52,
};

const begun = ({ model, tools = [], instructions = null }: Json): object => ({
  id: "resp_1",
  object: "response",
  created_at: 1_767_225_600,
  status: "in_progress",
  error: null,
  incomplete_details: null,
  instructions,
  model: `${model}-2026`,
  output: [],
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: "auto",
  tools,
  top_p: 1,
  usage: null,
  metadata: {},
});

const part = (text: string): object => ({ type: "output_text", text, annotations: [], logprobs: [] });

function itemOf({ text = "", call }: Said): object {
  if (call === undefined)
    return { id: "msg_1", type: "message", status: "completed", role: "assistant", content: [part(text)] };
  const called = { call_id: "call_1", name: call.name, arguments: JSON.stringify(call.input) };
  return { id: "fc_1", type: "function_call", status: "completed", ...called };
}

function answerOf(body: Json): object {
  return { ...begun(body), status: "completed", output: [itemOf(saidIn(body))], usage: USAGE };
}

function eventsOf(body: Json): readonly string[] {
  const said = saidIn(body);
  const { text = "", call } = said;
  const item = itemOf(said);
  const at = { item_id: call === undefined ? "msg_1" : "fc_1", output_index: 0 };
  const within = { ...at, content_index: 0 };
  const written = JSON.stringify(call?.input);
  const empty = { ...item, status: "in_progress", ...(call === undefined ? { content: [] } : { arguments: "" }) };
  const spoken: readonly (readonly [string, object])[] = [
    ["content_part.added", { ...within, part: part("") }],
    ...piecesOf(text).map((delta): [string, object] => ["output_text.delta", { ...within, delta, logprobs: [] }]),
    ["output_text.done", { ...within, text, logprobs: [] }],
    ["content_part.done", { ...within, part: part(text) }],
  ];
  const called: readonly (readonly [string, object])[] = [
    ...piecesOf(written ?? "").map((delta): [string, object] => ["function_call_arguments.delta", { ...at, delta }]),
    ["function_call_arguments.done", { ...at, name: call?.name, arguments: written }],
  ];
  const events: readonly (readonly [string, object])[] = [
    ["created", { response: begun(body) }],
    ["in_progress", { response: begun(body) }],
    ["output_item.added", { output_index: 0, item: empty }],
    ...(call === undefined ? spoken : called),
    ["output_item.done", { output_index: 0, item }],
    ["completed", { response: answerOf(body) }],
  ];
  return events.map(([name, rest], sequence_number) => {
    const type = `response.${name}`;
    return `event: ${type}\ndata: ${JSON.stringify({ type, ...rest, sequence_number })}\n\n`;
  });
}
