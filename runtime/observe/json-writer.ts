/**
 * JSON written into bytes: all of it ASCII, which is a byte a character. Text that is put together of a hundred pieces
 * costs several times as much, and keeps all of them until it is written.
 */

const ZERO = 0x30;
const DOT = 0x2e;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Numbers below it are counted in by 32 bits. */
const BILLION = 1_000_000_000;
const BILLION_DIGITS = 9;
const THOUSAND_DIGITS = 3;

/** Bytes that are copied one by one. */
const SHORT = 48;

const NOT_ASCII = /[^\x20-\x7e]/g;

/** ASCII as bytes, for what is written over and over. */
export function bytesOf(ascii: string): Uint8Array {
  return Uint8Array.from(Buffer.from(ascii, "latin1"));
}

/** A JSON string in ASCII. */
export function jsonString(text: string): string {
  return JSON.stringify(text).replace(NOT_ASCII, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Writes one thing behind the other. What it is told to write as it is must be ASCII. */
export class JsonWriter {
  #bytes: Buffer;
  /** Bytes written. To make it less takes back what was written last. */
  length = 0;

  /** Grows beyond so many bytes where it has to. */
  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** What was written; valid until more is. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** Begins anew, without the room that it has beyond so many bytes. */
  clear(capacity: number): void {
    if (this.#bytes.length > capacity) this.#bytes = Buffer.allocUnsafeSlow(capacity);
    this.length = 0;
  }

  bytes(given: Uint8Array): void {
    const { length } = given;
    this.#make(length);
    const into = this.#bytes;
    const start = this.length;
    // There is a price on calling `set`.
    if (length > SHORT) into.set(given, start);
    else for (let at = 0; at < length; at++) into[start + at] = given[at] as number;
    this.length = start + length;
  }

  ascii(text: string): void {
    const { length } = text;
    this.#make(length);
    const into = this.#bytes;
    const start = this.length;
    for (let at = 0; at < length; at++) into[start + at] = text.charCodeAt(at);
    this.length = start + length;
  }

  /** A JSON string. */
  string(text: string): void {
    const { length } = text;
    this.#make(length + 2);
    const into = this.#bytes;
    let end = this.length;
    into[end++] = QUOTE;
    for (let at = 0; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) {
        this.ascii(jsonString(text));
        return;
      }
      into[end++] = code;
    }
    into[end++] = QUOTE;
    this.length = end;
  }

  /** A number, as short as it can be. */
  number(value: number): void {
    // The first is true of whole numbers of 32 bits alone.
    if ((value | 0) === value && value >= 0 && value < BILLION) this.#digits(value, digitsOf(value));
    else if (value >= BILLION && Number.isSafeInteger(value)) {
      const high = Math.floor(value / BILLION);
      this.number(high);
      this.#digits(value - high * BILLION, BILLION_DIGITS);
    } else this.ascii(String(value));
  }

  /** A whole number of thousandths, or of billionths, from 0. */
  parts(value: number, one: 1_000 | 1_000_000_000): void {
    const whole = Math.floor(value / one);
    this.number(whole);
    let rest = (value - whole * one) | 0;
    if (rest === 0) return;
    let digits = one === BILLION ? BILLION_DIGITS : THOUSAND_DIGITS;
    for (; rest % 10 === 0; rest = (rest / 10) | 0) digits--;
    this.#make(1);
    this.#bytes[this.length++] = DOT;
    this.#digits(rest, digits);
  }

  /** `value`, below a billion, in so many digits. */
  #digits(value: number, digits: number): void {
    this.#make(digits);
    const into = this.#bytes;
    const start = this.length;
    let rest = value | 0;
    for (let at = start + digits - 1; at >= start; at--) {
      const left = (rest / 10) | 0;
      into[at] = ZERO + rest - left * 10;
      rest = left;
    }
    this.length = start + digits;
  }

  /** Makes room for so many bytes. */
  #make(more: number): void {
    const least = this.length + more;
    if (least <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(least, this.#bytes.length * 2));
    larger.set(this.written);
    this.#bytes = larger;
  }
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let least = 10; least <= value; least *= 10) digits++;
  return digits;
}
