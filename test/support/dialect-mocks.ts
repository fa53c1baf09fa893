/**
 * Providers on a loopback port that are true to their dialect: they refuse what the real ones do, and answer each request
 * by what it asks for.
 */
import type { Provider } from "../../runtime/table/index.ts";
import { cohere, gemini } from "./bridged-mocks.ts";
import { type ArrivedRequest, answersWith, type Behaviour, type FakeProvider, fakeProvider } from "./fake-provider.ts";
import { responses } from "./responses-mock.ts";
import { KEY, piecesOf, type Said, saidTo, streams } from "./small-talk.ts";

export interface DialectMock extends FakeProvider {
  /** What a decision table says of it. */
  readonly provider: Provider;
}

/** Why a request is refused, or nothing. */
type Check = (request: ArrivedRequest, body: Json) => string | undefined;

// biome-ignore lint/suspicious/noExplicitAny: what clients send, looked at as a provider does
type Json = any;

type Dialect = "openai" | "anthropic" | "azure" | "gemini" | "cohere";

export const DIALECT_MOCKS: Readonly<Record<Dialect, () => Promise<DialectMock>>> = {
  openai: () =>
    mock(
      "openai",
      "/v1",
      openai((request) => request.headers.authorization === `Bearer ${KEY}`),
    ),
  azure: () =>
    mock(
      "azure",
      "/openai/v1",
      openai((request) => request.headers["api-key"] === KEY),
    ),
  anthropic: () => mock("anthropic", "/v1", anthropic),
  gemini: () => mock("gemini", "/v1beta", gemini),
  cohere: () => mock("cohere", "/v2", cohere),
};

async function mock(protocol: Dialect, base: string, behaviour: Behaviour): Promise<DialectMock> {
  const fake = await fakeProvider();
  fake.always(behaviour);
  const url = fake.url.replace(/\/v1$/, base);
  // Azure stands for all who speak responses as well: those pass through.
  const quirks = protocol === "azure" ? { quirks: { responses: true } as const } : {};
  return { ...fake, provider: { name: protocol, protocol, url, keys: [KEY], ...quirks } };
}

function openai(isAllowed: (request: ArrivedRequest) => boolean): Behaviour {
  return (request, response, socket) => {
    const body: Json = JSON.parse(request.body);
    const refuse = (status: number, message: string): void =>
      answersWith(status, { error: { message, type: "invalid_request_error", param: null, code: null } })(
        request,
        response,
        socket,
      );
    const wrong = openaiCheck(request, body);
    if (!isAllowed(request)) refuse(401, "Incorrect API key provided.");
    else if (request.path.endsWith("/responses")) responses(request, response, socket);
    else if (wrong !== undefined) refuse(400, wrong);
    else if (request.path.endsWith("/embeddings")) answersWith(200, vectors(body))(request, response, socket);
    else if (body.stream === true)
      streams(chatChunks(body).map((chunk) => `data: ${chunk}\n\n`))(request, response, socket);
    else answersWith(200, chatAnswer(body), { "x-ratelimit-remaining-requests": "59" })(request, response, socket);
  };
}

const openaiCheck: Check = ({ path }, body) => {
  if (typeof body.model !== "string") return "you must provide a model parameter";
  if (path.endsWith("/embeddings")) return body.input === undefined ? "you must provide an input" : undefined;
  if (!path.endsWith("/chat/completions")) return `Unknown request URL: POST ${path}`;
  if (!Array.isArray(body.messages) || body.messages.length === 0) return "Invalid 'messages': empty array.";
  const known = new Set<string>();
  for (const message of body.messages) {
    for (const call of message.tool_calls ?? []) known.add(call.id);
    if (message.role === "tool" && !known.has(message.tool_call_id))
      return "tool messages must follow their 'tool_calls'";
    if (!["system", "developer", "user", "assistant", "tool"].includes(message.role))
      return `Invalid role ${message.role}`;
  }
  for (const tool of body.tools ?? [])
    if (tool.type !== "function" || !tool.function?.name) return "Missing 'tools[0].function'";
  const foreign = ["max_output_tokens", "system", "stop_sequences", "input", "thinking"].find((name) => name in body);
  return foreign === undefined ? undefined : `Unrecognized request argument supplied: ${foreign}`;
};

