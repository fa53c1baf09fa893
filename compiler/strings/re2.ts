/**
 * Regular expressions in RE2's syntax and with our meaning, for databases. What the two tell apart is written out: `.`, `\w`
 * and the like and classes become lists of characters, case is folded by listing both, and `^` and `$` are the text's ends
 * in both. Two things are left. RE2 reads code points where we read UTF-16 code units, so that `.` takes an emoji once and
 * not twice: whether that changes anything is found out by comparing the automata. And `\B` holds within a character of
 * several bytes there, so it is refused.
 */
import type { AST } from "@eslint-community/regexpp";
import type { AutomatonState } from "../../runtime/table/artifact.ts";
import { minimalDfa, sharedAlphabet, tableStates } from "./automaton.ts";
import { codePointNfa, parseRegex, unitsOf } from "./regex.ts";
import { RegexError } from "./regex-error.ts";
import { complement, has, MAX_UNIT, SURROGATES, type Units, without } from "./units.ts";
import { sameOnTexts } from "./well-formed.ts";

export interface Re2Match {
  /** Matches a part of the text, without flags. ASCII alone. */
  readonly pattern: string;
  /** Whether each character beyond U+FFFF must first be replaced by two of `STAND_IN`: the expression counts them. */
  readonly doubled: boolean;
}

/** A private character: in the place of a half of one that is beyond U+FFFF. */
export const STAND_IN = "\ue000";
const STAND_IN_UNIT = STAND_IN.charCodeAt(0);

/** RE2's bound on a counted repetition, and on what those within one another come to (`kMaxRepeat`). */
const MAX_REPEAT = 1000;

/**
 * How RE2 is asked what a pattern of a table asks.
 *
 * @param literal as it is written, `/source/` or `/source/i`
 * @param states of its automaton in the table
 * @throws RegexError where RE2 cannot be asked, with the reason
 * @throws TooComplex
 */
export function re2Match(literal: string, states: readonly AutomatonState[]): Re2Match {
  const end = literal.lastIndexOf("/");
  const source = literal.slice(1, end);
  const ignoreCase = literal.endsWith("i");
  const { alternatives } = parseRegex(source);
  const nfa = codePointNfa(source, ignoreCase);
  const alike = sameOnTexts(states, tableStates(minimalDfa(nfa, sharedAlphabet([nfa]))));
  const written = (doubled: boolean): Re2Match => ({
    pattern: alternativesText(alternatives, { ignoreCase, doubled, repeated: 1 }),
    doubled,
  });
  return written(!alike);
}

interface Context {
  readonly ignoreCase: boolean;
  readonly doubled: boolean;
  /** How often what is written here is repeated by what it stands in. */
  readonly repeated: number;
}

function alternativesText(alternatives: readonly AST.Alternative[], context: Context): string {
  return alternatives.map(({ elements }) => sequenceText(elements, context)).join("|");
}

/** A high and a low surrogate in a row are one character. */
function sequenceText(elements: readonly AST.Element[], context: Context): string {
  let text = "";
  for (let i = 0; i < elements.length; i++) {
    const [element, next] = [elements[i] as AST.Element, elements[i + 1]];
    const character = wholeCharacter(element, next);
    if (character === undefined) text += elementText(element, context);
    else if (context.doubled)
      refuse(
        { ...element, raw: String.fromCodePoint(character) },
        "is beyond U+FFFF, and the expression counts such characters twice",
      );
    else {
      text += characterText(character);
      i++;
    }
  }
  return text;
}

/** The code point of which the two are the halves; undefined where they are not. */
function wholeCharacter(high: AST.Element, low: AST.Element | undefined): number | undefined {
  if (high.type !== "Character" || low?.type !== "Character") return undefined;
  const codePoint = String.fromCharCode(high.value, low.value).codePointAt(0) as number;
  return codePoint > MAX_UNIT ? codePoint : undefined;
}

function elementText(element: AST.Element, context: Context): string {
  switch (element.type) {
    case "Group":
    case "CapturingGroup":
      return `(?:${alternativesText(element.alternatives, context)})`;
    case "Quantifier":
      return quantifierText(element, context);
    case "Assertion":
      return assertionText(element);
    case "Character":
    case "CharacterSet":
    case "CharacterClass":
      return classText(element, context);
    default:
      return refuse(element, "is not supported");
  }
}

function quantifierText({ element, min, max, ...node }: AST.Quantifier, context: Context): string {
  const bounded = max === Number.POSITIVE_INFINITY ? min : max;
  const repeated = context.repeated * Math.max(bounded, 1);
  if (bounded > 1 && repeated > MAX_REPEAT)
    refuse(node, `repeats more than ${MAX_REPEAT} times, which RE2 does not take`);
  const inner = elementText(element, { ...context, repeated: bounded > 1 ? repeated : context.repeated });
  const once = element.type.startsWith("Character") || element.type.endsWith("Group") ? inner : `(?:${inner})`;
  if (max === Number.POSITIVE_INFINITY) return once + (min === 0 ? "*" : min === 1 ? "+" : `{${min},}`);
  if (min === 0 && max === 1) return `${once}?`;
  return once + (min === max ? `{${min}}` : `{${min},${max}}`);
}

function assertionText(node: AST.Assertion): string {
  if (node.kind === "start") return "^";
  if (node.kind === "end") return "$";
  if (node.kind === "word" && !node.negate) return "\\b";
  return refuse(node, "holds within characters of several bytes there");
}

function classText(element: AST.Character | AST.CharacterSet | AST.CharacterClass, context: Context): string {
  const units = unitsOf(element, context.ignoreCase);
  const missing = without(SURROGATES, units);
  const takesAll = missing.length === 0;
  if (!takesAll && missing.join() !== SURROGATES.join()) refuse(element, "takes a half of a character beyond U+FFFF");
  if (context.doubled && has(units, STAND_IN_UNIT) !== takesAll)
    refuse(element, "counts characters beyond U+FFFF twice and tells private ones apart");
  // What takes all surrogates takes all characters beyond U+FFFF, which a negated class of RE2 does.
  if (takesAll && units[0]?.[0] === 0 && units[0][1] === MAX_UNIT) return `[${ANYTHING}]`;
  if (takesAll) return `[^${rangesText(complement(units))}]`;
  const [only, ...more] = units;
  if (only === undefined) return `[^${ANYTHING}]`;
  return more.length === 0 && only[0] === only[1] ? characterText(only[0]) : `[${rangesText(units)}]`;
}

/** RE2 has no empty class. */
const ANYTHING = "\\x{0}-\\x{10FFFF}";

function rangesText(units: Units): string {
  return units
    .map(([first, last]) =>
      first === last
        ? characterText(first)
        : `${characterText(first)}${last > first + 1 ? "-" : ""}${characterText(last)}`,
    )
    .join("");
}

/** Letters, digits and a few signs as they are; other signs behind a backslash; the rest by number. */
function characterText(codePoint: number): string {
  const character = String.fromCodePoint(codePoint);
  if (/[A-Za-z0-9 _@%&=:;,'"#~`<>!/]/.test(character)) return character;
  if (codePoint > 32 && codePoint < 127) return `\\${character}`;
  return `\\x{${codePoint.toString(16).toUpperCase()}}`;
}

function refuse(node: Pick<AST.Node, "start" | "end" | "raw">, reason: string): never {
  throw new RegexError(node.start, node.end - node.start, `\`${node.raw}\` ${reason}`);
}
