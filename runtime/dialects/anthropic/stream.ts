/** A stream of the messages API as chunks of a chat completion. */

import { EventReader } from "../../plan/event-reader.ts";
import { entries, member, parse, text } from "../../plan/json.ts";
import type { ChatError, ChatThinking } from "../chat.ts";
import { type JsonObject, object, saysSomething, unlessTooDeep } from "../json.ts";
import type { StreamTranslator } from "../stream-translator.ts";
import { BREAK, citationsOf, finishOf, refusalOf, usageOf } from "./answer.ts";
import { brokenAnswer, chatError, TOO_DEEP } from "./error.ts";
import { JSON_TOOL } from "./tools.ts";

export interface ChatStreamTerms {
  /** Seconds since the epoch. */
  readonly created: number;
  /** The last chunk has the usage, and all others say that they have none (`stream_options.include_usage`). */
  readonly includeUsage: boolean;
}

/** A block of the message that is under way. */
interface OpenBlock {
  /** As Anthropic has it, but `json` for the answer by way of a tool. */
  readonly type: string;
  /** The type of the block before it. */
  readonly before: string;
  /** Index of the tool call, from 0. */
  readonly call: number;
  /** What a call's input is where no piece of it comes. */
  readonly input: unknown;
  /** Whether something of it was handed on. */
  said: boolean;
  /** Where its text begins in the answer's, in UTF-16 units. */
  start: number;
  readonly citations: unknown[];
  readonly thought: string[];
  signature: string;
}

/** For one stream. Pings come out as comments, so that whoever watches for silence hears none. */
export class ChatStream implements StreamTranslator {
  readonly #terms: ChatStreamTerms;
  readonly #reader = new EventReader();
  readonly #blocks = new Map<unknown, OpenBlock>();
  /** A chunk up to its choices; and what stands in front of a delta, and behind it. */
  #chunk = "";
  #head = "";
  #tail = "";
  #begun = false;
  #over = false;
  /** Type of the last block. */
  #before = "";
  /** UTF-16 units of text so far, and whether there was reasoning. */
  #length = 0;
  #reasoned = false;
  #calls = 0;
  #stop: unknown;
  #refusal: string | null = null;
  #usage: Record<string, unknown> = {};

  constructor(terms: ChatStreamTerms) {
    this.#terms = terms;
  }

  push(chunk: Buffer): string {
    let out = "";
    for (const data of this.#reader.read(chunk)) if (!this.#over) out += this.#taken(data);
    return out;
  }

  end(): string {
    return this.#over || typeof this.#stop !== "string" ? "" : this.#finish();
  }

  #taken(data: string): string {
    return unlessTooDeep(
      () => this.#take(data),
      () => this.#fail(brokenAnswer(TOO_DEEP)),
    );
  }

