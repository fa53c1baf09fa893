/** The artifact between compiler and runtime: its format, how it is loaded, and how it decides. */

export * from "./artifact.ts";
export type { Chooser, Strategy } from "./choose.ts";
export { type Decision, decide } from "./decide.ts";
export type { Demand } from "./demand.ts";
export { type DemandSet, demandSets } from "./demand-sets.ts";
export { type Bounds, demandedSignals, type GivenRequest, readGiven } from "./given-request.ts";
export { MOST_INPUTS } from "./inputs.ts";
export { load, type Policy, type PolicyRoute, TableError } from "./load.ts";
