/** A request's body: read once, then handed on with another model in it. */
import { isUtf8 } from "node:buffer";
import { type ChatRequestResult, unlessTooDeep } from "../dialects/index.ts";
import { type Capability, UNKNOWN_SIZE } from "../plan/index.ts";
import { embeddingsFacts } from "./embeddings.ts";
import { RequestError } from "./errors.ts";
import { type Facts, factsOf, needBit } from "./facts.ts";
import { type ModelPlace, modelPlace } from "./model-place.ts";
import { type Scan, scan } from "./scan.ts";

export interface RequestBody {
  readonly facts: Facts;
  /** The request in the dialect in which it came, where this is the chat that was made of it. */
  readonly own?: RequestBody | undefined;
  /** Where it says by this member what no chat can: then `own` alone is the request. */
  readonly kept?: string | undefined;
  /** The value of a top-level member that was watched for, or undefined where it is absent. Not after `bodyFor`. */
  member(name: string): unknown;
  /** All of the body. At any time, with whichever model. */
  json(): unknown;
  /** The body as it came, or as it is sent on where it is written anew. Not after `bodyFor`. */
  bytes(): Buffer;
  /**
   * The body with `upstream` as its model, all else unchanged. Each result stays valid when the next is made. Undefined
   * where it has to be written anew and is nested too deeply for that.
   */
  bodyFor(upstream: string): Buffer | undefined;
}

/** Top-level members that a policy wants to look into: told to the scanner once, at start-up. */
export interface Watched {
  readonly names: readonly string[];
  readonly keys: readonly Buffer[];
}

export function watch(names: Iterable<string>): Watched {
  const list = [...new Set(names)];
  return { names: list, keys: list.map((name) => Buffer.from(name)) };
}

/** Bytes kept free in front of a body that came in pieces, so that a longer model name needs no second copy. */
const SPARE = 256;

/**
 * Reads a body from the pieces in which it came; `length` is their sum. Its bytes may be overwritten by `bodyFor`, so
 * the pieces must not be used again. Throws `RequestError` (400) for what is no chat completion request.
 */
export function readBody(pieces: readonly Buffer[], length: number, watched: Watched): RequestBody {
  const { room, spare, body } = received(pieces, length);
  const scanned = scan(body, watched.keys);
  if (scanned !== undefined) return new SplicedBody(room, spare, watched, scanned, scanned);
  const value = parse(body);
  return new ParsedBody(value, factsOf(value, body.length));
}

/** The same of an embeddings request, with what it says parsed: its bytes pass through all the same. */
export function readEmbeddings(pieces: readonly Buffer[], length: number, watched: Watched): RequestBody {
  const { room, spare, body } = received(pieces, length);
  const value = parse(body);
  const facts = embeddingsFacts(value);
  const place = modelPlace(body, watched.keys);
  return place === undefined ? new ParsedBody(value, facts) : new SplicedBody(room, spare, watched, facts, place);
}

/**
 * The same of a request of another dialect, of which `chatOf` makes a chat completion request: later, where `scanOwn` finds
 * what is known of it.
 */
export function readTranslated(
  pieces: readonly Buffer[],
  length: number,
  chatOf: (request: unknown) => ChatRequestResult,
  scanOwn: (body: Buffer) => Scan | undefined = () => undefined,
): RequestBody {
  const { room, spare, body } = received(pieces, length);
  const scanned = scanOwn(body);
  if (scanned !== undefined) {
    const own = new SplicedBody(room, spare, NONE_WATCHED, scanned, scanned);
    return new UntranslatedBody(own, () => new ParsedBody(chatOf(own.json()).chat, scanned, own));
  }
  const request = parse(body);
  const { chat, dropped, kept } = chatOf(request);
  const facts = withReferences(factsOf(chat, body.length), dropped, kept !== undefined);
  const place = modelPlace(body);
  const own =
    place === undefined ? new ParsedBody(request, facts) : new SplicedBody(room, spare, NONE_WATCHED, facts, place);
  return new ParsedBody(chat, facts, own, kept);
}

