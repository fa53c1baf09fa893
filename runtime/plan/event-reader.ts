/** Server-sent events as they come (WHATWG HTML, section 9.2): in pieces that may be cut anywhere, in a character too. */
import { StringDecoder } from "node:string_decoder";

const LF = 0x0a;
const BYTE_ORDER_MARK = "\ufeff";
/** Characters of an event that are kept: what is more is left out, so that no stream fills the memory. */
const LONGEST = 32 * 1024 * 1024;

export class EventReader {
  readonly #decoder = new StringDecoder("utf8");
  /** The beginning of a line. Added to and never searched again, so that many small pieces cost no more than one. */
  #line = "";
  #data: string[] = [];
  /** Characters of it. */
  #length = 0;
  /** The last piece ended with a carriage return: a line feed that follows belongs to it. */
  #afterReturn = false;
  #begun = false;
  /** The last piece ended within an event, or a line. */
  isWithin = false;

  /** The data of the events that are complete now. All other fields of events are left out. */
  read(chunk: Buffer): readonly string[] {
    let text = this.#decoder.write(chunk);
    this.isWithin = true;
    if (text === "") return [];
    if (!this.#begun && text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
    this.#begun = true;
    if (this.#afterReturn && text.startsWith("\n")) text = text.slice(1);
    this.#afterReturn = text.endsWith("\r");
    // Nearly all end lines with a line feed alone, for which no expression is needed.
    const lines = text.includes("\r") ? text.split(/\r\n|\r|\n/) : text.split("\n");
    const rest = lines.pop() ?? "";
    const events: string[] = [];
    for (const line of lines) {
      const event = this.#end(this.#line + line);
      this.#line = "";
      if (event !== undefined) events.push(event);
    }
    if (this.#line.length < LONGEST) this.#line += rest;
    this.isWithin = chunk.at(-1) !== LF || this.#data.length > 0;
    return events;
  }

  /** Takes a whole line; gives the event that it ends. */
  #end(line: string): string | undefined {
    if (line.startsWith("data:") && this.#length < LONGEST) {
      this.#data.push(line.slice(line[5] === " " ? 6 : 5));
      this.#length += line.length;
    }
    if (line !== "" || this.#data.length === 0) return undefined;
    const event = this.#data.join("\n");
    this.#data = [];
    this.#length = 0;
    return event;
  }
}
