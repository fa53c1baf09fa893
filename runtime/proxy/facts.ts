/** What a chat completion request says that a decision can need, and how it is read from parsed JSON. */
import { CAPABILITIES, type Capability, UNKNOWN_SIZE } from "../plan/index.ts";
import { RequestError } from "./errors.ts";

/** What is known of a request once its body is read. */
export interface Facts {
  /** The model name asked for. */
  readonly model: string;
  readonly stream: boolean;
  /** The cap on output tokens, or undefined where none is stated. */
  readonly maxTokens: number | undefined;
  /** How many answers are asked for (`n`). */
  readonly choices: number;
  /** Bit i is set when the request needs `CAPABILITIES[i]`. */
  readonly needs: number;
  /** How many messages it has. */
  readonly turns: number;
  /** A quarter of the token bound, rounded up; `UNKNOWN_SIZE` where it refers to something of unknown size. */
  readonly promptTokens: number;
  /** How many texts an embeddings request has; undefined of a chat. */
  readonly inputs?: number;
}

/** The bit of `Facts.needs` that stands for a capability. */
export function needBit(capability: Capability): number {
  return 1 << CAPABILITIES.indexOf(capability);
}

/**
 * Tokens that an image counts at most, whatever its size. OpenAI's documented maxima for the details `low`, `high` and
 * `auto` are 1,445 (8 tiles of 170 and 85) for models that count tiles and 3,779 (1,536 patches times 2.46) for those
 * that count patches; the one above is gpt-4o-mini, which counts tiles at 33 times the tokens and a 33rd of the price.
 */
export const IMAGE_TOKENS = 4096;
/**
 * Bytes of base64 of audio per token: no format in use has less than 1,000 bytes a second (1,333 in base64), and no
 * provider counts more than 32 tokens a second.
 */
const AUDIO_BYTES_PER_TOKEN = 32;
export const REQUEST_OVERHEAD = 64;
export const MESSAGE_OVERHEAD = 8;

/** The parts of a request that do not count by their bytes. */
export interface Media {
  images: number;
  /** Bytes of base64 of audio. */
  audio: number;
  /** Bytes of the body that are base64, of images and audio together. */
  bytes: number;
  /** Whether it refers to something of unknown size. */
  unknown: boolean;
}

/**
 * A quarter of the bound on prompt tokens, rounded up. No tokenizer gives more than one token a byte, and JSON never
 * takes fewer bytes than the text that it holds, so the body's bytes without its media bound the text.
 */
export function promptTokens(bodyBytes: number, turns: number, media: Media): number {
  if (media.unknown) return UNKNOWN_SIZE;
  const text = bodyBytes - media.bytes + REQUEST_OVERHEAD + MESSAGE_OVERHEAD * turns;
  const audio = Math.ceil(media.audio / AUDIO_BYTES_PER_TOKEN);
  return Math.ceil((text + audio + IMAGE_TOKENS * media.images) / 4);
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads the facts from a parsed body: the reference that the scanner must agree with. Throws `RequestError` (400) for
 * what no provider could understand.
 */
export function factsOf(body: unknown, bodyBytes: number): Facts {
  if (!isObject(body)) throw new RequestError(400, "the request body must be a JSON object");
  const model = required(body, "model");
  if (typeof model !== "string" || model === "") throw wrong("model", "a model name", model);
  const messages = required(body, "messages");
  if (!Array.isArray(messages)) throw wrong("messages", "an array", messages);

  const media: Media = { images: 0, audio: 0, bytes: 0, unknown: false };
  let needs = topLevelNeeds(body);
  messages.forEach((message, index) => {
    if (!isObject(message)) throw wrong(`messages[${index}]`, "an object", message);
    needs |= messageNeeds(message, media);
  });
  return {
    model,
    stream: flag(body, "stream"),
    maxTokens: larger(count(body, "max_tokens", 0), count(body, "max_completion_tokens", 0)),
    choices: count(body, "n", 1) ?? 1,
    needs,
    turns: messages.length,
    promptTokens: promptTokens(bodyBytes, messages.length, media),
  };
}

/** The larger of two caps where both are stated: a bound must hold whichever one the provider goes by. */
export function larger(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function topLevelNeeds(body: JsonObject): number {
  let needs = 0;
  const tools = [
    optional(body, "tools", Array.isArray, "an array"),
    optional(body, "functions", Array.isArray, "an array"),
  ];
  if (tools.some((list) => list !== undefined && list.length > 0)) needs |= needBit("tools");
  const format = optional(body, "response_format", isObject, "an object");
  if (format !== undefined && format.type !== "text") needs |= needBit("json");
  if (flag(body, "logprobs")) needs |= needBit("logprobs");
  const effort = optional(body, "reasoning_effort", isString, "a text");
  if (effort !== undefined && effort !== "none") needs |= needBit("reasoning");
  if (optional(body, "web_search_options", isObject, "an object") !== undefined) needs |= needBit("search");
  const modalities = optional(body, "modalities", Array.isArray, "an array");
  if (modalities?.includes("audio") === true) needs |= needBit("audio");
  return needs;
}

function messageNeeds(message: JsonObject, media: Media): number {
  // An answer's own audio, referred to by its id.
  if (isObject(message.audio)) media.unknown = true;
  const { content } = message;
  let needs = 0;
  if (Array.isArray(content)) for (const part of content) if (isObject(part)) needs |= partNeeds(part, media);
  return needs;
}

function partNeeds(part: JsonObject, media: Media): number {
  const image = present(part.image_url);
  const audio = present(part.input_audio);
  const file = present(part.file);
  if (image !== undefined) {
    media.images++;
    const url = isObject(image) ? image.url : image;
    if (isString(url) && url.startsWith("data:")) media.bytes += Buffer.byteLength(url);
  }
  if (audio !== undefined) {
    const data = isObject(audio) ? audio.data : undefined;
    if (!isString(data)) media.unknown = true;
    else {
      const bytes = Buffer.byteLength(data);
      media.audio += bytes;
      media.bytes += bytes;
    }
  }
  // How many pages a file has, its bytes do not tell.
  if (file !== undefined) media.unknown = true;
  return (
    (image !== undefined ? needBit("vision") : 0) |
    (audio !== undefined ? needBit("audio") : 0) |
    (file !== undefined ? needBit("pdf") : 0)
  );
}

export function required(body: JsonObject, name: string): unknown {
  const value = body[name];
  if (value !== undefined) return value;
  throw new RequestError(400, `you must provide a ${name} parameter`, name, "missing_required_parameter");
}

/** A member that may be left out or null; anything else than `is` tells is the client's mistake. */
function optional<T>(
  body: JsonObject,
  name: string,
  is: (value: unknown) => value is T,
  expected: string,
): T | undefined {
  const value = present(body[name]);
  if (value === undefined || is(value)) return value;
  throw wrong(name, expected, value);
}

function flag(body: JsonObject, name: string): boolean {
  return optional(body, name, (value): value is boolean => typeof value === "boolean", "true or false") ?? false;
}

function count(body: JsonObject, name: string, least: number): number | undefined {
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= least;
  return optional(body, name, isCount, `a whole number, at least ${least}`);
}

export function wrong(param: string, expected: string, value: unknown): RequestError {
  return new RequestError(400, `\`${param}\` must be ${expected}, not ${described(value)}`, param, "invalid_type");
}

function described(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (isObject(value)) return "an object";
  const text = JSON.stringify(value);
  return text.length <= 80 ? `\`${text}\`` : `a text of ${text.length} characters`;
}

function present(value: unknown): unknown {
  return value === null ? undefined : value;
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
