/** The doors of production that need no state. */
import type { Ledger, Random, Reservation } from "./doors.ts";

/** Math.random: fit for jitter and draws, not for secrets. */
export const systemRandom: Random = { next: Math.random };

/** Of a call that nothing counts. */
export const RESERVED: Reservation = { settle() {} };

/** A ledger that allows everything: that of a policy without meters. */
export const openLedger: Ledger = { reserve: () => RESERVED };
