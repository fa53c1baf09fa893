export { format } from "./format.ts";
export { parse } from "./parse.ts";
export { asWritten, formatArm, formatCondition, formatExpression, formatRule } from "./text.ts";
export type * from "./tree.ts";
