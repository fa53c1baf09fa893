/**
 * The grammar that the parser really has, as plain data: what Chevrotain recorded of it (its "GAST"), without what is
 * there only to understand other languages' habits and report them.
 */
import {
  Alternation,
  Alternative,
  type IProduction,
  NonTerminal,
  Option,
  Repetition,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  RepetitionWithSeparator,
  type Rule,
  Terminal,
  type TokenType,
} from "chevrotain";
import { DeclarationGrammar } from "../../compiler/syntax/parser.ts";

export type Part =
  | { readonly kind: "token"; readonly type: TokenType }
  | { readonly kind: "rule"; readonly name: string }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly Part[] }
  | { readonly kind: "optional"; readonly part: Part }
  | {
      readonly kind: "repeat";
      readonly part: Part;
      readonly atLeastOne: boolean;
      /** What stands between two. */
      readonly separator: TokenType | undefined;
    };

/** The rule that a file is. */
export const START = "file";

/** Alternatives that are read only to say that they are written otherwise here: the tokens of each, by their rule. */
const SLIPS: ReadonlyMap<string, readonly string[]> = new Map([
  ["when", ["IF", "ELSE IF", "ELSE WHEN"]],
  ["otherwise", ["ELSE", "DEFAULT"]],
  ["compare", ["Assign"]],
  ["valueSet", ["OpenBracket", "OpenParen", "CloseBracket", "CloseParen"]],
  ["branch", ["OR", "Comma"]],
  ["failure", ["Number"]],
  ["failureList", ["Number"]],
  ["modelSet", ["WITH", "WHEN"]],
  ["gated", ["Name"]],
  ["signal", ["OTHERWISE", "DEFAULT"]],
  ["claim", ["Equality", "Assign"]],
  ["expectation", ["Equality", "Assign"]],
]);
/** The `=` after the name of a field: read for the same reason. */
const SLIP_RULE = "noAssign";

/**
 * The rules by their names, in the order in which the parser defines them.
 * @throws when the grammar no longer has one of the slips that are left out.
 */
export function productions(): ReadonlyMap<string, Part> {
  const rules = Object.values(new DeclarationGrammar("recorded").getGAstProductions());
  const slips = new Set([...SLIPS].flatMap(([rule, all]) => all.map((slip) => `${rule}: ${slip}`)));
  const grammar = new Map<string, Part>();
  for (const rule of rules) if (rule.name !== SLIP_RULE) grammar.set(rule.name, read(rule, slips));
  if (slips.size > 0) throw new Error(`the grammar has no alternative \`${[...slips].join("`, `")}\``);
  return grammar;
}

/** Takes each slip that it leaves out of the set. */
function read(rule: Rule, slips: Set<string>): Part {
  const isSlip = (part: Part): boolean => slips.delete(`${rule.name}: ${namesOf(part)}`);

  const sequence = (definition: readonly IProduction[]): Part => {
    const kept = definition.filter((node) => !(node instanceof NonTerminal && node.nonTerminalName === SLIP_RULE));
    const parts = kept.map(part);
    return parts.length === 1 && parts[0] ? parts[0] : { kind: "sequence", parts };
  };

  const part = (node: IProduction): Part => {
    if (node instanceof Terminal) return { kind: "token", type: node.terminalType };
    if (node instanceof NonTerminal) return { kind: "rule", name: node.nonTerminalName };
    if (node instanceof Alternation) {
      const parts = node.definition.map(part).filter((alternative) => !isSlip(alternative));
      return parts.length === 1 && parts[0] ? parts[0] : { kind: "choice", parts };
    }
    if (node instanceof Alternative) return sequence(node.definition);
    if (node instanceof Option) return { kind: "optional", part: sequence(node.definition) };
    if (node instanceof Repetition || node instanceof RepetitionMandatory) {
      const atLeastOne = node instanceof RepetitionMandatory;
      return { kind: "repeat", part: sequence(node.definition), atLeastOne, separator: undefined };
    }
    if (node instanceof RepetitionWithSeparator || node instanceof RepetitionMandatoryWithSeparator) {
      const atLeastOne = node instanceof RepetitionMandatoryWithSeparator;
      return { kind: "repeat", part: sequence(node.definition), atLeastOne, separator: node.separator };
    }
    throw new Error(`rule \`${rule.name}\` has a part of an unknown kind`);
  };

  return sequence(rule.definition);
}

/** The tokens' names, of a sequence of nothing else. */
function namesOf(part: Part): string {
  if (part.kind === "token") return part.type.name;
  return part.kind === "sequence" ? part.parts.map(namesOf).join(" ") : "";
}
