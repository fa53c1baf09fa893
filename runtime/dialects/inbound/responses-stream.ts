/** Chunks of a chat completion as a stream of the responses API. */
import { member, text } from "../../plan/json.ts";
import type { JsonObject } from "../json.ts";
import { ChunkStream } from "./chunk-stream.ts";
import { customNames, inputOfCustom } from "./custom-tools.ts";
import {
  annotationsOf,
  beginning,
  callItem,
  ending,
  logprobsOf,
  type MessagePart,
  pictureOf,
  type ResponseItem,
  type ResponsesAnswer,
} from "./responses-answer.ts";
import type { Said, SaidCall } from "./said.ts";

/** An item that is under way. Its text is kept in pieces: the events that end it repeat all of it. */
interface OpenItem {
  readonly kind: "reasoning" | "output_text" | "refusal" | "call" | "image";
  readonly id: string;
  readonly output: number;
  readonly pieces: string[];
  readonly annotations: object[];
  readonly logprobs: object[];
  readonly call: SaidCall | undefined;
}

/** For one stream; `request` is as the client sent it. */
export class ResponsesStream extends ChunkStream {
  readonly #request: JsonObject;
  readonly #custom: ReadonlySet<string>;
  readonly #calls = new Map<number, OpenItem>();
  readonly #items: ResponseItem[] = [];
  #response: ResponsesAnswer | undefined;
  /** Reasoning or a message; calls stand apart, as several can be under way. */
  #open: OpenItem | undefined;
  #begun = 0;
  #sequence = 0;

  constructor(request: JsonObject) {
    super();
    this.#request = request;
    this.#custom = customNames(request);
  }

  protected failure(error: unknown): string {
    const { message, code, param } = {
      message: "the request failed",
      ...(member(error, "error") as object | undefined),
    } as JsonObject;
    return this.#event("error", { code: text(code) || null, message: text(message), param: text(param) || null });
  }

  protected begin(chunk: unknown): string {
    const created = Number(member(chunk, "created")) || 0;
    const origin = { id: text(member(chunk, "id")), model: text(member(chunk, "model")), created };
    const response = beginning(origin, this.#request);
    this.#response = response;
    return this.#event("response.created", { response }) + this.#event("response.in_progress", { response });
  }

  protected say({ reasoning, text: words, refusal, calls, images }: Said, delta: unknown, choice: unknown): string {
    const logprobs = logprobsOf(choice);
    let out = "";
    if (reasoning !== "") out += this.#add("reasoning", reasoning);
    if (words !== "" || logprobs.length > 0) out += this.#add("output_text", words, logprobs);
    for (const annotation of annotationsOf(member(delta, "annotations"))) out += this.#annotate(annotation);
    if (refusal !== "") out += this.#add("refusal", refusal);
    for (const image of images) out += this.#image(pictureOf(image));
    for (const call of calls) out += this.#call(call);
    return out;
  }

  /** One that comes whole. */
  #image(picture: string | undefined): string {
    if (picture === undefined) return "";
    const closed = this.#close();
    const item = this.#item("image", undefined);
    item.pieces.push(picture);
    return closed + this.#added(item) + this.#closed(item);
  }

