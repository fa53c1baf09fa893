/** A request's body with the parameters that a step of the plan sets; every other byte of a value stays as it came. */
import type { Overrides } from "../plan/index.ts";
import { DECLINED, JsonCursor, OPEN_ARRAY } from "./json-cursor.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** `body`, which must be a JSON object, with `overrides`; undefined where it is nested too deeply to be read. */
export function rewritten(body: Buffer, overrides: Overrides): Buffer | undefined {
  if (asksForUsageAlone(overrides) && !body.includes('"stream_options"')) return withUsageAsked(body);
  try {
    const members = new MemberCursor(body).members();
    return assembled(members, changesOf(members, overrides));
  } catch (error) {
    if (error === DECLINED) return undefined;
    throw error;
  }
}

/** Whether all that changes is that the usage of the stream is asked for: so it is of nearly every stream. */
function asksForUsageAlone(overrides: Overrides): boolean {
  for (const name in overrides) if (name !== "usage" && name !== "capMember") return false;
  return overrides.usage === true;
}

const USAGE_ASKED = Buffer.from('{"stream_options":{"include_usage":true},');

function withUsageAsked(body: Buffer): Buffer {
  return Buffer.concat([USAGE_ASKED, body.subarray(body.indexOf(0x7b) + 1)]);
}

interface Member {
  readonly name: string;
  /** Key, colon and value. */
  readonly bytes: Buffer;
  readonly value: Buffer;
}

/** New values by name; undefined for a member that is left out. */
type Changes = ReadonlyMap<string, Buffer | undefined>;

class MemberCursor extends JsonCursor {
  members(): readonly Member[] {
    const members: Member[] = [];
    this.space();
    for (let more = this.openObject(); more; more = this.nextMember()) {
      const from = this.start - 1;
      const name = parsed(this.body.subarray(from, this.end + 1)) as string;
      this.colon();
      const start = this.at;
      this.value(1);
      const value = this.body.subarray(start, this.at);
      members.push({ name, bytes: this.body.subarray(from, this.at), value });
    }
    return members;
  }

  /** The elements of a body that is an array; none of any other. */
  elements(): readonly Buffer[] {
    const elements: Buffer[] = [];
    if (this.body[0] !== OPEN_ARRAY) return elements;
    for (let more = this.openArray(); more; more = this.nextElement()) {
      const start = this.at;
      this.value(2);
      elements.push(this.body.subarray(start, this.at));
    }
    return elements;
  }
}

function changesOf(members: readonly Member[], overrides: Overrides): Changes {
  const { maxTokens, capMember, capRenamed, temperature, reasoningEffort, system, tools, logprobs, usage } = overrides;
  // Of a member that is repeated the last one counts, as with JSON.parse.
  const find = (name: string): Buffer | undefined => members.findLast((member) => member.name === name)?.value;
  const changes = new Map<string, Buffer | undefined>();
  if (maxTokens !== undefined && capRenamed === true) capAnew(maxTokens, capMember, find, changes);
  else if (maxTokens !== undefined) cap(maxTokens, capMember, find, changes);
  if (temperature !== undefined) changes.set("temperature", json(temperature));
  if (reasoningEffort !== undefined) changes.set("reasoning_effort", json(reasoningEffort));
  if (logprobs === true) changes.set("logprobs", json(true));
  if (usage === true) {
    const given = find("stream_options");
    const options = given === undefined ? undefined : parsed(given);
    changes.set("stream_options", json({ ...(isObject(options) ? options : {}), include_usage: true }));
  }
  if (system !== undefined) {
    const others = elementsOf(find("messages")).filter((message) => !isSystem(parsed(message)));
    changes.set("messages", list([json({ role: "system", content: system }), ...others]));
  }
  if (tools !== undefined) restrict(tools, find, changes);
  return changes;
}

const CAPS = ["max_tokens", "max_completion_tokens"] as const;

function cap(
  most: number,
  member: Overrides["capMember"],
  find: (name: string) => Buffer | undefined,
  changes: Map<string, Buffer | undefined>,
): void {
  let stated = false;
  for (const name of CAPS) {
    const value = find(name);
    const given = value === undefined ? undefined : parsed(value);
    if (typeof given === "number") {
      stated = true;
      if (given > most) changes.set(name, json(most));
    } else if (value !== undefined) changes.set(name, undefined);
  }
  if (!stated) changes.set(member, json(most));
}

/** The same under one name, whichever the request has. */
function capAnew(
  most: number,
  member: Overrides["capMember"],
  find: (name: string) => Buffer | undefined,
  changes: Map<string, Buffer | undefined>,
): void {
  const given = CAPS.map((name) => find(name)).map((value) => (value === undefined ? undefined : parsed(value)));
  const stated = given.filter((value) => typeof value === "number");
  for (const name of CAPS) changes.set(name, undefined);
  if (stated.length > 0) changes.set(member, json(Math.min(most, ...stated)));
}

/** Lists of tools, and what says which of a list is to be used: today's names and those of before 2024. */
const LISTS = [
  ["tools", ["tool_choice", "parallel_tool_calls"]],
  ["functions", ["function_call"]],
] as const;

function restrict(
  only: readonly string[],
  find: (name: string) => Buffer | undefined,
  changes: Map<string, Buffer | undefined>,
): void {
  for (const [name, choices] of LISTS) {
    const all = elementsOf(find(name));
    const left = all.filter((tool) => only.includes(toolName(parsed(tool))));
    if (left.length === all.length && all.length > 0) continue;
    changes.set(name, left.length === 0 ? undefined : list(left));
    for (const choice of choices) {
      const value = find(choice);
      if (left.length === 0 || (value !== undefined && choosesOther(parsed(value), only)))
        changes.set(choice, undefined);
    }
  }
}

/** Whether `choice` names a tool that is not among `only`. */
function choosesOther(choice: unknown, only: readonly string[]): boolean {
  if (!isObject(choice)) return false;
  const allowed = isObject(choice.allowed_tools) ? choice.allowed_tools.tools : [choice];
  return !Array.isArray(allowed) || allowed.some((tool) => !only.includes(toolName(tool)));
}

/** A tool's name; of one that has none, such as a provider's own, its type. */
function toolName(tool: unknown): string {
  if (!isObject(tool)) return "";
  const named = [tool.function, tool.custom, tool].find((each) => isObject(each) && typeof each.name === "string");
  return String(isObject(named) ? named.name : tool.type);
}

function isSystem(message: unknown): boolean {
  return isObject(message) && (message.role === "system" || message.role === "developer");
}

function assembled(members: readonly Member[], changes: Changes): Buffer {
  const kept = members.filter(({ name }) => !changes.has(name)).map(({ bytes }) => bytes);
  const added = [...changes].flatMap(([name, value]) =>
    value === undefined ? [] : [Buffer.concat([json(name), Buffer.from(":"), value])],
  );
  return joined("{", [...kept, ...added], "}");
}

function list(elements: readonly Buffer[]): Buffer {
  return joined("[", elements, "]");
}

function joined(open: string, parts: readonly Buffer[], close: string): Buffer {
  const comma = Buffer.from(",");
  const between = parts.flatMap((part, index) => (index === 0 ? [part] : [comma, part]));
  return Buffer.concat([Buffer.from(open), ...between, Buffer.from(close)]);
}

function elementsOf(value: Buffer | undefined): readonly Buffer[] {
  return value === undefined ? [] : new MemberCursor(value).elements();
}

function parsed(value: Buffer): unknown {
  return JSON.parse(value.toString());
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
