/** The artifact between compiler and runtime: its format, how it is loaded, and how it decides. */

export { type Decision, decide } from "./decide.ts";
export type * from "./decision-table.generated.ts";
export { lookup, regionCount, regionOf } from "./domain.ts";
export { type Bounds, type Explanation, explain, explainValues } from "./explain.ts";
export { modelsIn, partsOf } from "./expression.ts";
export { FAILED, FAILURES } from "./failure.ts";
export { canonicalJson, hashTable, sha256 } from "./hash.ts";
export { load, type Policy, type PolicyRoute, TableError } from "./load.ts";
export { billed, dearestRates, type Rates, ratesAt } from "./rates.ts";
export { AttributeError, expectation, readAttribute, type Value, valueFromJson, valueToJson } from "./value.ts";
export { WEEKDAYS, type ZonedTime, zonedTime } from "./zoned-time.ts";
