/** Strings: how tests of a string attribute cut all strings into regions, exactly; and what regular expressions are allowed. */

export { TooComplex } from "./limits.ts";
export {
  checkRegex,
  type PatternAtom,
  partitionStrings,
  type StringAtom,
  type StringPartition,
  tablePattern,
} from "./partition.ts";
export { type Re2Match, re2Match, STAND_IN } from "./re2.ts";
export { RegexError } from "./regex-error.ts";
