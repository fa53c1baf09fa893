/** What signals see of a request: texts of its messages. */
import { entries, member, text } from "../plan/json.ts";

/** A message as signals see it. */
export interface MessageText {
  readonly role: string;
  /** Its text parts, and the arguments of the tools that it calls, a line each. */
  readonly text: string;
}

export interface RequestTexts {
  /** What the user asked last: the text of the last message of role `user`; empty where there is none. */
  readonly asked: string;
  /** The texts of all messages, a line each: what a provider would be sent. */
  readonly all: string;
  readonly messages: readonly MessageText[];
}

/** UTF-16 code units of a text that signals see: the first million, as of `prompt`. */
export const TEXT_LIMIT = 1_000_000;

/** The texts of `body`, a chat completion request as a value. Never throws; lone surrogates become U+FFFD. */
export function textsOf(body: unknown): RequestTexts {
  const messages = entries(member(body, "messages")).map((message) => ({
    role: text(member(message, "role")),
    text: messageText(message).slice(0, TEXT_LIMIT).toWellFormed(),
  }));
  return {
    asked: messages.findLast(({ role }) => role === "user")?.text ?? "",
    all: messages
      .map((message) => message.text)
      .join("\n")
      .slice(0, TEXT_LIMIT)
      .toWellFormed(),
    messages,
  };
}

function messageText(message: unknown): string {
  const content = member(message, "content");
  const parts = typeof content === "string" ? [content] : entries(content).map((part) => text(member(part, "text")));
  const called = entries(member(message, "tool_calls")).map((call) =>
    text(member(member(call, "function"), "arguments")),
  );
  return [...parts, ...called].filter((part) => part !== "").join("\n");
}
