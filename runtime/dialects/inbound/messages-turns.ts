/** Anthropic's turns as the messages of a chat: results of tools are messages of their own. */
import { entries, member, text } from "../../plan/json.ts";
import type {
  ChatAssistantMessage,
  ChatMessage,
  ChatPart,
  ChatTextPart,
  ChatToolCall,
  ChatToolMessage,
} from "../chat.ts";
import { wrong } from "../dialect-error.ts";
import { type JsonObject, object, saysSomething } from "../json.ts";
import { compact, nameOf } from "./asked.ts";

interface Terms {
  readonly keepReasoning: boolean;
  readonly losses: Set<string>;
}

/** Throws `DialectError` for what nobody could read. */
export function chatMessages(system: unknown, turns: unknown, terms: Terms): readonly ChatMessage[] {
  if (!Array.isArray(turns)) throw wrong("messages", "an array", turns);
  return [
    ...systemOf(system, terms),
    ...turns.flatMap((turn, index): readonly ChatMessage[] => {
      const { role, content } = object(turn);
      if (role === "user") return userTurn(content, terms);
      if (role === "assistant") return [assistantTurn(content, terms)];
      if (role === "system") return systemOf(content, terms);
      throw wrong(`messages[${index}].role`, "user or assistant", role);
    }),
  ];
}

function systemOf(system: unknown, terms: Terms): readonly ChatMessage[] {
  const content = typeof system === "string" ? system : compact(textParts(system, terms));
  return content.length === 0 ? [] : [{ role: "system", content }];
}

function userTurn(content: unknown, terms: Terms): readonly ChatMessage[] {
  if (typeof content === "string") return [{ role: "user", content }];
  const results: ChatToolMessage[] = [];
  const said: ChatPart[] = [];
  for (const block of entries(content)) {
    if (member(block, "type") === "tool_result") results.push(resultOf(object(block), said, terms));
    else said.push(...partsOf(block, terms));
  }
  return said.length === 0 && results.length > 0 ? results : [...results, { role: "user", content: compact(said) }];
}

/** A tool's message holds text alone: what else it gave is said by the user, behind it. */
function resultOf(block: JsonObject, said: ChatPart[], terms: Terms): ChatToolMessage {
  if (block.is_error === true) terms.losses.add("is_error");
  noteCache(block, terms);
  const { content } = block;
  const id = text(block.tool_use_id);
  if (typeof content === "string") return { role: "tool", tool_call_id: id, content };
  const parts = entries(content).flatMap((part) => partsOf(part, terms));
  const texts = parts.filter((part): part is ChatTextPart => part.type === "text");
  const others = parts.filter((part) => part.type !== "text");
  if (others.length > 0) said.push({ type: "text", text: `From the tool call ${id}:` }, ...others);
  return { role: "tool", tool_call_id: id, content: compact(texts) };
}

function assistantTurn(content: unknown, terms: Terms): ChatAssistantMessage {
  if (typeof content === "string") return { role: "assistant", content };
  const said: string[] = [];
  const thought: string[] = [];
  const calls: ChatToolCall[] = [];
  for (const block of entries(content)) {
    const { type, id, name, input, thinking } = object(block);
    noteCache(object(block), terms);
    if (type === "text") said.push(text(member(block, "text")));
    else if (type === "tool_use") {
      const call = { name: text(name), arguments: JSON.stringify(input ?? {}) };
      calls.push({ id: text(id), type: "function", function: call });
    } else if (type === "thinking" && terms.keepReasoning) thought.push(text(thinking));
    else terms.losses.add(nameOf(type, "content"));
  }
  return {
    role: "assistant",
    content: said.length === 0 && calls.length > 0 ? null : said.join(""),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(thought.length > 0 && { reasoning_content: thought.join("\n\n") }),
  };
}

function partsOf(block: unknown, terms: Terms): readonly ChatPart[] {
  const { type, source } = object(block);
  noteCache(object(block), terms);
  switch (type) {
    case "text":
      return [{ type: "text", text: text(member(block, "text")) }];
    case "image":
      return imageOf(object(source), terms);
    case "document":
      return documentOf(object(block), object(source), terms);
    case "search_result": {
      const head = [member(block, "title"), member(block, "source")].map(text).filter((each) => each !== "");
      const found = textParts(member(block, "content"), terms).map((part) => part.text);
      return [{ type: "text", text: [...head, ...found].join("\n") }];
    }
    default:
      terms.losses.add(nameOf(type, "content"));
      return [];
  }
}

function imageOf(source: JsonObject, { losses }: Terms): readonly ChatPart[] {
  const { type, url, media_type, data } = source;
  if (type === "url") return [{ type: "image_url", image_url: { url: text(url) } }];
  if (type === "base64") {
    return [{ type: "image_url", image_url: { url: `data:${text(media_type)};base64,${text(data)}` } }];
  }
  losses.add("image");
  return [];
}

function documentOf(block: JsonObject, source: JsonObject, terms: Terms): readonly ChatPart[] {
  const { type, media_type, data, content } = source;
  const title = text(block.title);
  if (saysSomething(block.context)) terms.losses.add("context");
  if (type === "base64") {
    const file = { filename: title || "document.pdf", file_data: `data:${text(media_type)};base64,${text(data)}` };
    return [{ type: "file", file }];
  }
  if (type === "text") {
    const url = `data:text/plain;base64,${Buffer.from(text(data)).toString("base64")}`;
    return title === ""
      ? [{ type: "text", text: text(data) }]
      : [{ type: "file", file: { filename: title, file_data: url } }];
  }
  if (type === "content") {
    if (typeof content === "string") return [{ type: "text", text: content }];
    return entries(content).flatMap((part) => partsOf(part, terms));
  }
  // By url or by id: OpenAI's chats take no file by either that is not its own.
  terms.losses.add("document");
  return [];
}

function textParts(content: unknown, terms: Terms): readonly ChatTextPart[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return entries(content).flatMap((block) => {
    noteCache(object(block), terms);
    const said = text(member(block, "text"));
    return said === "" ? [] : [{ type: "text", text: said }];
  });
}

function noteCache(block: JsonObject, { losses }: Terms): void {
  if (saysSomething(block.cache_control)) losses.add("cache_control");
}
