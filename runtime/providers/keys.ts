/** The keys of one provider: used in turn, and left alone for a while where the provider says so. */
import { hash } from "node:crypto";
import type { Clock, RawHeaders, UpstreamKey } from "../plan/doors.ts";
import { retryAfter } from "../plan/failure.ts";
import { usedUp } from "./key-limits.ts";

/** Milliseconds that a key rests on a model after a 429, where `Retry-After` does not say longer. */
export const KEY_REST = 1_000;

/** Digits of a key's hash by which it is known: so many tell any two keys apart. */
const ID_LENGTH = 16;

/** Why no key of a provider can be used for a model now. */
export type KeyRest =
  /** `retryAfter` is in milliseconds: until the first key is back. */
  | { readonly failure: "rate_limited"; readonly retryAfter: number }
  /** The provider refused them all; nothing changes until there are others, or the policy is loaded anew. */
  | { readonly failure: "unauthorized" };

/** One key, with what carries it upstream. Times are in milliseconds since the epoch. */
export class Key<Credential> implements UpstreamKey {
  readonly credential: Credential;
  readonly id: string;
  readonly #rests = new Map<string, Rest>();
  #isRefused = false;

  /** Without `key` it stands for none. */
  constructor(credential: Credential, key?: string) {
    this.credential = credential;
    this.id = key === undefined ? "" : hash("sha256", key).slice(0, ID_LENGTH);
  }

  /** Neither refused nor at rest on any model. */
  get isWell(): boolean {
    return !this.#isRefused && this.#rests.size === 0;
  }

  /** Until when it rests on `model`: Infinity where it was refused, at or before `now` where it can be used. */
  until(model: string, now: number): number {
    if (this.#isRefused) return Number.POSITIVE_INFINITY;
    return endOf(this.#rests.get(model), now);
  }

  /** The provider answered 429. `asked` is what it asked for, in milliseconds; a rest only ever gets longer. */
  limited(model: string, now: number, asked = 0): void {
    this.rest(model, now, now + Math.max(KEY_REST, asked));
  }

  /** Leaves it alone until then. */
  rest(model: string, since: number, until: number): void {
    this.#rests.set(model, { since, until: Math.max(endOf(this.#rests.get(model), since), until) });
  }

  /** The provider does not know the key (401), or does not let it use `model` (403). */
  refused(model?: string): void {
    if (model === undefined) this.#isRefused = true;
    else this.rest(model, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  }
}

/** What stands for the key of a provider that takes none, and is called whatever it answers. */
export class NoKey<Credential> extends Key<Credential> {
  override limited(): void {}
  override rest(): void {}
  override refused(): void {}
}

/** Which key a call uses. Kept in memory by each thread: what one learns of a key, the others learn by themselves. */
export class KeyRing<Credential> {
  #keys: readonly Key<Credential>[];
  #turn = 0;

  /** A ring of one key stands for a provider that takes none, too: it can be refused and limited all the same. */
  constructor(keys: readonly Key<Credential>[]) {
    this.#keys = keys;
  }

  /** Goes on with these. Nothing is known of them: one that was refused is tried again. */
  replace(keys: readonly Key<Credential>[]): void {
    this.#keys = keys;
  }

  /** The key that was `reserved` for a call, also where it is none of the ring's any more; else the next. */
  take(reserved: UpstreamKey | undefined, model: string, clock: Now): Key<Credential> | undefined {
    return reserved instanceof Key ? reserved : this.next(model, clock);
  }

  /** All keys that a call of `model` can use, the next first. */
  inTurn(model: string, clock: Now): readonly Key<Credential>[] {
    const first = this.next(model, clock);
    if (first === undefined) return [];
    const at = this.#keys.indexOf(first);
    const others = [...this.#keys.slice(at + 1), ...this.#keys.slice(0, at)];
    return [first, ...others.filter((key) => canCall(key, model, clock))];
  }

  /** The key that a call of `model` uses; undefined where all rest. */
  next(model: string, clock: Now): Key<Credential> | undefined {
    const keys = this.#keys;
    for (let tried = 0; tried < keys.length; tried++) {
      const at = (this.#turn + tried) % keys.length;
      const key = keys[at] as Key<Credential>;
      if (!canCall(key, model, clock)) continue;
      this.#turn = (at + 1) % keys.length;
      return key;
    }
    return undefined;
  }

  /** Why no key can be used for `model`; undefined where one can. */
  resting(model: string, clock: Now): KeyRest | undefined {
    if (this.#keys.some((key) => key.isWell)) return undefined;
    const now = clock.now();
    let soonest = Number.POSITIVE_INFINITY;
    for (const key of this.#keys) soonest = Math.min(soonest, key.until(model, now));
    if (soonest <= now) return undefined;
    return soonest === Number.POSITIVE_INFINITY
      ? { failure: "unauthorized" }
      : { failure: "rate_limited", retryAfter: soonest - now };
  }

  /** Whether one is left for `model` beside those that rest: of one key alone there is none. */
  hasSpare(model: string, clock: Now): boolean {
    return this.#keys.length > 1 && this.#keys.some((key) => canCall(key, model, clock));
  }

  /** Learns of `key` what the head of an answer says. What a 403 means stands in its body. */
  answered(key: Key<Credential>, model: string, status: number, headers: RawHeaders, clock: Now): void {
    if (status === 401) key.refused();
    else if (status === 429) {
      const now = clock.now();
      key.limited(model, now, retryAfter(headers, now));
    } else if (status < 300 && this.#keys.length > 1) {
      // How much is left of one alone matters to nobody: there is no other to take its turn.
      const now = clock.now();
      const rest = usedUp(headers, now);
      if (rest > 0) key.rest(model, now, now + rest);
    }
  }
}

/** The time is asked only where it matters. */
type Now = Pick<Clock, "now">;

function canCall(key: Key<unknown>, model: string, clock: Now): boolean {
  if (key.isWell) return true;
  const now = clock.now();
  return key.until(model, now) <= now;
}

/** Of a key on a model. One that was refused rests for ever. */
interface Rest {
  readonly since: number;
  readonly until: number;
}

/** Until when; 0 where the clock was set back since it began: nobody knows then, and a rest must not last for hours. */
function endOf(rest: Rest | undefined, now: number): number {
  return rest === undefined || now < rest.since ? 0 : rest.until;
}
