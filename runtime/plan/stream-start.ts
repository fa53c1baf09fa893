/**
 * The held part of a streamed answer: server-sent events (WHATWG HTML, section 9.2) of the chat dialect, read only until
 * it is known whether this model answers. Chunks may be cut anywhere, in the middle of a character too.
 */
import { StringDecoder } from "node:string_decoder";
import { type Classified, classifyContent, refusals } from "./failure.ts";
import { entries, member, parse, text } from "./json.ts";

export class StreamStart {
  /** Text, a tool call or reasoning has come. */
  content = false;
  /** Some choice has a `finish_reason`. */
  finished = false;
  /** `[DONE]` has come. */
  done = false;
  /** An error event has come that can still be hidden. */
  error: Classified | undefined;
  filtered = false;
  refused = false;

  readonly #decoder = new StringDecoder("utf8");
  #line = "";
  #data: string[] = [];
  readonly #heldBack: boolean;

  /** `heldBack`: content does not end the holding, because the plan wants to know how the answer ends. */
  constructor(heldBack: boolean) {
    this.#heldBack = heldBack;
  }

  read(chunk: Buffer): void {
    const lines = this.#decoder.write(chunk).split("\n");
    const rest = lines.pop() ?? "";
    for (const line of lines) {
      this.#readLine(this.#line + line);
      this.#line = "";
    }
    this.#line += rest;
  }

  #readLine(ended: string): void {
    const line = ended.endsWith("\r") ? ended.slice(0, -1) : ended;
    if (line.startsWith("data:")) {
      this.#data.push(line.slice(line[5] === " " ? 6 : 5));
    } else if (line === "" && this.#data.length > 0) {
      const event = this.#data.join("\n");
      this.#data = [];
      if (!this.done && this.error === undefined) this.#readEvent(event);
    }
  }

  #readEvent(event: string): void {
    if (event === "[DONE]") {
      this.done = true;
      return;
    }
    const value = parse(event);
    // What is not held back goes out with its first content, and an error event behind that with it.
    if (!this.content || this.#heldBack) this.error = classifyContent(value);
    const choices = member(value, "choices");
    for (const choice of entries(choices)) {
      if (hasContent(choice)) this.content = true;
      if (text(member(choice, "finish_reason")) !== "") this.finished = true;
    }
    const { filtered, refused } = refusals(choices);
    this.filtered ||= filtered;
    this.refused ||= refused;
  }
}

/** Members of a delta that hold what the model says; `reasoning` and `reasoning_content` are names of one thing. */
const CONTENT = ["content", "tool_calls", "function_call", "reasoning_content", "reasoning", "refusal", "audio"];

/** Whether `choice` of an event holds something that the model says. */
export function hasContent(choice: unknown): boolean {
  const delta = member(choice, "delta");
  return CONTENT.some((name) => isSomething(member(delta, name)));
}

function isSomething(value: unknown): boolean {
  if (Array.isArray(value) || typeof value === "string") return value.length > 0;
  return typeof value === "object" && value !== null;
}
