/**
 * What a store may hold while the server is away: a share of each limit in each window, counted by the store itself and
 * reserved again, whatever the limits, when the server is back.
 */
import type { Denied, Held, Hold } from "../store.ts";
import { createMemoryStore } from "./memory.ts";

export interface Loan {
  reserve(holds: readonly Hold[], now: number): Promise<Held | Denied>;
  /** Reserves with the server what was held since it went away. Rejects when it cannot; the rest stays for the next time. */
  repay(ask: Ask): Promise<void>;
}

type Ask = (holds: readonly Hold[], now: number) => Promise<Held | Denied>;

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
  const debts = new Set<Debt>();
  return {
    async reserve(holds, now) {
      if (debts.size >= WAITING) {
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
        const detail = `the ledger's redis is away, and ${Number((share * 100).toPrecision(3))}% of the limit were used without it`;
        return { ...answer, away: true, detail };
      }
      const debt: Debt = { holds, now };
      debts.add(debt);
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
      for (const debt of debts) {
        // One that fails goes behind the others, and holds none of them up for good.
        debts.delete(debt);
        debt.repaid = await heldAnew(debt, ask).catch((error: unknown) => {
          debts.add(debt);
          throw error;
        });
        if (debt.actual !== undefined) await debt.repaid.settle(debt.actual);
      }
    },
  };
}

/**
 * Holds with the server what was held without it, whatever the limits. One hold at which the server denies it is left out:
 * its window is over, and those of the others may not be. Rejects where the rest must wait.
 */
async function heldAnew({ holds, now }: Debt, ask: Ask): Promise<Held> {
  const kept = [...holds.keys()];
  for (;;) {
    const asked = kept.map((index) => ({ ...(holds[index] as Hold), limit: Number.POSITIVE_INFINITY }));
    const answer = await ask(asked, now);
    if (answer.kind === "held") {
      // What is left out adds up to nothing any more.
      const spread = (sums: readonly number[]) => holds.map((_, index) => sums[kept.indexOf(index)] ?? 0);
      return {
        kind: "held",
        totals: spread(answer.totals),
        settle: async (actual) => spread(await answer.settle(kept.map((index) => actual[index] as number))),
      };
    }
    const { window } = (asked[answer.index] as Hold).counter;
    // This machine's clock is ahead: by the server's, the window has yet to begin.
    if (window.kind === "calendar" && (answer.retryAt ?? window.until) < window.until) throw new Error(answer.detail);
    kept.splice(answer.index, 1);
  }
}
