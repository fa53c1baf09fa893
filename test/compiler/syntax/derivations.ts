/**
 * Counts in how many ways the grammar derives a text. The grammar is taken as a plain context-free one: no lookahead,
 * no order of alternatives, only which token is of which type. So what the parser decides by looking ahead is checked by
 * something that cannot look ahead: it follows every way at once, and each is remembered for where it began.
 */
import type { IToken, TokenType } from "chevrotain";
import { lex } from "../../../compiler/syntax/lexer.ts";
import * as t from "../../../compiler/syntax/tokens.ts";
import { type Part, productions, START } from "../../../tools/grammar/productions.ts";

/** What the language says of texts that the grammar alone derives in several ways. */
export const LAWS = {
  keyword: "where a keyword and a bare name can both be read, it is the keyword",
  rejection: "what can be a rejection's status or text, directly after it, is that",
  comma: "a comma belongs to the innermost list that is open",
  claim: "within `every model is` an `and` before a claim's first word begins a claim",
} as const;
export type Law = keyof typeof LAWS;
const ALL = Object.keys(LAWS) as Law[];

const GRAMMAR = productions();

/** None, one, or more than one (2). */
export type Count = 0 | 1 | 2;
/** Where a part that begins somewhere may end, and in how many ways each. */
type Ends = ReadonlyMap<number, Count>;

/** In how many ways the text is a file. */
export function derivations(text: string, laws: readonly Law[] = ALL): Count {
  const { tokens } = lex(text);
  return new Derivations(tokens, new Set(laws)).count();
}

/** The ways through the tokens of one text. */
class Derivations {
  readonly #tokens: readonly IToken[];
  readonly #laws: ReadonlySet<Law>;
  readonly #known = new Map<Part, Map<number, Ends>>();

  constructor(tokens: readonly IToken[], laws: ReadonlySet<Law>) {
    this.#tokens = tokens;
    this.#laws = laws;
  }

  count(): Count {
    return this.#rule(START, 0).get(this.#tokens.length) ?? 0;
  }

