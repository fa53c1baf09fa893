/** The parts of a stream over the AI SDK's provider interface as chunks of a chat completion. */
import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import type { ChatError, ChatThinking } from "../chat.ts";
import {
  type AnswerTerms,
  annotationOf,
  type Billed,
  billedOf,
  finishOf,
  imagesOf,
  usageOf,
  wentWrong,
} from "./answer.ts";
import { streamError } from "./error.ts";
import { extraContentOf, thinkingOf } from "./signatures.ts";

/** A thought under way. */
interface Thought {
  text: string;
}

/** For one stream. */
export class BridgedStream {
  #terms: AnswerTerms;
  readonly #includeUsage: boolean;
  #begun = false;
  #over = false;
  #billed: Billed | undefined;
  /** Calls by their ids: which it is, and whether pieces of its arguments came. */
  readonly #calls = new Map<string, { readonly index: number; written: boolean }>();
  readonly #thoughts = new Map<string, Thought>();
  /** Units of text so far. */
  #length = 0;

  constructor(terms: AnswerTerms, includeUsage: boolean) {
    this.#terms = terms;
    this.#includeUsage = includeUsage;
  }

  /** What is to be said of `part`: whole events, or the empty text. */
  push(part: LanguageModelV4StreamPart): string {
    if (this.#over) return "";
    switch (part.type) {
      case "response-metadata":
        this.#terms = {
          ...this.#terms,
          ...(part.id !== undefined && { id: part.id }),
          ...(part.modelId !== undefined && { model: part.modelId }),
        };
        return "";
      case "text-delta":
        this.#length += part.delta.length;
        return part.delta === "" ? "" : this.#delta({ content: part.delta });
      case "reasoning-start":
        this.#thoughts.set(part.id, { text: "" });
        return this.#signed("", part.providerMetadata, "redacted_thinking");
      case "reasoning-delta": {
        const thought = this.#thoughts.get(part.id);
        if (thought !== undefined) thought.text += part.delta;
        const said = part.delta === "" ? "" : this.#delta({ reasoning_content: part.delta });
        return said + this.#signed(thought?.text ?? "", part.providerMetadata, "thinking");
      }
      case "reasoning-end":
        return this.#signed(this.#thoughts.get(part.id)?.text ?? "", part.providerMetadata, "thinking");
      case "tool-input-start":
        return part.providerExecuted === true ? "" : this.#call(part.id, part.toolName, "");
      case "tool-input-delta": {
        const call = this.#calls.get(part.id);
        if (call === undefined || part.delta === "") return "";
        call.written = true;
        return this.#delta({ tool_calls: [{ index: call.index, function: { arguments: part.delta } }] });
      }
      case "tool-call":
        return part.providerExecuted === true ? "" : this.#wholeCall(part);
      case "file":
        return imagesOf(part)
          .map((image) => this.#delta({ images: [image] }))
          .join("");
      case "source":
        return annotationOf(part, this.#length)
          .map((annotation) => this.#delta({ annotations: [annotation] }))
          .join("");
      case "text-end":
        return (part.citations ?? [])
          .flatMap(({ source }) => annotationOf(source, this.#length))
          .map((annotation) => this.#delta({ annotations: [annotation] }))
          .join("");
      case "ping":
        return ": ping\n\n";
      case "raw":
        this.#billed ??= billedOf(part.rawValue);
        return "";
      case "error":
        return this.#fail(streamError(part.error));
      case "finish":
        return this.#finish(part);
      default:
        return "";
    }
  }

  /** A signature comes at the end of a thought, or by itself. */
  #signed(thought: string, metadata: Parameters<typeof thinkingOf>[1], type: ChatThinking["type"]): string {
    const block = thinkingOf(thought, metadata);
    return block?.type === type ? this.#delta({ thinking_blocks: [block] }) : "";
  }

  #call(id: string, name: string, written: string, more: object = {}): string {
    const index = this.#calls.size;
    this.#calls.set(id, { index, written: written !== "" });
    const call = { index, id, type: "function", function: { name, arguments: written }, ...more };
    return this.#delta({ tool_calls: [call] });
  }

  /** Told at the end of a call whose pieces came, and for one that came whole. */
  #wholeCall({
    toolCallId,
    toolName,
    input,
    providerMetadata,
  }: Extract<LanguageModelV4StreamPart, { type: "tool-call" }>): string {
    const extra = extraContentOf(providerMetadata);
    const more = extra === undefined ? {} : { extra_content: extra };
    const call = this.#calls.get(toolCallId);
    if (call === undefined) return this.#call(toolCallId, toolName, input, more);
    if (call.written && extra === undefined) return "";
    const rest = call.written ? "" : input;
    return this.#delta({ tool_calls: [{ index: call.index, function: { arguments: rest }, ...more }] });
  }

  #finish({ finishReason, usage }: Extract<LanguageModelV4StreamPart, { type: "finish" }>): string {
    const { unified, raw } = finishReason;
    // Packages end a stream that broke off as any other, but for the provider's own word.
    if (unified === "interrupted" || (unified === "other" && raw === undefined)) return "";
    const finish = finishOf(finishReason);
    if (finish === undefined) return this.#fail(streamError(wentWrong(finishReason)));
    const counted = usageOf(usage, this.#billed);
    const last = this.#includeUsage && counted !== undefined ? this.#chunk([], { usage: counted }) : "";
    return `${this.#begin()}${this.#chunk([choice({}, finish)], this.#noUsage())}${last}data: [DONE]\n\n`;
  }

  /** Ends the stream as one that broke. */
  #fail(error: ChatError): string {
    this.#over = true;
    return `data: ${JSON.stringify(error)}\n\n`;
  }

  #delta(delta: object): string {
    return this.#begin() + this.#chunk([choice(delta)], this.#noUsage());
  }

  #begin(): string {
    if (this.#begun) return "";
    this.#begun = true;
    return this.#chunk([choice({ role: "assistant", content: "", refusal: null })], this.#noUsage());
  }

  /** With `include_usage` every chunk but the last has a null usage. */
  #noUsage(): object {
    return this.#includeUsage ? { usage: null } : {};
  }

  #chunk(choices: readonly object[], more: object): string {
    const { id, created, model } = this.#terms;
    return `data: ${JSON.stringify({ id, object: "chat.completion.chunk", created, model, choices, ...more })}\n\n`;
  }
}

function choice(delta: object, finish: string | null = null): object {
  return { index: 0, delta, logprobs: null, finish_reason: finish };
}
