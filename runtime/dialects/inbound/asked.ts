/** What requests of other dialects say alike: tools, web search, parts of a message, and what nobody here reads. */

import { text } from "../../plan/json.ts";
import type { ChatPart, ChatTool, ChatWebSearch } from "../chat.ts";
import { isObject, type JsonObject, object, saysSomething } from "../json.ts";

/** More names than a client that means well sends. */
const MOST_NAMES = 20;

/** A tool of the client's; `parameters` is its schema. */
export function functionTool({ name, description, strict }: JsonObject, parameters: unknown): ChatTool {
  const described = {
    name: text(name),
    ...(typeof description === "string" && description !== "" && { description }),
    ...(isObject(parameters) && { parameters }),
    ...(strict === true && { strict: true }),
  };
  return { type: "function", function: described };
}

/** Where the one who searches is, as both say it in one object and a chat in two. */
export function searchFrom(user_location: unknown): ChatWebSearch {
  const { type, ...approximate } = object(user_location);
  return type === "approximate" ? { user_location: { type, approximate: approximate as Record<string, string> } } : {};
}

/** One text is written as such. */
export function compact<P extends ChatPart>(parts: readonly P[]): string | readonly P[] {
  const [only] = parts;
  if (only === undefined) return "";
  return parts.length === 1 && only.type === "text" ? only.text : parts;
}

/** `type`, which a client chose, where it can stand in a header. */
export function nameOf(type: unknown, otherwise: string): string {
  return typeof type === "string" && /^\w{1,40}$/.test(type) ? type : otherwise;
}

/** The names of a request's members that are not in `read` and say something. */
export function unread(request: JsonObject, read: ReadonlySet<string>): readonly string[] {
  return Object.keys(request)
    .filter((name) => !read.has(name) && saysSomething(request[name]))
    .map((name) => nameOf(name, "others"))
    .slice(0, MOST_NAMES);
}