const saidByOpenai = (body: Json): Said =>
  saidTo(
    body.messages,
    (body.tools ?? []).map((tool: Json) => tool.function.name),
    body.response_format,
  );

const CHAT_USAGE = {
  prompt_tokens: 40,
  completion_tokens: 12,
  total_tokens: 52,
  prompt_tokens_details: { cached_tokens: 10, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 4,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};

function chatAnswer(body: Json): object {
  const { text = null, call } = saidByOpenai(body);
  const tool_calls = call && [
    { id: "call_1", type: "function", function: { name: call.name, arguments: JSON.stringify(call.input) } },
  ];
  const message = {
    role: "assistant",
    content: text,
    refusal: null,
    annotations: [],
    ...(tool_calls && { tool_calls }),
  };
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_767_225_600,
    model: `${body.model}-2026`,
    choices: [{ index: 0, message, logprobs: null, finish_reason: call === undefined ? "stop" : "tool_calls" }],
    usage: CHAT_USAGE,
    service_tier: "default",
  };
}

function chatChunks(body: Json): readonly string[] {
  const { text = "", call } = saidByOpenai(body);
  const asked = body.stream_options?.include_usage === true;
  const chunk = (choices: readonly object[], usage: object | null = null): string =>
    JSON.stringify({
      id: "chatcmpl-1",
      object: "chat.completion.chunk",
      created: 1_767_225_600,
      model: `${body.model}-2026`,
      choices,
      ...(asked && { usage }),
    });
  const delta = (said: object, finish: string | null = null): string =>
    chunk([{ index: 0, delta: said, logprobs: null, finish_reason: finish }]);
  const first = call && { index: 0, id: "call_1", type: "function", function: { name: call.name, arguments: "" } };
  return [
    delta({ role: "assistant", content: call === undefined ? "" : null, refusal: null }),
    ...piecesOf(text).map((content) => delta({ content })),
    ...(first === undefined ? [] : [delta({ tool_calls: [first] })]),
    ...piecesOf(call === undefined ? "" : JSON.stringify(call.input)).map((piece) =>
      delta({ tool_calls: [{ index: 0, function: { arguments: piece } }] }),
    ),
    delta({}, call === undefined ? "stop" : "tool_calls"),
    ...(asked ? [chunk([], CHAT_USAGE)] : []),
    "[DONE]",
  ];
}

function vectors(body: Json): object {
  const inputs = Array.isArray(body.input) ? body.input : [body.input];
  const vector = (index: number): number[] => Array.from({ length: body.dimensions ?? 4 }, (_, at) => index + at / 4);
  const written = (numbers: number[]): unknown =>
    body.encoding_format === "base64" ? Buffer.from(Float32Array.from(numbers).buffer).toString("base64") : numbers;
  const data = inputs.map((_: unknown, index: number) => ({
    object: "embedding",
    index,
    embedding: written(vector(index)),
  }));
  return { object: "list", data, model: body.model, usage: { prompt_tokens: 8, total_tokens: 8 } };
}

const anthropic: Behaviour = (request, response, socket) => {
  const body: Json = JSON.parse(request.body);
  const refuse = (status: number, type: string, message: string): void =>
    answersWith(status, { type: "error", error: { type, message }, request_id: "req_1" })(request, response, socket);
  const wrong = anthropicCheck(request, body);
  if (request.headers["x-api-key"] !== KEY) refuse(401, "authentication_error", "invalid x-api-key");
  else if (wrong !== undefined) refuse(400, "invalid_request_error", wrong);
  else if (request.path.endsWith("/count_tokens")) answersWith(200, { input_tokens: 2095 })(request, response, socket);
  else if (body.stream === true)
    streams(messageEvents(body).map(([name, data]) => `event: ${name}\ndata: ${data}\n\n`))(request, response, socket);
  else answersWith(200, message(body), { "request-id": "req_1" })(request, response, socket);
};

