/** Carrying plans out: from a linked rule and a request to one answer, through four doors and into one sink. */
export { systemClock } from "./clock.ts";
export type * from "./doors.ts";
export { execute } from "./execute.ts";
export { DEFAULT_TIMEOUT, LinkError, type LinkedPlans, type LinkedRun, link, UnservedError } from "./link.ts";
export * from "./request.ts";
export { openLedger, systemRandom } from "./system.ts";
