/** The canonical text of words, literals and conditions. */
import { spell } from "./literals.ts";
import { after, before, breakable, closing, joined, listed, name, type Parts, piece, spaced } from "./pieces.ts";
import type * as tree from "./tree.ts";

/** How literals are written: as in the source where that is known, else canonically. */
export type Spelling = (literal: tree.Literal) => string;

export const canonical: Spelling = (literal) => (literal.kind === "bool" ? String(literal.value) : spell(literal));

/** Literals as they stand in a text, so that `10k` remains `10k`. */
export const asWritten =
  (text: string): Spelling =>
  ({ span }) =>
    text.slice(span.start, span.end);

export function word({ text, quoted, span }: Pick<tree.Word, "text" | "quoted" | "span">): Parts {
  return piece(quoted ? JSON.stringify(text) : text, span);
}

export function value(node: tree.Value, spelling: Spelling): Parts {
  return node.kind === "word" ? word(node) : piece(spelling(node), node.span);
}

export function range({ from, to }: Pick<tree.Range, "from" | "to">, spelling: Spelling): Parts {
  return after(value(from, spelling), "..").concat(value(to, spelling));
}

export function regex({ source, ignoreCase, span }: tree.Regex): Parts {
  return piece(`/${source}/${ignoreCase ? "i" : ""}`, span);
}

/** `needs.tools` */
export const path = (names: readonly tree.Name[]): Parts => joined(names.map(name), ".");

/** What a comparison or a `match` is about. */
export function operand(node: tree.Operand | tree.Judgement): Parts {
  if (node.kind === "path") return path(node.path);
  const model = after(before("judge(", name(node.model)), ",");
  return [...spaced(model, word(node.prompt)), closing(")", node.span)];
}

export function condition(node: tree.Condition, spelling: Spelling): Parts {
  if (node.kind !== "or" && node.kind !== "and") return term(node, spelling);
  return node.operands.flatMap((part, i) => {
    const parts = term(part, spelling);
    return i === 0 ? parts : breakable(before(` ${node.kind} `, parts), 2);
  });
}

function term(node: tree.Condition, spelling: Spelling): Parts {
  switch (node.kind) {
    case "or":
    case "and": {
      const operands = node.operands.map((part) => term(part, spelling));
      return joined(operands, ` ${node.kind} `);
    }
    case "not":
      return before("not ", term(node.operand, spelling));
    case "can":
      return before("can ", word(node.capability));
    case "parens":
      return [...before("(", term(node.condition, spelling)), closing(")", node.span)];
    case "comparison":
      return node.test === undefined ? operand(node.operand) : spaced(operand(node.operand), test(node.test, spelling));
  }
}

function test(node: tree.Test, spelling: Spelling): Parts {
  switch (node.kind) {
    case "compare":
      return before(`${node.op} `, value(node.value, spelling));
    case "in": {
      const test = node.negated ? "not in " : "in ";
      if ("kind" in node.values) return before(test, range(node.values, spelling));
      const members = listed(node.values.map((member) => value(member, spelling)));
      return [...before(`${test}{ `, members), closing(" }", node.span)];
    }
    case "matches":
      return before("matches ", regex(node.regex));
    default:
      return before(`${node.kind} `, word(node.text));
  }
}
