/** The canonical text of what providers, models, signals and meters state. */
import { condition, range, regex, type Spelling, value, word } from "./condition-text.ts";
import {
  before,
  braced,
  columnsOfBlock,
  type Item,
  listed,
  name,
  type Parts,
  piece,
  spaced,
  within,
} from "./pieces.ts";
import { bracketed, options, pair, wordItem, words } from "./plan-text.ts";
import type * as tree from "./tree.ts";

export function fields(nodes: readonly tree.Field[], spelling: Spelling): Item[] {
  const align = columnsOfBlock(1);
  return nodes.map((node) => ({
    cells: [name(node.name), fieldValue(node.value, spelling)],
    end: node.span.end,
    align,
    comma: node.value.kind === "allow" ? false : undefined,
  }));
}

function fieldValue(node: tree.FieldValue, spelling: Spelling): Parts {
  switch (node.kind) {
    case "options":
      return [options(node, spelling)];
    case "list":
      return [words(node)];
    case "prices":
      return prices(node, spelling);
    case "env":
      return environment(node);
    case "sdk":
      return spaced(piece("ai_sdk", node.span), word(node.package));
    case "breaker":
      return [breaker(node, spelling)];
    case "header":
      return spaced(word(node.header), node.value.kind === "env" ? environment(node.value) : word(node.value));
    case "allow":
      return allowances(node.allowances, spelling);
    case "latency":
      return node.to === undefined ? value(node.from, spelling) : range({ from: node.from, to: node.to }, spelling);
    case "quantiles":
      return [quantiles(node, spelling)];
    case "speed":
      return allowance(node, spelling);
    case "shares":
      return [failureShares(node, spelling)];
    default:
      return value(node, spelling);
  }
}

function prices({ during, entries, span }: tree.PriceBlock, spelling: Spelling): Parts {
  const align = columnsOfBlock(1);
  const items = entries.map((entry) => pair(entry, align, spelling));
  const block = braced(items, { at: during?.span.end ?? span.start, end: span.end });
  if (during === undefined) return [block];
  const zone = during.zone === undefined ? [] : before("zone ", word(during.zone));
  return spaced(piece("during", during.span), range(during.range, spelling), zone, [block]);
}

function environment({ names, bracketed: inBrackets, span }: tree.Environment): Parts {
  const word_ = piece("env", span);
  if (!inBrackets) return spaced(word_, listed(names.map(word)));
  return spaced(word_, [bracketed(names.map(wordItem), { at: span.start + "env".length, end: span.end })]);
}

function breaker({ failures, window, rest, span }: tree.Breaker, spelling: Spelling) {
  const count = before("trip after ", value(failures, spelling));
  const trip = spaced(count, before("failures in ", value(window, spelling)));
  const items = [
    { cells: [trip], end: window.span.end },
    { cells: [before("rest ", value(rest, spelling))], end: rest.span.end },
  ];
  return braced(items, within(span));
}

function quantiles(node: tree.Quantiles, spelling: Spelling) {
  const align = columnsOfBlock(1);
  const items = node.quantiles.map((quantile) => pair(quantile, align, spelling));
  return braced(items, within(node.span));
}

function failureShares(node: tree.FailureShares, spelling: Spelling) {
  const align = columnsOfBlock(1);
  const items = node.shares.map(({ share, failure, span: { end } }) => ({
    cells: [value(share, spelling), name(failure)],
    end,
    align,
  }));
  return braced(items, within(node.span));
}

function allowances(nodes: readonly tree.Allowance[], spelling: Spelling): Parts {
  return listed(
    nodes.map((node) => [...allowance(node, spelling), ...(node.per ? before(" per ", name(node.per)) : [])]),
  );
}

function allowance({ count, unit, window }: Omit<tree.Allowance, "per">, spelling: Spelling): Parts {
  return spaced(value(count, spelling), name(unit), per(window, spelling));
}

const per = (window: tree.Window, spelling: Spelling): Parts => before("per ", value(window, spelling));

/** What stands after a signal's `=`. */
export function signalSource(node: tree.SignalSource, spelling: Spelling): Parts {
  const keyword = piece(node.kind, node.span);
  const place = { at: node.span.start + node.kind.length, end: node.span.end };
  switch (node.kind) {
    case "patterns": {
      // A slash begins a regular expression only after a comma or a bracket.
      const regexes = node.items.some((item) => "source" in item);
      const items = node.items.map((item, i) => ({
        cells: ["source" in item ? regex(item) : word(item)],
        end: item.span.end,
        comma: (regexes && i < node.items.length - 1) || undefined,
      }));
      return spaced(keyword, [bracketed(items, place)]);
    }
    case "keywords":
      return spaced(keyword, [bracketed(node.items.map(wordItem), place)]);
    case "classifier":
      return spaced(keyword, word(node.weights));
    case "similar": {
      const examples = before("to ", word(node.examples));
      const embedder = before("using ", name(node.embedder));
      return spaced(keyword, examples, embedder, before("above ", value(node.above, spelling)));
    }
    case "ask":
      return spaced(keyword, name(node.model), "kind" in node.prompt ? word(node.prompt) : meanings(node, node.prompt));
    case "http": {
      const block = node.fields && braced(fields(node.fields, spelling), { ...place, at: node.url.span.end });
      return spaced(keyword, word(node.url), block ? [block] : []);
    }
    case "module":
      return spaced(keyword, word(node.file));
    case "language":
      return keyword;
    case "unread":
      return [];
  }
}

function meanings(
  { model, span }: { readonly model: tree.Name; readonly span: tree.Span },
  nodes: readonly tree.MemberMeaning[],
): Parts {
  const align = columnsOfBlock(2);
  const items = nodes.map(({ member, meaning, span: { end } }) => ({
    cells: [word(member), word(meaning)],
    end,
    align,
  }));
  return [braced(items, { at: model.span.end, end: span.end })];
}

/** A clause of a meter. */
export function clause(node: tree.MeterClause, spelling: Spelling): Item {
  const says = (...parts: Parts[]): Item => ({
    cells: [spaced(piece(node.kind, node.span), ...parts)],
    end: node.span.end,
  });
  switch (node.kind) {
    case "per":
    case "on":
      return says(listed(node.names.map(name)));
    case "for":
      return says(condition(node.condition, spelling));
    case "limit":
    case "spend":
      return says(value(node.amount, spelling), per(node.window, spelling));
    case "alert":
      return says(before("at ", listed(node.at.map((share) => value(share, spelling)))));
    case "allow":
      return says(allowances(node.allowances, spelling));
  }
}
