/**
 * Perfect hashing of a few texts that are known beforehand, by the characters that tell them apart: no two have one slot, so
 * a look-up is one comparison. A map has to hash a text first that is fresh from a request, all of it.
 * (Czech, Havas, Majewski: Perfect hashing. Theoretical Computer Science 182, 1997.)
 */

export interface PerfectHash {
  /** The text of each slot, or null. */
  readonly texts: readonly (string | null)[];
  /** JavaScript for the slot of the text in a variable, whatever its value is. */
  source(variable: string): string;
}

/** More texts than this need more room, and more characters, than a map's one hash costs. */
const MOST = 64;
/** Slots for each text, at most. */
const ROOM = 8;
/** Characters, and the length, that are looked at, at most. */
const LOOKS = 4;
/** From each end of a text. */
const REACH = 32;
/** Factors are below this: of characters, the sum of so many products is an int32. */
const FACTORS = 1024;
const TRIES = 200;

/** What is looked at in a text: from the start, or from the end. */
interface Look {
  readonly source: (variable: string) => string;
  readonly of: (text: string) => number;
}

/** A perfect hash of two texts or more, which differ from each other; undefined where none was found. */
export function perfectHash(texts: readonly string[]): PerfectHash | undefined {
  if (texts.length < 2 || texts.length > MOST) return undefined;
  const shortest = Math.min(...texts.map(({ length }) => length));
  const looks = tellingApart(texts, looksAt(Math.min(shortest, REACH)));
  if (looks === undefined) return undefined;
  const next = generator();
  const least = 2 ** Math.ceil(Math.log2(texts.length));
  for (let size = least; size <= texts.length * ROOM; size *= 2)
    for (let tries = 0; tries < TRIES; tries++) {
      const factors = looks.map(() => next() % FACTORS);
      const slots = texts.map(
        (text) => looks.reduce((sum, { of }, at) => sum + of(text) * (factors[at] ?? 0), 0) & (size - 1),
      );
      if (new Set(slots).size < texts.length) continue;
      const inSlots = new Array<string | null>(size).fill(null);
      for (const [at, slot] of slots.entries()) inSlots[slot] = texts[at] ?? null;
      return {
        texts: inSlots,
        source(variable) {
          const sum = looks.map(({ source }, at) => `${source(variable)} * ${factors[at]}`).join(" + ");
          return `(typeof ${variable} === "string" && ${variable}.length >= ${shortest} ? (${sum}) & ${size - 1} : 0)`;
        },
      };
    }
  return undefined;
}

function looksAt(reach: number): Look[] {
  const looks: Look[] = [{ source: (variable) => `${variable}.length`, of: ({ length }) => length }];
  for (let at = 0; at < reach; at++) {
    looks.push({ source: (variable) => `${variable}.charCodeAt(${at})`, of: (text) => text.charCodeAt(at) });
    looks.push({
      source: (variable) => `${variable}.charCodeAt(${variable}.length - ${at + 1})`,
      of: (text) => text.charCodeAt(text.length - at - 1),
    });
  }
  return looks;
}

/** Few looks that no two of the texts have alike: each time the one that tells most apart. */
function tellingApart(texts: readonly string[], looks: readonly Look[]): Look[] | undefined {
  const chosen: Look[] = [];
  let groups: (readonly string[])[] = [texts];
  while (groups.length < texts.length && chosen.length < LOOKS) {
    const apart = looks.map((look) => ({
      look,
      groups: groups.flatMap((group) => [...Map.groupBy(group, look.of).values()]),
    }));
    const best = apart.reduce((one, other) => (other.groups.length > one.groups.length ? other : one));
    if (best.groups.length === groups.length) return undefined;
    chosen.push(best.look);
    groups = best.groups;
  }
  return groups.length === texts.length ? chosen : undefined;
}

/** Numbers that look random and are the same each time (Park and Miller, CACM 31, 1988), so that code is made alike. */
function generator(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
}
