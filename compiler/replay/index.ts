/** Recorded traffic through a policy in virtual time: what it would have cost, who would have answered, what would have failed. */
export { type Outage, readOutage } from "./providers/outage.ts";
export { readStated, type Stated, StatedError } from "./providers/stated.ts";
export { type Moved, type Replayed, type ReplayOptions, replay } from "./replay.ts";
export { replayJson } from "./report/json.ts";
export { type Names, reportOf } from "./report/report.ts";
export { renderHuman, renderPlain } from "./report/text.ts";
export { FIELDS } from "./traffic/arrival.ts";
export { ColumnError } from "./traffic/csv.ts";
export { timeOf } from "./traffic/time.ts";
