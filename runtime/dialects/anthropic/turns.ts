/** The messages of a chat as Anthropic's turns: the system's apart, results of tools in the user's turn. */
import { entries, member, text } from "../../plan/json.ts";
import { wrong } from "../dialect-error.ts";
import { argumentsOf, isObject, object, saysSomething } from "../json.ts";
import { documentOf, imageOf } from "./media.ts";
import type {
  Block,
  CacheControl,
  PartBlock,
  TextBlock,
  ThinkingBlock,
  ToolResultBlock,
  ToolUseBlock,
  Turn,
} from "./wire.ts";

export interface Turns {
  readonly system: string | readonly TextBlock[] | undefined;
  readonly turns: readonly Turn[];
  /** The last of the model's turns calls tools and has no thinking before it: thinking cannot begin in the middle. */
  readonly inUnthoughtLoop: boolean;
}

interface OpenTurn {
  readonly role: Turn["role"];
  readonly blocks: Block[];
  /** How many results of tools it begins with. */
  results: number;
}

/**
 * Reads the messages of a chat completion request. `system` stands in the place of all of the system's. Throws
 * `DialectError` for a message that nobody could read.
 */
export function turnsOf(messages: unknown, system: string | undefined, losses: Set<string>): Turns {
  if (!Array.isArray(messages)) throw wrong("messages", "an array", messages);
  const systemBlocks: TextBlock[] = system === undefined || system === "" ? [] : [{ type: "text", text: system }];
  const turns: OpenTurn[] = [];
  let lastFunctionCall = "";

  function add(role: Turn["role"], blocks: readonly Block[]): void {
    if (blocks.length === 0) return;
    let turn = turns.at(-1);
    if (turn?.role !== role) {
      turn = { role, blocks: [], results: 0 };
      turns.push(turn);
    }
    for (const block of blocks) {
      // Results come first, or the API does not find them.
      if (block.type !== "tool_result") turn.blocks.push(block);
      else turn.blocks.splice(turn.results++, 0, block);
    }
  }

  for (const [index, message] of messages.entries()) {
    const { role, content } = object(message);
    if (saysSomething(member(message, "name")) && role !== "function") losses.add("name");
    switch (role) {
      case "system":
      case "developer":
        if (system !== undefined) break;
        if (turns.length > 0) losses.add("system_position");
        systemBlocks.push(...textsOf(content));
        break;
      case "user":
        add("user", partsOf(content, losses));
        break;
      case "assistant": {
        const call = member(message, "function_call");
        if (isObject(call)) lastFunctionCall = `call_${index}`;
        add("assistant", [
          ...saidBy(object(message), losses),
          ...(isObject(call) ? [useOf(lastFunctionCall, call, losses)] : []),
        ]);
        break;
      }
      case "tool":
        add("user", [resultOf(text(member(message, "tool_call_id")), content, losses)]);
        break;
      case "function":
        add("user", [resultOf(lastFunctionCall, content, losses)]);
        break;
      default:
        throw wrong(`messages[${index}].role`, "one of system, developer, user, assistant, tool", role);
    }
  }
  // There must be a turn: what has only a system prompt is asked by it.
  if (turns.length === 0 && systemBlocks.length > 0) {
    losses.add("system_position");
    add("user", systemBlocks.splice(0));
  }
  const last = turns.at(-1);
  if (last?.role === "assistant") trimEnd(last.blocks);
  return {
    system: systemBlocks.length === 0 ? undefined : compact(systemBlocks),
    turns: turns.map(({ role, blocks }) => ({ role, content: compact(blocks) })),
    inUnthoughtLoop: isUnthought(turns),
  };
}

function isUnthought(turns: readonly OpenTurn[]): boolean {
  const last = turns.findLast(({ role }) => role === "assistant");
  if (last?.blocks.some(({ type }) => type === "tool_use") !== true) return false;
  const [first] = last.blocks;
  return first?.type !== "thinking" && first?.type !== "redacted_thinking";
}

/** One text is written as such. */
function compact<B extends Block>(blocks: readonly B[]): string | readonly B[] {
  const [only] = blocks;
  return blocks.length === 1 && only?.type === "text" && only.cache_control === undefined ? only.text : blocks;
}

