/** A client's own responses request with what a step of the plan sets; all else of it stays. */
import { entries, member, text } from "../../plan/json.ts";
import type { Overrides } from "../../plan/request.ts";
import { isObject, type JsonObject, object } from "../json.ts";

/** `given` for `model`, with `overrides`. All of them can be said. */
export function responsesWithOptions(
  given: JsonObject,
  model: string,
  { maxTokens, temperature, reasoningEffort, system, tools }: Omit<Overrides, "capMember">,
): JsonObject {
  const request: Record<string, unknown> = { ...given, model };
  if (maxTokens !== undefined)
    request.max_output_tokens = Math.min(Number(given.max_output_tokens ?? maxTokens), maxTokens);
  if (temperature !== undefined) request.temperature = temperature;
  if (reasoningEffort !== undefined) request.reasoning = { ...object(given.reasoning), effort: reasoningEffort };
  if (system !== undefined) {
    request.instructions = system;
    if (Array.isArray(given.input)) request.input = given.input.filter((item) => !isSystem(item));
  }
  if (tools !== undefined) restrict(request, tools);
  return request;
}

function isSystem(item: unknown): boolean {
  return member(item, "role") === "system" || member(item, "role") === "developer";
}

/** Leaves the tools of these names; one that has none is known by its type. */
function restrict(request: Record<string, unknown>, only: readonly string[]): void {
  const isOne = (tool: unknown): boolean => only.includes(text(member(tool, "name")) || text(member(tool, "type")));
  const tools = entries(request.tools).filter(isOne);
  const { tool_choice: choice } = request;
  const allowed = member(choice, "tools");
  const chosen = Array.isArray(allowed) ? allowed : [choice];
  if (tools.length === 0) delete request.tools;
  else request.tools = tools;
  if (tools.length === 0 || (isObject(choice) && !chosen.every(isOne))) delete request.tool_choice;
}
