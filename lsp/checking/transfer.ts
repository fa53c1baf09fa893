/** Understandings on their way to another thread, which costs both of them: what the last one had is not sent again. */
import type { Discoveries, Part, Understanding } from "./understanding.ts";

/** What is undefined is as it was. */
export interface Transfer {
  readonly files: readonly string[];
  readonly models: Understanding["models"] | undefined;
  readonly plans: Understanding["plans"] | undefined;
  readonly parts: readonly (Omit<Part, "found"> & { readonly number: number })[];
  /** What parts of these numbers have; other numbers were in the last transfer. */
  readonly fresh: ReadonlyMap<number, Discoveries>;
}

/** Of the understandings of one program, each is sent in turn, and none is lost on the way. */
export function createSender(): (understanding: Understanding) => Transfer {
  let numbers = new Map<string, number>();
  let count = 0;
  const isNew = { models: changes(), plans: changes() };
  return ({ files, models, plans, parts }) => {
    const known = numbers;
    numbers = new Map();
    const fresh = new Map<number, Discoveries>();
    const sent = parts.map(({ path, start, found }) => {
      const key = JSON.stringify(found);
      let number = numbers.get(key) ?? known.get(key);
      if (number === undefined) {
        number = ++count;
        fresh.set(number, found);
      }
      numbers.set(key, number);
      return { path, start, number };
    });
    return {
      files,
      models: isNew.models(models) ? models : undefined,
      plans: isNew.plans(plans) ? plans : undefined,
      parts: sent,
      fresh,
    };
  };
}

/** Whether a value is another than when it was last asked about. */
function changes(): (value: unknown) => boolean {
  let last: string | undefined;
  return (value) => {
    const before = last;
    last = JSON.stringify(value);
    return last !== before;
  };
}

export function createReceiver(): (transfer: Transfer) => Understanding {
  let last: Understanding = { files: [], models: [], plans: [], parts: [] };
  let known: ReadonlyMap<number, Discoveries> = new Map();
  return ({ files, models = last.models, plans = last.plans, parts, fresh }) => {
    const found = new Map<number, Discoveries>();
    for (const { number } of parts) found.set(number, (fresh.get(number) ?? known.get(number)) as Discoveries);
    known = found;
    last = {
      files,
      models,
      plans,
      parts: parts.map(({ path, start, number }) => ({ path, start, found: found.get(number) as Discoveries })),
    };
    return last;
  };
}
