/** Sentences of the grammar: what it derives when its choices are made by a list of numbers. */
import type { TokenType } from "chevrotain";
import * as t from "../../compiler/syntax/tokens.ts";
import { type Part, productions, START } from "../../tools/grammar/productions.ts";

const GRAMMAR = productions();

const WORDS = [...t.KEYWORDS];
const CONTEXTUAL = WORDS.filter(([, type]) => t.Name === type || type.CATEGORIES?.includes(t.Name)).map(
  ([word]) => word,
);

/** How tokens of more than one form are written; the first form is the plainest. */
const IMAGES: ReadonlyMap<TokenType, readonly string[]> = new Map([
  [t.Name, ["a", "b", "tier", ...CONTEXTUAL]],
  [t.NumberToken, ["1", "-1", "10k", "0.8", "80%", "$0.25", "$2k", "250ms", "30s", "16:30", "429", "9007199254740991"]],
  [t.Text, ['"x"', '""', '"a b"', '"\\u00e9\\n"', '"a"', '"//"', '"{"']],
  [t.RegexToken, ["/x/", "/a,b/i", "/[/]{2}/"]],
  [t.Equality, ["==", "!="]],
  [t.Order, ["<=", "<", ">", ">="]],
]);

/**
 * The tokens of a file. Each choice takes the next number; when they have run out, each is the one that ends soonest, so
 * that every list of numbers gives a sentence, and shorter lists give shorter ones.
 */
export function sentence(numbers: readonly number[], rule = START): string[] {
  const tokens: string[] = [];
  let used = 0;
  const roll = (sides: number): number => (numbers[used++] ?? 0) % sides;

  const derive = (part: Part): void => {
    switch (part.kind) {
      case "token":
        tokens.push(image(part.type, roll));
        break;
      case "rule":
        derive(GRAMMAR.get(part.name) as Part);
        break;
      case "sequence":
        part.parts.forEach(derive);
        break;
      case "choice": {
        const shortestFirst = part.parts.toSorted((a, b) => length(a) - length(b));
        derive(shortestFirst[roll(shortestFirst.length)] as Part);
        break;
      }
      case "optional":
        if (roll(2) > 0) derive(part.part);
        break;
      case "repeat": {
        const times = (part.atLeastOne ? 1 : 0) + roll(4);
        for (let i = 0; i < times; i++) {
          if (i > 0 && part.separator) tokens.push(image(part.separator, roll));
          derive(part.part);
        }
      }
    }
  };
  derive(GRAMMAR.get(rule) as Part);
  return tokens;
}

function image(type: TokenType, roll: (sides: number) => number): string {
  const words = WORDS.filter(([, own]) => own === type || own.CATEGORIES?.includes(type)).map(([word]) => word);
  const images = IMAGES.get(type) ?? (words.length > 0 ? words : [String(type.PATTERN)]);
  return images[roll(images.length)] as string;
}

const lengths = new Map<Part, number>();

/** The fewest tokens that a part may have. */
function length(part: Part): number {
  const known = lengths.get(part);
  if (known !== undefined) return known;
  // A part within itself is never the shortest way through it.
  lengths.set(part, Number.POSITIVE_INFINITY);
  const found = measure(part);
  lengths.set(part, found);
  return found;
}

function measure(part: Part): number {
  switch (part.kind) {
    case "token":
      return 1;
    case "rule":
      return length(GRAMMAR.get(part.name) as Part);
    case "sequence":
      return part.parts.reduce((sum, each) => sum + length(each), 0);
    case "choice":
      return Math.min(...part.parts.map(length));
    case "optional":
      return 0;
    case "repeat":
      return part.atLeastOne ? length(part.part) : 0;
  }
}
