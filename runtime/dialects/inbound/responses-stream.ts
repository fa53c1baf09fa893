/** Chunks of a chat completion as a stream of the responses API. */
import { entries, member, parse, text } from "../../plan/json.ts";
import { EventReader } from "../event-reader.ts";
import type { JsonObject } from "../json.ts";
import type { StreamTranslator } from "../stream-translator.ts";
import {
  annotationsOf,
  beginning,
  ending,
  type MessagePart,
  type ResponseItem,
  type ResponsesAnswer,
} from "./responses-answer.ts";
import { type Said, type SaidCall, saidIn, usageIn } from "./said.ts";

/** An item that is under way. Its text is kept in pieces: the events that end it repeat all of it. */
interface OpenItem {
  readonly kind: "reasoning" | "output_text" | "refusal" | "call";
  readonly id: string;
  readonly output: number;
  readonly pieces: string[];
  readonly annotations: object[];
  readonly call: SaidCall | undefined;
}

/** For one stream; `request` is as the client sent it. */
export class ResponsesStream implements StreamTranslator {
  readonly #request: JsonObject;
  readonly #reader = new EventReader();
  readonly #calls = new Map<number, OpenItem>();
  readonly #items: ResponseItem[] = [];
  #response: ResponsesAnswer | undefined;
  /** Reasoning or a message; calls stand apart, as several can be under way. */
  #open: OpenItem | undefined;
  #begun = 0;
  #sequence = 0;
  #finish = "";
  #usage: unknown;
  #over = false;

  constructor(request: JsonObject) {
    this.#request = request;
  }

  push(chunk: Buffer): string {
    let out = "";
    for (const data of this.#reader.read(chunk)) if (!this.#over) out += this.#take(data);
    return out;
  }

  end(): string {
    return this.#over || this.#finish === "" ? "" : this.#stop();
  }

  /** What ends a stream that broke off. `error` is one as OpenAI writes it. */
  failure(error: unknown): string {
    this.#over = true;
    const { message, code, param } = {
      message: "the request failed",
      ...(member(error, "error") as object | undefined),
    } as JsonObject;
    return this.#event("error", { code: text(code) || null, message: text(message), param: text(param) || null });
  }

  #take(data: string): string {
    if (data === "[DONE]") return this.#stop();
    const chunk = parse(data);
    if ((member(chunk, "error") ?? null) !== null) return this.failure(chunk);
    this.#usage = usageIn(chunk) ?? this.#usage;
    let out = this.#response === undefined ? this.#begin(chunk) : "";
    for (const choice of entries(member(chunk, "choices"))) {
      if ((member(choice, "index") ?? 0) !== 0) continue;
      const delta = member(choice, "delta") ?? member(choice, "message");
      out += this.#say(saidIn(delta), annotationsOf(member(delta, "annotations")));
      this.#finish = text(member(choice, "finish_reason")) || this.#finish;
    }
    return out;
  }

  #begin(chunk: unknown): string {
    const created = Number(member(chunk, "created")) || 0;
    const origin = { id: text(member(chunk, "id")), model: text(member(chunk, "model")), created };
    const response = beginning(origin, this.#request);
    this.#response = response;
    return this.#event("response.created", { response }) + this.#event("response.in_progress", { response });
  }

  #say({ reasoning, text: words, refusal, calls }: Said, annotations: readonly object[]): string {
    let out = "";
    if (reasoning !== "") out += this.#add("reasoning", reasoning);
    if (words !== "") out += this.#add("output_text", words);
    for (const annotation of annotations) out += this.#annotate(annotation);
    if (refusal !== "") out += this.#add("refusal", refusal);
    for (const call of calls) out += this.#call(call);
    return out;
  }

  #add(kind: "reasoning" | "output_text" | "refusal", delta: string): string {
    let out = "";
    if (this.#open?.kind !== kind) {
      out += this.#close();
      this.#open = this.#item(kind, undefined);
      out += this.#opened(this.#open);
    }
    this.#open.pieces.push(delta);
    const at = placeOf(this.#open);
    if (kind === "reasoning") return out + this.#event("response.reasoning_summary_text.delta", { ...at, delta });
    if (kind === "refusal") return out + this.#event("response.refusal.delta", { ...at, delta });
    return out + this.#event("response.output_text.delta", { ...at, delta, logprobs: [] });
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
      out += this.#event("response.output_item.added", {
        output_index: item.output,
        item: itemOf(item, "in_progress"),
      });
    }
    if (call.arguments === "") return out;
    item.pieces.push(call.arguments);
    const at = { item_id: item.id, output_index: item.output };
    return out + this.#event("response.function_call_arguments.delta", { ...at, delta: call.arguments });
  }

  #item(kind: OpenItem["kind"], call: SaidCall | undefined): OpenItem {
    const output = this.#begun++;
    const prefix = kind === "reasoning" ? "rs" : kind === "call" ? "fc" : "msg";
    return { kind, id: `${prefix}_${output}_${this.#response?.id ?? ""}`, output, pieces: [], annotations: [], call };
  }

  #opened(item: OpenItem): string {
    const empty = {
      ...itemOf(item, "in_progress"),
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
    const done = itemOf(item, "completed");
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
          this.#event("response.output_text.done", { ...at, text: whole, logprobs: [] }) +
          this.#event("response.content_part.done", { ...at, part })
        );
      case "refusal":
        return (
          this.#event("response.refusal.done", { ...at, refusal: whole }) +
          this.#event("response.content_part.done", { ...at, part })
        );
      case "call": {
        const called = { item_id: item.id, output_index: item.output, name: item.call?.name ?? "" };
        return this.#event("response.function_call_arguments.done", { ...called, arguments: whole });
      }
    }
  }

  #stop(): string {
    let out = this.#response === undefined ? this.#begin(undefined) : "";
    out += this.#close();
    for (const item of this.#calls.values()) out += this.#closed(item);
    this.#over = true;
    const response = { ...this.#response, ...ending(this.#finish, this.#usage), output: this.#items };
    return out + this.#event(`response.${response.status}`, { response });
  }

  #event(type: string, members: object): string {
    return `event: ${type}\ndata: ${JSON.stringify({ type, ...members, sequence_number: this.#sequence++ })}\n\n`;
  }
}

function placeOf({ kind, id, output }: OpenItem): object {
  return { item_id: id, output_index: output, ...(kind === "reasoning" ? { summary_index: 0 } : { content_index: 0 }) };
}

function partOf({
  kind,
  pieces,
  annotations,
}: OpenItem): MessagePart | { readonly type: "summary_text"; readonly text: string } {
  const whole = pieces.join("");
  if (kind === "reasoning") return { type: "summary_text", text: whole };
  if (kind === "refusal") return { type: "refusal", refusal: whole };
  return { type: "output_text", text: whole, annotations, logprobs: [] };
}

function itemOf(item: OpenItem, status: "in_progress" | "completed"): ResponseItem {
  const { id, call, pieces } = item;
  const part = partOf(item);
  if (call !== undefined) {
    return { type: "function_call", id, call_id: call.id, name: call.name, arguments: pieces.join(""), status };
  }
  if (part.type === "summary_text") return { type: "reasoning", id, summary: [part], status };
  return { type: "message", id, role: "assistant", status, content: [part] };
}