  #rule(name: string, at: number): Ends {
    return this.#ends(GRAMMAR.get(name) as Part, at, name);
  }

  #ends(part: Part, at: number, rule: string): Ends {
    const here = this.#known.get(part) ?? new Map<number, Ends>();
    this.#known.set(part, here);
    const known = here.get(at) ?? this.#derive(part, at, rule);
    here.set(at, known);
    return known;
  }

  #derive(part: Part, at: number, rule: string): Ends {
    switch (part.kind) {
      case "token":
        return new Map(this.#reads(part.type, at) ? [[at + 1, 1]] : []);
      case "rule":
        return part.name === "unit" && this.#windowBegins(at) ? new Map() : this.#rule(part.name, at);
      case "sequence":
        return part.parts.reduce<Ends>((ends, next) => this.#after(ends, next, rule), new Map([[at, 1]]));
      case "choice":
        return this.#choice(part.parts, at, rule);
      case "optional":
        return this.#optional(part.part, at, rule);
      case "repeat":
        return this.#repeat(part, at, rule);
    }
  }

  /** The ends of a part that begins at each of these ends. */
  #after(ends: Ends, part: Part, rule: string): Ends {
    return sum([...ends].map(([end, ways]) => times(ways, this.#ends(part, end, rule))));
  }

  #reads(type: TokenType, at: number): boolean {
    const token = this.#tokens[at];
    return token !== undefined && t.is(token, type);
  }

  #choice(parts: readonly Part[], at: number, rule: string): Ends {
    // No setting has the name of another: there one token tells.
    const ahead = rule === "setting" ? 1 : 2;
    const keyword = parts.find((part) => this.#laws.has("keyword") && this.#beginsByKeyword(part, at, ahead));
    return sum((keyword ? [keyword] : parts).map((part) => this.#ends(part, at, rule)));
  }

  #optional(part: Part, at: number, rule: string): Ends {
    const absent = new Map<number, Count>([[at, 1]]);
    if (rule === "unit" && this.#windowBegins(at)) return absent;
    const present = this.#ends(part, at, rule);
    const must =
      (this.#laws.has("keyword") && this.#beginsByKeyword(part, at)) ||
      (this.#laws.has("rejection") && rule === "target" && this.#begins(part, at, at + 1));
    return must ? present : sum([present, absent]);
  }

  /** Whether `per` stands here, which is the keyword of a window before it is a word of a unit. */
  #windowBegins(at: number): boolean {
    return this.#laws.has("keyword") && this.#reads(t.own.per, at);
  }

  #repeat({ part, atLeastOne, separator }: Part & { kind: "repeat" }, at: number, rule: string): Ends {
    const begun = new Map<number, Count>([[at, 1]]);
    const ends = new Map<number, Count>(atLeastOne ? [] : [[at, 1]]);
    // No item is empty, so each end lies further on than where its item began, and is met after it.
    for (const [start, ways] of ascending(begun)) {
      for (const [end, more] of times(ways, this.#item(part, start, rule))) {
        ends.set(end, add(ends.get(end), more));
        const next = separator === undefined ? end : this.#reads(separator, end) ? end + 1 : undefined;
        if (next !== undefined) begun.set(next, add(begun.get(next), more));
        if (separator === t.Comma && next !== undefined && this.#laws.has("comma")) ends.delete(end);
      }
    }
    return ends;
  }

  /** An item of a list; in a conjunction it begins with `and`, which is not one's to take before a claim. */
  #item(part: Part, at: number, rule: string): Ends {
    if (rule === "conjunction" && this.#laws.has("claim") && beginsClaim(this.#tokens, at)) return new Map();
    return this.#ends(part, at, rule);
  }

  /** Whether the next tokens can begin a part, and the first of them as a word that has a meaning of its own. */
  #beginsByKeyword(part: Part, at: number, ahead = 2): boolean {
    const token = this.#tokens[at];
    if (token === undefined || token.tokenType === t.Name || !t.is(token, t.Name)) return false;
    return firstOf(part).has(token.tokenType) && this.#begins(part, at, at + ahead);
  }

  /** Whether the tokens up to a place can be the beginning of a part, or the whole of it. */
  #begins(part: Part, at: number, until: number): boolean {
    return this.#reach(part, new Set([at]), until).size > 0;
  }

  #reach(part: Part, from: ReadonlySet<number>, until: number): Set<number> {
    const open = [...from].filter((at) => at < until);
    const done = [...from].filter((at) => at >= until);
    if (open.length === 0) return new Set(done);
    const go = (part: Part, from: Iterable<number>) => this.#reach(part, new Set(from), until);
    switch (part.kind) {
      case "token":
        return new Set([...done, ...open.filter((at) => this.#reads(part.type, at)).map((at) => at + 1)]);
      case "rule":
        return new Set([...done, ...go(GRAMMAR.get(part.name) as Part, open)]);
      case "sequence":
        return part.parts.reduce((reached, next) => go(next, reached), new Set(from));
      case "choice":
        return new Set([...done, ...part.parts.flatMap((each) => [...go(each, open)])]);
      case "optional":
        return new Set([...from, ...go(part.part, open)]);
      case "repeat": {
        // Two tokens are at most two items, and between them a separator.
        const once = go(part.part, open);
        const between: Part[] = part.separator ? [{ kind: "token", type: part.separator }] : [];
        const twice = go({ kind: "sequence", parts: [...between, part.part] }, once);
        return new Set([...done, ...(part.atLeastOne ? [] : open), ...once, ...twice]);
      }
    }
  }
}

const firsts = new Map<Part, ReadonlySet<TokenType>>();

/** The token types that a part may begin with. */
function firstOf(part: Part): ReadonlySet<TokenType> {
  const known = firsts.get(part);
  if (known) return known;
  const first = new Set<TokenType>();
  const add = (more: Part): void => {
    for (const type of firstOf(more)) first.add(type);
  };
  switch (part.kind) {
    case "token":
      first.add(part.type);
      break;
    case "rule":
      add(GRAMMAR.get(part.name) as Part);
      break;
    case "choice":
      part.parts.forEach(add);
      break;
    case "sequence":
      for (const each of part.parts) {
        add(each);
        if (!isEmptiable(each)) break;
      }
      break;
    default:
      add(part.part);
  }
  firsts.set(part, first);
  return first;
}

function isEmptiable(part: Part): boolean {
  return part.kind === "optional" || (part.kind === "repeat" && !part.atLeastOne);
}

const CLAIMS = [t.Every, t.Never, t.own.no, t.Bounded];

/** Whether an `and` stands within `every model is`, outside parentheses, before what begins a claim. */
function beginsClaim(tokens: readonly IToken[], and: number): boolean {
  const next = tokens[and + 1];
  if (next === undefined || !CLAIMS.some((type) => t.is(next, type))) return false;
  let depth = 0;
  for (let i = and - 1; i >= 0; i--) {
    const token = tokens[i];
    if (token === undefined) break;
    if (")}]".includes(token.image)) depth++;
    else if ("({[".includes(token.image) && depth-- === 0) return false;
    else if (depth === 0 && t.is(token, t.Every)) return true;
  }
  return false;
}

/** The entries by rising key, with those that are added on the way. */
function* ascending(counts: ReadonlyMap<number, Count>): Generator<[number, Count]> {
  let last = -1;
  for (;;) {
    const next = Math.min(...[...counts.keys()].filter((key) => key > last));
    if (next === Number.POSITIVE_INFINITY) return;
    yield [next, counts.get(next) ?? 0];
    last = next;
  }
}

function add(a: Count | undefined, b: Count): Count {
  return Math.min((a ?? 0) + b, 2) as Count;
}

function times(ways: Count, ends: Ends): Ends {
  return ways === 1 ? ends : new Map([...ends].map(([end, count]) => [end, Math.min(ways * count, 2) as Count]));
}

function sum(all: readonly Ends[]): Ends {
  if (all.length === 1 && all[0]) return all[0];
  const total = new Map<number, Count>();
  for (const ends of all) for (const [end, ways] of ends) total.set(end, add(total.get(end), ways));
  return total;
}