  #added(item: OpenItem): string {
    return this.#event("response.output_item.added", {
      output_index: item.output,
      item: this.#itemOf({ ...item, pieces: [] }, "in_progress"),
    });
  }

  #add(kind: "reasoning" | "output_text" | "refusal", delta: string, logprobs: readonly object[] = []): string {
    let out = "";
    if (this.#open?.kind !== kind) {
      out += this.#close();
      this.#open = this.#item(kind, undefined);
      out += this.#opened(this.#open);
    }
    this.#open.pieces.push(delta);
    this.#open.logprobs.push(...logprobs);
    const at = placeOf(this.#open);
    if (kind === "reasoning") return out + this.#event("response.reasoning_summary_text.delta", { ...at, delta });
    if (kind === "refusal") return out + this.#event("response.refusal.delta", { ...at, delta });
    return out + this.#event("response.output_text.delta", { ...at, delta, logprobs });
  }

  #annotate(annotation: object): string {
    const item = this.#open;
    if (item?.kind !== "output_text") return "";
    const annotation_index = item.annotations.push(annotation) - 1;
    return this.#event("response.output_text.annotation.added", { ...placeOf(item), annotation_index, annotation });
  }

  #call(call: SaidCall): string {
    let item = this.#calls.get(call.index);
    let out = "";
    // Some number all calls 0, and tell them apart by their ids.
    if (item === undefined || (call.id !== "" && item.call?.id !== call.id)) {
      out += this.#close() + (item === undefined ? "" : this.#closed(item));
      item = this.#item("call", call);
      this.#calls.set(call.index, item);
      out += this.#added(item);
    }
    if (call.arguments === "") return out;
    item.pieces.push(call.arguments);
    // The text stands in an object, and is told when that is whole.
    if (this.#isCustom(item)) return out;
    const at = { item_id: item.id, output_index: item.output };
    return out + this.#event("response.function_call_arguments.delta", { ...at, delta: call.arguments });
  }

  #isCustom({ call }: OpenItem): boolean {
    return call !== undefined && this.#custom.has(call.name);
  }

  #item(kind: OpenItem["kind"], call: SaidCall | undefined): OpenItem {
    const output = this.#begun++;
    const prefix = PREFIX[kind];
    return {
      kind,
      id: `${prefix}_${output}_${this.#response?.id ?? ""}`,
      output,
      pieces: [],
      annotations: [],
      logprobs: [],
      call,
    };
  }

  #opened(item: OpenItem): string {
    const empty = {
      ...this.#itemOf(item, "in_progress"),
      ...(item.kind === "reasoning" ? { summary: [] } : { content: [] }),
    };
    const added = this.#event("response.output_item.added", { output_index: item.output, item: empty });
    const name = item.kind === "reasoning" ? "response.reasoning_summary_part.added" : "response.content_part.added";
    return added + this.#event(name, { ...placeOf(item), part: partOf(item) });
  }

  /** Ends reasoning or the message that is under way. */
  #close(): string {
    const item = this.#open;
    this.#open = undefined;
    return item === undefined ? "" : this.#closed(item);
  }

  #closed(item: OpenItem): string {
    const whole = item.pieces.join("");
    const done = this.#itemOf(item, "completed");
    this.#items[item.output] = done;
    const at = placeOf(item);
    const ended = this.#ended(item, whole, at);
    return ended + this.#event("response.output_item.done", { output_index: item.output, item: done });
  }

  #ended(item: OpenItem, whole: string, at: object): string {
    const part = partOf(item);
    switch (item.kind) {
      case "reasoning":
        return (
          this.#event("response.reasoning_summary_text.done", { ...at, text: whole }) +
          this.#event("response.reasoning_summary_part.done", { ...at, part })
        );
      case "output_text":
        return (
          this.#event("response.output_text.done", { ...at, text: whole, logprobs: item.logprobs }) +
          this.#event("response.content_part.done", { ...at, part })
        );
      case "refusal":
        return (
          this.#event("response.refusal.done", { ...at, refusal: whole }) +
          this.#event("response.content_part.done", { ...at, part })
        );
      case "image":
        return "";
      case "call": {
        if (this.#isCustom(item)) return this.#customInput(item, inputOfCustom(whole));
        const called = { item_id: item.id, output_index: item.output, name: item.call?.name ?? "" };
        return this.#event("response.function_call_arguments.done", { ...called, arguments: whole });
      }
    }
  }

  #customInput({ id, output }: OpenItem, input: string): string {
    const at = { item_id: id, output_index: output };
    const delta = input === "" ? "" : this.#event("response.custom_tool_call_input.delta", { ...at, delta: input });
    return delta + this.#event("response.custom_tool_call_input.done", { ...at, input });
  }

  #itemOf(item: OpenItem, status: "in_progress" | "completed"): ResponseItem {
    const { kind, id, call, pieces } = item;
    if (call !== undefined) return callItem({ ...call, arguments: pieces.join("") }, this.#custom, id, status);
    if (kind === "image") return { type: "image_generation_call", id, status, result: pieces[0] ?? null };
    const part = partOf(item);
    if (part.type === "summary_text") return { type: "reasoning", id, summary: [part], status };
    return { type: "message", id, role: "assistant", status, content: [part] };
  }

  protected stop(): string {
    let out = this.#close();
    for (const item of this.#calls.values()) out += this.#closed(item);
    const response = { ...this.#response, ...ending(this.finish, this.usage), output: this.#items };
    return out + this.#event(`response.${response.status}`, { response });
  }

  #event(type: string, members: object): string {
    return `event: ${type}\ndata: ${JSON.stringify({ type, ...members, sequence_number: this.#sequence++ })}\n\n`;
  }
}

const PREFIX = { reasoning: "rs", output_text: "msg", refusal: "msg", call: "fc", image: "ig" } as const;

function placeOf({ kind, id, output }: OpenItem): object {
  return { item_id: id, output_index: output, ...(kind === "reasoning" ? { summary_index: 0 } : { content_index: 0 }) };
}

function partOf({
  kind,
  pieces,
  annotations,
  logprobs,
}: OpenItem): MessagePart | { readonly type: "summary_text"; readonly text: string } {
  const whole = pieces.join("");
  if (kind === "reasoning") return { type: "summary_text", text: whole };
  if (kind === "refusal") return { type: "refusal", refusal: whole };
  return { type: "output_text", text: whole, annotations, logprobs };
}
