/** The canonical text of what stands in a `prove` and in a `test`. */
import { condition, path, type Spelling, value, word } from "./condition-text.ts";
import {
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
} from "./pieces.ts";
import { modelSet, pair } from "./plan-text.ts";
import type * as tree from "./tree.ts";

export function routeName({ text, quoted, span }: tree.RouteName): Parts {
  return word({ text, quoted, span });
}

/** The parts of a proof: where, under which condition, and what holds. */
export function proof({ on, premise, claims, span }: tree.ProveDeclaration, spelling: Spelling): Item[] {
  const first = claims[0]?.span ?? span;
  const where = on.length === 0 ? [] : [line(before("on ", listed(on.map(routeName))), on.at(-1)?.span.end ?? 0)];
  const when = premise
    ? line(before("when ", condition(premise, spelling)), premise.span.end)
    : line(piece("always", first), first.start);
  const and = claims.flatMap((node, i) => {
    const parts = claim(node, spelling);
    return i === 0 ? parts : breakable(before(" and ", parts));
  });
  return [...where, when, line(and, claims.at(-1)?.span.end ?? span.end)];
}

const line = (parts: Parts, end: number): Item => ({ cells: [parts], end });

function claim(node: tree.Claim, spelling: Spelling): Parts {
  switch (node.kind) {
    case "every":
      return spaced(piece("every model is", node.span), condition(node.condition, spelling));
    case "never":
      return spaced(
        piece("never", node.span),
        "text" in node.models ? name(node.models) : [modelSet(node.models, spelling)],
      );
    case "bound":
      return spaced(name(node.of), before(`${node.op} `, value(node.value, spelling)));
    case "no_reject":
      return piece("no reject", node.span);
  }
}

/** The lines of a test. */
export function scenario({ send, given: states, expect }: tree.TestDeclaration, spelling: Spelling): Item[] {
  const align = columnsOfBlock(1);
  const fields = send.fields.map((field) => ({
    cells: [path(field.path), value(field.value, spelling)],
    end: field.span.end,
    align,
  }));
  const request = braced(fields, { at: send.route.span.end, end: send.span.end });
  return [
    line(spaced(piece("send", send.span), routeName(send.route), [request]), send.span.end),
    ...states.map((node) => line(given(node, spelling), node.span.end)),
    ...expect.map((node) => line(before("expect ", expectation(node, spelling)), node.span.end)),
  ];
}

function given(node: tree.Given, spelling: Spelling): Parts {
  const head = spaced(piece("given", node.span), name(node.name));
  switch (node.kind) {
    case "down":
      return spaced(head, piece("down", { start: node.name.span.end }));
    case "fails":
      return spaced(head, before("fails ", name(node.failure)));
    case "answers": {
      const align = columnsOfBlock(1);
      const facts = node.facts.map((fact) => pair(fact, align, spelling));
      return spaced(head, before("answers ", [braced(facts, { at: node.name.span.end, end: node.span.end })]));
    }
    case "used":
      return spaced(head, before("used ", value(node.share, spelling)));
    case "value":
      return spaced(head, value(node.value, spelling));
  }
}

function expectation(node: tree.Expectation, spelling: Spelling): Parts {
  switch (node.kind) {
    case "plan":
      return before("plan ", name(node.name));
    case "served":
      return before("served by ", name(node.name));
    case "tries":
      return before("tries ", listed(node.names.map(name)));
    case "rule":
    case "reject":
      return before(`${node.kind} `, value(node.value, spelling));
    case "cost":
      return before("cost <= ", value(node.value, spelling));
  }
}
