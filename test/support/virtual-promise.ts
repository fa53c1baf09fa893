/** Promises on virtual time: so that what waits for a store is as repeatable as what waits for a provider. */
import type { Clock } from "../../runtime/plan/index.ts";

/** `value`, so many milliseconds from now. Then-able and no more: what is chained to it comes at the same time. */
export function after<T>(clock: Clock, milliseconds: number, value: T): Promise<T> {
  let isThere = false;
  const waiting: (() => void)[] = [];
  clock.after(milliseconds, () => {
    isThere = true;
    for (const then of waiting) then();
  });
  return chained((take) => {
    if (isThere) clock.after(0, () => take(value));
    else waiting.push(() => take(value));
  });
}

function chained<T>(subscribe: (take: (value: T) => void) => void): Promise<T> {
  const thenable = {
    then: <R>(onValue: (value: T) => R | PromiseLike<R>): Promise<R> => {
      let result: { readonly value: R } | undefined;
      const waiting: ((value: R) => void)[] = [];
      const resolve = (value: R): void => {
        result = { value };
        for (const take of waiting) take(value);
      };
      subscribe((value) => {
        const next = onValue(value);
        // As with promises, what comes of one is waited for.
        if (isThenable(next)) void next.then(resolve);
        else resolve(next);
      });
      return chained((take) => {
        if (result === undefined) waiting.push(take);
        else take(result.value);
      });
    },
  };
  return thenable as Promise<T>;
}

function isThenable<R>(value: R | PromiseLike<R>): value is PromiseLike<R> {
  return typeof value === "object" && value !== null && "then" in value;
}
