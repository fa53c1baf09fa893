/**
 * Telephone numbers as people write them. No rule can tell every number from every other figure; these three forms are
 * found, and dates, decimals, addresses and plain counts are not:
 *
 * - international (ITU-T E.164): `+` or `00`, then 8 to 15 digits;
 * - North American (ITA T1.403, NANPA): area and exchange codes that begin with 2 to 9, in groups of 3, 3 and 4;
 * - national with the trunk prefix `0`: 9 to 12 digits, in groups, or 10 or 11 in one piece.
 */
import { type Digits, digitRuns } from "./digits.ts";

/** Between groups: a space, hyphen, dot or slash, or a bracket beside which one of them may stand. */
const SEPARATORS = "[ ./-]?\\(|\\)[ ./-]?|[ ./-]";
const MOST_DIGITS = 15;

/** Whether a number in one of these forms stands in the text. Linear in the text. */
export function hasPhone(text: string): boolean {
  return digitRuns(text, SEPARATORS).some((run) => isInternational(run) || isNorthAmerican(run) || isNational(run));
}

function digitsOf({ groups }: Digits): string {
  return groups.join("");
}

function isInternational(run: Digits): boolean {
  const digits = digitsOf(run);
  const isCoded = run.before.endsWith("+") || run.before.endsWith("+(");
  const number = isCoded ? digits : digits.startsWith("00") ? digits.slice(2) : "";
  return /^[1-9]/.test(number) && number.length >= 8 && number.length <= MOST_DIGITS && isWhole(run);
}

function isNorthAmerican(run: Digits): boolean {
  const groups = run.groups[0] === "1" ? run.groups.slice(1) : run.groups;
  const [area = "", exchange = "", line = ""] = groups;
  const isGrouped = groups.length === 3 && area.length === 3 && exchange.length === 3 && line.length === 4;
  return isGrouped && /^[2-9]/.test(area) && /^[2-9]/.test(exchange) && isWhole(run);
}

function isNational(run: Digits): boolean {
  const digits = digitsOf(run);
  if (!/^0[1-9]/.test(run.groups[0] ?? "") || !isWhole(run) || isDate(run)) return false;
  return run.groups.length === 1 ? /^\d{10,11}$/.test(digits) : digits.length >= 9 && digits.length <= 12;
}

/** `01-02-2026` or `01.02.26`, also with the hour behind it. */
function isDate({ groups, separators: [first, second] }: Digits): boolean {
  const [day = "", month = "", year = ""] = groups;
  if (first !== second || day.length !== 2 || month.length !== 2 || Number(day) > 31 || Number(month) > 31)
    return false;
  return year.length === 4 || (year.length === 2 && first !== " ");
}

/** Not the middle of a decimal, of an identifier or of an amount. */
function isWhole({ before, after }: Digits): boolean {
  return !/[\p{L}\p{N}_][.,]?$|[$€£#]$/u.test(before) && !/^[\p{L}_%]/u.test(after);
}
