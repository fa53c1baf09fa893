/** The policy that is served, and how another takes its place while requests are under way. */
import type { Policy } from "../table/index.ts";

/** A policy with what was opened for it: gateway, transport, ledger. */
export interface Held<T> {
  readonly policy: Policy;
  readonly opened: T;
  /** When it began to be served, in milliseconds since the epoch. */
  readonly since: number;
}

export interface HolderOptions<T> {
  readonly clock: { now(): number };
  /** Makes a policy ready to be served. What it rejects with is why the policy cannot be. */
  open(policy: Policy): Promise<T>;
  /** Called once, when the last request that began with it has left. */
  close(opened: T): Promise<void>;
}

/** A policy that is open and waits to be served: one of the two has to follow. */
export interface Prepared<T> {
  /** Puts it in the place of the current one. Throws when the holder is closing. */
  take(): Held<T>;
  /** Closes it again: nothing has changed. */
  drop(): Promise<void>;
}

export interface PolicyHolder<T> {
  /** What requests that come now begin with. */
  readonly current: Held<T>;
  /** `current`, kept open for a request until it calls `leave` with it. */
  enter(): Held<T>;
  leave(held: Held<T>): void;
  /**
   * Puts a policy in the place of the current one, once it is open; requests under way keep the one that they began
   * with. Rejects with what `open` rejects with, and then nothing has changed. Calls take effect in their order.
   */
  replace(policy: Policy): Promise<Held<T>>;
  /** The first half of `replace`, for whoever serves it only where others can too. Rejects as that does. */
  prepare(policy: Policy): Promise<Prepared<T>>;
  /** Tells each new one, after it took its place; returns how to stop that. */
  subscribe(listener: (now: Held<T>, before: Held<T>) => void): () => void;
  /** Waits for all requests to leave, then closes. `replace` rejects from here on. */
  close(): Promise<void>;
}

interface Slot<T> {
  readonly held: Held<T>;
  requests: number;
  retired: boolean;
  readonly closed: PromiseWithResolvers<void>;
}

/** Opens a policy and holds it. Rejects with what `open` rejects with. */
export async function holdPolicy<T>(first: Policy, options: HolderOptions<T>): Promise<PolicyHolder<T>> {
  const slots = new Map<Held<T>, Slot<T>>();
  const listeners = new Set<(now: Held<T>, before: Held<T>) => void>();
  let current = await slotFor(first);
  let turn: Promise<unknown> = Promise.resolve();
  let closing = false;

  async function slotFor(policy: Policy): Promise<Slot<T>> {
    const opened = await options.open(policy);
    const held = { policy, opened, since: options.clock.now() };
    const slot: Slot<T> = { held, requests: 0, retired: false, closed: Promise.withResolvers() };
    // Whoever waits for it is told by `close`; nobody may.
    slot.closed.promise.catch(() => {});
    slots.set(held, slot);
    return slot;
  }

  function retire(slot: Slot<T>): void {
    slot.retired = true;
    if (slot.requests === 0) end(slot);
  }

  function end(slot: Slot<T>): void {
    const { held, closed } = slot;
    options.close(held.opened).then(closed.resolve, closed.reject);
    closed.promise.then(
      () => slots.delete(held),
      () => {},
    );
  }

  async function opened(policy: Policy): Promise<Slot<T>> {
    refuseIfClosing();
    return slotFor(policy);
  }

  function refuseIfClosing(): void {
    if (closing) throw new Error("the policy is not replaced any more: routec is stopping");
  }

  function take(next: Slot<T>): Held<T> {
    const before = current;
    current = next;
    retire(before);
    for (const tell of listeners) tell(next.held, before.held);
    return next.held;
  }

  /** In its turn, after what was asked for before. */
  function inTurn<R>(work: () => Promise<R>): Promise<R> {
    const done = turn.then(work);
    turn = done.catch(() => {});
    return done;
  }

  return {
    get current() {
      return current.held;
    },
    enter() {
      current.requests++;
      return current.held;
    },
    leave(held) {
      const slot = slots.get(held);
      if (slot === undefined) return;
      slot.requests--;
      if (slot.retired && slot.requests === 0) end(slot);
    },
    replace: (policy) => inTurn(async () => take(await opened(policy))),
    prepare: (policy) =>
      inTurn(async () => {
        const next = await opened(policy);
        return {
          take() {
            refuseIfClosing();
            return take(next);
          },
          drop() {
            if (!next.retired) retire(next);
            return next.closed.promise;
          },
        };
      }),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closing = true;
      await turn;
      const open = [...slots.values()];
      for (const slot of open) if (!slot.retired) retire(slot);
      await Promise.all(open.map(({ closed }) => closed.promise));
    },
  };
}
