/** A stream of the chat dialect (server-sent events: WHATWG HTML, section 9.2) on its way to the client. */
import { classifyContent, refusals } from "./failure.ts";
import { entries, member, parse, text } from "./json.ts";
import { PassingStream } from "./passing-stream.ts";
import type { Received } from "./received.ts";
import { endOfStream, endsWithDone, hasContent, mayEndDone, type StreamEnd } from "./stream-end.ts";
import { type Usage, usageOfStream } from "./usage.ts";
import type { WireStream } from "./wire.ts";

/** The line of an event with text in it, as most are that begin an answer. In a string the quotes would be escaped. */
const SAYS_TEXT = /^data: ?\{[^\r\n]*"delta":\{(?:"role":"assistant",)?"content":"[^"]/;

export class PassingChat extends PassingStream implements WireStream {
  protected override saysTextAtOnce(chunk: Buffer): boolean {
    const text = chunk.toString("latin1");
    const end = text.indexOf("\n\n");
    return end > 0 && SAYS_TEXT.test(text.slice(0, end)) && !text.includes('"error"') && !text.includes("[DONE]");
  }

  protected take(data: string): void {
    if (data === "[DONE]") {
      this.done = true;
      return;
    }
    // What is behind content that goes out at once goes out with it, whatever it says.
    if (!this.hidesErrors) return;
    const value = parse(data);
    this.error = classifyContent(value);
    const choices = member(value, "choices");
    for (const choice of entries(choices)) {
      if (hasContent(choice)) this.content = true;
      if (text(member(choice, "finish_reason")) !== "") this.finished = true;
    }
    const { filtered, refused } = refusals(choices);
    this.filtered ||= filtered;
    this.refused ||= refused;
  }

  pass(chunk: Buffer, received: Received): boolean {
    return mayEndDone(chunk) && endsWithDone(received.bytes());
  }

  ending(tail: Buffer): StreamEnd {
    return this.ended(endOfStream(tail), tail);
  }

  usage(tail: Buffer): Usage | undefined {
    return usageOfStream(tail);
  }

  broken(error: string): string {
    return this.hasTold ? "" : `data: ${error}\n\n`;
  }
}