/** What of other dialects is media that a chat cannot hold or refer to, by the names under which it is dropped. */
const MEDIA: Readonly<Record<string, Capability>> = {
  image: "vision",
  document: "pdf",
  input_image: "vision",
  input_file: "pdf",
  image_generation_call: "vision",
  computer_call_output: "vision",
};

/** What a chat cannot refer to is in the request all the same, and of unknown size, where that passes through. */
function withReferences(facts: Facts, dropped: readonly string[], refers: boolean): Facts {
  const media = dropped.map((name) => MEDIA[name]).filter((each) => each !== undefined);
  if (media.length === 0 && !refers) return facts;
  const needs = media.reduce((bits, each) => bits | needBit(each), facts.needs);
  return { ...facts, needs, promptTokens: UNKNOWN_SIZE };
}

const NONE_WATCHED = watch([]);

/** The bytes of a body, and the room in front of them. */
interface Received {
  /** `spare` free bytes, then the body. */
  readonly room: Buffer;
  readonly spare: number;
  readonly body: Buffer;
}

function received(pieces: readonly Buffer[], length: number): Received {
  const [only] = pieces;
  const spare = pieces.length === 1 ? 0 : SPARE;
  const room = only !== undefined && pieces.length === 1 ? only : gather(pieces, length);
  const body = spare === 0 ? room : room.subarray(spare);
  if (!isUtf8(body)) throw new RequestError(400, "the request body is not valid UTF-8");
  return { room, spare, body };
}

function gather(pieces: readonly Buffer[], length: number): Buffer {
  const room = Buffer.allocUnsafe(SPARE + length);
  let at = SPARE;
  for (const piece of pieces) at += piece.copy(room, at);
  return room;
}

/** A body whose bytes pass through: the model's name is replaced among them. */
class SplicedBody implements RequestBody {
  readonly facts: Facts;
  readonly #watched: Watched;
  readonly #spans: readonly number[];
  /** Spare bytes, then the body. */
  readonly #room: Buffer;
  /** Offsets in it: of the body, and of the model's value within the body. */
  #start: number;
  #nameStart: number;
  readonly #nameEnd: number;
  #untouched = true;
  #value: unknown;

  constructor(room: Buffer, spare: number, watched: Watched, facts: Facts, place: ModelPlace) {
    this.facts = facts;
    this.#watched = watched;
    this.#spans = place.spans;
    this.#room = room;
    this.#start = spare;
    this.#nameStart = spare + place.modelStart;
    this.#nameEnd = spare + place.modelEnd;
  }

