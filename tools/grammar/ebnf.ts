/** The grammar as text for people: EBNF, with words and signs as they are written. */
import type { TokenType } from "chevrotain";
import * as t from "../../compiler/syntax/tokens.ts";
import { type Part, START } from "./productions.ts";

/** What stands for the tokens that are more than one word or sign. */
const CALLED: ReadonlyMap<TokenType, string> = new Map([
  [t.Name, "NAME"],
  [t.Text, "STRING"],
  [t.NumberToken, "NUMBER"],
  [t.RegexToken, "REGEX"],
  [t.Equality, '"==" | "!="'],
  [t.Order, '"<" | "<=" | ">" | ">="'],
]);

const WIDEST = 110;
/** A rule that is used once stands where it is used if it is no longer than this. */
const SHORT = 56;
/** And wherever it is used if it is no longer than this and needs no parentheses. */
const TINY = 14;

/** How tightly a text binds: a choice has to stand in parentheses where a sequence or less is wanted. */
type Binding = "choice" | "sequence" | "atom";
interface Written {
  readonly text: string;
  readonly binding: Binding;
}

/** Writes the rules in the order in which a reader meets them, from the file down. */
export function ebnf(grammar: ReadonlyMap<string, Part>): string {
  const shown = [...reading(grammar)].filter((name) => name === START || !isInlined(grammar, name));
  const width = Math.max(...shown.map((name) => called(name).length));
  return shown.map((name) => rule(grammar, name, width)).join("\n");
}

/** The rules as they are first met, each followed by those that it uses. */
function reading(grammar: ReadonlyMap<string, Part>, name = START, met = new Set<string>()): Set<string> {
  if (met.has(name)) return met;
  met.add(name);
  for (const used of usesOf(grammar.get(name))) reading(grammar, used, met);
  return met;
}

function usesOf(part: Part | undefined): string[] {
  switch (part?.kind) {
    case "rule":
      return [part.name];
    case "sequence":
    case "choice":
      return part.parts.flatMap(usesOf);
    case "optional":
    case "repeat":
      return usesOf(part.part);
    default:
      return [];
  }
}

const inlined = new WeakMap<ReadonlyMap<string, Part>, Map<string, boolean>>();

function isInlined(grammar: ReadonlyMap<string, Part>, name: string): boolean {
  const known = inlined.get(grammar) ?? new Map<string, boolean>();
  inlined.set(grammar, known);
  const before = known.get(name);
  if (before !== undefined) return before;
  known.set(name, false);
  const part = grammar.get(name);
  const uses = [...grammar.values()].flatMap(usesOf).filter((used) => used === name).length;
  const { text, binding } = part ? write(grammar, part) : { text: "", binding: "atom" };
  const inline = text.length <= (uses === 1 ? SHORT : binding === "atom" ? TINY : 0);
  known.set(name, inline);
  return inline;
}

function rule(grammar: ReadonlyMap<string, Part>, name: string, width: number): string {
  const part = grammar.get(name);
  const head = `${called(name).padEnd(width)} = `;
  const whole = part ? write(grammar, part).text : "";
  if (head.length + whole.length <= WIDEST) return head + whole;
  const lines = part?.kind === "choice" ? part.parts.map((each) => write(grammar, each).text) : [whole];
  const indent = " ".repeat(width);
  return lines.map((line, i) => (i === 0 ? head : `${indent} | `) + folded(line, width + 3)).join("\n");
}

/** Breaks a line where it is too long, before an alternative or else between words. */
function folded(line: string, indent: number): string {
  const lines: string[] = [];
  let rest = line;
  const room = WIDEST - indent;
  while (rest.length > room) {
    const bar = rest.lastIndexOf(" | ", room);
    const at = bar > room / 2 ? bar : rest.lastIndexOf(" ", room);
    lines.push(rest.slice(0, at));
    rest = `    ${rest.slice(at + 1)}`;
  }
  return [...lines, rest].join(`\n${" ".repeat(indent)}`);
}

/** `routeBlock` as `route-block`. */
function called(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function write(grammar: ReadonlyMap<string, Part>, part: Part): Written {
  switch (part.kind) {
    case "token":
      return token(part.type);
    case "rule": {
      const body = grammar.get(part.name);
      return body !== undefined && isInlined(grammar, part.name)
        ? write(grammar, body)
        : { text: called(part.name), binding: "atom" };
    }
    case "sequence": {
      // A comma that may be left out is not shown: see the document's preface.
      const parts = part.parts.filter((each) => !isOptionalComma(each)).map((each) => write(grammar, each));
      if (parts.length === 1 && parts[0]) return parts[0];
      return { text: parts.map(inSequence).join(" "), binding: "sequence" };
    }
    case "choice": {
      const parts = part.parts.map((each) => write(grammar, each).text);
      const present = parts.filter((text) => text !== "");
      const text = [...new Set(present)].join(" | ");
      if (present.length < parts.length) return { text: `[ ${text} ]`, binding: "atom" };
      return { text, binding: "choice" };
    }
    case "optional":
      return { text: `[ ${write(grammar, part.part).text} ]`, binding: "atom" };
    case "repeat": {
      const item = write(grammar, part.part);
      const one = item.binding === "atom" ? item.text : `( ${item.text} )`;
      if (part.separator === undefined)
        return { text: part.atLeastOne ? `${one}+` : `{ ${item.text} }`, binding: "atom" };
      const list =
        part.separator === t.Comma
          ? `${one},*`
          : `${inSequence(item)} { "${sign(part.separator)}" ${inSequence(item)} }`;
      return { text: list, binding: part.separator === t.Comma ? "atom" : "sequence" };
    }
  }
}

function inSequence({ text, binding }: Written): string {
  return binding === "choice" ? `( ${text} )` : text;
}

function isOptionalComma(part: Part): boolean {
  return part.kind === "optional" && part.part.kind === "token" && part.part.type === t.Comma;
}

function token(type: TokenType): Written {
  const words = [...t.KEYWORDS].filter(([, own]) => own === type || own.CATEGORIES?.includes(type));
  const text =
    CALLED.get(type) ?? (words.length > 0 ? words.map(([word]) => `"${word}"`).join(" | ") : `"${sign(type)}"`);
  return { text, binding: text.includes(" | ") ? "choice" : "atom" };
}

function sign(type: TokenType): string {
  if (typeof type.PATTERN !== "string")
    throw new Error(`the token \`${type.name}\` has no sign and is not called anything`);
  return type.PATTERN;
}
