/**
 * Which tokens lead into which alternative. Chevrotain works that out of the grammar each time a parser is made, by
 * carrying out every rule once to record it: more time than most files take to be read. Here it is worked out when the
 * grammar changes, by `npm run grammar`, into `lookahead.generated.ts`.
 */
import {
  EOF,
  getLookaheadPaths,
  type ILookaheadStrategy,
  type IToken,
  LLkLookaheadStrategy,
  type TokenType,
} from "chevrotain";
import { VOCABULARY } from "./tokens.ts";

type Alternation = Parameters<ILookaheadStrategy["buildLookaheadForAlternation"]>[0];
type Optional = Parameters<ILookaheadStrategy["buildLookaheadForOptional"]>[0];
type Kind = Optional["prodType"] | "Alternation";

/** Where the parser looks ahead: the rule, the form in it, and its number among those of its form. */
export interface Decision {
  readonly rule: string;
  readonly kind: Kind;
  readonly occurrence: number;
  /** Alternatives may have conditions of their own. */
  readonly gated: boolean;
  /**
   * For each alternative, in order, the one or two tokens with which it can begin, as indices into `VOCABULARY` (-1 is
   * the end); none where its condition alone decides. Of an optional form the one alternative is to enter it.
   */
  readonly begins: readonly (readonly (readonly number[])[])[];
}

/** Chevrotain's own strategy, which writes down what it finds out. */
export class RecordedLookahead extends LLkLookaheadStrategy implements ILookaheadStrategy {
  readonly decisions: Decision[] = [];

  override buildLookaheadForAlternation(
    options: Alternation,
  ): ReturnType<ILookaheadStrategy["buildLookaheadForAlternation"]> {
    this.#record(options, "Alternation", options.hasPredicates);
    return super.buildLookaheadForAlternation(options);
  }

  override buildLookaheadForOptional(options: Optional): ReturnType<ILookaheadStrategy["buildLookaheadForOptional"]> {
    this.#record(options, options.prodType, false);
    return super.buildLookaheadForOptional(options);
  }

  #record(
    { rule, prodOccurrence: occurrence, maxLookahead }: Alternation | Optional,
    kind: Kind,
    gated: boolean,
  ): void {
    const paths = getLookaheadPaths({ occurrence, rule, prodType: kind, maxLookahead });
    const begins = (kind === "Alternation" ? paths : paths.slice(0, 1)).map((alternative) =>
      alternative.map((path) => path.map((type) => (type === EOF ? -1 : VOCABULARY.indexOf(type)))),
    );
    this.decisions.push({ rule: rule.name, kind, occurrence, gated, begins });
  }
}

/** What Chevrotain numbers its forms with, in the higher bits of the key of a look-ahead function. */
const FORMS: readonly Kind[] = [
  "Alternation",
  "Option",
  "Repetition",
  "RepetitionMandatory",
  "RepetitionWithSeparator",
  "RepetitionMandatoryWithSeparator",
];
const OCCURRENCE_BITS = 8;

export function keyOf({ kind, occurrence }: Decision): number {
  return ((FORMS.indexOf(kind) + 1) << OCCURRENCE_BITS) | occurrence;
}

interface Looking {
  LA(howMuch: number): IToken;
}

type Gates = readonly { readonly GATE?: () => boolean }[];

/** One way to begin an alternative with a token that is known: `second` are the tokens that may follow; undefined: all. */
interface Beginning {
  readonly alternative: number;
  readonly second: ReadonlySet<number> | undefined;
}

/** What the parser calls at a decision: the alternative to take, or whether to enter. */
export function lookaheadOf(decision: Decision): (this: Looking, gates?: Gates) => number | boolean | undefined {
  const { kind, gated } = decision;
  const isOptional = kind !== "Alternation";
  let beginnings: Beginnings | undefined;
  return function (gates) {
    beginnings ??= beginningsOf(decision);
    for (const { alternative, second } of beginnings.by.get(this.LA(1).tokenTypeIdx) ?? beginnings.others) {
      if (gated && gates?.[alternative]?.GATE?.call(this) === false) continue;
      if (second === undefined || second.has(this.LA(2).tokenTypeIdx)) return isOptional ? true : alternative;
    }
    return isOptional ? false : undefined;
  };
}

/** By the token that comes first, and for all other tokens, the alternatives in their order. */
interface Beginnings {
  readonly by: ReadonlyMap<number, readonly Beginning[]>;
  readonly others: readonly Beginning[];
}

function beginningsOf({ begins }: Decision): Beginnings {
  const by = new Map<number, Beginning[]>();
  const others: Beginning[] = [];
  for (const [alternative, paths] of begins.entries()) {
    const seconds = new Map<number, Set<number> | undefined>();
    for (const [first, second] of paths)
      for (const token of first === undefined ? by.keys() : typesOf(first)) {
        const following = seconds.has(token) ? seconds.get(token) : new Set<number>();
        if (second !== undefined) for (const next of typesOf(second)) following?.add(next);
        seconds.set(token, second === undefined ? undefined : following);
      }
    for (const [token, second] of seconds) by.set(token, [...(by.get(token) ?? others), { alternative, second }]);
    if (paths.some(({ length }) => length === 0)) others.push({ alternative, second: undefined });
  }
  return { by, others };
}

/** A token's type and those that belong to it, as Chevrotain numbers them. */
function typesOf(index: number): readonly number[] {
  const { tokenTypeIdx, categoryMatches } = (index === -1 ? EOF : VOCABULARY[index]) as TokenType & {
    readonly tokenTypeIdx: number;
    readonly categoryMatches: readonly number[];
  };
  return [tokenTypeIdx, ...categoryMatches];
}
