/** A text as hashed features: its words, pairs of words, and runs of 3 to 5 characters within words. */
import { folded, wordsOf } from "./words.ts";

/** Code units of a text that are looked at; what a text is about shows long before. */
const SEEN = 16_384;
const SHORTEST_RUN = 3;
const LONGEST_RUN = 5;

/**
 * The distinct buckets that the features of a text fall into, out of `buckets` (the hashing trick: Weinberger et al.,
 * "Feature hashing for large scale multitask learning", 2009). Runs see where their word begins and ends.
 */
export function hashedFeatures(text: string, buckets: number): readonly number[] {
  const words = seenWords(text);
  const found = new Set<number>();
  for (const [index, word] of words.entries()) {
    found.add(hash(`w ${word}`) % buckets);
    if (index > 0) found.add(hash(`p ${words[index - 1]} ${word}`) % buckets);
    const padded = ` ${word} `;
    for (let length = SHORTEST_RUN; length <= LONGEST_RUN; length++)
      for (let start = 0; start + length <= padded.length; start++)
        found.add(hash(`c ${padded.slice(start, start + length)}`) % buckets);
  }
  return [...found];
}

/** The words of the part of a text that classifiers look at, case and compatibility forms taken out. */
export function seenWords(text: string): string[] {
  return wordsOf(folded(text.slice(0, SEEN)).slice(0, SEEN));
}

/** FNV-1a over UTF-16 code units, 32 bits, its bits spread by MurmurHash3's finalizer. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
