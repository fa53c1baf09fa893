/** Sums by a key of which there may be any number: so many keys are told apart, all others are one. */

/** Keys that are told apart. */
export const TOLD_APART = 10_000;
/** Stands for all others. */
export const OTHERS = "(others)";

export class Capped<T> {
  readonly #make: () => T;
  readonly entries = new Map<string, T>();

  constructor(make: () => T) {
    this.#make = make;
  }

  of(key: string): T {
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    if (this.entries.size >= TOLD_APART && key !== OTHERS) return this.of(OTHERS);
    const made = this.#make();
    this.entries.set(key, made);
    return made;
  }
}
