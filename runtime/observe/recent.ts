/** The last decisions, for who looks at a running proxy. */
import type { DecisionRecord, Observer } from "./observer.ts";

export interface RecentDecisions extends Observer {
  over(record: DecisionRecord): void;
  /** The newest first, `most` of them or all that are kept. */
  list(most?: number): DecisionRecord[];
}

/** Keeps the last `capacity` records, a whole number from 1. */
export function recentDecisions(capacity: number): RecentDecisions {
  const ring: DecisionRecord[] = [];
  let next = 0;
  return {
    over(record) {
      ring[next] = record;
      next = (next + 1) % capacity;
    },
    list(most = capacity) {
      const count = Math.min(most, ring.length);
      return Array.from({ length: count }, (_, back) => ring[(next - 1 - back + 2 * capacity) % capacity]).filter(
        (record) => record !== undefined,
      );
    },
  };
}
