/** The canonical text of rules. */
import { condition, operand, range, type Spelling, value } from "./condition-text.ts";
import {
  after,
  before,
  braced,
  breakable,
  columns,
  type Item,
  joined,
  listed,
  type Parts,
  piece,
  spaced,
} from "./pieces.ts";
import { expression, goesOn } from "./plan-text.ts";
import type * as tree from "./tree.ts";

export function rule(node: tree.Rule, spelling: Spelling): Item {
  const { end } = node.span;
  switch (node.kind) {
    case "when": {
      const head = spaced(piece("when", node.span), condition(node.condition, spelling));
      return { cells: [head, breakable(arrow(node.run, spelling), 2)], end, align: columns("rule", 2) };
    }
    case "otherwise":
      return { cells: [piece("otherwise", node.span), arrow(node.run, spelling)], end, align: columns("rule", 2) };
    case "group": {
      const rules = node.rules.map((inner) => rule(inner, spelling));
      const block = braced(rules, { at: node.condition.span.end, end }, " ", "always");
      return { cells: [spaced(piece("when", node.span), condition(node.condition, spelling), [block])], end };
    }
    case "match": {
      const operands = listed(node.operands.map(operand));
      const arms = node.arms.map((node_, i) => arm(node_, node.arms[i + 1], spelling));
      const block = braced(arms, { at: node.operands.at(-1)?.span.end ?? node.span.start, end }, " ", "always");
      return { cells: [spaced(piece("match", node.span), operands, [block])], end };
    }
  }
}

export function arrow(run: tree.Expression, spelling: Spelling): Parts {
  const plan = expression(run, spelling);
  return spaced(piece("->", { start: plan[0]?.at ?? run.span.start }), plan);
}

/** An arm, with a comma after it where the next one would be read as part of it. */
export function arm({ patterns, run, span }: tree.Arm, next: tree.Arm | undefined, spelling: Spelling): Item {
  const cells = patterns.map((node, i) => {
    const parts = pattern(node, spelling);
    return i < patterns.length - 1 ? after(parts, ",") : parts;
  });
  const gaps = [...patterns.slice(1).map(() => 1), 2];
  const first = next?.patterns[0]?.alternatives[0];
  const begins = first?.kind === "range" ? first.from : first;
  const comma = begins && begins.kind !== "any" && begins.kind !== "bound" && goesOn(run, begins);
  return {
    cells: [...cells, arrow(run, spelling)],
    end: span.end,
    align: columns("arm", ...gaps),
    comma: comma || undefined,
  };
}

function pattern({ alternatives }: tree.Pattern, spelling: Spelling): Parts {
  return joined(
    alternatives.map((node) => alternative(node, spelling)),
    " | ",
  );
}

function alternative(node: tree.Alternative, spelling: Spelling): Parts {
  switch (node.kind) {
    case "any":
      return piece("_", node.span);
    case "bound":
      return before(`${node.op} `, value(node.value, spelling));
    case "range":
      return range(node, spelling);
    default:
      return value(node, spelling);
  }
}
