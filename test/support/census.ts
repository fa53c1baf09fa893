/**
 * What an answer holds, counted by rules that share nothing with the translators: of each dialect, whole or streamed. What
 * the dialects write differently (how texts are parted, how arguments are spaced) makes no difference here.
 */
import type { BridgedSaid } from "./bridged-said.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers of any dialect, looked into as they came
type Json = any;

export interface Census {
  /** All that was said to the user, and all that was thought, without white space. */
  readonly text: string;
  readonly reasoning: string;
  /** Name and arguments of each call of a tool of the client's, in order. */
  readonly calls: readonly string[];
  /** All tokens of the prompt, cached ones among them; and of the answer, reasoning among them. */
  readonly prompt: number | undefined;
  readonly cached: number;
  readonly completion: number | undefined;
  readonly thought: number;
}

interface Tally {
  text: string;
  reasoning: string;
  /** By whatever tells them apart. */
  readonly calls: Map<string, { name: string; written: string }>;
  usage: Json;
}

const tally = (): Tally => ({ text: "", reasoning: "", calls: new Map(), usage: undefined });

const bare = (text: string): string => text.replaceAll(/\s+/g, "");

function canonical(written: string): string {
  try {
    return JSON.stringify(JSON.parse(written || "{}"));
  } catch {
    return written;
  }
}

function counted({ text, reasoning, calls }: Tally, usage: Partial<Census>): Census {
  const called = [...calls.values()].map(({ name, written }) => `${name}(${canonical(written)})`);
  const rest = { prompt: undefined, cached: 0, completion: undefined, thought: 0, ...usage };
  return { text: bare(text), reasoning: bare(reasoning), calls: called, ...rest };
}

/** The same of what a naive reader found. */
export function censusOfSaid({ content, reasoning, calls, prompt, completion }: BridgedSaid): Partial<Census> {
  const called = calls.map((call) => `${call.name}(${JSON.stringify(call.arguments)})`);
  return { text: bare(content), reasoning: bare(reasoning), calls: called, ...(prompt > 0 && { prompt, completion }) };
}

function openaiUsage(usage: Json): Partial<Census> {
  if (usage === undefined || usage === null) return {};
  const prompt = usage.prompt_tokens;
  return {
    prompt,
    cached: usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? 0,
    // xAI leaves reasoning out of the completion's tokens, and not out of the total.
    completion: Math.max(usage.completion_tokens ?? 0, (usage.total_tokens ?? 0) - prompt),
    thought: usage.completion_tokens_details?.reasoning_tokens ?? 0,
  };
}

/** A chat completion's message, or a piece of one. */
function addChat(sum: Tally, said: Json): void {
  const parts = Array.isArray(said?.content) ? said.content : [{ type: "text", text: said?.content ?? "" }];
  for (const part of parts) {
    if (part.type === "text") sum.text += part.text;
    if (part.type === "thinking") for (const thought of part.thinking) sum.reasoning += thought.text ?? "";
  }
  sum.text += (said?.refusal ?? "") + (said?.audio?.transcript ?? "");
  if (said?.function_call) sum.calls.set("0", { name: said.function_call.name, written: said.function_call.arguments });
  sum.reasoning += said?.reasoning_content ?? said?.reasoning ?? "";
  (said?.tool_calls ?? []).forEach((call: Json, at: number) => {
    const key = `${call.index ?? at}`;
    const before = sum.calls.get(key) ?? { name: "", written: "" };
    sum.calls.set(key, {
      name: before.name || (call.function?.name ?? ""),
      written: before.written + (call.function?.arguments ?? ""),
    });
  });
}

export function censusOfChat(completion: Json): Census {
  const sum = tally();
  addChat(sum, completion.choices[0]?.message);
  return counted(sum, openaiUsage(completion.usage));
}

export function censusOfChunks(chunks: readonly Json[]): Census {
  const sum = tally();
  for (const chunk of chunks) {
    for (const choice of chunk.choices ?? []) if ((choice.index ?? 0) === 0) addChat(sum, choice.delta);
    sum.usage = chunk.usage ?? chunk.x_groq?.usage ?? sum.usage;
  }
  return counted(sum, openaiUsage(sum.usage));
}

