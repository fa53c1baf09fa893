/**
 * What a process may hold while the server is away: a share of each limit in each window, counted in this process and
 * reserved again, whatever the limits, when the server is back.
 */
import type { Denied, Held, Hold } from "../store.ts";
import { createMemoryStore } from "./memory.ts";

export interface Loan {
  reserve(holds: readonly Hold[], now: number): Promise<Held | Denied>;
  /** Reserves with the server what was held since it went away. What it does not take stays, for the next time. */
  repay(ask: (holds: readonly Hold[], now: number) => Promise<Held | Denied>): Promise<void>;
}

interface Debt {
  readonly holds: readonly Hold[];
  readonly now: number;
  /** The server's, when it has it. */
  repaid?: Held;
  /** What it came to, when that is known. */
  actual?: readonly number[];
}

/** Reservations that may wait for the server. */
const WAITING = 10_000;

export function createLoan(share: number): Loan {
  const local = createMemoryStore();
  let debts: Debt[] = [];
  return {
    async reserve(holds, now) {
      if (debts.length >= WAITING) {
        return {
          kind: "denied",
          index: 0,
          retryAt: undefined,
          away: true,
          detail: "the ledger's redis is away for too long",
        };
      }
      const answer = await local.reserve(
        holds.map((hold) => ({ ...hold, limit: Math.floor(hold.limit * share) })),
        now,
      );
      if (answer.kind === "denied") {
        const detail = `the ledger's redis is away, and ${share * 100}% of the limit were used without it`;
        return { ...answer, away: true, detail };
      }
      const debt: Debt = { holds, now };
      debts.push(debt);
      return {
        kind: "held",
        totals: answer.totals,
        settle(actual) {
          debt.actual = actual;
          return debt.repaid?.settle(actual) ?? answer.settle(actual);
        },
      };
    },
    async repay(ask) {
      const owed = debts;
      debts = [];
      for (const debt of owed) {
        const holds = debt.holds.map((hold) => ({ ...hold, limit: Number.POSITIVE_INFINITY }));
        const answer = await ask(holds, debt.now).catch(() => undefined);
        if (answer === undefined) debts.push(debt);
        if (answer?.kind !== "held") continue;
        debt.repaid = answer;
        if (debt.actual !== undefined) await answer.settle(debt.actual);
      }
    },
  };
}
