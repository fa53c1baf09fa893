/**
 * How the strings that an attribute can hold fall into regions: two strings of one region are told apart by no test of
 * the policy. Exact: every region holds a string, and every string is in one region.
 */
import type { Pattern, StringDomain } from "../../runtime/table/artifact.ts";
import { accepts, type Dfa, minimalDfa, sharedAlphabet, tableStates } from "./automaton.ts";
import { TooComplex } from "./limits.ts";
import { affixNfa, type Nfa } from "./nfa.ts";
import { productOf } from "./product.ts";
import { regexNfa } from "./regex.ts";
import { RegexError } from "./regex-error.ts";
import { shortestSamples } from "./samples.ts";

/** One test of a string: `==`, `starts_with`, `ends_with`, `contains`, `matches`. An `in` is several `equals`. */
export type StringAtom = EqualsAtom | PatternAtom;

interface EqualsAtom {
  readonly kind: "equals";
  readonly text: string;
}

export type PatternAtom =
  | { readonly kind: "prefix" | "suffix" | "contains"; readonly text: string }
  | { readonly kind: "regex"; readonly source: string; readonly ignoreCase: boolean };

export interface StringPartition {
  /** What the decision table says of the attribute. */
  readonly domain: StringDomain;
  /** The regions, ascending, in which the atom holds. It must be one of those that were given. */
  readonly regionsOf: (atom: StringAtom) => readonly number[];
  /** For each region a string in it, short and readable; a constant only where the region holds nothing else. */
  readonly samples: readonly string[];
}

/**
 * The regions that the atoms cut the strings into. Regions of constants come first, in the order in which the atoms
 * name them; then those of all other strings, the one in which no pattern holds last.
 *
 * @param closed when given, all the values there are: at least one, and no other string gets a region
 * @returns the partition, or why it is too much work to find
 */
export function partitionStrings(
  atoms: readonly StringAtom[],
  closed?: readonly string[],
): StringPartition | { undecided: string } {
  try {
    return partition(atoms, closed);
  } catch (error) {
    if (error instanceof TooComplex) return { undecided: error.message };
    throw error;
  }
}

/** Says what keeps a regular expression from being used, and where in its source, in code units; or nothing. */
export function checkRegex(
  source: string,
  ignoreCase: boolean,
): { offset: number; length: number; message: string } | undefined {
  try {
    const nfa = regexNfa(source, ignoreCase);
    minimalDfa(nfa, sharedAlphabet([nfa]));
    return undefined;
  } catch (error) {
    if (error instanceof RegexError) return { offset: error.offset, length: error.length, message: error.message };
    if (!(error instanceof TooComplex)) throw error;
    return { offset: 0, length: source.length, message: `the expression is too complex: ${error.message}` };
  }
}

/** A pattern as the table has it. Of a regular expression `checkRegex` must have found nothing wrong. */
export function tablePattern(atom: PatternAtom): Pattern {
  if (atom.kind !== "regex") return { kind: atom.kind, text: atom.text };
  const nfa = nfaOf(atom);
  return patternOf(atom, minimalDfa(nfa, sharedAlphabet([nfa])));
}

/** What to show, if it can be had, for a string of which no pattern holds. */
const PLAIN_WORDS = ["other", "another", "something_else"];