/** The API takes no white space at the end of what the model is to go on from. */
function trimEnd(blocks: Block[]): void {
  const last = blocks.at(-1);
  if (last?.type === "text") blocks[blocks.length - 1] = { ...last, text: last.text.trimEnd() };
}

/** The API takes no text that is empty, or white space alone. */
function textBlock(said: string, part?: unknown): TextBlock[] {
  return /\S/.test(said) ? [{ type: "text", text: said, ...cached(part) }] : [];
}

function textsOf(content: unknown): TextBlock[] {
  if (typeof content === "string") return textBlock(content);
  return entries(content).flatMap((part) => textBlock(text(member(part, "text")), part));
}

function partsOf(content: unknown, losses: Set<string>): PartBlock[] {
  if (typeof content === "string") return textBlock(content);
  return entries(content).flatMap((part) => partOf(part, losses));
}

function partOf(part: unknown, losses: Set<string>): PartBlock[] {
  const { type } = object(part);
  switch (type) {
    case "text":
      return textBlock(text(member(part, "text")), part);
    case "refusal":
      return textBlock(text(member(part, "refusal")));
    case "image_url": {
      const block = imageOf(member(part, "image_url"), losses);
      return block === undefined ? [] : [{ ...block, ...cached(part) }];
    }
    case "file": {
      const block = documentOf(object(member(part, "file")), losses);
      return block === undefined ? [] : [{ ...block, ...cached(part) }];
    }
    default:
      losses.add(typeof type === "string" && /^\w{1,40}$/.test(type) ? type : "content");
      return [];
  }
}

/** Where a client marks what is worth caching: as Anthropic writes it, which others took over, or as OpenAI does. */
function cached(part: unknown): { readonly cache_control?: CacheControl } {
  const { type, ttl } = object(member(part, "cache_control"));
  if (type === "ephemeral") {
    return { cache_control: { type: "ephemeral", ...((ttl === "5m" || ttl === "1h") && { ttl }) } };
  }
  return isObject(member(part, "prompt_cache_breakpoint")) ? { cache_control: { type: "ephemeral" } } : {};
}

function saidBy(message: Readonly<Record<string, unknown>>, losses: Set<string>): Block[] {
  const { content, refusal, thinking_blocks, tool_calls, audio } = message;
  if (saysSomething(audio)) losses.add("audio");
  const thoughts = entries(thinking_blocks).flatMap(thoughtOf);
  const reasoning = saysSomething(message.reasoning_content) || saysSomething(message.reasoning);
  // What was thought is taken with its signature only.
  if (thoughts.length === 0 && reasoning) losses.add("reasoning_content");
  return [
    ...thoughts,
    ...partsOf(content, losses),
    ...textBlock(text(refusal)),
    ...entries(tool_calls).map((call) =>
      useOf(text(member(call, "id")), object(member(call, "function") ?? member(call, "custom")), losses),
    ),
  ];
}

function thoughtOf(block: unknown): ThinkingBlock[] {
  const { type, thinking, signature, data } = object(block);
  if (type === "redacted_thinking" && typeof data === "string") return [{ type, data }];
  const isWhole = typeof thinking === "string" && typeof signature === "string" && signature !== "";
  return type === "thinking" && isWhole ? [{ type, thinking, signature }] : [];
}

function useOf(id: string, call: Readonly<Record<string, unknown>>, losses: Set<string>): ToolUseBlock {
  const written = call.arguments ?? call.input;
  const input = argumentsOf(written);
  if (input.arguments === written && written !== undefined) losses.add("arguments");
  return { type: "tool_use", id: toolId(id), name: text(call.name), input };
}

function resultOf(id: string, content: unknown, losses: Set<string>): ToolResultBlock {
  const said = partsOf(content, losses);
  const [only] = said;
  const isText = said.length === 1 && only?.type === "text";
  return {
    type: "tool_result",
    tool_use_id: toolId(id),
    ...(said.length > 0 && { content: isText ? only.text : said }),
  };
}

/** Anthropic takes letters, digits, `_` and `-`; what others give (`functions.search:0`) is written in them. */
function toolId(id: string): string {
  if (/^[\w-]+$/.test(id)) return id;
  return id === "" ? "call" : id.replaceAll(/[^A-Za-z0-9-]/gu, (other) => `_${other.codePointAt(0)?.toString(16)}`);
}
