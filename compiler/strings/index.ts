/** Strings: how tests of a string attribute cut all strings into regions, exactly; and what regular expressions are allowed. */
export {
  checkRegex,
  type PatternAtom,
  partitionStrings,
  type StringAtom,
  type StringPartition,
  tablePattern,
} from "./partition.ts";
