/** Carrying plans out: from a linked rule and a request to one answer, through four doors and into one sink. */
export { systemClock } from "./clock.ts";
export type * from "./doors.ts";
export { execute } from "./execute.ts";
export type { ProviderHealth } from "./health.ts";
export { LinkError, type LinkedPlans, link, UnservedError } from "./link.ts";
export { DEFAULT_IDLE, DEFAULT_TIMEOUT } from "./link-call.ts";
export type { LinkedCall, LinkedRun } from "./linked.ts";
export * from "./request.ts";
export { openLedger, RESERVED, systemRandom } from "./system.ts";
