/** The items of a responses request as the messages of a chat: what the model did in one go is one message. */
import { entries, member, text } from "../../plan/json.ts";
import type { ChatMessage, ChatPart, ChatTextPart, ChatToolCall } from "../chat.ts";
import { wrong } from "../dialect-error.ts";
import { type JsonObject, object } from "../json.ts";
import { compact, nameOf } from "./asked.ts";
import { argumentsOfCustom } from "./custom-tools.ts";

interface Terms {
  readonly keepReasoning: boolean;
  readonly losses: Set<string>;
}

/** What the model said, while its items are gathered. */
interface OpenAnswer {
  content: string;
  reasoning: string;
  readonly calls: ChatToolCall[];
}

interface InputMessages {
  readonly messages: readonly ChatMessage[];
  /** The item that refers to one that a provider keeps. */
  readonly reference: string | undefined;
}

/** Throws `DialectError` for an item that nobody could read. */
export function inputMessages({ instructions, input }: JsonObject, terms: Terms): InputMessages {
  const messages: ChatMessage[] = [];
  if (typeof instructions === "string" && instructions !== "") messages.push({ role: "system", content: instructions });
  let reference: string | undefined;
  if (typeof input === "string") messages.push({ role: "user", content: input });
  if (typeof input === "string" || input === undefined) return { messages, reference };
  if (!Array.isArray(input)) throw wrong("input", "a text or an array", input);
  let answer: OpenAnswer | undefined;
  const close = (): void => {
    if (answer !== undefined) messages.push(messageOf(answer));
    answer = undefined;
  };
  const open = (): OpenAnswer => {
    answer ??= { content: "", reasoning: "", calls: [] };
    return answer;
  };
  for (const [index, item] of input.entries()) {
    const { type, role, content, call_id, name, output } = object(item);
    if (type === "function_call") {
      const call = { name: text(name), arguments: text(member(item, "arguments")) };
      open().calls.push({ id: text(call_id), type: "function", function: call });
    } else if (type === "custom_tool_call") {
      const call = { name: text(name), arguments: argumentsOfCustom(member(item, "input")) };
      open().calls.push({ id: text(call_id), type: "function", function: call });
    } else if (type === "reasoning") {
      if (terms.keepReasoning) open().reasoning += reasoningOf(object(item));
      else terms.losses.add("reasoning");
    } else if (type === "function_call_output" || type === "custom_tool_call_output") {
      close();
      messages.push(...outputOf(text(call_id), output, terms));
    } else if (type === "item_reference") {
      reference = `input[${index}]`;
    } else if (role === "assistant") {
      open().content += textsOf(content, terms);
    } else if (role === "user") {
      close();
      messages.push({ role, content: typeof content === "string" ? content : compact(partsOf(content, terms)) });
    } else if (role === "system" || role === "developer") {
      close();
      messages.push({ role, content: textsOf(content, terms) });
    } else if (type === undefined || type === "message") {
      throw wrong(`input[${index}].role`, "one of user, assistant, system, developer", role);
    } else terms.losses.add(nameOf(type, "input"));
  }
  close();
  return { messages, reference };
}

function messageOf({ content, reasoning, calls }: OpenAnswer): ChatMessage {
  return {
    role: "assistant",
    content: content === "" && calls.length > 0 ? null : content,
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(reasoning !== "" && { reasoning_content: reasoning }),
  };
}

function reasoningOf({ content, summary }: JsonObject): string {
  const whole = entries(content).map((part) => text(member(part, "text")));
  const told = whole.length > 0 ? whole : entries(summary).map((part) => text(member(part, "text")));
  return told.join("\n\n");
}

/** A tool's message holds text alone: what else it gave is said by the user, behind it. */
function outputOf(id: string, output: unknown, terms: Terms): readonly ChatMessage[] {
  if (!Array.isArray(output)) return [{ role: "tool", tool_call_id: id, content: text(output) }];
  const parts = partsOf(output, terms);
  const said = parts.filter((part): part is ChatTextPart => part.type === "text");
  const others = parts.filter((part) => part.type !== "text");
  const result: ChatMessage = { role: "tool", tool_call_id: id, content: compact(said) };
  if (others.length === 0) return [result];
  return [result, { role: "user", content: [{ type: "text", text: `From the tool call ${id}:` }, ...others] }];
}

function textsOf(content: unknown, terms: Terms): string {
  if (typeof content === "string") return content;
  return partsOf(content, terms)
    .map((part) => (part.type === "text" ? part.text : ""))
    .join("");
}

function partsOf(content: unknown, { losses }: Terms): readonly ChatPart[] {
  return entries(content).flatMap((part): readonly ChatPart[] => {
    const { type, image_url, detail, file_data, filename, file_id } = object(part);
    switch (type) {
      case "input_text":
      case "output_text":
        return [{ type: "text", text: text(member(part, "text")) }];
      case "refusal":
        return [{ type: "text", text: text(member(part, "refusal")) }];
      case "input_image":
        if (typeof image_url !== "string") break;
        return [{ type: "image_url", image_url: { url: image_url, ...(isDetail(detail) && { detail }) } }];
      case "input_file":
        if (typeof file_data === "string") {
          return [{ type: "file", file: { filename: text(filename) || "file", file_data } }];
        }
        if (typeof file_id === "string") return [{ type: "file", file: { file_id } }];
        break;
    }
    losses.add(nameOf(type, "content"));
    return [];
  });
}

function isDetail(value: unknown): value is "low" | "high" {
  return value === "low" || value === "high";
}
