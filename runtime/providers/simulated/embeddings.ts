/**
 * Embeddings without a model: each word of a text counts in a place of its own, by its hash, so that texts of the same
 * words are near each other. The shapes are those of the OpenAI API.
 */
import { hash } from "node:crypto";
import { entries, member } from "../../plan/json.ts";

/** Length of a vector where the request states none, and the most that one may state. */
const DIMENSIONS = 64;
const MOST_DIMENSIONS = 4096;

/** The answer of `model` to a request. `tokens` counts those of a text. */
export function simulatedEmbeddings(request: unknown, model: string, tokens: (text: string) => number): object {
  const dimensions = dimensionsOf(member(request, "dimensions"));
  const inBase64 = member(request, "encoding_format") === "base64";
  const inputs = inputsOf(member(request, "input"));
  const data = inputs.map((input, index) => {
    const vector = vectorOf(wordsOf(input), dimensions);
    const embedding = inBase64 ? Buffer.from(Float32Array.from(vector).buffer).toString("base64") : vector;
    return { object: "embedding", index, embedding };
  });
  const sizes = inputs.map((input) => (typeof input === "string" ? tokens(input) : input.length));
  const prompt_tokens = sizes.reduce((sum, size) => sum + size, 0);
  return { object: "list", data, model, usage: { prompt_tokens, total_tokens: prompt_tokens } };
}

/** A text, or a list of tokens. */
type Input = string | readonly unknown[];

function inputsOf(input: unknown): readonly Input[] {
  const list = entries(input);
  if (!Array.isArray(input) || typeof list[0] === "number") return [typeof input === "string" ? input : list];
  return list.map((each) => (typeof each === "string" ? each : entries(each)));
}

function wordsOf(input: Input): readonly string[] {
  return typeof input === "string" ? (input.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) : input.map(String);
}

function vectorOf(words: readonly string[], dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const word of words) {
    const place = Number.parseInt(hash("sha256", word).slice(0, 8), 16) % dimensions;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  return vector;
}

function dimensionsOf(asked: unknown): number {
  return Number.isInteger(asked) && Number(asked) > 0 ? Math.min(Number(asked), MOST_DIMENSIONS) : DIMENSIONS;
}
