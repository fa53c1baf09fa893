/** The canonical form of a file. */
import { type Alignment, Layout, WIDEST } from "./layout.ts";
import * as print from "./text.ts";
import type * as tree from "./tree.ts";

/**
 * Writes a file in its canonical form, with all its comments. The tree must be that of the text, and the text without
 * syntax errors: what could not be read is not in the tree, so it would be lost.
 */
export function format(text: string, { declarations, comments }: tree.File): string {
  const layout = new Layout(text, comments);
  const writer: Writer = { layout, spelling: print.asWritten(text) };
  let above: { readonly kind: string; readonly oneLine: boolean } | undefined;
  for (const node of declarations) {
    layout.trailing();
    const first = layout.lines.length;
    layout.leading(node.span.start, 0);
    const own = layout.lines.length;
    declaration(writer, node);
    const oneLine = layout.lines.length === own + 1;
    const together = above !== undefined && above.kind === node.kind && above.oneLine && oneLine;
    if (own > first) layout.attachDoc(own);
    if (above && !together) layout.separate(first);
    above = { kind: node.kind, oneLine };
  }
  layout.leading(text.length, 0);
  return layout.toString();
}

interface Writer {
  readonly layout: Layout;
  readonly spelling: print.Spelling;
}

/** Columns that a line shares with the lines directly above and below it that are of its kind. */
const columns = (key: string): Alignment => ({ key, gaps: [1] });
/** Columns that all lines of a block share. */
const columnsOfBlock = (...gaps: number[]): Alignment => ({ key: {}, gaps });

function declaration(writer: Writer, node: tree.Declaration): void {
  const { layout, spelling } = writer;
  const keyword = print.piece(node.kind, node.keyword);
  const { end } = node.span;
  switch (node.kind) {
    case "import":
      layout.line([[...keyword, ...print.before(" ", print.word(node.path))]], end, 0);
      break;
    case "request":
      request(writer, keyword, node);
      break;
    case "provider":
      withFields(writer, [named(keyword, node.name)], node.name.span.end, node);
      break;
    case "model": {
      const source = [...print.name(node.provider), ...print.before(" ", print.word(node.upstream))];
      const head = [named(keyword, node.name), print.before("= ", source)];
      withFields(writer, head, node.upstream.span.end, node);
      break;
    }
    case "let": {
      const condition = print.before("= ", print.condition(node.condition, spelling));
      layout.line([named(keyword, node.name), condition], end, 0, columns(node.kind));
      break;
    }
    case "plan": {
      const run = print.before("= ", print.expression(node.run, spelling));
      layout.line([named(keyword, node.name), run], end, 0, columns(node.kind));
      break;
    }
    case "route":
      route(writer, [...keyword, ...print.before(" ", print.listed(node.names.map(print.routeName)))], node);
      break;
  }
}

function named(keyword: print.Pieces, name: tree.Name): print.Pieces {
  return [...keyword, ...print.before(" ", print.name(name))];
}

function request({ layout, spelling }: Writer, keyword: print.Pieces, node: tree.RequestDeclaration): void {
  layout.open(keyword, node.keyword.end, 0);
  const align = columnsOfBlock(2, 4);
  for (const attribute of node.attributes) {
    const source = [...print.name(attribute.source), ...print.before(" ", print.word(attribute.at))];
    const cells = [print.name(attribute.name), print.typeWords(attribute.type), print.before("from ", source)];
    if (attribute.default) cells.push(print.before("default ", print.value(attribute.default, spelling)));
    layout.line(cells, attribute.span.end, 2, align);
  }
  layout.close(node.span.end, 0);
}

/** Fields stay on the line of their declaration if they were written there and fit; without any, there are no braces. */
function withFields(
  writer: Writer,
  head: readonly print.Pieces[],
  headEnd: number,
  { kind, fields, span: { end } }: tree.ProviderDeclaration | tree.ModelDeclaration,
): void {
  const { layout, spelling } = writer;
  const [last = [], ...others] = head.toReversed();
  const line = [
    ...others.reverse(),
    fields.length > 0 ? [...last, ...print.fieldsOnLine(fields, end, spelling)] : last,
  ];
  const empty = fields.length === 0 && !layout.hasComment(headEnd, end);
  const fits = layout.isOneLine(headEnd, end) && line.map(print.textOf).join(" ").length <= WIDEST;
  if (empty || fits) {
    layout.line(line, end, 0, columns(kind));
    return;
  }
  layout.open(
    head.flatMap((cell, i) => (i === 0 ? cell : print.before(" ", cell))),
    headEnd,
    0,
  );
  const align = columnsOfBlock(1);
  for (const field of fields) fieldLine(writer, field, align);
  layout.close(end, 0);
}

function fieldLine({ layout, spelling }: Writer, { name, value, span }: tree.Field, align: Alignment): void {
  layout.line([print.name(name), print.fieldValue(value, spelling)], span.end, 2, align);
}

function route(writer: Writer, head: print.Pieces, node: tree.RouteDeclaration): void {
  const { layout, spelling } = writer;
  const { end } = node.span;
  if (node.run) {
    const run = print.before("-> ", print.expression(node.run, spelling));
    layout.line([head, run], end, 0, columns(node.kind));
    return;
  }
  layout.open(head, node.names.at(-1)?.span.end ?? node.keyword.end, 0);
  const align = columnsOfBlock(1);
  for (const setting of node.settings) fieldLine(writer, setting, align);
  rules(writer, node.rules, 2);
  layout.close(end, 0);
}

function rules(writer: Writer, nodes: readonly tree.Rule[], indent: number): void {
  const { layout, spelling } = writer;
  for (const node of nodes) {
    const head = print.ruleHead(node, spelling);
    switch (node.kind) {
      case "when":
      case "otherwise": {
        const run = print.before("-> ", print.expression(node.run, spelling));
        layout.line([head, run], node.span.end, indent, columns("rule"));
        break;
      }
      case "group":
        layout.open(head, node.condition.span.end, indent);
        rules(writer, node.rules, indent + 2);
        layout.close(node.span.end, indent);
        break;
      case "match":
        layout.open(head, node.operands.at(-1)?.span.end ?? node.span.start, indent);
        arms(writer, node.arms, indent + 2);
        layout.close(node.span.end, indent);
        break;
    }
  }
}

function arms({ layout, spelling }: Writer, nodes: readonly tree.Arm[], indent: number): void {
  for (const [i, node] of nodes.entries()) {
    const patterns = node.patterns.map((pattern, j) => {
      const pieces = print.pattern(pattern, spelling);
      return j < node.patterns.length - 1 ? print.after(pieces, ",") : pieces;
    });
    const run = print.before(
      "-> ",
      print.after(print.expression(node.run, spelling), print.commaAfter(node, nodes[i + 1])),
    );
    layout.line([...patterns, run], node.span.end, indent, columns("arm"));
  }
}
