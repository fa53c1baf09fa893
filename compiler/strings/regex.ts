/** From the text of a regular expression to an automaton; what is not regular is refused. */
import { type AST, RegExpParser, RegExpSyntaxError, visitRegExpAST } from "@eslint-community/regexpp";
import { MAX_REGEX_LENGTH, TooComplex } from "./limits.ts";
import { type AddState, type Assertion, buildNfa, type Nfa } from "./nfa.ts";
import { RegexError } from "./regex-error.ts";
import {
  complement,
  DIGITS,
  HIGH_SURROGATES,
  ignoringCase,
  LOW_SURROGATES,
  NEWLINES,
  SPACES,
  SURROGATES,
  type Units,
  union,
  WORD_UNITS,
  without,
} from "./units.ts";

/**
 * The automaton of a regular expression in JavaScript's syntax and meaning without the flag u. Groups capture nothing
 * and laziness changes nothing: the question is only whether it matches somewhere.
 *
 * @throws RegexError on wrong syntax, and on what is not regular: back-references and look-around
 * @throws TooComplex
 */
export function regexNfa(source: string, ignoreCase: boolean): Nfa {
  const pattern = parseRegex(source);
  refuseIrregular(pattern);
  return buildNfa((add, match) => addAlternatives(pattern.alternatives, match, { add, ignoreCase }));
}

/**
 * The same, but that `.` and classes take a character beyond U+FFFF whole, as engines over code points do: what takes all
 * surrogates takes a pair of them and no half. Of texts that are well-formed it may say something else.
 *
 * @throws RegexError
 * @throws TooComplex
 */
export function codePointNfa(source: string, ignoreCase: boolean): Nfa {
  const { alternatives } = parseRegex(source);
  return buildNfa((add, match) => {
    const consume = (units: Units, next: number): number => {
      if (without(SURROGATES, units).length > 0) return add({ kind: "consume", units, to: next });
      const low = add({ kind: "consume", units: LOW_SURROGATES, to: next });
      const pair = add({ kind: "consume", units: HIGH_SURROGATES, to: low });
      return add({ kind: "split", to: [add({ kind: "consume", units: without(units, SURROGATES), to: next }), pair] });
    };
    return addAlternatives(alternatives, match, { add, ignoreCase, consume });
  });
}

/** @throws RegexError */
export function parseRegex(source: string): AST.Pattern {
  if (source.length > MAX_REGEX_LENGTH) throw new TooComplex(`it is longer than ${MAX_REGEX_LENGTH} characters`);
  try {
    return new RegExpParser({ ecmaVersion: 2024 }).parsePattern(source, 0, source.length, { unicode: false });
  } catch (error) {
    if (!(error instanceof RegExpSyntaxError)) throw error;
    const reason = error.message.slice(error.message.lastIndexOf(": ") + 2);
    const offset = Math.min(error.index, Math.max(0, source.length - 1));
    throw new RegexError(offset, 1, reason.charAt(0).toLowerCase() + reason.slice(1));
  }
}

function refuseIrregular(pattern: AST.Pattern): void {
  const refuse = (node: AST.Node, reason: string): never => {
    throw new RegexError(node.start, node.end - node.start, `\`${node.raw}\` ${reason}`);
  };
  visitRegExpAST(pattern, {
    onBackreferenceEnter: (node) => refuse(node, "refers back to a group, which is not supported"),
    onAssertionEnter(node) {
      if (node.kind === "lookahead") refuse(node, "looks ahead, which is not supported");
      if (node.kind === "lookbehind") refuse(node, "looks behind, which is not supported");
    },
    onCharacterEnter(node) {
      // JavaScript takes `\p` for a plain `p`, which is never what was meant.
      if (/^\\[a-z]$/i.test(node.raw) && node.raw.charCodeAt(1) === node.value) refuse(node, "is not a known escape");
    },
  });
}

interface Context {
  readonly add: AddState;
  readonly ignoreCase: boolean;
  /** Adds what takes one of these; a plain state, if not given. */
  readonly consume?: (units: Units, next: number) => number;
}

function addAlternatives(alternatives: readonly AST.Alternative[], next: number, context: Context): number {
  const to = alternatives.map((alternative) =>
    alternative.elements.reduceRight((following, element) => addElement(element, following, context), next),
  );
  return to.length === 1 && to[0] !== undefined ? to[0] : context.add({ kind: "split", to });
}

function addElement(element: AST.Element, next: number, context: Context): number {
  switch (element.type) {
    case "Group":
    case "CapturingGroup":
      return addAlternatives(element.alternatives, next, context);
    case "Quantifier":
      return addQuantifier(element, next, context);
    case "Assertion":
      return context.add({ kind: "assert", assertion: assertionOf(element), to: next });
    case "Character":
    case "CharacterSet":
    case "CharacterClass": {
      const units = unitsOf(element, context.ignoreCase);
      return context.consume?.(units, next) ?? context.add({ kind: "consume", units, to: next });
    }
    case "Backreference":
    case "ExpressionCharacterClass":
      throw new RegexError(element.start, element.end - element.start, `\`${element.raw}\` is not supported`);
  }
}

function addQuantifier({ element, min, max }: AST.Quantifier, next: number, context: Context): number {
  let following = next;
  if (max === Number.POSITIVE_INFINITY) {
    const to = [next];
    following = context.add({ kind: "split", to });
    to.push(addElement(element, following, context));
  } else {
    for (let i = min; i < max; i++) {
      const once = addElement(element, following, context);
      if (once === following) break;
      following = context.add({ kind: "split", to: [once, next] });
    }
  }
  for (let i = 0; i < min; i++) {
    const once = addElement(element, following, context);
    // What adds no state matches the empty text, however often.
    if (once === following) break;
    following = once;
  }
  return following;
}

function assertionOf(node: AST.Assertion): Assertion {
  if (node.kind === "word") return node.negate ? "no_word_boundary" : "word_boundary";
  return node.kind === "start" ? "start" : "end";
}

/** The code units that an element takes. */
export function unitsOf(element: AST.Character | AST.CharacterSet | AST.CharacterClass, ignoreCase: boolean): Units {
  if (element.type !== "CharacterClass") return withCase(plainUnits(element), ignoreCase);
  const listed = withCase(union(element.elements.flatMap(plainUnits)), ignoreCase);
  return element.negate ? complement(listed) : listed;
}

function withCase(units: Units, ignoreCase: boolean): Units {
  return ignoreCase ? ignoringCase(units) : units;
}

function plainUnits(element: AST.Character | AST.CharacterSet | AST.CharacterClassElement): Units {
  switch (element.type) {
    case "Character":
      return [[element.value, element.value]];
    case "CharacterClassRange":
      return [[element.min.value, element.max.value]];
    case "CharacterSet":
      return characterSet(element);
    case "CharacterClass":
    case "ClassStringDisjunction":
    case "ExpressionCharacterClass":
      throw new RegexError(element.start, element.end - element.start, `\`${element.raw}\` is not supported`);
  }
}

function characterSet(element: AST.CharacterSet): Units {
  switch (element.kind) {
    case "any":
      return complement(NEWLINES);
    case "digit":
      return element.negate ? complement(DIGITS) : DIGITS;
    case "space":
      return element.negate ? complement(SPACES) : SPACES;
    case "word":
      return element.negate ? complement(WORD_UNITS) : WORD_UNITS;
    case "property":
      throw new RegexError(element.start, element.end - element.start, `\`${element.raw}\` is not supported`);
  }
}
