/** Addresses as RFC 5321 has them, without quoted local parts and address literals; letters of any script (RFC 6531). */
import { characterAt, characterBefore } from "../words.ts";

const LOCAL = /[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]/u;
const LABEL = /[\p{L}\p{M}\p{N}-]/u;
const TOP_LEVEL = /^(?:[\p{L}\p{M}]{2,}|xn--[a-z0-9-]+)$/iu;
/** Characters of a domain (RFC 1035): from each `@` no more are looked at. */
const LONGEST = 253;

/** Whether an address stands in the text. Linear: each `@` costs a bounded number of steps. */
export function hasEmail(text: string): boolean {
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1))
    if (LOCAL.test(characterBefore(text, at)) && startsWithDomain(text, at + 1)) return true;
  return false;
}

/** Two labels at least, none with a hyphen at its edge; the last of letters, two or more, or an `xn--` label. */
function startsWithDomain(text: string, start: number): boolean {
  let labels = 0;
  let label = "";
  for (let at = start; at <= start + LONGEST; ) {
    const character = characterAt(text, at);
    at += Math.max(1, character.length);
    if (LABEL.test(character)) {
      label += character;
      continue;
    }
    // A hyphen or a dot behind the last label is the sentence's.
    if (labels > 0 && TOP_LEVEL.test(label.replace(/-$/, ""))) return true;
    if (character !== "." || label === "" || label.startsWith("-") || label.endsWith("-")) return false;
    labels++;
    label = "";
  }
  return false;
}
