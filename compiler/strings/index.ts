/** Strings: how tests of a string attribute cut all strings into regions, exactly; and what regular expressions are allowed. */
export { checkRegex, partitionStrings, type StringAtom, type StringPartition } from "./partition.ts";