const anthropicCheck: Check = ({ path, headers }, body) => {
  if (headers["anthropic-version"] === undefined) return "anthropic-version: header is required";
  if (!/\/messages(\/count_tokens)?$/.test(path)) return `no such path: ${path}`;
  if (typeof body.model !== "string") return "model: Field required";
  if (path.endsWith("/messages") && !(body.max_tokens > 0)) return "max_tokens: Field required";
  if (!Array.isArray(body.messages) || body.messages[0]?.role !== "user")
    return "messages: first message must use the user role";
  const known = new Set<string>();
  for (const { role, content } of body.messages) {
    if (role !== "user" && role !== "assistant") return `messages: unexpected role ${role}`;
    for (const block of typeof content === "string" ? [] : content) {
      if (block.type === "tool_use") known.add(block.id);
      if (block.type === "tool_result" && !known.has(block.tool_use_id)) return "unexpected tool_use_id in tool_result";
      if (block.type === "text" && block.text === "") return "text content blocks must be non-empty";
    }
  }
  for (const { input_schema } of body.tools ?? [])
    if (input_schema?.type !== "object") return "tools.0.input_schema.type: Field required";
  const known_members =
    /^(model|max_tokens|messages|system|stream|stop_sequences|temperature|top_[pk]|tools|tool_choice|thinking|output_config|metadata|service_tier)$/;
  const foreign = Object.keys(body).find((name) => !known_members.test(name));
  return foreign === undefined ? undefined : `${foreign}: Extra inputs are not permitted`;
};

function saidByAnthropic(body: Json): Said {
  const last = body.messages.at(-1);
  const result = Array.isArray(last.content) && last.content.find((block: Json) => block.type === "tool_result");
  const messages = result ? [{ role: "tool", content: result.content }] : body.messages;
  return saidTo(
    messages,
    (body.tools ?? []).map((tool: Json) => tool.name),
    body.output_config?.format,
  );
}

const MESSAGE_USAGE = {
  input_tokens: 30,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 10,
  output_tokens: 12,
  service_tier: "standard",
};

const emptyMessage = (body: Json): object => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: `${body.model}-2026`,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { ...MESSAGE_USAGE, output_tokens: 1 },
});

function message(body: Json): object {
  const { text, call } = saidByAnthropic(body);
  const content = call === undefined ? [{ type: "text", text }] : [{ type: "tool_use", id: "toolu_1", ...call }];
  return {
    ...emptyMessage(body),
    content,
    stop_reason: call === undefined ? "end_turn" : "tool_use",
    usage: MESSAGE_USAGE,
  };
}

function messageEvents(body: Json): readonly (readonly [string, string])[] {
  const { text = "", call } = saidByAnthropic(body);
  const event = (type: string, rest: object): readonly [string, string] => [type, JSON.stringify({ type, ...rest })];
  const block =
    call === undefined ? { type: "text", text: "" } : { type: "tool_use", id: "toolu_1", name: call.name, input: {} };
  const deltas =
    call === undefined
      ? piecesOf(text).map((piece) => ({ type: "text_delta", text: piece }))
      : ["", ...piecesOf(JSON.stringify(call.input))].map((piece) => ({
          type: "input_json_delta",
          partial_json: piece,
        }));
  return [
    event("message_start", { message: emptyMessage(body) }),
    event("ping", {}),
    event("content_block_start", { index: 0, content_block: block }),
    ...deltas.map((delta) => event("content_block_delta", { index: 0, delta })),
    event("content_block_stop", { index: 0 }),
    event("message_delta", {
      delta: { stop_reason: call === undefined ? "end_turn" : "tool_use", stop_sequence: null },
      usage: { output_tokens: 12 },
    }),
    event("message_stop", {}),
  ];
}
