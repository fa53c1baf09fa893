/** What an embeddings request says that a decision can need. */
import { MOST_INPUTS } from "../table/index.ts";
import { RequestError } from "./errors.ts";
import { type Facts, isObject, MESSAGE_OVERHEAD, REQUEST_OVERHEAD, required, wrong } from "./facts.ts";

/** OpenAI's four forms: a text, texts, the tokens of a text, the tokens of texts. */
type Input = string | readonly string[] | readonly number[] | readonly (readonly number[])[];

const FORMS = "a text, a list of texts, a list of tokens, or a list of lists of tokens";

/** Reads the facts from a parsed body. Throws `RequestError` (400) for what no provider could understand. */
export function embeddingsFacts(body: unknown): Facts {
  if (!isObject(body)) throw new RequestError(400, "the request body must be a JSON object");
  const model = required(body, "model");
  if (typeof model !== "string" || model === "") throw wrong("model", "a model name", model);
  const sizes = sizesOf(inputOf(required(body, "input")));
  if (sizes.length > MOST_INPUTS) {
    const message = `\`input\` must have at most ${MOST_INPUTS} texts, not ${sizes.length}`;
    throw new RequestError(400, message, "input", "array_above_max_length");
  }
  const bound = sizes.reduce((sum, size) => sum + size + MESSAGE_OVERHEAD, REQUEST_OVERHEAD);
  return {
    model,
    stream: false,
    // Vectors are no tokens.
    maxTokens: 0,
    choices: 1,
    needs: 0,
    turns: 0,
    promptTokens: Math.ceil(bound / 4),
    inputs: sizes.length,
  };
}

/** The texts of an `input`, a line each; undefined where it is tokens, which only their tokenizer can read. */
export function inputText(input: unknown): string | undefined {
  if (typeof input === "string") return input;
  const texts = Array.isArray(input) ? input : [];
  return texts.every((text) => typeof text === "string") ? texts.join("\n") : undefined;
}

/** The same, for whoever decides by it. Throws `RequestError` (400): what cannot be read cannot be found harmless. */
export function decidingText(input: unknown): string {
  const text = inputText(input);
  if (text !== undefined) return text;
  const message = "`input` is tokens, and the policy decides by its text: expected a text or a list of texts";
  throw new RequestError(400, message, "input", "text_required");
}

/** Bounds on the tokens of each input: no tokenizer gives more than one token a byte. */
function sizesOf(input: Input): readonly number[] {
  if (typeof input === "string") return [Buffer.byteLength(input)];
  if (input.every((each) => typeof each === "number")) return [input.length];
  return input.map((each) => (typeof each === "string" ? Buffer.byteLength(each) : each.length));
}

function inputOf(input: unknown): Input {
  if (typeof input === "string") return input;
  if (!Array.isArray(input) || input.length === 0) throw wrong("input", FORMS, input);
  const [first] = input;
  const is = typeof first === "string" ? isText : typeof first === "number" ? isToken : isTokens;
  const odd = input.findIndex((each) => !is(each));
  if (odd !== -1)
    throw wrong(odd === 0 ? "input" : `input[${odd}]`, odd === 0 ? FORMS : "like those before", input[odd]);
  return input;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isToken(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every(isToken);
}
