/** Why a request is decided as it is, and what would come of it. */
export { type Explanation, explain, explainGiven, wayFor } from "./explain.ts";
export { type HttpRequest, readHttp } from "./http.ts";
export { type Situation, type Way, wayOf } from "./way.ts";
