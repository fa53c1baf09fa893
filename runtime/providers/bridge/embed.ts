/** Embeddings over the AI SDK, as OpenAI answers them. */
import { warnedOf } from "../../dialects/bridge/index.ts";
import { object } from "../../dialects/json.ts";
import type { UpstreamCall } from "../../plan/doors.ts";
import { entries, parse } from "../../plan/json.ts";
import type { PackageProvider } from "./packages.ts";

export interface Embedded {
  readonly answer: object;
  /** Names of what the request says and the interface cannot. */
  readonly dropped: readonly string[];
}

/** Members that are read. */
const READ = ["model", "input", "encoding_format"];

/** Embeds the inputs of a call, a part of them at a time where the provider takes so many only. */
export async function embedded(
  provider: PackageProvider,
  call: UpstreamCall,
  abortSignal: AbortSignal,
): Promise<Embedded> {
  const { upstream } = call.model;
  const model = (provider.embeddingModel ?? provider.textEmbeddingModel)?.(upstream);
  const request = object(parse(call.body.toString()));
  const { input, encoding_format } = request;
  const values = typeof input === "string" ? [input] : entries(input).filter((each) => typeof each === "string");
  if (model === undefined) throw unsupported("its package makes no embeddings");
  if (values.length === 0 || values.length < entries(input).length)
    throw unsupported("it embeds texts, and no lists of tokens");
  const most = (await model.maxEmbeddingsPerCall) ?? values.length;
  const vectors: number[][] = [];
  const dropped = new Set(Object.keys(request).filter((name) => !READ.includes(name) && /^\w{1,40}$/.test(name)));
  let tokens = 0;
  while (vectors.length < values.length) {
    const part = values.slice(vectors.length, vectors.length + most);
    const { embeddings, usage, warnings } = await model.doEmbed({ values: part, abortSignal });
    if (embeddings.length < part.length) throw new Error(`${part.length} texts gave ${embeddings.length} embeddings`);
    vectors.push(...embeddings);
    tokens += usage?.tokens ?? 0;
    for (const name of warnedOf(warnings)) dropped.add(name);
  }
  const data = vectors.map((vector, index) => ({
    object: "embedding",
    index,
    embedding: encoding_format === "base64" ? Buffer.from(new Float32Array(vector).buffer).toString("base64") : vector,
  }));
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return { answer: { object: "list", data, model: upstream, usage }, dropped: [...dropped] };
}

function unsupported(message: string): Error {
  return Object.assign(new Error(message), { name: "AI_UnsupportedFunctionalityError" });
}
