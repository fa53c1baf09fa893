/** Gemini's `generateContent` (ai.google.dev, "Generating content", "Troubleshooting guide"). */
import { member } from "../../plan/json.ts";
import { heardIn, type Said, type ToolCall } from "./said.ts";
import { events, RETRY_AFTER, type Refusal, type Shapes, type Stated } from "./shapes.ts";

export const GEMINI: Shapes = {
  streams: "text/event-stream",
  heard(body) {
    const instruction = member(member(body, "systemInstruction"), "parts");
    return heardIn(member(body, "contents"), member(member(body, "generationConfig"), "maxOutputTokens"), instruction);
  },
  whole: (said) => part(said, said.words.join(""), FINISHES[said.finish], said.calls),
  opening: () => Buffer.alloc(0),
  word: (said, at) => events(part(said, said.words[at] ?? "")),
  closing: (said) => events(part(said, "", FINISHES[said.finish], said.calls)),
  refusal: (failure) => (failure === "filtered" ? undefined : refusalOf(failure)),
};

/** `refused` is told as Gemini tells it: there is no word for a model that declines. */
const FINISHES = {
  stop: "STOP",
  length: "MAX_TOKENS",
  tools: "STOP",
  filtered: "SAFETY",
  refused: "SAFETY",
} as const;

function part(
  { id, model, heard: { promptTokens }, tokens }: Said,
  text: string,
  finishReason?: string,
  calls: readonly ToolCall[] = [],
): object {
  const called = calls.map(({ name, input: args }) => ({ functionCall: { name, args } }));
  const content = { parts: [...(text === "" ? [] : [{ text }]), ...called], role: "model" };
  return {
    candidates: [{ content, ...(finishReason !== undefined && { finishReason }), index: 0 }],
    usageMetadata: {
      promptTokenCount: promptTokens,
      candidatesTokenCount: tokens,
      totalTokenCount: promptTokens + tokens,
      promptTokensDetails: [{ modality: "TEXT", tokenCount: promptTokens }],
    },
    modelVersion: model,
    responseId: id.slice(0, 23),
  };
}

const TYPE = "type.googleapis.com/google.rpc.";

const ERRORS: Readonly<
  Record<Exclude<Stated, "filtered">, readonly [code: number, status: string, message: string, details?: object]>
> = {
  rate_limited: [
    429,
    "RESOURCE_EXHAUSTED",
    "You exceeded your current quota, please check your plan.",
    { "@type": `${TYPE}RetryInfo`, retryDelay: `${RETRY_AFTER}s` },
  ],
  overloaded: [503, "UNAVAILABLE", "The model is overloaded. Please try again later."],
  server_error: [500, "INTERNAL", "An internal error has occurred. Please retry."],
  too_long: [
    400,
    "INVALID_ARGUMENT",
    "The input token count exceeds the maximum number of tokens allowed: the prompt is too long.",
  ],
  unauthorized: [
    400,
    "INVALID_ARGUMENT",
    "API key not valid. Please pass a valid API key.",
    { "@type": `${TYPE}ErrorInfo`, reason: "API_KEY_INVALID", domain: "googleapis.com" },
  ],
  invalid: [400, "INVALID_ARGUMENT", "Request contains an invalid argument."],
};

function refusalOf(failure: Exclude<Stated, "filtered">): Refusal {
  const [code, status, message, detail] = ERRORS[failure];
  return { status: code, body: { error: { code, message, status, ...(detail && { details: [detail] }) } } };
}
