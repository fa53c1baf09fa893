/**
 * Reads the facts of a messages request from its bytes, for a provider that speaks the dialect: then nobody needs the chat
 * that could be made of it. What is said here is what is said of that chat. It declines what is not text, calls of tools,
 * and what these gave; then the chat is made (see body.ts).
 */
import { effortOf } from "../dialects/index.ts";
import { needBit, promptTokens } from "./facts.ts";
import { DECLINED, decline, JsonCursor, names, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./json-cursor.ts";
import type { Scan } from "./scan.ts";

/** Those that come first say something. The others do not; of any that is not here nobody knows. */
const TOP_LEVEL = names(
  ...["model", "messages", "system", "stream", "max_tokens", "tools", "thinking"],
  ...["stop_sequences", "temperature", "top_p", "top_k", "tool_choice", "metadata", "service_tier"],
);
const MESSAGE = names("role", "content");
const ROLES = names("user", "assistant");
const [USER, ASSISTANT] = [0, 1];
const BLOCK = names("type", "text", "content");
/** What a block can be that holds no media. */
const BLOCKS = names("text", "tool_result", "tool_use", "thinking", "redacted_thinking");
const [TEXT, RESULT] = [0, 1];
const TOOL = names("type");
const CUSTOM = names("custom");

const NEED = { tools: needBit("tools"), reasoning: needBit("reasoning") };
const NO_MEDIA = { images: 0, audio: 0, bytes: 0, unknown: false };
const NULL = 0x6e;
const NOWHERE: readonly number[] = [];

/** The facts of `body`, which must be valid UTF-8, or undefined where the scanner declines. */
export function scanMessages(body: Buffer): Scan | undefined {
  try {
    return new MessagesScanner(body).request();
  } catch (error) {
    if (error === DECLINED) return undefined;
    throw error;
  }
}

class MessagesScanner extends JsonCursor {
  #modelStart = -1;
  #modelEnd = -1;
  #model = "";
  #stream = false;
  #maxTokens: number | undefined;
  #thinking: unknown;
  #needs = 0;
  #turns = -1;
  #hasSystem = false;

  request(): Scan {
    this.space();
    let seen = 0;
    for (let more = this.openObject(); more; more = this.nextMember()) {
      const name = this.key(TOP_LEVEL, seen);
      if (name < 0) decline();
      seen |= 1 << name;
      this.#topLevel(name);
    }
    this.space();
    if (this.at !== this.body.length || this.#modelStart < 0 || this.#turns < 0) decline();
    const effort = effortOf({ thinking: this.#thinking, max_tokens: this.#maxTokens });
    if (effort !== undefined && effort !== "none") this.#needs |= NEED.reasoning;
    const turns = this.#turns + (this.#hasSystem ? 1 : 0);
    return {
      model: this.#model,
      stream: this.#stream,
      maxTokens: this.#maxTokens,
      choices: 1,
      needs: this.#needs,
      turns,
      promptTokens: promptTokens(this.body.length, turns, NO_MEDIA),
      modelStart: this.#modelStart,
      modelEnd: this.#modelEnd,
      spans: NOWHERE,
    };
  }

  #topLevel(name: number): void {
    const from = this.at;
    const first = this.body[from];
    switch (name) {
      case 0:
        this.plainString();
        [this.#modelStart, this.#modelEnd] = [from, this.at];
        if (this.start === this.end) decline();
        this.#model = this.repeated();
        return;
      case 1:
        this.#turns = 0;
        for (let more = this.openArray(); more; more = this.nextElement()) this.#turns += this.#message();
        return;
      case 2:
        this.#hasSystem = first === QUOTE ? this.#text() : this.#texts() > 0;
        return;
      case 3:
        if (first === NULL) decline();
        this.#stream = this.flag();
        return;
      case 4:
        this.#maxTokens = this.count() ?? decline();
        return;
      case 5:
        if (this.absent()) return;
        for (let more = this.openArray(); more; more = this.nextElement()) this.#tool();
        return;
      case 6:
        this.value(1);
        this.#thinking = JSON.parse(this.body.toString("utf8", from, this.at));
        return;
      default:
        this.value(1);
    }
  }

  /** A tool that the client runs. */
  #tool(): void {
    this.#needs |= NEED.tools;
    let seen = 0;
    if (this.body[this.at] !== OPEN_OBJECT) decline();
    for (let more = this.openObject(); more; more = this.nextMember()) {
      const name = this.key(TOOL, seen);
      if (name < 0) this.value(3);
      else {
        seen = 1;
        this.plainString();
        if (this.find(CUSTOM) < 0) decline();
      }
    }
  }

  /** Returns how many messages of a chat it is: each result of a tool is one of its own. */
  #message(): number {
    let seen = 0;
    let role = -1;
    let content = { said: 1, results: 0 };
    for (let more = this.openObject(); more; more = this.nextMember()) {
      const name = this.key(MESSAGE, seen);
      if (name < 0) {
        this.value(3);
        continue;
      }
      seen |= 1 << name;
      if (name === 0) {
        this.plainString();
        role = this.find(ROLES);
      } else if (this.body[this.at] === QUOTE) this.#text();
      else content = this.#blocks();
    }
    if (seen !== 3 || role < USER) decline();
    if (role === ASSISTANT) return 1;
    return content.results + (content.said > 0 || content.results === 0 ? 1 : 0);
  }

  /** How many of them are text, and how many results of tools. */
  #blocks(): { said: number; results: number } {
    const counted = { said: 0, results: 0 };
    for (let more = this.openArray(); more; more = this.nextElement()) {
      const type = this.#block();
      if (type === TEXT) counted.said++;
      else if (type === RESULT) counted.results++;
    }
    return counted;
  }

  /** Returns what it is, by its place in `BLOCKS`. */
  #block(): number {
    let seen = 0;
    let type = -1;
    for (let more = this.openObject(); more; more = this.nextMember()) {
      const name = this.key(BLOCK, seen);
      if (name >= 0) seen |= 1 << name;
      if (name === 0) {
        this.plainString();
        type = this.find(BLOCKS);
      } else if (name === 2 && this.body[this.at] === OPEN_ARRAY) this.#texts();
      else this.value(5);
    }
    if (type < 0) decline();
    return type;
  }

  /** A string. Returns whether it says something. */
  #text(): boolean {
    this.value(3);
    return this.end > this.start;
  }

  /** Blocks of text alone, or null. Returns how many of them say something. */
  #texts(): number {
    if (this.absent()) return 0;
    let count = 0;
    for (let more = this.openArray(); more; more = this.nextElement()) {
      let seen = 0;
      let says = false;
      for (let member = this.openObject(); member; member = this.nextMember()) {
        const name = this.key(BLOCK, seen);
        if (name >= 0) seen |= 1 << name;
        if (name === 0) {
          this.plainString();
          if (this.find(BLOCKS) !== TEXT) decline();
        } else if (name === 1) says = this.body[this.at] === QUOTE ? this.#text() : decline();
        else this.value(6);
      }
      // Of a text without its type some make nothing.
      if ((seen & 1) === 0) decline();
      if (says) count++;
    }
    return count;
  }
}
