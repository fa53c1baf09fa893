/** International bank account numbers: ISO 13616, with the lengths of the SWIFT IBAN registry and check digits of ISO 7064. */
import { characterAt, characterBefore } from "../words.ts";

const LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 " +
    "FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 " +
    "LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 " +
    "RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

const START = /[A-Za-z]{2}\d{2}/g;
const ALPHANUMERIC = /[\p{L}\p{N}]/u;

/** Whether a number with right check digits stands in the text, in one piece or in groups. Linear in the text. */
export function hasIban(text: string): boolean {
  for (const { 0: start, index } of text.matchAll(START)) {
    const length = LENGTHS[start.slice(0, 2).toUpperCase()];
    if (length !== undefined && isIbanAt(text, index, length)) return true;
  }
  return false;
}

/** A single space or hyphen may stand between any two characters; no letter or digit may stand at once before or behind. */
function isIbanAt(text: string, start: number, length: number): boolean {
  const values: number[] = [];
  let at = start;
  for (; values.length < length; at++) {
    const value = digitValue(text.charCodeAt(at));
    if (value !== undefined) values.push(value);
    else if (!isSeparator(text[at]) || isSeparator(text[at + 1])) return false;
  }
  const isWhole = !ALPHANUMERIC.test(characterBefore(text, start)) && !ALPHANUMERIC.test(characterAt(text, at));
  return isWhole && remainder(values) === 1;
}

function isSeparator(character: string | undefined): boolean {
  return character === " " || character === "-";
}

/** Of a digit itself, of a letter 10 to 35; undefined of anything else. */
function digitValue(unit: number): number | undefined {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const letter = unit & ~0x20;
  return letter >= 0x41 && letter <= 0x5a ? letter - 0x41 + 10 : undefined;
}

/** Modulo 97 of the number with its first four characters behind the rest. */
function remainder(values: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[(i + 4) % values.length] as number;
    sum = (sum * (value > 9 ? 100 : 10) + value) % 97;
  }
  return sum;
}
