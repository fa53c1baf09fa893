/** A client's own messages request with what a step of the plan sets; all else of it stays. */
import { entries, member, text } from "../../plan/json.ts";
import type { Overrides } from "../../plan/request.ts";
import { type JsonObject, object } from "../json.ts";
import { traitsOf } from "./models.ts";
import { type ThinkingSettings, thinkingFor } from "./thinking.ts";

export interface WithOptions {
  readonly request: JsonObject;
  /** Names of options that the model cannot honour. */
  readonly dropped: readonly string[];
}

/** `given` for `model`, with `overrides`. */
export function withOptions(given: JsonObject, model: string, overrides: Omit<Overrides, "capMember">): WithOptions {
  const { maxTokens, temperature, reasoningEffort, system, tools } = overrides;
  const traits = traitsOf(model);
  const dropped: string[] = [];
  const request: Record<string, unknown> = { ...given, model };
  if (maxTokens !== undefined) request.max_tokens = Math.min(Number(given.max_tokens ?? maxTokens), maxTokens);
  if (system !== undefined) {
    request.system = system;
    request.messages = entries(given.messages).filter((turn) => member(turn, "role") !== "system");
  }
  if (tools !== undefined) restrict(request, tools);
  if (reasoningEffort !== undefined) {
    const canBegin = !["any", "tool"].includes(text(member(request.tool_choice, "type")));
    const settings = thinkingFor(reasoningEffort, { traits, maxTokens: Number(request.max_tokens), canBegin });
    if (settings === undefined) dropped.push("reasoning_effort");
    else think(request, settings);
  }
  if (temperature !== undefined) {
    const thinks = !["", "disabled"].includes(text(member(request.thinking, "type")));
    const isTaken = traits.sampling !== "none" && !thinks && temperature <= 1;
    if (isTaken) request.temperature = temperature;
    else dropped.push("temperature");
    if (isTaken && traits.sampling === "each") delete request.top_p;
  }
  return { request, dropped };
}

function think(request: Record<string, unknown>, { thinking, effort }: ThinkingSettings): void {
  const { effort: _, ...output } = object(request.output_config);
  delete request.thinking;
  delete request.output_config;
  if (thinking !== undefined) request.thinking = thinking;
  const config = { ...output, ...(effort !== undefined && { effort }) };
  if (Object.keys(config).length > 0) request.output_config = config;
}

/** Leaves the tools of these names; one that has none is known by its type. */
function restrict(request: Record<string, unknown>, only: readonly string[]): void {
  const tools = entries(request.tools).filter((tool) =>
    only.includes(text(member(tool, "name")) || text(member(tool, "type"))),
  );
  const chosen = text(member(request.tool_choice, "name"));
  if (tools.length === 0) delete request.tools;
  else request.tools = tools;
  if (tools.length === 0 || (chosen !== "" && !only.includes(chosen))) delete request.tool_choice;
}
