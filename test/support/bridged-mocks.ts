/** What mock providers do that are reached over the AI SDK: the dialects of Gemini and of Cohere, as their references have them. */
import { answersWith, type Behaviour } from "./fake-provider.ts";
import { KEY, piecesOf, type Said, saidTo, streams, textOf } from "./small-talk.ts";

// biome-ignore lint/suspicious/noExplicitAny: what clients send, looked at as a provider does
type Json = any;

/** `models/{model}:generateContent` and `:streamGenerateContent?alt=sse`. */
export const gemini: Behaviour = (request, response, socket) => {
  const body: Json = JSON.parse(request.body);
  const [, method] = /\/models\/[\w.-]+:(generateContent|streamGenerateContent\?alt=sse)$/.exec(request.path) ?? [];
  const wrong = method === undefined ? `no such path: ${request.path}` : geminiFault(body);
  const refuse = (code: number, status: string, message: string): void =>
    answersWith(code, { error: { code, status, message } })(request, response, socket);
  if (request.headers["x-goog-api-key"] !== KEY) refuse(400, "INVALID_ARGUMENT", "API key not valid.");
  else if (wrong !== undefined) refuse(400, "INVALID_ARGUMENT", wrong);
  else if (method === "generateContent") answersWith(200, geminiAnswer(geminiParts(body)))(request, response, socket);
  else {
    const parts = geminiParts(body).flatMap((part) => (part.text === undefined ? [part] : textParts(part.text)));
    const chunks = parts.map((part, at) => geminiAnswer([part], at === parts.length - 1));
    streams(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`))(request, response, socket);
  }
};

function geminiFault({ contents, tools = [] }: Json): string | undefined {
  if (!Array.isArray(contents) || contents.length === 0) return "contents is not specified";
  if (contents.some(({ role }: Json) => role !== "user" && role !== "model")) return "Please use a valid role";
  if (contents.some(({ parts }: Json) => parts.length === 0)) return "must include at least one parts field";
  const declared = tools.flatMap((tool: Json) => tool.functionDeclarations ?? []);
  return declared.every(({ name }: Json) => typeof name === "string") ? undefined : "function name is required";
}

interface GeminiPart {
  readonly text?: string | undefined;
  readonly functionCall?: { readonly name: string; readonly args: object };
}

function geminiParts({ contents, tools = [], generationConfig }: Json): readonly GeminiPart[] {
  const results = contents.at(-1).parts.flatMap(({ functionResponse }: Json) => functionResponse ?? []);
  const messages = results.map(({ response }: Json) => ({ role: "tool", content: String(response.content) }));
  const names = tools.flatMap((tool: Json) => tool.functionDeclarations ?? []).map(({ name }: Json) => name);
  const isJson = generationConfig?.responseMimeType === "application/json";
  const { text, call } = saidTo(messages, names, isJson ? { type: "json_schema" } : undefined);
  return [call === undefined ? { text } : { functionCall: { name: call.name, args: call.input } }];
}

const textParts = (text: string): readonly GeminiPart[] => piecesOf(text).map((piece) => ({ text: piece }));

function geminiAnswer(parts: readonly GeminiPart[], last = true): object {
  return {
    candidates: [{ content: { parts, role: "model" }, ...(last && { finishReason: "STOP" }), index: 0 }],
    usageMetadata: {
      promptTokenCount: 40,
      cachedContentTokenCount: 10,
      candidatesTokenCount: 8,
      thoughtsTokenCount: 4,
      totalTokenCount: 52,
    },
    modelVersion: "gemini-3-pro-preview",
    responseId: "response-1",
  };
}

/** `/v2/chat`. */
export const cohere: Behaviour = (request, response, socket) => {
  const body: Json = JSON.parse(request.body);
  const wrong = request.path === "/v2/chat" ? cohereFault(body) : `no such path: ${request.path}`;
  if (request.headers.authorization !== `Bearer ${KEY}`)
    answersWith(401, { message: "invalid api token" })(request, response, socket);
  else if (wrong !== undefined) answersWith(400, { message: wrong })(request, response, socket);
  else if (body.stream === true) streams(cohereEvents(saidByCohere(body)))(request, response, socket);
  else answersWith(200, cohereAnswer(saidByCohere(body)))(request, response, socket);
};

function cohereFault({ messages, tools = [] }: Json): string | undefined {
  if (!Array.isArray(messages) || messages.length === 0)
    return "invalid request: message must be at least 1 token long";
  const known = new Set(messages.flatMap((message) => (message.tool_calls ?? []).map((call: Json) => call.id)));
  if (messages.some(({ role, tool_call_id }) => role === "tool" && !known.has(tool_call_id)))
    return "no such tool call";
  return tools.every((tool: Json) => tool.type === "function") ? undefined : "invalid tool";
}

const saidByCohere = ({ messages, tools = [], response_format }: Json): Said =>
  saidTo(
    messages.map((message: Json) => ({ ...message, content: textOf(message.content) })),
    tools.map((tool: Json) => tool.function.name),
    response_format?.json_schema === undefined ? undefined : { type: "json_schema" },
  );

/** Billed is less than what the model read: the rest is Cohere's own preamble. */
const COHERE_USAGE = {
  billed_units: { input_tokens: 40, output_tokens: 12 },
  tokens: { input_tokens: 540, output_tokens: 15 },
};

function cohereAnswer({ text, call }: Said): object {
  const message = call === undefined ? { content: [{ type: "text", text }] } : { tool_calls: [cohereCall(call)] };
  const finish_reason = call === undefined ? "COMPLETE" : "TOOL_CALL";
  return { id: "answer-1", message: { role: "assistant", ...message }, finish_reason, usage: COHERE_USAGE };
}

function cohereCall({ name, input }: NonNullable<Said["call"]>, written = JSON.stringify(input)): object {
  return { id: `${name}_1`, type: "function", function: { name, arguments: written } };
}

function cohereEvents({ text = "", call }: Said): readonly string[] {
  const event = (type: string, rest: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
  const said = (type: string, content: object): string => event(type, { index: 0, delta: { message: { content } } });
  const called = (type: string, tool_calls: object): string =>
    event(type, { index: 0, delta: { message: { tool_calls } } });
  const begun = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] };
  const body =
    call === undefined
      ? [
          said("content-start", { type: "text", text: "" }),
          ...piecesOf(text).map((piece) => said("content-delta", { text: piece })),
          event("content-end", { index: 0 }),
        ]
      : [
          called("tool-call-start", cohereCall(call, "")),
          ...piecesOf(JSON.stringify(call.input)).map((piece) =>
            called("tool-call-delta", { function: { arguments: piece } }),
          ),
          event("tool-call-end", { index: 0 }),
        ];
  const finish_reason = call === undefined ? "COMPLETE" : "TOOL_CALL";
  return [
    event("message-start", { id: "answer-1", delta: { message: begun } }),
    ...body,
    event("message-end", { delta: { finish_reason, usage: COHERE_USAGE } }),
  ];
}
