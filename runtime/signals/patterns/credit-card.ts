/** Payment card numbers: ISO/IEC 7812, that is a known issuer's prefix and length, and the check digit of Luhn. */
import { digitRuns } from "./digits.ts";

/** Prefixes and lengths of issuers: Visa, Mastercard, American Express, Discover, Diners Club, JCB, UnionPay, Maestro. */
const ISSUERS: readonly (readonly [prefix: RegExp, least: number, most: number])[] = [
  [/^4/, 13, 13],
  [/^4/, 16, 16],
  [/^4/, 19, 19],
  [/^(?:5[1-5]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)/, 16, 16],
  [/^3[47]/, 15, 15],
  [/^(?:6011|64[4-9]|65)/, 16, 19],
  [/^(?:30[0-5]|36|38|39)/, 14, 19],
  [/^35(?:2[89]|[3-8]\d)/, 16, 19],
  [/^62/, 16, 19],
  [/^(?:50|5[6-8]|6[37])/, 12, 19],
];
const MOST_DIGITS = 19;
/** All groups but the last have so many at least: single figures in a row are a table. */
const LEAST_IN_GROUP = 3;

/** Whether such a number stands in the text, in one piece or in groups. Linear: from each group at most 19 digits. */
export function hasCreditCard(text: string): boolean {
  return digitRuns(text, "[ -]").some(({ groups }) => groups.some((_, first) => isCardFrom(groups, first)));
}

function isCardFrom(groups: readonly string[], first: number): boolean {
  let number = "";
  for (let at = first; at < groups.length; at++) {
    const group = groups[at] ?? "";
    if (number.length + group.length > MOST_DIGITS) return false;
    number += group;
    if (isCard(number)) return true;
    if (group.length < LEAST_IN_GROUP) return false;
  }
  return false;
}

function isCard(number: string): boolean {
  const { length } = number;
  return ISSUERS.some(
    ([prefix, least, most]) => length >= least && length <= most && prefix.test(number) && luhn(number),
  );
}

/** Luhn, US patent 2,950,048: every second digit from the right is doubled, and the digits' sum ends in 0. */
function luhn(number: string): boolean {
  let sum = 0;
  for (let i = 0; i < number.length; i++) {
    const digit = number.charCodeAt(number.length - 1 - i) - 0x30;
    const doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += i % 2 === 1 ? doubled : digit;
  }
  return sum % 10 === 0;
}
