/** Bedrock's Converse (docs.aws.amazon.com, "Converse", "ConverseStream", "Event stream encoding"). */
import { crc32 } from "node:zlib";
import { member } from "../../plan/json.ts";
import { heardIn, type Said, type ToolCall } from "./said.ts";
import type { Refusal, Shapes, Stated } from "./shapes.ts";

export const BEDROCK: Shapes = {
  streams: "application/vnd.amazon.eventstream",
  headers: (id) => ["x-amzn-requestid", id.slice(0, 32)],
  heard(body) {
    const most = member(member(body, "inferenceConfig"), "maxTokens");
    return heardIn(member(body, "messages"), most, member(body, "system"));
  },
  whole(said) {
    const text = said.words.join("");
    const calls = said.calls.map(({ id, name, input }) => ({ toolUse: { toolUseId: idOf(id), name, input } }));
    const message = { role: "assistant", content: [...(text === "" ? [] : [{ text }]), ...calls] };
    return { output: { message }, stopReason: STOPS[said.finish], usage: usageOf(said), metrics: { latencyMs: 1 } };
  },
  opening: () => frame("messageStart", { role: "assistant" }),
  word: ({ words }, at) => frame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: words[at] } }),
  closing: (said) =>
    Buffer.concat([
      ...(said.words.length === 0 ? [] : [frame("contentBlockStop", { contentBlockIndex: 0 })]),
      ...said.calls.flatMap((call, at) => called(call, said.words.length === 0 ? at : at + 1)),
      frame("messageStop", { stopReason: STOPS[said.finish] }),
      frame("metadata", { metrics: { latencyMs: 1 }, usage: usageOf(said) }),
    ]),
  refusal: (failure) => (failure === "filtered" ? undefined : refusalOf(failure)),
};

/** `refused` is told as Bedrock tells it: there is no word for a model that declines. */
const STOPS = {
  stop: "end_turn",
  length: "max_tokens",
  tools: "tool_use",
  filtered: "content_filtered",
  refused: "content_filtered",
} as const;

const idOf = (id: string): string => `tooluse_${id}`;

/** The events of a tool that is called. */
function called({ id, name, input }: ToolCall, contentBlockIndex: number): readonly Buffer[] {
  return [
    frame("contentBlockStart", { contentBlockIndex, start: { toolUse: { toolUseId: idOf(id), name } } }),
    frame("contentBlockDelta", { contentBlockIndex, delta: { toolUse: { input: JSON.stringify(input) } } }),
    frame("contentBlockStop", { contentBlockIndex }),
  ];
}

function usageOf({ heard: { promptTokens: inputTokens }, tokens: outputTokens }: Said) {
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

const ERRORS: Readonly<Record<Exclude<Stated, "filtered">, readonly [status: number, type: string, message: string]>> =
  {
    rate_limited: [429, "ThrottlingException", "Too many requests, please wait before trying again."],
    overloaded: [503, "ServiceUnavailableException", "Bedrock is unable to process your request."],
    server_error: [500, "InternalServerException", "An internal server error occurred. Try again later."],
    too_long: [400, "ValidationException", "Input is too long for requested model: the prompt is too long."],
    unauthorized: [403, "AccessDeniedException", "You don't have access to the model with the specified model ID."],
    invalid: [400, "ValidationException", "The provided request is not valid."],
  };

function refusalOf(failure: Exclude<Stated, "filtered">): Refusal {
  const [status, type, message] = ERRORS[failure];
  return { status, body: { message }, headers: ["x-amzn-errortype", type] };
}

/** A message of an event stream: lengths, headers and payload, with a checksum of the lengths and one of all. */
function frame(type: string, payload: object): Buffer {
  const headers = Buffer.concat([
    header(":message-type", "event"),
    header(":event-type", type),
    header(":content-type", "application/json"),
  ]);
  const body = Buffer.from(JSON.stringify(payload));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(headers.length + body.length + 16, 0);
  lengths.writeUInt32BE(headers.length, 4);
  const checked = Buffer.concat([lengths, checksum(lengths), headers, body]);
  return Buffer.concat([checked, checksum(checked)]);
}

/** Of type 7, which is a text. */
function header(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([name.length]),
    Buffer.from(name),
    Buffer.from([7, value.length >> 8, value.length & 0xff]),
    Buffer.from(value),
  ]);
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}
