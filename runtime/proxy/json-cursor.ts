/** Reads JSON from bytes, token by token, and checks all of its grammar (RFC 8259) on the way. */

/** Depth of nesting beyond which it declines. */
const MAX_DEPTH = 255;

export const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");
const NULL = Buffer.from("null");
/** The highest bit of each byte of a word. */
const HIGH_BITS = 0x80808080 | 0;

/** Thrown where a cursor declines: one for all, as nobody has a use for its stack. */
export const DECLINED = Object.freeze(new Error("the cursor declined"));

export function decline(): never {
  throw DECLINED;
}

/** The text that `repeated` read last, and its bytes. */
let lastText = "";
let lastBytes = Buffer.from(lastText);

/** Names as bytes, to be looked for. */
export function names(...list: string[]): readonly Buffer[] {
  return list.map((name) => Buffer.from(name));
}

/** A place in `body`, which must be valid UTF-8. A method that does not find what it reads declines. */
export class JsonCursor {
  protected readonly body: Buffer;
  readonly #length: number;
  /** The same bytes four by four; word i holds the bytes from 4 i - `#shift` on. */
  readonly #words: Int32Array;
  readonly #shift: number;
  protected at = 0;
  /** Of the string read last: its content's offsets, and whether it has escapes. */
  protected start = 0;
  protected end = 0;
  protected escaped = false;

  constructor(body: Buffer) {
    this.body = body;
    this.#length = body.length;
    this.#shift = body.byteOffset & 3;
    this.#words = new Int32Array(body.buffer, body.byteOffset - this.#shift, (body.length + this.#shift) >> 2);
  }

  /** Reads a null; tells false, and reads nothing, where another value stands. */
  protected absent(): boolean {
    if (this.body[this.at] !== NULL[0]) return false;
    this.#literal(NULL);
    return true;
  }

  /** True or false, or null for false. */
  protected flag(): boolean {
    const start = this.at;
    const first = this.body[start];
    if (first === TRUE[0]) this.#literal(TRUE);
    else if (first === FALSE[0]) this.#literal(FALSE);
    else if (!this.absent()) decline();
    return first === TRUE[0];
  }

  /** A number of at most 15 digits and nothing else, or null. */
  protected count(): number | undefined {
    if (this.absent()) return undefined;
    const start = this.at;
    this.#number();
    let value = 0;
    for (let at = start; at < this.at; at++) {
      const digit = this.body[at] as number;
      if (digit < ZERO || digit > NINE) decline();
      value = value * 10 + digit - ZERO;
    }
    if (this.at - start > 15) decline();
    return value;
  }

  /** A string without escapes: what stands in the body is what it says. */
  protected plainString(): void {
    if (this.body[this.at] !== QUOTE) decline();
    this.#string();
    if (this.escaped) decline();
  }

  /**
   * The text of the plain string read last, of a kind that requests mostly repeat, such as a model's name: then it is there
   * already, and its hash is known to whoever looks it up.
   */
  protected repeated(): string {
    if (!this.is(lastBytes)) {
      lastText = this.body.toString("utf8", this.start, this.end);
      lastBytes = Buffer.from(lastText);
    }
    return lastText;
  }

  /** The index in `list` of the string read last, or -1. */
  protected find(list: readonly Buffer[]): number {
    for (let index = 0; index < list.length; index++) if (this.is(list[index] as Buffer)) return index;
    return -1;
  }

  /**
   * After a member's key: its index in `list` or -1, and past the colon. Declines a key with escapes, which could be
   * another spelling of one that matters, and one of `list` that was `seen` before.
   */
  protected key(list: readonly Buffer[], seen: number): number {
    if (this.escaped) decline();
    const name = this.find(list);
    if (name >= 0 && (seen & (1 << name)) !== 0) decline();
    this.colon();
    return name;
  }

  /** Whether the string read last is `text`. */
  protected is(text: Buffer): boolean {
    return this.end - this.start === text.length && this.equals(this.start, this.end, text);
  }

  protected equals(start: number, end: number, text: Buffer): boolean {
    for (let at = start; at < end; at++) if (this.body[at] !== text[at - start]) return false;
    return true;
  }

  /** Any value. `depth` is that of what holds it. */
  protected value(depth: number): void {
    if (depth > MAX_DEPTH) decline();
    switch (this.body[this.at]) {
      case QUOTE:
        this.#string();
        return;
      case OPEN_OBJECT:
        for (let more = this.openObject(); more; more = this.nextMember()) {
          this.colon();
          this.value(depth + 1);
        }
        return;
      case OPEN_ARRAY:
        for (let more = this.openArray(); more; more = this.nextElement()) this.value(depth + 1);
        return;
      case TRUE[0]:
        this.#literal(TRUE);
        return;
      case FALSE[0]:
        this.#literal(FALSE);
        return;
      case NULL[0]:
        this.#literal(NULL);
        return;
      default:
        this.#number();
    }
  }

  /** Reads `[`; tells whether an element follows, and reads the end where none does. */
  protected openArray(): boolean {
    return this.#open(OPEN_ARRAY, CLOSE_ARRAY);
  }

