/** The canonical text of plans. */
import { condition, type Spelling, value, word } from "./condition-text.ts";
import {
  type Alignment,
  type Block,
  before,
  braced,
  breakable,
  columnsOfBlock,
  type Item,
  listed,
  name,
  type Parts,
  piece,
  spaced,
  within,
} from "./pieces.ts";
import type * as tree from "./tree.ts";

export function expression({ first, branches }: tree.Expression, spelling: Spelling): Parts {
  return [...step(first, spelling), ...branches.flatMap((branch) => elseBranch(branch, spelling))];
}

function elseBranch({ on, step: next, span }: tree.ElseBranch, spelling: Spelling): Parts {
  const failures = on === undefined ? [] : before(" on ", listed(on.map(name)));
  return [...breakable(piece(" else", span)), ...failures, ...before(" ", step(next, spelling))];
}

function step(node: tree.Step, spelling: Spelling): Parts {
  const written = target(node.target, spelling);
  return node.with === undefined ? written : [...written, ...before(" with ", [options(node.with, spelling)])];
}

function target(node: tree.Target, spelling: Spelling): Parts {
  switch (node.kind) {
    case "name":
      return name(node.name);
    case "parens": {
      const item = { cells: [expression(node.expression, spelling)], end: node.expression.span.end };
      return [{ ...braced([item], within(node.span)), open: "(", close: ")" }];
    }
    case "reject": {
      const status = before("reject ", value(node.status, spelling));
      return node.text === undefined ? status : spaced(status, word(node.text));
    }
    case "selector":
      return spaced(name(node.order), [modelSet(node.set, spelling)]);
    case "spread":
      return spread(node, spelling);
    case "adaptive": {
      const align = columnsOfBlock(1);
      const weights = node.weights.map((weight) => pair(weight, align, spelling));
      const by = braced(weights, { at: node.set.span.end, end: node.span.end });
      return spaced(piece("adaptive", node.span), [modelSet(node.set, spelling)], before("by ", [by]));
    }
    case "split":
      return split(node, spelling);
    case "cascade":
      return cascade(node, spelling);
    case "hedge":
      return hedge(node, spelling);
  }
}

export function modelSet({ where, names, span }: tree.ModelSet, spelling: Spelling): Block {
  const models = where && { cells: [before("models where ", condition(where, spelling))], end: span.end - 1 };
  return braced(models ? [models] : names.map((node) => ({ cells: [name(node)], end: node.span.end })), within(span));
}

/** A word, and the block that goes on to the end of what it begins, or to `by`. */
function named(
  word: string,
  { span, by }: { readonly span: tree.Span; readonly by?: tree.Name | undefined },
  items: readonly Item[],
  separator: Block["separator"] = ", ",
): Parts {
  const block = braced(items, { at: span.start + word.length, end: by?.span.start ?? span.end }, separator);
  return spaced(piece(word, span), [block], before("by ", by ? name(by) : []));
}

function spread(node: tree.Spread, spelling: Spelling): Parts {
  const align = columnsOfBlock(1);
  const shares = node.shares.map(({ share, name: model, span: { end } }) => ({
    cells: share ? [value(share, spelling), name(model)] : [name(model)],
    end,
    align,
  }));
  return named("spread", node, shares);
}

function split(node: tree.Split, spelling: Spelling): Parts {
  const align = columnsOfBlock(1);
  const sides = node.sides.map(({ share, run, span: { end } }, i) => {
    const next = node.sides[i + 1]?.share;
    const comma = (next && goesOn(run, next)) || undefined;
    return { cells: [value(share, spelling), expression(run, spelling)], end, align, comma };
  });
  return named("split", node, sides);
}

function cascade(node: tree.Cascade, spelling: Spelling): Parts {
  const align = columnsOfBlock(2);
  const steps = node.steps.map(({ step: tried, accept, span: { end } }) => {
    const cells = [step(tried, spelling)];
    if (accept) cells.push(before("accept when ", condition(accept, spelling)));
    return { cells, end, align };
  });
  return named("cascade", node, steps);
}

function hedge(node: tree.Hedge, spelling: Spelling): Parts {
  const align = columnsOfBlock(1);
  const first: Item = { cells: [expression(node.first, spelling)], end: node.first.span.end };
  const later = node.then.map(({ after, run, span }) => ({
    cells: [spaced(piece("after", span), value(after, spelling)), expression(run, spelling)],
    end: span.end,
    align,
  }));
  return named("hedge", node, [first, ...later], " ");
}

/** Whether a literal or word directly after a plan would be read as the status or the text of its `reject`. */
export function goesOn({ first, branches }: tree.Expression, next: tree.Value): boolean {
  const last = branches.at(-1)?.step ?? first;
  if (last.with !== undefined) return false;
  const text = next.kind === "word" && next.quoted;
  if (last.target.kind === "reject") return text && last.target.text === undefined;
  const named = last.target.kind === "name" && last.target.name.text === "reject";
  return named && (text || (next.kind !== "word" && next.kind !== "bool"));
}

/** `{ timeout 20s, retries 2 on [timeout] }` */
export function options(node: tree.Options, spelling: Spelling): Block {
  const align = columnsOfBlock(1);
  const items = node.options.map((option) => {
    const { cells, ...item } = pair(option, align, spelling);
    if (option.list === undefined) return { cells, ...item };
    const list = before(option.name.text === "tools" ? " " : " on ", [words(option.list)]);
    return { cells: [cells[0] ?? [], [...(cells[1] ?? []), ...list]], ...item };
  });
  return braced(items, within(node.span));
}

/** A name and its value. */
export function pair(
  node: { readonly name: tree.Name; readonly value: tree.Value; readonly span: tree.Span },
  align: Alignment,
  spelling: Spelling,
): Item {
  return { cells: [name(node.name), value(node.value, spelling)], end: node.span.end, align };
}

/** `[a, b, "c"]` */
export function words({ items, span }: tree.WordList): Block {
  return bracketed(items.map(wordItem), within(span));
}

export const wordItem = (node: tree.Word): Item => ({ cells: [word(node)], end: node.span.end });

export function bracketed(items: readonly Item[], place: Pick<Block, "at" | "end">): Block {
  return { ...braced(items, place), open: "[", close: "]" };
}
