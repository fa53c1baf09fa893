/**
 * Custom tools of the responses API, which take a text. Every other dialect can say one as a function with a text as its
 * only parameter; a grammar is described to the model there, and not enforced.
 */
import { entries, member, parse, text } from "../../plan/json.ts";
import type { ChatTool } from "../chat.ts";
import { type JsonObject, object } from "../json.ts";
import { functionTool } from "./asked.ts";

const PARAMETERS = {
  type: "object",
  properties: { input: { type: "string" } },
  required: ["input"],
  additionalProperties: false,
};

export function functionOfCustom(tool: JsonObject, losses: Set<string>): ChatTool {
  const { type, syntax, definition } = object(tool.format);
  const isFree = type !== "grammar";
  if (!isFree) losses.add("grammar");
  const rule = `\`input\` must match this grammar (${text(syntax)}):\n${text(definition)}`;
  const described = [text(tool.description), ...(isFree ? [] : [rule])].filter((each) => each !== "");
  return functionTool({ name: tool.name, description: described.join("\n\n") }, PARAMETERS);
}

/** What a function that stands for a custom tool is called with. */
export function argumentsOfCustom(input: unknown): string {
  return JSON.stringify({ input: text(input) });
}

/** The text that such a call is for. Some models write it as it is. */
export function inputOfCustom(written: string): string {
  const input = member(parse(written), "input");
  return typeof input === "string" ? input : written;
}

/** The names of a request's custom tools. */
export function customNames(request: JsonObject): ReadonlySet<string> {
  const custom = entries(request.tools).filter((tool) => member(tool, "type") === "custom");
  return new Set(custom.map((tool) => text(member(tool, "name"))));
}
