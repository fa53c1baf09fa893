/** One way through a plan, as it is told to people: `opus, then gpt5 (on overloaded)`. */

/** Joined and not copied, so that plans which share plans stay small. */
export type Trail =
  | undefined
  | { readonly said: string }
  | { readonly first: Trail; readonly why: string | undefined; readonly then: Trail };

/** Of a longer way only so many steps are told. */
const MOST_TOLD = 8;

/** `then` after `first`, and why it was gone on to. */
export function joined(first: Trail, why: string | undefined, then: Trail): Trail {
  if (then === undefined) return first;
  return first === undefined && why === undefined ? then : { first, why, then };
}

/** The steps of a way in one sentence, without those past the first few. */
export function tell(trail: Trail): string {
  const told: string[] = [];
  const open: { trail: Trail; why: string | undefined }[] = [{ trail, why: undefined }];
  for (let next = open.pop(); next !== undefined && told.length <= MOST_TOLD; next = open.pop()) {
    const { trail: part, why } = next;
    if (part === undefined) continue;
    if ("said" in part) told.push(why === undefined ? part.said : `${part.said} (${why})`);
    else if (part.first === undefined) open.push({ trail: part.then, why: part.why ?? why });
    else open.push({ trail: part.then, why: part.why }, { trail: part.first, why });
  }
  return told.length > MOST_TOLD ? `${told.slice(0, MOST_TOLD).join(", then ")}, and so on` : told.join(", then ");
}
