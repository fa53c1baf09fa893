/** Money and rates: meters, their accounts, and the store that they are kept in. */
export type { Alert, Excess } from "./booking.ts";
export { type Admission, createLedger, type LedgerOptions, type MeterLedger } from "./ledger.ts";
export type * from "./store.ts";
