/** Minimisation of deterministic automata. */
import type { Dfa } from "./automaton.ts";

/**
 * The smallest automaton of the same language, its states numbered breadth-first in the order of the classes
 * (Hopcroft, "An n log n algorithm for minimizing states in a finite automaton", 1971). Every state of `dfa` must be
 * reachable.
 */
export function minimise(dfa: Dfa): Dfa {
  return quotient(dfa, coarsestPartition(dfa));
}

/** The block of every state: states of one block accept the same continuations. */
function coarsestPartition({ alphabet, size, next, accepts }: Dfa): Int32Array {
  const members = Int32Array.from({ length: size }, (_, state) => state).sort(
    (a, b) => (accepts[a] ?? 0) - (accepts[b] ?? 0) || a - b,
  );
  const placeOf = new Int32Array(size);
  members.forEach((state, place) => {
    placeOf[state] = place;
  });
  const rejecting = accepts.filter((flag) => flag === 0).length;
  const blockOf = new Int32Array(size);
  const starts = [0];
  const ends = [size];
  const marked = [0];
  const pending = [0];
  const waiting = [true];

  const split = (block: number, at: number): void => {
    const start = starts[block] ?? 0;
    const end = ends[block] ?? 0;
    if (at === start || at === end) return;
    const created = starts.length;
    starts.push(start);
    ends.push(at);
    starts[block] = at;
    marked.push(0);
    for (let place = start; place < at; place++) blockOf[members[place] ?? 0] = created;
    const smaller = waiting[block] || at - start <= end - at ? created : block;
    waiting.push(false);
    waiting[smaller] = true;
    pending.push(smaller);
  };
  split(0, rejecting);

  const sources = sourcesByClass(alphabet.size, size, next);
  for (let splitter = pending.pop(); splitter !== undefined; splitter = pending.pop()) {
    waiting[splitter] = false;
    const targets = members.slice(starts[splitter], ends[splitter]);
    for (let unitClass = 0; unitClass < alphabet.size; unitClass++) {
      const touched: number[] = [];
      for (const target of targets) {
        for (const state of sources(target, unitClass)) {
          const block = blockOf[state] ?? 0;
          const count = marked[block] ?? 0;
          if (count === 0) touched.push(block);
          const place = placeOf[state] ?? 0;
          const front = (starts[block] ?? 0) + count;
          const displaced = members[front] ?? 0;
          members[front] = state;
          members[place] = displaced;
          placeOf[state] = front;
          placeOf[displaced] = place;
          marked[block] = count + 1;
        }
      }
      for (const block of touched) {
        const at = (starts[block] ?? 0) + (marked[block] ?? 0);
        marked[block] = 0;
        split(block, at);
      }
    }
  }
  return blockOf;
}

/** For a state and a class the states that lead there. */
function sourcesByClass(
  classes: number,
  size: number,
  next: Int32Array,
): (to: number, unitClass: number) => Int32Array {
  const offsets = new Int32Array(size * classes + 1);
  for (let i = 0; i < next.length; i++) {
    const slot = (next[i] ?? 0) * classes + (i % classes) + 1;
    offsets[slot] = (offsets[slot] ?? 0) + 1;
  }
  for (let i = 1; i < offsets.length; i++) offsets[i] = (offsets[i] ?? 0) + (offsets[i - 1] ?? 0);
  const filled = offsets.slice();
  const states = new Int32Array(next.length);
  for (let i = 0; i < next.length; i++) {
    const slot = (next[i] ?? 0) * classes + (i % classes);
    const place = filled[slot] ?? 0;
    states[place] = Math.floor(i / classes);
    filled[slot] = place + 1;
  }
  return (to, unitClass) => states.subarray(offsets[to * classes + unitClass], offsets[to * classes + unitClass + 1]);
}

function quotient(dfa: Dfa, blockOf: Int32Array): Dfa {
  const classes = dfa.alphabet.size;
  const representatives = [0];
  const numbers = new Map([[blockOf[0] ?? 0, 0]]);
  const next: number[] = [];
  for (let number = 0; number < representatives.length; number++) {
    const state = representatives[number] ?? 0;
    for (let unitClass = 0; unitClass < classes; unitClass++) {
      const target = dfa.next[state * classes + unitClass] ?? 0;
      const block = blockOf[target] ?? 0;
      const known = numbers.get(block) ?? representatives.push(target) - 1;
      numbers.set(block, known);
      next.push(known);
    }
  }
  return {
    alphabet: dfa.alphabet,
    size: representatives.length,
    next: Int32Array.from(next),
    accepts: Uint8Array.from(representatives, (state) => dfa.accepts[state] ?? 0),
  };
}
