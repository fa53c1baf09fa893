/** Examples for classifiers, made up of words that tell and words that do not. */
import { type Examples, readExamples } from "../../../runtime/signals/training/index.ts";
import { seeded } from "../../../runtime/signals/training/random.ts";

const TELLING = {
  code: ["function", "debug", "compile", "variable", "loop", "stack"],
  law: ["contract", "liability", "clause", "court", "statute", "void"],
  other: ["weather", "recipe", "holiday", "music", "garden", "dinner"],
};
const FILLING = ["please", "the", "tell", "me", "about", "this", "a", "how", "is", "can", "you"];

export function lines(...all: readonly object[]): string {
  return all.map((each) => JSON.stringify(each)).join("\n");
}

interface Noise {
  /** The share of lines whose answer has nothing to do with their text. */
  readonly noise?: number;
}

/** So many different texts, in turn of each member. */
export function labelledLines(count: number, { noise = 0 }: Noise = {}): string {
  const random = seeded(7);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const members = Object.keys(TELLING) as (keyof typeof TELLING)[];
  const made = Array.from({ length: count }, (_, i) => {
    const about = members[i % members.length] as keyof typeof TELLING;
    const words = [pick(FILLING), pick(TELLING[about]), pick(FILLING), pick(TELLING[about]), pick(FILLING), `n${i}`];
    return { text: words.join(" "), label: random() < noise ? pick(members) : about };
  });
  return lines(...made);
}

export function labelled(count: number, noise?: Noise): Examples {
  return readExamples(labelledLines(count, noise));
}

/** The same texts, with a high value for code. */
export function scored(count: number, { noise = 0 }: Noise = {}): Examples {
  const random = seeded(11);
  const { all } = labelled(count);
  const chance = (target: number): number => (target === 0 ? 0.7 : 0) + random() * 0.3;
  return {
    members: undefined,
    all: all.map(({ text, target }) => ({ text, target: random() < noise ? random() : chance(target) })),
    repeated: 0,
    contradicted: 0,
  };
}
