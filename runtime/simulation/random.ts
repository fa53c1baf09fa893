/** Chance that comes out the same for the same seed. */
import type { Random } from "../plan/index.ts";

/** Uniform in [0, 1): mulberry32 (Tommy Ettinger, 2017). `seed` is taken modulo 2^32. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) | 0;
      let bits = Math.imul(state ^ (state >>> 15), state | 1);
      bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
      return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}
