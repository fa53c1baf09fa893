/** Counters and holds, in one line each. */
import type { Counter, Denied, Held, Hold, Store } from "../../../../runtime/ledger/store.ts";

export const START = Date.UTC(2026, 10, 21);
export const DAY = 86_400_000;
export const HOUR = 3_600_000;

/** A counter of the day that begins `days` after the start. */
export function daily(key: string, days = 0): Counter {
  return { key, window: { kind: "calendar", from: START + days * DAY, until: START + (days + 1) * DAY } };
}

/** A counter of the last `length` milliseconds. */
export function sliding(key: string, length = HOUR): Counter {
  return { key, window: { kind: "sliding", length } };
}

export function hold(counter: Counter, amount: number, limit = Number.POSITIVE_INFINITY): Hold {
  return { counter, amount, limit };
}

export async function held(store: Store, holds: readonly Hold[], now = START): Promise<Held> {
  const answer = await store.reserve(holds, now);
  if (answer.kind === "denied") throw new Error(`denied: ${JSON.stringify(answer)}`);
  return answer;
}

export async function denied(store: Store, holds: readonly Hold[], now = START): Promise<Denied> {
  const answer = await store.reserve(holds, now);
  if (answer.kind === "held") throw new Error(`held: ${JSON.stringify(answer.totals)}`);
  return answer;
}
