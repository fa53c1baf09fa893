/** The canonical form of a file. */

import { WIDEST } from "./columns.ts";
import { asWritten, condition, type Spelling, value, word } from "./condition-text.ts";
import { clause, fields, signalSource } from "./fact-text.ts";
import { Layout } from "./layout.ts";
import {
  type Alignment,
  type Block,
  before,
  braced,
  breakable,
  columns,
  columnsOfBlock,
  type Item,
  joined,
  lineOf,
  listed,
  name,
  type Parts,
  piece,
  spaced,
  textOf,
} from "./pieces.ts";
import { expression } from "./plan-text.ts";
import { proof, routeName, scenario } from "./proof-text.ts";
import { arrow, rule } from "./rule-text.ts";
import type * as tree from "./tree.ts";

/**
 * Writes a file in its canonical form, with all its comments. The tree must be that of the text, and the text without
 * syntax errors: what could not be read is not in the tree, so it would be lost.
 */
export function format(text: string, { declarations, comments }: tree.File): string {
  const layout = new Layout(text, comments);
  const spelling = asWritten(text);
  let above: { readonly kind: string; readonly oneLine: boolean } | undefined;
  for (const node of declarations) {
    layout.trailing();
    const first = layout.lines.length;
    layout.leading(node.span.start, 0);
    const own = layout.lines.length;
    layout.item(declaration(node, spelling, layout), 0);
    const oneLine = layout.lines.length === own + 1;
    // What begins in line with those above may stand below them, even if it then takes several lines.
    const inLine = oneLine || layout.lines[own]?.align !== undefined;
    const together = above !== undefined && above.kind === node.kind && above.oneLine && inLine;
    if (own > first) layout.attachDoc(own);
    if (above && !together) layout.separate(first);
    above = { kind: node.kind, oneLine };
  }
  layout.leading(text.length, 0);
  return layout.toString();
}

function declaration(node: tree.Declaration, spelling: Spelling, layout: Layout): Item {
  const keyword = piece(node.kind, node.keyword);
  const { end } = node.span;
  const align = columns(node.kind, 1);
  switch (node.kind) {
    case "import":
      return { cells: [spaced(keyword, word(node.path))], end };
    case "zone":
      return { cells: [spaced(piece("time zone", node.keyword), word(node.zone))], end };
    case "request":
      return { cells: [spaced(keyword, [attributes(node, spelling)])], end };
    case "provider": {
      const head = spaced(keyword, name(node.name));
      return { cells: [spaced(head, facts(node, node.name.span.end, spelling, layout))], end, align };
    }
    case "model": {
      const block = facts(node, node.upstream.span.end, spelling, layout);
      const source = spaced(name(node.provider), word(node.upstream), block);
      return { cells: [spaced(keyword, name(node.name)), before("= ", source)], end, align };
    }
    case "signal":
      return signal(node, keyword, spelling);
    case "let": {
      const cells = [spaced(keyword, name(node.name)), before("= ", condition(node.condition, spelling))];
      return { cells, end, align };
    }
    case "meter": {
      const clauses = node.clauses.map((part) => clause(part, spelling));
      const block = braced(clauses, { at: node.name.span.end, end }, "  ", "apart");
      return { cells: [piece(node.meter, node.keyword), name(node.name), [block]], end, align };
    }
    case "plan": {
      const cells = [spaced(keyword, name(node.name)), before("= ", expression(node.run, spelling))];
      return { cells, end, align };
    }
    case "route":
      return route(node, keyword, spelling);
    case "prove":
      return prove(node, keyword, spelling, layout);
    case "test": {
      const block = braced(scenario(node, spelling), { at: node.title.span.end, end }, "  ", "apart");
      return { cells: [spaced(keyword, word(node.title)), [block]], end, align };
    }
  }
}

function attributes(node: tree.RequestDeclaration, spelling: Spelling): Block {
  const align = columnsOfBlock(2, 4);
  const items = node.attributes.map((attribute): Item => {
    const source = spaced(name(attribute.source), word(attribute.at));
    const cells = [name(attribute.name), type(attribute.type), before("from ", source)];
    if (attribute.default) cells.push(before("default ", value(attribute.default, spelling)));
    return { cells, end: attribute.span.end, align };
  });
  return braced(items, { at: node.keyword.end, end: node.span.end }, " ", "always");
}

const type = ({ words }: tree.TypeNode): Parts => joined(words.map(word), " | ");

/** The fields of a provider or model, with the braces only where there is something in them. */
function facts(
  node: tree.ProviderDeclaration | tree.ModelDeclaration,
  at: number,
  spelling: Spelling,
  layout: Layout,
): Parts {
  const { end } = node.span;
  if (node.fields.length === 0 && !layout.hasComment(at, end)) return [];
  return [braced(fields(node.fields, spelling), { at, end }, ", ", "apart")];
}

function signal(node: tree.SignalDeclaration, keyword: Parts, spelling: Spelling): Item {
  const timeout = node.timeout ? breakable(before(" timeout ", value(node.timeout, spelling))) : [];
  const otherwise = node.otherwise ? breakable(before(" else ", value(node.otherwise, spelling))) : [];
  const source = [...signalSource(node.source, spelling), ...timeout, ...otherwise];
  const align = columns(node.kind, 2, 1);
  return {
    cells: [spaced(keyword, name(node.name)), type(node.type), before("= ", source)],
    end: node.span.end,
    align,
  };
}

function route(node: tree.RouteDeclaration, keyword: Parts, spelling: Spelling): Item {
  const { end } = node.span;
  const names = listed(node.names.map(routeName));
  const head = spaced(keyword, node.each ? spaced(before("each ", name(node.each)), before("as ", names)) : names);
  if (node.run) return { cells: [head, arrow(node.run, spelling)], end, align: columns(node.kind, 1) };
  const align = columnsOfBlock(1);
  const items = [
    ...node.settings.map((part) => setting(part, align, spelling)),
    ...node.rules.map((part) => rule(part, spelling)),
  ];
  const at = node.names.at(-1)?.span.end ?? node.keyword.end;
  return { cells: [spaced(head, [braced(items, { at, end }, " ", "always")])], end };
}

function setting(node: tree.Setting, align: Alignment, spelling: Spelling): Item {
  const says = (...parts: Parts[]): Item => ({ cells: [name(node.name), ...parts], end: node.span.end, align });
  switch (node.kind) {
    case "for":
      return says(condition(node.condition, spelling));
    case "strict":
      return says();
    case "reuse": {
      const per = before("per ", listed(node.per.map(name)));
      return says(spaced(value(node.duration, spelling), per));
    }
    case "setting":
      return says(value(node.value, spelling));
  }
}

/** On one line if it was written so and fits; then its claims stand below those of the proof above. */
function prove(node: tree.ProveDeclaration, keyword: Parts, spelling: Spelling, layout: Layout): Item {
  const head = spaced(keyword, name(node.name));
  const { end } = node.span;
  const at = node.name.span.end;
  const items = proof(node, spelling);
  const block = braced(items, { at, end }, "  ", "apart");
  const item: Item = { cells: [spaced(head, [block])], end };
  if (!layout.isOneLine(at, end) || textOf(lineOf(item)).length > WIDEST) return item;
  const [claims = [], ...conditions] = items.map(lineOf).reverse();
  const premise = before("{ ", joined(conditions.reverse(), "  "));
  return { cells: [head, premise, [...claims, { text: " }", at: end - 1 }]], end, align: columns(node.kind, 1, 2) };
}