function anthropicUsage(usage: Json): Partial<Census> {
  if (usage === undefined) return {};
  const { input_tokens = 0, cache_read_input_tokens, cache_creation_input_tokens, output_tokens } = usage;
  return {
    prompt: input_tokens + (cache_read_input_tokens ?? 0) + (cache_creation_input_tokens ?? 0),
    cached: cache_read_input_tokens ?? 0,
    completion: output_tokens,
    thought: usage.output_tokens_details?.thinking_tokens ?? 0,
  };
}

export function censusOfMessage(message: Json): Census {
  const sum = tally();
  for (const block of message.content) {
    if (block.type === "text") sum.text += block.text;
    if (block.type === "thinking") sum.reasoning += block.thinking;
    if (block.type === "tool_use") sum.calls.set(block.id, { name: block.name, written: JSON.stringify(block.input) });
  }
  // Why it is refused is said by some, and stands beside what is said by others.
  const refusal = message.stop_details?.explanation ?? "";
  if (!sum.text.includes(refusal)) sum.text += refusal;
  return counted(sum, anthropicUsage(message.usage));
}

export function censusOfMessageEvents(events: readonly Json[]): Census {
  const blocks: Json[] = [];
  let usage: Json = {};
  let stop_details: Json;
  for (const event of events) {
    if (event.type === "message_start") {
      usage = { ...event.message.usage };
      blocks.push(...event.message.content);
    }
    if (event.type === "content_block_start") blocks[event.index] = { ...event.content_block, json: "" };
    const block = blocks[event.index];
    if (event.type === "content_block_delta") {
      if (event.delta.type === "text_delta") block.text += event.delta.text;
      if (event.delta.type === "thinking_delta") block.thinking += event.delta.thinking;
      if (event.delta.type === "input_json_delta") block.json += event.delta.partial_json;
    }
    stop_details = event.delta?.stop_details ?? stop_details;
    for (const [name, value] of Object.entries(event.type === "message_delta" ? (event.usage ?? {}) : {}))
      if (value !== null) usage[name] = value;
  }
  const content = blocks.map((block) => (block.json ? { ...block, input: JSON.parse(block.json) } : block));
  return censusOfMessage({ content, usage, stop_details });
}

export function censusOfResponse(response: Json): Census {
  const sum = tally();
  for (const item of response.output) {
    if (item.type === "message") for (const part of item.content) sum.text += part.text ?? part.refusal;
    if (item.type === "reasoning") for (const part of item.summary) sum.reasoning += part.text;
    if (item.type === "function_call") sum.calls.set(item.call_id, { name: item.name, written: item.arguments });
  }
  const { usage } = response;
  if (usage === undefined) return counted(sum, {});
  return counted(sum, {
    prompt: usage.input_tokens,
    cached: usage.input_tokens_details.cached_tokens,
    completion: usage.output_tokens,
    thought: usage.output_tokens_details.reasoning_tokens,
  });
}

/** By the deltas alone; of the usage, which comes with the last event, by that. */
export function censusOfResponseEvents(events: readonly Json[]): Census {
  const sum = tally();
  for (const event of events) {
    if (event.type === "response.output_text.delta" || event.type === "response.refusal.delta") sum.text += event.delta;
    if (event.type === "response.reasoning_summary_text.delta") sum.reasoning += event.delta;
    if (event.type === "response.output_item.added" && event.item.type === "function_call")
      sum.calls.set(event.item.id, { name: event.item.name, written: "" });
    if (event.type === "response.function_call_arguments.delta") {
      const call = sum.calls.get(event.item_id);
      if (call !== undefined) call.written += event.delta;
    }
  }
  const whole = censusOfResponse({ output: [], usage: events.at(-1)?.response?.usage });
  return {
    ...counted(sum, {}),
    prompt: whole.prompt,
    cached: whole.cached,
    completion: whole.completion,
    thought: whole.thought,
  };
}
