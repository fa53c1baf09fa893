/** The bounds on the work that string patterns may cause. Past one the answer is "too complex", never a wrong one. */

/** Longest regular expression, in code units. It also keeps the parser's recursion well inside the stack. */
export const MAX_REGEX_LENGTH = 1_000;
/** States of one pattern's non-deterministic automaton; counted repetition is what makes them many. */
export const MAX_NFA_STATES = 10_000;
/** States of one pattern's deterministic automaton before it is minimised. */
export const MAX_SUBSETS = 10_000;
/** Steps that making one pattern's automaton deterministic may take. */
export const MAX_SUBSET_STEPS = 10_000_000;
/** States of one pattern's minimal automaton: what goes into the table. */
export const MAX_AUTOMATON_STATES = 2_000;
/** Transitions (states times character classes) of the automaton that runs all patterns of an attribute at once. */
export const MAX_PRODUCT_TRANSITIONS = 2_000_000;
/** Combinations of patterns that some string realises. Regions of constants are not counted: they cost nothing. */
export const MAX_SIGNATURES = 4_096;

/** A bound above was reached; the message says which. */
export class TooComplex extends Error {}
