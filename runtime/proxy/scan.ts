/**
 * Reads the facts of a request from its bytes in one pass, without building what it reads. It declines whatever it is
 * not sure to read as `JSON.parse` and a provider do: escaped or repeated keys where it matters, unusual types, deep
 * nesting, and all that is wrong. What it declines is parsed (see body.ts), so declining costs time, never an answer.
 */
import { type Facts, larger, type Media, needBit, promptTokens } from "./facts.ts";
import { DECLINED, decline, JsonCursor, names, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./json-cursor.ts";
import type { ModelPlace } from "./model-place.ts";

/** Facts, and where in the body they stand. */
export interface Scan extends Facts, ModelPlace {}

/** The top-level members that say something, each with what reads it. */
const TOP_LEVEL = names(
  "model",
  "messages",
  "stream",
  "max_tokens",
  "max_completion_tokens",
  "n",
  "tools",
  "response_format",
  "logprobs",
  "reasoning_effort",
  "web_search_options",
  "functions",
  "modalities",
);
const MESSAGE = names("content", "audio");
const PART = names("image_url", "input_audio", "file");
const IMAGE = names("url");
const AUDIO = names("data");
const FORMAT = names("type");

const NEED = {
  tools: needBit("tools"),
  vision: needBit("vision"),
  audio: needBit("audio"),
  pdf: needBit("pdf"),
  json: needBit("json"),
  logprobs: needBit("logprobs"),
  reasoning: needBit("reasoning"),
  search: needBit("search"),
};

const TEXT = Buffer.from("text");
const NONE = Buffer.from("none");
const DATA_URL = Buffer.from("data:");

/**
 * The facts of `body`, which must be valid UTF-8, or undefined where the scanner declines. `watched` are the names of
 * top-level members whose place is asked for.
 */
export function scan(body: Buffer, watched: readonly Buffer[]): Scan | undefined {
  try {
    return new Scanner(body, watched).request();
  } catch (error) {
    if (error === DECLINED) return undefined;
    throw error;
  }
}

class Scanner extends JsonCursor {
  readonly #watched: readonly Buffer[];
  readonly #spans: number[] = [];
  readonly #media: Media = { images: 0, audio: 0, bytes: 0, unknown: false };
  #modelStart = -1;
  #modelEnd = -1;
  #model = "";
  #turns = -1;
  #stream = false;
  #maxTokens: number | undefined;
  #choices = 1;
  #needs = 0;

  constructor(body: Buffer, watched: readonly Buffer[]) {
    super(body);
    this.#watched = watched;
    for (let index = 0; index < watched.length; index++) this.#spans.push(-1, -1);
  }

  request(): Scan {
    this.space();
    let seen = 0;
    for (let more = this.openObject(); more; more = this.nextMember()) {
      const watched = this.find(this.#watched) * 2;
      const name = this.key(TOP_LEVEL, seen);
      if (name >= 0) seen |= 1 << name;
      const from = this.at;
      this.#topLevel(name);
      if (watched < 0) continue;
      if (this.#spans[watched] !== -1) decline();
      this.#spans[watched] = from;
      this.#spans[watched + 1] = this.at;
    }
    this.space();
    if (this.at !== this.body.length || this.#modelStart < 0 || this.#turns < 0) decline();
    return {
      model: this.#model,
      stream: this.#stream,
      maxTokens: this.#maxTokens,
      choices: this.#choices,
      needs: this.#needs,
      turns: this.#turns,
      promptTokens: promptTokens(this.body.length, this.#turns, this.#media),
      modelStart: this.#modelStart,
      modelEnd: this.#modelEnd,
      spans: this.#spans,
    };
  }

  /** The value of the member that `TOP_LEVEL` has at `name`. */
  #topLevel(name: number): void {
    switch (name) {
      case 0:
        this.#modelStart = this.at;
        this.plainString();
        this.#modelEnd = this.at;
        if (this.start === this.end) decline();
        this.#model = this.repeated();
        return;
      case 1:
        this.#turns = 0;
        for (let more = this.openArray(); more; more = this.nextElement()) {
          this.#turns++;
          this.#message();
        }
        return;
      case 2:
        this.#stream = this.flag();
        return;
      case 3:
      case 4:
        this.#maxTokens = larger(this.#maxTokens, this.count());
        return;
      case 5:
        this.#choices = this.count() ?? 1;
        if (this.#choices < 1) decline();
        return;
      case 6:
        if (this.absent()) return;
        for (let more = this.openArray(); more; more = this.nextElement()) {
          this.#needs |= NEED.tools;
          this.value(2);
        }
        return;
      case 7:
        this.#format();
        return;
      case 8:
        if (this.flag()) this.#needs |= NEED.logprobs;
        return;
      case 9:
        if (this.absent()) return;
        this.plainString();
        if (!this.is(NONE)) this.#needs |= NEED.reasoning;
        return;
      case 10:
        if (this.absent()) return;
        if (this.body[this.at] !== OPEN_OBJECT) decline();
        this.#needs |= NEED.search;
        this.value(1);
        return;
      case 11:
      case 12:
        if (!this.absent()) decline();
        return;
      default:
        this.value(1);
    }
  }

  #format(): void {
    if (this.absent()) return;
    let seen = 0;
    let text = false;
    for (let more = this.openObject(); more; more = this.nextMember()) {
      if (this.key(FORMAT, seen) < 0) this.value(2);
      else {
        seen = 1;
        this.plainString();
        text = this.is(TEXT);
      }
    }
    if (!text) this.#needs |= NEED.json;
  }

  #message(): void {
    let seen = 0;
    for (let more = this.openObject(); more; more = this.nextMember()) {
      const name = this.key(MESSAGE, seen);
      if (name >= 0) seen |= 1 << name;
      const first = this.body[this.at];
      if (name === 0 && first === OPEN_ARRAY) this.#parts();
      else {
        if (name === 1 && first === OPEN_OBJECT) this.#media.unknown = true;
        this.value(3);
      }
    }
  }

  #parts(): void {
    for (let more = this.openArray(); more; more = this.nextElement()) {
      if (this.body[this.at] === OPEN_OBJECT) this.#part();
      else this.value(4);
    }
  }

  #part(): void {
    let seen = 0;
    for (let more = this.openObject(); more; more = this.nextMember()) {
      const name = this.key(PART, seen);
      if (name >= 0) seen |= 1 << name;
      if (name < 0) this.value(5);
      else if (this.absent()) continue;
      else if (name === 0) this.#image();
      else if (name === 1) this.#audio();
      else this.#file();
    }
  }

  /** `{"url": …}`, or the url itself. */
  #image(): void {
    this.#needs |= NEED.vision;
    this.#media.images++;
    if (this.body[this.at] === QUOTE) {
      this.#imageUrl();
      return;
    }
    let seen = 0;
    for (let more = this.openObject(); more; more = this.nextMember()) {
      if (this.key(IMAGE, seen) < 0) this.value(6);
      else {
        seen = 1;
        this.#imageUrl();
      }
    }
  }

  #imageUrl(): void {
    this.plainString();
    const prefix = this.start + DATA_URL.length;
    if (prefix <= this.end && this.equals(this.start, prefix, DATA_URL)) this.#media.bytes += this.end - this.start;
  }

  #audio(): void {
    this.#needs |= NEED.audio;
    let seen = 0;
    for (let more = this.openObject(); more; more = this.nextMember()) {
      if (this.key(AUDIO, seen) < 0) this.value(6);
      else {
        seen = 1;
        this.plainString();
        this.#media.audio += this.end - this.start;
        this.#media.bytes += this.end - this.start;
      }
    }
    if (seen === 0) this.#media.unknown = true;
  }

  #file(): void {
    this.#needs |= NEED.pdf;
    this.#media.unknown = true;
    this.value(5);
  }
}
