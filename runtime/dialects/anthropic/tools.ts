/** Tools, and which of them is to be used. */
import { entries, member, text } from "../../plan/json.ts";
import { isObject, type JsonObject, object } from "../json.ts";
import type { ModelTraits } from "./models.ts";
import { restricted } from "./schema.ts";
import type { MessagesTool, MessagesToolChoice, WebSearchTool } from "./wire.ts";

/** The tool by which models without structured outputs answer in JSON: what it is called with is the answer. */
export const JSON_TOOL = "routec_json_answer";

export interface ToolSettings {
  readonly tools: readonly (MessagesTool | WebSearchTool)[];
  readonly choice: MessagesToolChoice | undefined;
}

/** The tools of a chat completion request. `only` are the names of those that are passed on; undefined: all. */
export function toolsOf(
  chat: JsonObject,
  traits: ModelTraits,
  only: readonly string[] | undefined,
  losses: Set<string>,
): ToolSettings {
  const choice = object(chat.tool_choice);
  const allowed = choice.type === "allowed_tools" ? object(choice.allowed_tools) : undefined;
  // Anthropic has no choice among some of the tools: those that are not allowed stay behind.
  const names = allowed === undefined ? undefined : entries(allowed.tools).map(nameOf);
  const isPassed = (tool: unknown): boolean => {
    const name = nameOf(tool);
    return (only === undefined || only.includes(name)) && (names === undefined || names.includes(name));
  };
  const given = [
    ...entries(chat.tools),
    ...entries(chat.functions).map((each) => ({ type: "function", function: each })),
  ];
  const tools: (MessagesTool | WebSearchTool)[] = [];
  for (const tool of given.filter(isPassed)) {
    const described = member(tool, "function");
    if (isObject(described)) tools.push(toolOf(described, traits, losses));
    else losses.add("custom_tools");
  }
  if (isObject(chat.web_search_options)) tools.push(webSearch(chat.web_search_options, losses));
  return { tools, choice: tools.length === 0 ? undefined : choiceOf(chat, allowed, tools, { traits, losses }) };
}

/** Makes `settings` answer with a value of `schema`, or with one of the other tools. */
export function answeringInJson(
  { tools, choice }: ToolSettings,
  schema: JsonObject,
  description: string,
): ToolSettings {
  const tool: MessagesTool = {
    name: JSON_TOOL,
    description: description === "" ? "Gives the answer: a JSON object." : description,
    input_schema: { ...schema, type: "object" },
  };
  const mayUseOthers = tools.length > 0 && choice?.type !== "none";
  return {
    tools: mayUseOthers ? [...tools, tool] : [tool],
    choice: {
      ...(mayUseOthers ? { type: "any" } : { type: "tool", name: JSON_TOOL }),
      disable_parallel_tool_use: true,
    },
  };
}

/** A tool's name; of one that has none, its type. */
function nameOf(tool: unknown): string {
  return text(member(object(member(tool, "function") ?? member(tool, "custom")), "name")) || text(member(tool, "type"));
}

function toolOf(described: JsonObject, traits: ModelTraits, losses: Set<string>): MessagesTool {
  const { name, description, strict } = described;
  const isStrict = strict === true && traits.schemas;
  if (strict === true && !isStrict) losses.add("strict");
  const schema = object(described.parameters);
  return {
    name: text(name),
    ...(typeof description === "string" && description !== "" && { description }),
    input_schema: { ...(isStrict ? restricted({ type: "object", ...schema }) : schema), type: "object" },
    ...(isStrict && { strict: true }),
  };
}

const PLACE = ["city", "country", "region", "timezone"] as const;

function webSearch({ user_location, search_context_size }: JsonObject, losses: Set<string>): WebSearchTool {
  if (search_context_size !== undefined) losses.add("search_context_size");
  const place = object(member(user_location, "approximate"));
  const known = PLACE.flatMap((name) => (typeof place[name] === "string" ? [[name, place[name]]] : []));
  return {
    type: "web_search_20250305",
    name: "web_search",
    ...(known.length > 0 && { user_location: { type: "approximate", ...Object.fromEntries(known) } }),
  };
}

function choiceOf(
  chat: JsonObject,
  allowed: JsonObject | undefined,
  tools: ToolSettings["tools"],
  { traits, losses }: { readonly traits: ModelTraits; readonly losses: Set<string> },
): MessagesToolChoice | undefined {
  const alone = chat.parallel_tool_calls === false ? ({ disable_parallel_tool_use: true } as const) : {};
  const choice = chat.tool_choice ?? chat.function_call;
  if (choice === "none") return { type: "none" };
  const named = text(member(member(choice, "function") ?? choice, "name"));
  const forced = named !== "" || choice === "required" || allowed?.mode === "required";
  if (forced && !traits.forcedTools) losses.add("tool_choice");
  else if (named !== "" && tools.some(({ name }) => name === named)) return { type: "tool", name: named, ...alone };
  else if (named !== "") losses.add("tool_choice");
  else if (forced) return { type: "any", ...alone };
  else if (isObject(choice) && allowed === undefined) losses.add("tool_choice");
  return choice === "auto" || allowed !== undefined || chat.parallel_tool_calls === false
    ? { type: "auto", ...alone }
    : undefined;
}
