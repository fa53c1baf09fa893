/** What a store knows a counter by. */
import { hash } from "node:crypto";
import type { Counter } from "../store.ts";

/** 128 bits of SHA-256 over key and window, as four words: the keys of a meter come from clients, who may try for collisions. */
export function identify({ key, window }: Counter): Int32Array {
  const name = window.kind === "calendar" ? `${window.from} ${window.until} ${key}` : `~${window.length} ${key}`;
  const digest = hash("sha256", name, "buffer");
  return Int32Array.from({ length: 4 }, (_, word) => digest.readInt32LE(word * 4));
}

const marked = new WeakMap<Counter, Map<string, Counter>>();

/** The counter, of the same window, that is 1 from the first time on that `mark` is asked for. */
export function markOf(counter: Counter, mark: string): Counter {
  const marks = marked.get(counter) ?? new Map<string, Counter>();
  marked.set(counter, marks);
  // The lengths keep `a` with mark `b!c` apart from `a!b` with mark `c`.
  const found = marks.get(mark) ?? { ...counter, key: `${mark.length}!${mark}!${counter.key}` };
  marks.set(mark, found);
  return found;
}
