/** What a finding is, and how findings are shown. */
export { CODES, type Code } from "./codes.ts";
export type * from "./diagnostic.ts";
export { applyFixes, type Fixed } from "./fix.ts";
export { renderJson } from "./json.ts";
export { renderPlain } from "./plain.ts";
export { type LineIndex, lineIndex, type Position } from "./position.ts";
export { type RenderOptions, renderHuman } from "./render.ts";
export { nearest } from "./suggest.ts";