  #take(data: string): string {
    const event = parse(data);
    switch (member(event, "type")) {
      case "content_block_delta":
        return this.#add(this.#blocks.get(member(event, "index")), object(member(event, "delta")));
      case "content_block_start":
        return this.#ready() + this.#open(member(event, "index"), object(member(event, "content_block")));
      case "content_block_stop":
        return this.#close(member(event, "index"));
      case "message_start":
        return this.#begin(object(member(event, "message")));
      case "message_delta":
        this.#note(object(member(event, "delta")), member(event, "usage"));
        return "";
      case "message_stop":
        return this.#finish();
      case "ping":
        return ": ping\n\n";
      case "error":
        return this.#fail(chatError(event) ?? brokenAnswer("the provider reported an error that cannot be read"));
      case undefined:
        return this.#fail(brokenAnswer("the provider sent an event that is not one of its dialect"));
      default: // "new event types may be added", and are to be left out (Anthropic, "Versioning")
        return "";
    }
  }

  #begin(message: JsonObject): string {
    // What was handed on cannot be taken back: half a tool call, for one.
    if (this.#begun) return this.#fail(brokenAnswer("the provider began its answer a second time"));
    this.#begun = true;
    const { created } = this.#terms;
    const chunk = { id: text(message.id), object: "chat.completion.chunk", created, model: text(message.model) };
    this.#chunk = `data: ${JSON.stringify(chunk).slice(0, -1)},"choices":[`;
    this.#head = `${this.#chunk}{"index":0,"delta":`;
    this.#tail = this.#behind("null");
    this.#note(message, message.usage);
    let out = this.#delta('{"role":"assistant","content":"","refusal":null}');
    // One that was answered in advance, within a tool of Anthropic's own, has its content here.
    for (const [index, block] of entries(message.content).entries()) {
      out += this.#open(index, object(block)) + this.#close(index);
    }
    return out;
  }

  /** Begins a message that its provider left out to begin. */
  #ready(): string {
    return this.#begun ? "" : this.#begin({});
  }

  #note(message: JsonObject, usage: unknown): void {
    if (saysSomething(message.stop_reason)) this.#stop = message.stop_reason;
    this.#refusal ??= refusalOf(message);
    // Counts are of all so far, and one that is not repeated still holds.
    for (const [name, value] of Object.entries(object(usage))) if (value !== null) this.#usage[name] = value;
  }

  #open(index: unknown, content: JsonObject): string {
    const isJson = content.type === "tool_use" && content.name === JSON_TOOL;
    const isCall = content.type === "tool_use" && !isJson;
    const block: OpenBlock = {
      type: isJson ? "json" : text(content.type),
      before: this.#before,
      call: isCall ? this.#calls++ : -1,
      input: content.input,
      said: false,
      start: this.#length,
      citations: [...entries(content.citations)],
      thought: [],
      signature: text(content.signature),
    };
    this.#blocks.set(index, block);
    this.#before = text(content.type);
    switch (block.type) {
      case "text":
        return this.#say(block, text(content.text));
      case "thinking":
        return this.#think(block, text(content.thinking));
      case "redacted_thinking":
        return this.#thought({ type: "redacted_thinking", data: text(content.data) });
      case "tool_use": {
        const call = { name: text(content.name), arguments: "" };
        const opened = { index: block.call, id: text(content.id), type: "function", function: call };
        return this.#delta(`{"tool_calls":[${JSON.stringify(opened)}]}`);
      }
      default: // of Anthropic's own tools
        return "";
    }
  }

  #add(block: OpenBlock | undefined, delta: JsonObject): string {
    if (block === undefined) return "";
    switch (delta.type) {
      case "text_delta":
        return this.#say(block, text(delta.text));
      case "input_json_delta":
        return this.#write(block, text(delta.partial_json));
      case "thinking_delta":
        return this.#think(block, text(delta.thinking));
      case "signature_delta":
        block.signature += text(delta.signature);
        return "";
      case "citations_delta":
        block.citations.push(delta.citation);
        return "";
      default:
        return "";
    }
  }

  #close(index: unknown): string {
    const block = this.#blocks.get(index);
    if (block === undefined) return "";
    this.#blocks.delete(index);
    const { type, said, citations, signature, thought } = block;
    let out = "";
    // No arguments are written as an object without members: clients parse them.
    if ((type === "tool_use" || type === "json") && !said) out += this.#write(block, JSON.stringify(block.input ?? {}));
    if (signature !== "") out += this.#thought({ type: "thinking", thinking: thought.join(""), signature });
    const annotations = citationsOf(citations, block.start, this.#length);
    if (annotations.length > 0) out += this.#delta(JSON.stringify({ annotations }));
    return out;
  }

  #say(block: OpenBlock, said: string): string {
    if (said === "") return "";
    const apart = !block.said && this.#length > 0 && block.before !== "text" ? BREAK : "";
    if (!block.said) block.start = this.#length + apart.length;
    block.said = true;
    this.#length += apart.length + said.length;
    return this.#delta(`{"content":${JSON.stringify(apart + said)}}`);
  }

  #think(block: OpenBlock, thought: string): string {
    if (thought === "") return "";
    const apart = !block.said && this.#reasoned ? BREAK : "";
    block.said = true;
    this.#reasoned = true;
    block.thought.push(thought);
    return this.#delta(`{"reasoning_content":${JSON.stringify(apart + thought)}}`);
  }

  #thought(block: ChatThinking): string {
    return this.#delta(JSON.stringify({ thinking_blocks: [block] }));
  }

  /** A piece of a call's arguments. */
  #write(block: OpenBlock, json: string): string {
    if (block.type === "json") return this.#say(block, json);
    if (block.call === -1 || json === "") return "";
    block.said = true;
    return this.#delta(`{"tool_calls":[{"index":${block.call},"function":{"arguments":${JSON.stringify(json)}}}]}`);
  }

  #delta(json: string): string {
    return this.#head + json + this.#tail;
  }

  #behind(finish: string): string {
    const usage = this.#terms.includeUsage ? ',"usage":null' : "";
    return `,"logprobs":null,"finish_reason":${finish}}]${usage}}\n\n`;
  }

  #finish(): string {
    let out = this.#ready();
    for (const index of [...this.#blocks.keys()]) out += this.#close(index);
    if (this.#refusal !== null) out += this.#delta(JSON.stringify({ refusal: this.#refusal }));
    out += `${this.#head}{}${this.#behind(`"${finishOf(this.#stop, this.#calls > 0)}"`)}`;
    const usage = usageOf(this.#usage);
    if (this.#terms.includeUsage && usage !== undefined) out += `${this.#chunk}],"usage":${JSON.stringify(usage)}}\n\n`;
    this.#over = true;
    return `${out}data: [DONE]\n\n`;
  }

  #fail(error: ChatError): string {
    this.#over = true;
    return `data: ${JSON.stringify(error)}\n\n`;
  }
}
