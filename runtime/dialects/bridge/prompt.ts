/** A chat's messages as a prompt of the AI SDK's provider interface. */
import type { LanguageModelV4FilePart, LanguageModelV4Message, LanguageModelV4TextPart } from "@ai-sdk/provider";
import { entries, member, text } from "../../plan/json.ts";
import { wrong } from "../dialect-error.ts";
import { argumentsOf, type JsonObject, object } from "../json.ts";
import { filePart, imagePart, soundPart } from "./media.ts";
import { callOptions, thoughtOptions } from "./signatures.ts";

type AssistantMessage = Extract<LanguageModelV4Message, { role: "assistant" }>;
type ToolMessage = Extract<LanguageModelV4Message, { role: "tool" }>;

/** The prompt; names of what is lost are added to `losses`. Throws `DialectError` where a message cannot be read. */
export function promptOf(messages: unknown, losses: Set<string>): LanguageModelV4Message[] {
  if (!Array.isArray(messages)) throw wrong("messages", "an array", messages);
  const system: string[] = [];
  const turns: LanguageModelV4Message[] = [];
  /** Results name their call, and these interfaces want the tool's name too. */
  const called = new Map<string, string>();
  for (const [at, message] of messages.entries()) {
    const said = object(message);
    if (said.name !== undefined && said.role !== "tool") losses.add("name");
    switch (said.role) {
      case "system":
      case "developer":
        if (turns.length > 0) losses.add("system_position");
        system.push(textOf(said.content));
        break;
      case "user":
        turns.push({ role: "user", content: userParts(said.content, losses) });
        break;
      case "assistant":
        turns.push({ role: "assistant", content: assistantParts(said, called, losses) });
        break;
      case "tool":
        addResult(turns, said, called);
        break;
      default:
        throw wrong(`messages[${at}].role`, "`system`, `developer`, `user`, `assistant` or `tool`", said.role);
    }
  }
  return system.length === 0 ? turns : [{ role: "system", content: system.join("\n\n") }, ...turns];
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return entries(content)
    .map((part) => text(member(part, "text")))
    .join("\n");
}

function userParts(content: unknown, losses: Set<string>): (LanguageModelV4TextPart | LanguageModelV4FilePart)[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return entries(content).flatMap((part) => {
    const made = partOf(object(part), losses);
    return made === undefined ? [] : [made];
  });
}

function partOf(part: JsonObject, losses: Set<string>): LanguageModelV4TextPart | LanguageModelV4FilePart | undefined {
  switch (part.type) {
    case "text":
      return { type: "text", text: text(part.text) };
    case "image_url":
      return imagePart(part.image_url, losses);
    case "input_audio":
      return soundPart(object(part.input_audio), losses);
    case "file":
      return filePart(object(part.file), losses);
    default:
      losses.add(/^\w{1,40}$/.test(text(part.type)) ? text(part.type) : "others");
      return undefined;
  }
}

function assistantParts(
  { content, refusal, tool_calls, thinking_blocks, reasoning_content, function_call }: JsonObject,
  called: Map<string, string>,
  losses: Set<string>,
): AssistantMessage["content"] {
  const parts: AssistantMessage["content"] = [];
  const blocks = entries(thinking_blocks);
  for (const block of blocks)
    parts.push({ type: "reasoning", text: text(member(block, "thinking")), providerOptions: thoughtOptions(block) });
  // Providers take back what they signed, and nothing else.
  if (blocks.length === 0 && text(reasoning_content) !== "") losses.add("reasoning_content");
  if (function_call !== undefined && function_call !== null) losses.add("function_call");
  const said = textOf(content) || text(refusal);
  if (said !== "") parts.push({ type: "text", text: said });
  for (const call of entries(tool_calls)) {
    const { name, arguments: written } = object(member(call, "function"));
    const id = text(member(call, "id"));
    called.set(id, text(name));
    const providerOptions = callOptions(call);
    parts.push({
      type: "tool-call",
      toolCallId: id,
      toolName: text(name),
      input: argumentsOf(written),
      ...(providerOptions && { providerOptions }),
    });
  }
  return parts;
}

/** Results that follow each other are one turn. */
function addResult(turns: LanguageModelV4Message[], said: JsonObject, called: ReadonlyMap<string, string>): void {
  const id = text(said.tool_call_id);
  const result: ToolMessage["content"][number] = {
    type: "tool-result",
    toolCallId: id,
    toolName: called.get(id) ?? text(said.name),
    output: { type: "text", value: textOf(said.content) },
  };
  const last = turns.at(-1);
  if (last?.role === "tool") last.content.push(result);
  else turns.push({ role: "tool", content: [result] });
}
