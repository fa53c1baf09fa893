/** What `request` declares of every request. */
import { nearest } from "../diagnostics/index.ts";
import { takenFor } from "../syntax/confusables.ts";
import type { AttributeDeclaration, TypeNode } from "../syntax/index.ts";
import { warnOfLookAlike } from "./misleading.ts";
import type { Attribute } from "./program.ts";
import { didYouMean, helpWith, type Report } from "./report.ts";
import { SCALAR_TYPES, type ScalarType, type Type, valueRange } from "./types.ts";
import { checkValue, isEmpty } from "./values.ts";

/** Undefined when it is faulty, after reporting. */
export function checkAttribute(node: AttributeDeclaration, file: string, report: Report): Attribute | undefined {
  const type = checkType(node.type, file, report);
  // The grammar has no other.
  const from = node.source.text as "header" | "claim" | "metadata" | "body";
  if (from !== "header") warnOfLookAlike(node.at, file, report);
  if ((from === "claim" || from === "metadata") && isEmpty(node.at))
    report.error(
      "RT2004",
      file,
      node.at.span,
      `a ${from === "claim" ? "claim" : "metadata key"} has a name: this one is empty`,
    );
  if (from === "body" && !/^(\/([^~/]|~[01])*)+$/.test(node.at.text))
    report.error(
      "RT2004",
      file,
      node.at.span,
      `\`${node.at.text}\` is no JSON pointer: expected one such as \`/user/id\``,
    );
  if (from === "header" && !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(node.at.text))
    report.error(
      "RT2004",
      file,
      node.at.span,
      `\`${node.at.text}\` is no header name: expected one such as \`x-team\``,
      helpWith(takenFor(node.at.text)?.why),
    );
  if (type === undefined) return undefined;
  const range = valueRange(type);
  const value = node.default && checkValue(node.default, type, range, file, report);
  if (node.default !== undefined && value === undefined) return undefined;
  const at = from === "header" ? node.at.text.toLowerCase() : node.at.text;
  return { name: node.name.text, type, source: { from, at }, default: value, range };
}

/** What types are called in other languages. */
const ELSEWHERE: ReadonlyMap<string, ScalarType> = new Map([
  ["text", "string"],
  ["number", "int"],
  ["long", "int"],
  ["float", "score"],
  ["double", "score"],
]);

/** The type that was written; undefined when there is none such, after reporting. */
export function checkType(type: TypeNode, file: string, report: Report): Type | undefined {
  const [first, second] = type.words;
  for (const word of type.words) warnOfLookAlike(word, file, report);
  if (first === undefined) return undefined;
  if (second !== undefined) {
    const members = type.words.map((word) => word.text);
    const again = type.words.find((word, index) => members.indexOf(word.text) < index);
    if (again === undefined) return { kind: "enum", members };
    // Which member was meant instead is not known, and so the type is not.
    report.error("RT2002", file, again.span, `\`${again.text}\` is a member already`);
    return undefined;
  }
  if (!first.quoted && (SCALAR_TYPES as readonly string[]).includes(first.text))
    return { kind: first.text as ScalarType };
  report.error(
    "RT2001",
    file,
    first.span,
    `\`${first.text}\` is no type: expected ${SCALAR_TYPES.join(", ")}, or two or more members with \`|\` between them`,
    {
      ...didYouMean(ELSEWHERE.get(first.text.toLowerCase()) ?? nearest(first.text, SCALAR_TYPES)),
    },
  );
  return undefined;
}
