/** A request's body in the form in which equal requests are equal texts. */

/** Nesting beyond which a body has no such form. */
const MAX_DEPTH = 255;
/** Decimals of so many digits are told apart by the doubles that they stand for; longer ones may not be. */
const EXACT_DIGITS = 15;
/** Below it, doubles have fewer digits. */
const SMALLEST_NORMAL = 2.3e-308;

/**
 * `json`, a valid JSON object, without white space, keys sorted, strings and numbers each written in one way, and without
 * the top-level members of the names in `without`. Undefined for what readers understand differently: a key that is there
 * twice, for which one provider takes the first and another the last; for what is nested too deeply; and for no JSON.
 */
export function canonicalBody(json: string, without: ReadonlySet<string>): string | undefined {
  try {
    return new Reader(json, without).read();
  } catch (error) {
    if (error === AMBIGUOUS) return undefined;
    throw error;
  }
}

const AMBIGUOUS = Object.freeze(new Error("the body can be read in more than one way"));

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d];

/** Escapes that may not be needed; all others are, and have one form. */
const LONG_ESCAPE = /\\[u/]/;
/** Numbers and words, which nothing but what may stand behind them ends. */
const TOKEN = /[\w.+-]+/y;

class Reader {
  readonly #text: string;
  readonly #without: ReadonlySet<string>;
  #at = 0;

  constructor(text: string, without: ReadonlySet<string>) {
    this.#text = text;
    this.#without = without;
  }

  read(): string {
    const body = this.#value(1);
    this.#peek();
    if (this.#at !== this.#text.length) throw AMBIGUOUS;
    return body;
  }

  #value(depth: number): string {
    if (depth > MAX_DEPTH) throw AMBIGUOUS;
    switch (this.#peek()) {
      case OPEN:
        return this.#object(depth);
      case OPEN_LIST:
        return this.#list(depth);
      case QUOTE:
        return this.#string();
      default:
        return this.#literal();
    }
  }

  #object(depth: number): string {
    const members = new Map<string, string>();
    for (this.#at++; this.#peek() !== CLOSE; ) {
      const key = this.#string();
      this.#peek();
      this.#at++;
      if (members.has(key)) throw AMBIGUOUS;
      members.set(key, this.#value(depth + 1));
      if (this.#peek() === COMMA) this.#at++;
    }
    this.#at++;
    const kept = depth > 1 ? [...members] : [...members].filter(([key]) => !this.#without.has(JSON.parse(key)));
    const sorted = kept.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${sorted.map(([key, value]) => `${key}:${value}`).join()}}`;
  }

  #list(depth: number): string {
    const elements: string[] = [];
    for (this.#at++; this.#peek() !== CLOSE_LIST; ) {
      elements.push(this.#value(depth + 1));
      if (this.#peek() === COMMA) this.#at++;
    }
    this.#at++;
    return `[${elements.join()}]`;
  }

  /** A string, with the escapes that it needs and no other. */
  #string(): string {
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    while (this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    if (end === -1) throw AMBIGUOUS;
    this.#at = end + 1;
    const string = this.#text.slice(start, end + 1);
    return LONG_ESCAPE.test(string) ? JSON.stringify(JSON.parse(string)) : string;
  }

  /** Whether an odd number of backslashes stands before `at`. */
  #isEscaped(at: number): boolean {
    let before = at;
    while (this.#text.charCodeAt(before - 1) === BACKSLASH) before--;
    return (at - before) % 2 === 1;
  }

  /** A number, true, false or null. */
  #literal(): string {
    TOKEN.lastIndex = this.#at;
    const [token = ""] = TOKEN.exec(this.#text) ?? [];
    if (token === "") throw AMBIGUOUS;
    this.#at += token.length;
    return /^-?\d/.test(token) ? canonicalNumber(token) : token;
  }

  /** The next character that is no white space. */
  #peek(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#at++;
    }
  }
}

/** As JavaScript writes it, where that is sure to be no other number's text; else as it stands. */
function canonicalNumber(token: string): string {
  const [mantissa = ""] = token.toLowerCase().split("e");
  const digits = mantissa.replace(/[-.]/g, "").replace(/^0+/, "").replace(/0+$/, "");
  if (digits === "") return "0";
  const value = Number(token);
  const isSure = digits.length <= EXACT_DIGITS && Number.isFinite(value) && Math.abs(value) > SMALLEST_NORMAL;
  return isSure ? String(value) : token;
}
