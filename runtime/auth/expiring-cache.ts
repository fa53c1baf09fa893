/** A map that forgets: each entry at its own instant, and the oldest ones where there are too many. */
export interface ExpiringCache<T> {
  get(key: string): T | undefined;
  /** Keeps a value before the instant `until`, in milliseconds since the epoch, or until `most` newer ones are put. */
  put(key: string, value: T, until: number): void;
}

export function expiringCache<T>(most: number, clock: { now(): number }): ExpiringCache<T> {
  const entries = new Map<string, { readonly value: T; readonly until: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (clock.now() < entry.until) return entry.value;
      entries.delete(key);
      return undefined;
    },
    put(key, value, until) {
      // A map keeps the order in which keys came: what was put again is the newest.
      entries.delete(key);
      entries.set(key, { value, until });
      const [oldest] = entries.keys();
      if (entries.size > most && oldest !== undefined) entries.delete(oldest);
    },
  };
}
