/** The proxy: a policy served over HTTP, or in process as a `fetch`. */

export type { DecisionRecord, Outcome } from "../observe/observer.ts";
export { RequestError } from "./errors.ts";
export { createFetch } from "./fetch.ts";
export type { GatewayOptions } from "./gateway.ts";
export { createProxy, type Proxy, type ProxyOptions } from "./server.ts";
