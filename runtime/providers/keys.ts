/** The keys of one provider: used in turn, and left alone for a while where the provider says so. */

/** Milliseconds that a key rests on a model after a 429, where `Retry-After` does not say longer. */
export const KEY_REST = 1_000;

/** Why no key of a provider can be used for a model now. */
export type KeyRest =
  /** `retryAfter` is in milliseconds: until the first key is back. */
  | { readonly failure: "rate_limited"; readonly retryAfter: number }
  /** The provider refused them all; nothing changes until the policy is loaded anew. */
  | { readonly failure: "unauthorized" };

/**
 * Which key a call uses. Kept in memory by each thread: what one learns of a key, the others learn by themselves. Times
 * are in milliseconds since the epoch.
 */
export class KeyRing {
  readonly #count: number;
  readonly #rests = new Map<string, Rest[]>();
  readonly #refused: boolean[];
  #turn = 0;

  /** A ring of one key stands for a provider that takes none, too: it can be refused and limited all the same. */
  constructor(count: number) {
    this.#count = count;
    this.#refused = new Array<boolean>(count).fill(false);
  }

  /** The index of the key that a call of `model` uses; -1 where all rest. */
  next(model: string, now: number): number {
    const rests = this.#rests.get(model);
    for (let tried = 0; tried < this.#count; tried++) {
      const key = (this.#turn + tried) % this.#count;
      if (this.#refused[key] || endOf(rests?.[key], now) > now) continue;
      this.#turn = (key + 1) % this.#count;
      return key;
    }
    return -1;
  }

  /** Why no key can be used for `model`; undefined where one can. */
  resting(model: string, now: number): KeyRest | undefined {
    const rests = this.#rests.get(model);
    let soonest = Number.POSITIVE_INFINITY;
    for (let key = 0; key < this.#count; key++) {
      if (this.#refused[key]) continue;
      soonest = Math.min(soonest, endOf(rests?.[key], now));
    }
    if (soonest <= now) return undefined;
    return soonest === Number.POSITIVE_INFINITY
      ? { failure: "unauthorized" }
      : { failure: "rate_limited", retryAfter: soonest - now };
  }

  /** The provider answered 429. `retryAfter` is what it asked for, in milliseconds; a rest only ever gets longer. */
  limited(key: number, model: string, now: number, retryAfter = 0): void {
    this.#rest(key, model, now, now + Math.max(KEY_REST, retryAfter));
  }

  /** Nothing is left of the key for so many milliseconds, said in an answer. Only where another can take its turn. */
  usedUp(key: number, model: string, now: number, rest: number): void {
    if (rest > 0 && this.several) this.#rest(key, model, now, now + rest);
  }

  /** Whether it matters how much is left of one. */
  get several(): boolean {
    return this.#count > 1;
  }

  /** The provider does not know the key (401), or does not let it use `model` (403). */
  refused(key: number, model?: string): void {
    if (model === undefined) this.#refused[key] = true;
    else this.#rest(key, model, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  #rest(key: number, model: string, since: number, until: number): void {
    let rests = this.#rests.get(model);
    if (rests === undefined) {
      rests = new Array<Rest>(this.#count).fill(NO_REST);
      this.#rests.set(model, rests);
    }
    rests[key] = { since, until: Math.max(endOf(rests[key], since), until) };
  }
}

/** The keys of a provider, as its calls use them. */
export type Keys = Pick<KeyRing, keyof KeyRing>;

/** Those of a provider that takes none, and is called whatever it answers. */
export const NO_KEY: Keys = {
  several: false,
  next: () => 0,
  resting: () => undefined,
  limited() {},
  usedUp() {},
  refused() {},
};

/** Of a key on a model. One that was refused rests for ever. */
interface Rest {
  readonly since: number;
  readonly until: number;
}

const NO_REST: Rest = { since: 0, until: 0 };

/** Until when; 0 where the clock was set back since it began: nobody knows then, and a rest must not last for hours. */
function endOf(rest: Rest | undefined, now: number): number {
  const { since, until } = rest ?? NO_REST;
  return now < since ? 0 : until;
}
