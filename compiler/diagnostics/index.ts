export { CODES, type Code } from "./codes.ts";
export type * from "./diagnostic.ts";
