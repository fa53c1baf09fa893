/** The artifact between compiler and runtime: its format, how it is loaded, and how it decides. */
export type * from "./decision-table.generated.ts";
