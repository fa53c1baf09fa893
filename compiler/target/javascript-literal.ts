/** Text as JavaScript source in which nothing is hidden and nothing ends what it stands in. */
import { canonicalJson } from "../../runtime/table/artifact.ts";

/**
 * Control and format characters and line ends other than a space: they would end a comment's line, or make a reader see
 * other code than what runs ("Trojan Source", CVE-2021-42574).
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function visible(source: string): string {
  return source.replace(UNSEEN, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`);
}

/** A value of JSON as an expression. The same value always gives the same text. */
export function literal(value: unknown): string {
  return visible(canonicalJson(value));
}

/** What can stand after `//`. */
export function comment(text: string): string {
  return visible(text);
}

/** The variable of an attribute, after a prefix: `tenant_month.used` is `$tenant_month$used`, never a reserved word. */
export function variable(name: string, prefix = ""): string {
  return `${prefix}$${name.replaceAll(/\W/g, "$")}`;
}
