/** Several who watch, as one. */
import type { Observer, RequestObserver } from "./observer.ts";

/** Tells each of `list` in order; undefined where there is none, so that nothing need be told. */
export function observers(list: readonly Observer[]): Observer | undefined {
  const [only] = list;
  if (list.length <= 1) return only;
  const followers = list.filter((each) => each.began !== undefined);
  const [follower] = followers;
  return {
    began(start) {
      if (followers.length <= 1) return follower?.began?.(start);
      return both(followers.map((each) => each.began?.(start)).filter((each) => each !== undefined));
    },
    over(record) {
      for (const each of list) each.over?.(record);
    },
  };
}

function both(list: readonly RequestObserver[]): RequestObserver | undefined {
  const [only] = list;
  if (list.length <= 1) return only;
  return {
    attemptBegan: (attempt, headers) => list.reduce((given, each) => each.attemptBegan(attempt, given), headers),
    attemptEnded(attempt) {
      for (const each of list) each.attemptEnded(attempt);
    },
    over(record) {
      for (const each of list) each.over(record);
    },
  };
}
