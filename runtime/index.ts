/** `routec/runtime`: a compiled table in, decisions and answers out. Nothing here knows the language. */
export type * from "./plan/doors.ts";
export type { FailedAttempt, PlanRequest, Served } from "./plan/request.ts";
export {
  createFetch,
  createProxy,
  type DecisionRecord,
  type GatewayOptions,
  type Outcome,
  type Proxy,
  type ProxyOptions,
} from "./proxy/index.ts";
export {
  AttributeError,
  type Decision,
  type DecisionTable,
  decide,
  load,
  type Policy,
  type PolicyRoute,
  TableError,
  type Value,
} from "./table/index.ts";