function partition(atoms: readonly StringAtom[], closed: readonly string[] | undefined): StringPartition {
  const tested = new Set<string>();
  const patterns = new Map<string, PatternAtom>();
  for (const atom of atoms) {
    if (atom.kind === "equals") tested.add(atom.text);
    else patterns.set(keyOf(atom), atom);
  }
  const nfas = [...patterns.values()].map((atom) => [atom, naming(atom, () => nfaOf(atom))] as const);
  const alphabet = sharedAlphabet(nfas.map(([, nfa]) => nfa));
  const automata = nfas.map(([atom, nfa]) => naming(atom, () => minimalDfa(nfa, alphabet)));
  const signatureOf = (text: string): string => automata.map((dfa) => (accepts(dfa, text) ? "1" : "0")).join("");

  const signatures: string[] = [];
  const samples: string[] = [];
  const addRegion = (signature: string, sample: string): number => {
    samples.push(sample);
    return signatures.push(signature) - 1;
  };

  const constants = new Map<string, number>();
  const untested = new Map<string, number>();
  for (const text of new Set(closed ?? tested)) {
    const signature = signatureOf(text);
    if (tested.has(text)) constants.set(text, addRegion(signature, text));
    else {
      const region = untested.get(signature) ?? addRegion(signature, text);
      untested.set(signature, region);
      constants.set(text, region);
    }
  }

  const others = new Map<string, number>();
  if (closed === undefined) {
    const found = shortestSamples(productOf(automata, alphabet), [...tested]);
    const none = "0".repeat(automata.length);
    const plain = PLAIN_WORDS.find((word) => !tested.has(word) && signatureOf(word) === none);
    if (plain !== undefined) found.set(none, plain);
    const inOrder = [...found].sort(([a], [b]) => (a < b ? 1 : -1));
    for (const [signature, sample] of inOrder) others.set(signature, addRegion(signature, sample));
  }

  const regionsOfPattern = [...patterns].map((): number[] => []);
  for (const [region, signature] of signatures.entries()) {
    for (let i = signature.indexOf("1"); i !== -1; i = signature.indexOf("1", i + 1)) regionsOfPattern[i]?.push(region);
  }
  const placeOf = new Map([...patterns.keys()].map((key, place) => [key, place]));
  return {
    domain: {
      kind: "strings",
      regions: samples.length,
      constants: Object.fromEntries(constants),
      patterns: closed === undefined ? [...patterns.values()].map((atom, i) => patternOf(atom, automata[i])) : [],
      others: Object.fromEntries(others),
    },
    regionsOf(atom) {
      if (atom.kind !== "equals") return regionsOfPattern[placeOf.get(keyOf(atom)) ?? -1] ?? unknown(atom);
      if (!tested.has(atom.text)) unknown(atom);
      const region = constants.get(atom.text);
      return region === undefined ? [] : [region];
    },
    samples,
  };
}

function unknown(atom: StringAtom): never {
  throw new Error(`not among the atoms of this partition: ${JSON.stringify(atom)}`);
}

/** Does a pattern's work; what stops it is told with the pattern's name. */
function naming<T>(atom: PatternAtom, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TooComplex || error instanceof RegexError)) throw error;
    const written = atom.kind === "regex" ? literal(atom) : `${KEYWORDS[atom.kind]} ${JSON.stringify(atom.text)}`;
    const short = written.length > MAX_SHOWN ? `${written.slice(0, MAX_SHOWN)}…` : written;
    throw new TooComplex(`\`${short}\` cannot be analysed: ${error.message}`);
  }
}

const KEYWORDS = { prefix: "starts_with", suffix: "ends_with", contains: "contains" } as const;

/** As many characters of a pattern as a message quotes. */
const MAX_SHOWN = 60;

function keyOf(atom: PatternAtom): string {
  return atom.kind === "regex" ? literal(atom) : `${atom.kind} ${atom.text}`;
}

function literal(atom: { readonly source: string; readonly ignoreCase: boolean }): string {
  return `/${atom.source}/${atom.ignoreCase ? "i" : ""}`;
}

function nfaOf(atom: PatternAtom): Nfa {
  return atom.kind === "regex" ? regexNfa(atom.source, atom.ignoreCase) : affixNfa(atom.kind, atom.text);
}

function patternOf(atom: PatternAtom, automaton: Dfa | undefined): Pattern {
  if (atom.kind !== "regex") return { kind: atom.kind, text: atom.text };
  return { kind: "regex", source: literal(atom), states: automaton === undefined ? [] : tableStates(automaton) };
}
