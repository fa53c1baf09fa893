/** What a decision table is, and what can be told from it: all but loading one and deciding with it, which needs far more code. */
export type * from "./decision-table.generated.ts";
export { signalsOfRoute } from "./demand.ts";
export { lookup, regionCount, regionOf } from "./domain.ts";
export { modelsIn, partsOf } from "./expression.ts";
export { FAILED, FAILURES } from "./failure.ts";
export { canonicalJson, hashTable, sha256 } from "./hash.ts";
export { type Billable, billed, dearestRates, type Rates, ratesAt } from "./rates.ts";
export { spokenBy } from "./spoken.ts";
export { AttributeError, expectation, readAttribute, type Value, valueFromJson, valueToJson } from "./value.ts";
export { WEEKDAYS, type ZonedTime, zonedTime } from "./zoned-time.ts";

/** How many texts one embeddings request may have: OpenAI's documented limit, and by it what such a request can cost at most. */
export const MOST_INPUTS = 2048;
