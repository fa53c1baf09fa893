/** Answers in this process's memory. Each worker thread has its own. */
import type { AnswerStore, KeptAnswer } from "./store.ts";

/** Bytes that an answer takes beside its body, key and headers, about. */
const OVERHEAD = 512;

export interface MemoryAnswers extends AnswerStore {
  get(key: string): KeptAnswer | undefined;
  /** Bytes taken, about. */
  readonly size: number;
}

/** Keeps answers of at most `bytes` together: the one that was used longest ago goes first. */
export function memoryAnswers(bytes: number): MemoryAnswers {
  /** The one used last is the last. */
  const answers = new Map<string, KeptAnswer>();
  let size = 0;

  function remove(key: string): void {
    const answer = answers.get(key);
    if (answer === undefined) return;
    answers.delete(key);
    size -= sizeOf(key, answer);
  }

  return {
    get size() {
      return size;
    },
    get(key) {
      const answer = answers.get(key);
      if (answer === undefined) return undefined;
      answers.delete(key);
      answers.set(key, answer);
      return answer;
    },
    put(key, answer) {
      remove(key);
      const needed = sizeOf(key, answer);
      if (needed > bytes) return;
      for (const oldest of answers.keys()) {
        if (size + needed <= bytes) break;
        remove(oldest);
      }
      answers.set(key, answer);
      size += needed;
    },
    async close() {
      answers.clear();
      size = 0;
    },
  };
}

function sizeOf(key: string, { headers, body, ends }: KeptAnswer): number {
  const text = headers.reduce((sum, each) => sum + each.length, key.length);
  return OVERHEAD + body.length + ends.length * 8 + text * 2;
}