  member(name: string): unknown {
    const index = this.#watched.names.indexOf(name);
    const start = this.#spans[index * 2] ?? -1;
    const end = this.#spans[index * 2 + 1] ?? -1;
    return start < 0 ? undefined : JSON.parse(this.#room.toString("utf8", this.#start + start, this.#start + end));
  }

  json(): unknown {
    this.#value ??= JSON.parse(this.#room.toString("utf8", this.#start));
    return this.#value;
  }

  bytes(): Buffer {
    return this.#room.subarray(this.#start);
  }

  bodyFor(upstream: string): Buffer {
    const name = jsonOf(upstream);
    const growth = name.length - (this.#nameEnd - this.#nameStart);
    // Only the first name is written in place: a provider that was given up may still be sent the bytes of its call.
    if (!this.#untouched || growth > this.#start) {
      const copy = Buffer.allocUnsafe(this.#room.length - this.#start + growth);
      const at = this.#nameStart - this.#start;
      copy.set(this.#room.subarray(this.#start, this.#nameStart));
      copy.set(name, at);
      copy.set(this.#room.subarray(this.#nameEnd), at + name.length);
      return copy;
    }
    this.#untouched = false;
    if (growth > 0) this.#moveFront(growth);
    this.#room.set(name, this.#nameStart);
    this.#room.fill(" ", this.#nameStart + name.length, this.#nameEnd);
    return this.#room.subarray(this.#start);
  }

  /** Moves all before the model's value by that many bytes to the front. */
  #moveFront(bytes: number): void {
    this.#room.copyWithin(this.#start - bytes, this.#start, this.#nameStart);
    this.#start -= bytes;
    this.#nameStart -= bytes;
  }
}

const models = new Map<string, Buffer>();

/** The bytes of a model's name in JSON. The names are those of a policy's models, so few. */
function jsonOf(upstream: string): Buffer {
  const known = models.get(upstream);
  if (known !== undefined) return known;
  const bytes = Buffer.from(JSON.stringify(upstream));
  models.set(upstream, bytes);
  return bytes;
}

/** A body that a cursor declined: written anew, which also leaves nothing in it that could be read in two ways. */
class ParsedBody implements RequestBody {
  readonly facts: Facts;
  readonly own: RequestBody | undefined;
  readonly kept: string | undefined;
  readonly #value: Readonly<Record<string, unknown>>;
  /** All of it but the model, from after the opening brace, once it was asked for. */
  #rest: string | undefined;

  constructor(value: unknown, facts: Facts, own?: RequestBody, kept?: string) {
    this.facts = facts;
    this.own = own;
    this.kept = kept;
    this.#value = value as Readonly<Record<string, unknown>>;
    // What may never be sent as it is here need not be written.
    if (own === undefined && this.#written() === undefined)
      throw new RequestError(400, "the request body is nested too deeply");
  }

  member(name: string): unknown {
    return Object.hasOwn(this.#value, name) ? this.#value[name] : undefined;
  }

  json(): unknown {
    return this.#value;
  }

  bytes(): Buffer {
    return this.bodyFor(this.facts.model) ?? Buffer.alloc(0);
  }

  bodyFor(upstream: string): Buffer | undefined {
    const rest = this.#written();
    return rest === undefined ? undefined : Buffer.from(`{"model":${JSON.stringify(upstream)},${rest}`);
  }

  /** Undefined where it is nested too deeply to be written. */
  #written(): string | undefined {
    const write = (): string | undefined => JSON.stringify({ ...this.#value, model: undefined }).slice(1);
    this.#rest ??= unlessTooDeep(write, () => undefined);
    return this.#rest;
  }
}

/** A request of another dialect, as it came. Most leave so, and no chat is made of them; of each it can be, and has the same facts. */
class UntranslatedBody implements RequestBody {
  readonly facts: Facts;
  readonly own: RequestBody;
  readonly #chatOf: () => RequestBody;
  #made: RequestBody | undefined;

  constructor(own: RequestBody, chatOf: () => RequestBody) {
    this.facts = own.facts;
    this.own = own;
    this.#chatOf = chatOf;
  }

  member(name: string): unknown {
    return this.#chat().member(name);
  }

  json(): unknown {
    return this.#chat().json();
  }

  bytes(): Buffer {
    return this.#chat().bytes();
  }

  bodyFor(upstream: string): Buffer | undefined {
    return this.#chat().bodyFor(upstream);
  }

  #chat(): RequestBody {
    this.#made ??= this.#chatOf();
    return this.#made;
  }
}

function parse(body: Buffer): unknown {
  if (body.length === 0) throw new RequestError(400, "the request body is empty: expected a JSON object");
  try {
    return JSON.parse(body.toString("utf8", 0, body.length));
  } catch (error) {
    // V8 quotes the body in its message; the position, where it tells one, is all that is passed on.
    const [, position] = /at position (\d+)/.exec(String(error)) ?? [];
    const where = position === undefined ? "" : `: error at position ${position}`;
    throw new RequestError(400, `the request body is not valid JSON${where}`);
  }
}
