/** Where in a JSON text its values stand, and what is wrong with a text that is no JSON (RFC 8259). */

export interface JsonPlaces {
  /** Offsets of values, and of the keys of members, by JSON pointer. */
  readonly values: ReadonlyMap<string, number>;
  readonly keys: ReadonlyMap<string, number>;
  /** The first thing that is wrong: with the grammar, or a key that is given twice. */
  readonly fault: { readonly offset: number; readonly message: string } | undefined;
}

const TOKEN =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|$)/y;

/** Far more than any configuration has; pointers grow with it. */
const DEEPEST = 100;

interface Open {
  readonly pointer: string;
  /** Of the next element; undefined in an object. */
  index: number | undefined;
}

/** Reads a text token by token. */
export function placesIn(text: string): JsonPlaces {
  const values = new Map<string, number>();
  const keys = new Map<string, number>();
  const open: Open[] = [];
  let fault: JsonPlaces["fault"];
  let at = 0;
  let start = 0;
  let token = "";

  function next(): void {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const [whole = "", mark, string, literal] = match ?? [];
    token = mark ?? string ?? literal ?? "";
    start =
      match === null ? at + (/^[ \t\r\n]*/.exec(text.slice(at))?.[0].length ?? 0) : at + whole.length - token.length;
    at = match === null ? start : at + whole.length;
  }

  function fail(expected: string): void {
    const came = token !== "" ? token : text.slice(start, start + 1);
    const what =
      came === "" ? "the text ends here" : `\`${came.length > 20 ? `${came.slice(0, 20)}…` : came}\` stands here`;
    fault ??= { offset: start, message: `${what}: expected ${expected}` };
  }

  /** A key and its colon; returns the pointer of the member's value. */
  function key(parent: string): string {
    if (!token.startsWith('"')) {
      fail("a key in double quotes");
      return parent;
    }
    const name = JSON.parse(token) as string;
    const pointer = `${parent}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (keys.has(pointer)) fault ??= { offset: start, message: `\`${name}\` is given twice` };
    keys.set(pointer, start);
    next();
    if (token !== ":") fail("`:`");
    next();
    return pointer;
  }

  /** The value that the current token begins; goes to the token after it, or after the bracket that opens it. */
  function value(pointer: string): void {
    values.set(pointer, start);
    if (open.length > DEEPEST)
      fault ??= { offset: start, message: `more than ${DEEPEST} lists and objects are open here` };
    if (token === "{" || token === "[") open.push({ pointer, index: token === "[" ? 0 : undefined });
    else if (token === "" || /^[}\],:]$/.test(token)) fail("a value");
  }

  next();
  value("");
  let fresh = true;
  while (open.length > 0 && fault === undefined) {
    const within = open[open.length - 1] as Open;
    const close = within.index === undefined ? "}" : "]";
    next();
    if (token === close) {
      open.pop();
      fresh = false;
      continue;
    }
    if (!fresh) {
      if (token !== ",") {
        fail(`\`,\` or \`${close}\``);
        break;
      }
      next();
    }
    const depth = open.length;
    value(within.index === undefined ? key(within.pointer) : `${within.pointer}/${within.index++}`);
    fresh = open.length > depth;
  }
  if (fault === undefined) {
    next();
    if (token !== "" || at < text.length) fail("nothing more");
  }
  return { values, keys, fault };
}

/** `line:column` of an offset, both from 1. */
export function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
