/** Chunks of a chat completion as a stream of the messages API: its blocks one after the other, each begun and ended. */
import { entries, member, parse, text } from "../../plan/json.ts";
import { EventReader } from "../event-reader.ts";
import { type JsonObject, object } from "../json.ts";
import type { StreamTranslator } from "../stream-translator.ts";
import { deltaUsage, detailsOf, emptyAnswer, stopOf } from "./messages-answer.ts";
import { messagesError } from "./messages-error.ts";
import { type Said, type SaidCall, saidIn, usageIn } from "./said.ts";

const SIGNATURE = "signature_delta";

/** A tool call, of which pieces can come while another block is under way. */
interface Call {
  readonly type: "tool_use";
  id: string;
  name: string;
  /** Pieces of its arguments, as they came, and how many of them were handed on. */
  readonly pieces: string[];
  told: number;
  /** How many pieces there were when its arguments were last looked at, and whether they were whole. */
  seen: number;
  whole: boolean;
}

/** What is to be said next. */
type Item = Call | { readonly type: "text" | "thinking"; readonly delta: object } | Redacted;

type OpenBlock = Exclude<Item["type"], "tool_use"> | Call;

interface Redacted {
  readonly type: "redacted_thinking";
  readonly data: string;
}

/** For one stream. */
export class MessagesStream implements StreamTranslator {
  readonly #reader = new EventReader();
  readonly #calls = new Map<number, Call>();
  /** What waits for the call under way, in the order in which it came. */
  readonly #waiting: Item[] = [];
  /** The block under way: its type, or the call. */
  #open: OpenBlock | undefined;
  #index = -1;
  #begun = false;
  #over = false;
  #finish = "";
  #refusal = "";
  #usage: unknown;

  push(chunk: Buffer): string {
    let out = "";
    for (const data of this.#reader.read(chunk)) if (!this.#over) out += this.#take(data);
    return out;
  }

  end(): string {
    return this.#over || this.#finish === "" ? "" : this.#stop();
  }

  /** What ends a stream that broke off: an error event. `error` is one as OpenAI writes it. */
  failure(error: unknown): string {
    this.#over = true;
    return event("error", messagesError(error));
  }

  #take(data: string): string {
    if (data === "[DONE]") return this.#stop();
    const chunk = parse(data);
    const error = member(chunk, "error");
    if (error !== undefined && error !== null) return this.failure(chunk);
    this.#usage = usageIn(chunk) ?? this.#usage;
    let out = this.#begun ? "" : this.#begin(chunk);
    for (const choice of entries(member(chunk, "choices"))) {
      if ((member(choice, "index") ?? 0) !== 0) continue;
      // Some send the whole message where a delta should stand.
      out += this.#say(saidIn(member(choice, "delta") ?? member(choice, "message")));
      this.#finish = text(member(choice, "finish_reason")) || this.#finish;
    }
    return out;
  }

  #begin(chunk: unknown): string {
    this.#begun = true;
    const message = emptyAnswer(text(member(chunk, "id")), text(member(chunk, "model")));
    return event("message_start", { type: "message_start", message });
  }

  #say({ reasoning, text: words, refusal, calls, thinkingBlocks }: Said): string {
    this.#refusal += refusal;
    if (reasoning !== "")
      this.#waiting.push({ type: "thinking", delta: { type: "thinking_delta", thinking: reasoning } });
    for (const block of thinkingBlocks) this.#sign(object(block));
    const said = words + refusal;
    if (said !== "") this.#waiting.push({ type: "text", delta: { type: "text_delta", text: said } });
    for (const call of calls) this.#call(call);
    return this.#advance(false);
  }

  /** The signature of the thinking that came before it, or thinking that its provider alone can read. */
  #sign({ type, data, signature }: JsonObject): void {
    if (type === "redacted_thinking") this.#waiting.push({ type, data: text(data) });
    else if (text(signature) !== "") this.#waiting.push({ type: "thinking", delta: { type: SIGNATURE, signature } });
  }

  #call({ index, id, name, arguments: written }: SaidCall): void {
    let call = this.#calls.get(index);
    // Some number all calls 0, and tell them apart by their ids.
    if (call === undefined || (id !== "" && call.id !== "" && id !== call.id)) {
      call = { type: "tool_use", id, name, pieces: [], told: 0, seen: -1, whole: false };
      this.#calls.set(index, call);
      this.#waiting.push(call);
    }
    call.id ||= id;
    call.name ||= name;
    if (written !== "") call.pieces.push(written);
  }

  /**
   * Hands on what can be. Blocks come one after the other, and calls do so from nearly all providers, too; what begins
   * while a call's arguments are no whole value yet waits for them, or for the `last` piece of the answer.
   */
  #advance(last: boolean): string {
    let out = "";
    for (;;) {
      if (typeof this.#open === "object") out += this.#tellRest(this.#open);
      const [next] = this.#waiting;
      if (next === undefined) return out;
      if (!last && typeof this.#open === "object" && !isWhole(this.#open)) return out;
      if (!last && next.type === "tool_use" && next.name === "") return out;
      this.#waiting.shift();
      out += this.#item(next);
    }
  }

  #item(item: Item): string {
    switch (item.type) {
      case "tool_use": {
        const { id, name } = item;
        return this.#start(item, { type: "tool_use", id, name, input: {}, caller: { type: "direct" } });
      }
      case "redacted_thinking":
        return this.#start(item.type, item);
      case "text": {
        const opened = this.#open === item.type ? "" : this.#start("text", { type: "text", text: "", citations: null });
        return opened + this.#tell(item.delta);
      }
      case "thinking": {
        const block = { type: "thinking", thinking: "", signature: "" };
        const told = (this.#open === item.type ? "" : this.#start("thinking", block)) + this.#tell(item.delta);
        return Reflect.get(item.delta, "type") === SIGNATURE ? told + this.#close() : told;
      }
    }
  }

  #tellRest(call: Call): string {
    if (call.told === call.pieces.length) return "";
    const rest = call.pieces.slice(call.told).join("");
    call.told = call.pieces.length;
    return this.#tell({ type: "input_json_delta", partial_json: rest });
  }

  #start(open: OpenBlock, block: object): string {
    const closed = this.#close();
    this.#open = open;
    this.#index++;
    return (
      closed + event("content_block_start", { type: "content_block_start", index: this.#index, content_block: block })
    );
  }

  #tell(delta: object): string {
    return event("content_block_delta", { type: "content_block_delta", index: this.#index, delta });
  }

  #close(): string {
    if (this.#open === undefined) return "";
    this.#open = undefined;
    return event("content_block_stop", { type: "content_block_stop", index: this.#index });
  }

  #stop(): string {
    this.#over = true;
    let out = this.#begun ? "" : this.#begin(undefined);
    out += this.#advance(true) + this.#close();
    const stop = stopOf(this.#finish, this.#calls.size > 0, this.#refusal !== "");
    const delta = {
      stop_reason: stop,
      stop_sequence: null,
      stop_details: detailsOf(stop, this.#refusal),
      container: null,
    };
    out += event("message_delta", { type: "message_delta", delta, usage: deltaUsage(this.#usage) });
    return out + event("message_stop", { type: "message_stop" });
  }
}

/** Without a piece it is not: some announce all calls before the arguments of the first. */
function isWhole(call: Call): boolean {
  if (call.seen !== call.pieces.length) {
    call.seen = call.pieces.length;
    call.whole = parse(call.pieces.join("")) !== undefined;
  }
  return call.whole;
}

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
