/**
 * `keywords`: whether a text has one of some words in it. Case and compatibility forms do not matter (`folded`), any run
 * of white space is one space, and a match begins and ends where words do: `cat` is not in `category`, `c++` is in
 * `C++?`, `sev 1` in `SEV  1`.
 */
import { folded, isBoundary } from "./words.ts";

/** A node of the trie of all keywords: code units lead on. */
interface Node {
  readonly next: Map<number, Node>;
  ends: boolean;
}

/** Linear in the text: from each place at most as many steps as the longest keyword is long. */
export function keywords(words: readonly string[]): (text: string) => boolean {
  const root: Node = { next: new Map(), ends: false };
  for (const word of words) {
    let node = root;
    const plain = normalized(word).trim();
    for (let i = 0; i < plain.length; i++) {
      const next = node.next.get(plain.charCodeAt(i)) ?? { next: new Map(), ends: false };
      node.next.set(plain.charCodeAt(i), next);
      node = next;
    }
    node.ends = node !== root;
  }
  return (text) => {
    const plain = normalized(text);
    for (let start = 0; start < plain.length; start++) if (isFrom(root, plain, start)) return true;
    return false;
  };
}

function isFrom(root: Node, text: string, start: number): boolean {
  let node = root.next.get(text.charCodeAt(start));
  if (node === undefined || !isBoundary(text, start)) return false;
  for (let at = start + 1; node !== undefined; at++) {
    if (node.ends && isBoundary(text, at)) return true;
    node = node.next.get(text.charCodeAt(at));
  }
  return false;
}

function normalized(text: string): string {
  return folded(text).replaceAll(/\s+/gu, " ");
}