  #open(bracket: number, closing: number): boolean {
    if (this.body[this.at] !== bracket) decline();
    this.at++;
    this.space();
    if (this.body[this.at] !== closing) return true;
    this.at++;
    return false;
  }

  /** Reads `{` and the first key; tells whether there is one, and reads the end where there is none. */
  protected openObject(): boolean {
    if (!this.#open(OPEN_OBJECT, CLOSE_OBJECT)) return false;
    this.#keyString();
    return true;
  }

  /** Reads `,` and the next key, or the end of the object: then it tells false. */
  protected nextMember(): boolean {
    if (!this.#next(CLOSE_OBJECT)) return false;
    this.#keyString();
    return true;
  }

  /** Reads `,`, or the end of the array: then it tells false. */
  protected nextElement(): boolean {
    return this.#next(CLOSE_ARRAY);
  }

  #next(closing: number): boolean {
    this.space();
    const byte = this.body[this.at++];
    if (byte === closing) return false;
    if (byte !== COMMA) decline();
    this.space();
    return true;
  }

  #keyString(): void {
    if (this.body[this.at] !== QUOTE) decline();
    this.#string();
  }

  protected colon(): void {
    this.space();
    if (this.body[this.at++] !== COLON) decline();
    this.space();
  }

  protected space(): void {
    const body = this.body;
    const length = this.#length;
    let at = this.at;
    while (at < length) {
      const byte = body[at] as number;
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break;
      at++;
    }
    this.at = at;
  }

  #string(): void {
    const body = this.body;
    let at = this.at + 1;
    this.start = at;
    this.escaped = false;
    for (;;) {
      at = this.#nextSpecial(at);
      const byte = body[at];
      if (byte === QUOTE) {
        this.end = at;
        this.at = at + 1;
        return;
      }
      if (byte === BACKSLASH) {
        this.escaped = true;
        at += this.#escape(at + 1);
      } else if (byte === undefined || byte < 0x20) decline();
      else at++;
    }
  }

  /**
   * The offset, from `at` on, of the next byte that may not be plain text of a string: a quote, a backslash, a control
   * character, or what follows one of these in its word; the body's length where there is none. Most of a long body is
   * plain, and four bytes at once are read in the time of one.
   */
  #nextSpecial(at: number): number {
    const words = this.#words;
    const shift = this.#shift;
    let index = (at + shift) >> 2;
    if (index >= words.length) return at;
    let marks = special(words[index] as number) & (-1 << (((at + shift) & 3) << 3));
    if (marks === 0) {
      index++;
      const lastOfFour = words.length - 3;
      while (
        index < lastOfFour &&
        (special(words[index] as number) |
          special(words[index + 1] as number) |
          special(words[index + 2] as number) |
          special(words[index + 3] as number)) ===
          0
      )
        index += 4;
      while (index < words.length) {
        marks = special(words[index] as number);
        if (marks !== 0) break;
        index++;
      }
      // The last bytes, which fill no word, are looked at one by one.
      if (marks === 0) return index * 4 - shift;
    }
    return index * 4 - shift + ((31 - Math.clz32(marks & -marks)) >> 3);
  }

  /** The length of the escape whose letter stands at `at`, backslash included. */
  #escape(at: number): number {
    switch (this.body[at]) {
      case 0x22:
      case 0x2f:
      case 0x5c:
      case 0x62:
      case 0x66:
      case 0x6e:
      case 0x72:
      case 0x74:
        return 2;
      case 0x75:
        for (let digit = at + 1; digit <= at + 4; digit++) if (!isHex(this.body[digit])) decline();
        return 6;
      default:
        return decline();
    }
  }

  #literal(word: Buffer): void {
    const end = this.at + word.length;
    if (end > this.#length || !this.equals(this.at, end, word)) decline();
    this.at = end;
  }

  #number(): void {
    if (this.body[this.at] === MINUS) this.at++;
    if (this.body[this.at] === ZERO) this.at++;
    else this.#digits();
    if (this.body[this.at] === DOT) {
      this.at++;
      this.#digits();
    }
    const exponent = this.body[this.at];
    if (exponent !== 0x65 && exponent !== 0x45) return;
    this.at++;
    const sign = this.body[this.at];
    if (sign === 0x2b || sign === MINUS) this.at++;
    this.#digits();
  }

  /** One digit or more. */
  #digits(): void {
    const start = this.at;
    for (let byte = this.body[start]; byte !== undefined && byte >= ZERO && byte <= NINE; ) {
      byte = this.body[++this.at];
    }
    if (this.at === start) decline();
  }
}

function isHex(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    ((byte >= ZERO && byte <= NINE) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66))
  );
}

/**
 * Marks, by its highest bit, the first byte of a word that is a quote, a backslash or a control character; marks on
 * bytes behind it may be wrong. Flipping 0x02 puts the quote at 0x20, next to the control characters, so that one
 * comparison finds both ("Bit Twiddling Hacks": determine if a word has a byte less than n).
 */
function special(word: number): number {
  return (((word ^ 0x02020202) - 0x21212121) | ((word ^ 0x5c5c5c5c) - 0x01010101)) & ~word & HIGH_BITS;
}
