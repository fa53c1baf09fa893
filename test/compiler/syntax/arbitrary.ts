/**
 * Random words, conditions, plans and rules: trees that any parse of a well-formed text could give. All spans are
 * empty.
 */
import fc from "fast-check";
import type * as tree from "../../../compiler/syntax/index.ts";

export const span: tree.Span = { start: 0, end: 0 };

/** Names that are traps: words that have a meaning elsewhere. */
const TRAPS = ["plan", "limit", "route", "request", "model", "let", "import", "test", "time", "signal", "each", "env"];
const MORE_TRAPS = ["cheapest", "cascade", "header", "claim", "if", "_x", "x1", "X_y", "k", "M", "ms", "inn", "nota"];
const EVEN_MORE_TRAPS = ["reject", "spread", "hedge", "models", "per", "for", "cost", "given", "at", "is", "strict"];
export const bareText = fc.constantFrom(
  ...["opus", "tier", "free", "gpt5", "region"],
  ...TRAPS,
  ...MORE_TRAPS,
  ...EVEN_MORE_TRAPS,
);
export const name: fc.Arbitrary<tree.Name> = bareText.map((text) => ({ text, span }));
export const names = (min = 1) => fc.array(name, { minLength: min, maxLength: 3 });
/** One of these words, as a name. */
export const oneOf = (...words: string[]) => fc.constantFrom(...words).map((text): tree.Name => ({ text, span }));

export const quoted: fc.Arbitrary<tree.Word> = fc
  .oneof(
    fc.constantFrom("eu-west-1", "a b", 'a"b', "\\", "// no comment", "é\t\u0001"),
    fc.string({ unit: "grapheme" }),
  )
  .map((text) => ({ kind: "word", text, quoted: true, span }));
export const bare: fc.Arbitrary<tree.Word> = bareText.map((text) => ({ kind: "word", text, quoted: false, span }));
export const word = fc.oneof(bare, quoted);

export const number = (kind: tree.NumberKind, min = 0, max = 1000) =>
  fc.integer({ min, max }).map((n) => ({ kind, value: kind === "decimal" ? n / 1000 : n, span }) as const);
const numeral = fc.oneof(
  number("int", -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  number("decimal", -5000, 5000),
  number("percent", 0, 200),
  number("money", 0, 2 ** 52),
  number("duration", 0, 1e12),
  number("clock", 0, 1439),
);
const bool = fc.boolean().map((value) => ({ kind: "bool", value, span }) as const);
export const value: fc.Arbitrary<tree.Value> = fc.oneof(word, numeral, bool);
export const range: fc.Arbitrary<tree.Range> = fc
  .tuple(value, value)
  .map(([from, to]) => ({ kind: "range", from, to, span }));

export const some = <T>(item: fc.Arbitrary<T>, max = 3) => fc.array(item, { minLength: 1, maxLength: max });
export const many = <T>(item: fc.Arbitrary<T>, max = 3) => fc.array(item, { maxLength: max });
export const maybe = <T>(item: fc.Arbitrary<T>) => fc.option(item, { nil: undefined, freq: 2 });

const path: fc.Arbitrary<tree.Operand> = some(name, 2).map((path) => ({ kind: "path", path, span }));
const judgement: fc.Arbitrary<tree.Judgement> = fc
  .tuple(name, quoted)
  .map(([model, prompt]) => ({ kind: "judge", model, prompt, span }));
const operand = fc.oneof({ weight: 4, arbitrary: path }, { weight: 1, arbitrary: judgement });
export const regex: fc.Arbitrary<tree.Regex> = fc
  .tuple(fc.constantFrom("a", "^x\\.y$", "[/]b", "\\/{2}", "a|b"), fc.boolean())
  .map(([source, ignoreCase]) => ({ source, ignoreCase, span }));
export const order = fc.constantFrom("<" as const, "<=" as const, ">" as const, ">=" as const);
const operator = fc.oneof(order, fc.constantFrom("==" as const, "!=" as const));
const test: fc.Arbitrary<tree.Test> = fc.oneof(
  fc.tuple(operator, value).map(([op, value]) => ({ kind: "compare", op, value, span }) as const),
  fc
    .tuple(fc.boolean(), fc.oneof(some(value), range))
    .map(([negated, values]) => ({ kind: "in", negated, values, span }) as const),
  fc
    .tuple(fc.constantFrom("starts_with" as const, "ends_with" as const, "contains" as const), quoted)
    .map(([kind, text]) => ({ kind, text, span })),
  regex.map((regex) => ({ kind: "matches", regex, span }) as const),
);
const comparison: fc.Arbitrary<tree.Condition> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(operand, maybe(test))
      .map(([operand, test]): tree.Condition => ({ kind: "comparison", operand, test, span })),
  },
  { weight: 1, arbitrary: word.map((capability): tree.Condition => ({ kind: "can", capability, span })) },
);

/** Conditions as they nest: `or` of `and` of `not` of comparisons and parentheses. */
export const condition: fc.Arbitrary<tree.Condition> = fc.letrec<{ or: tree.Condition; atom: tree.Condition }>(
  (tie) => {
    const not = tie("atom").map((operand): tree.Condition => ({ kind: "not", operand, span }));
    const factor = fc.oneof(tie("atom"), not);
    const list = (kind: "and" | "or", item: fc.Arbitrary<tree.Condition>) =>
      some(item).map(
        (operands): tree.Condition =>
          operands.length > 1 ? { kind, operands, span } : (operands[0] as tree.Condition),
      );
    return {
      or: list("or", list("and", factor)),
      atom: fc.oneof(
        { maxDepth: 2, depthSize: "small" },
        comparison,
        tie("or").map((condition): tree.Condition => ({ kind: "parens", condition, span })),
      ),
    };
  },
).or;

export const wordList: fc.Arbitrary<tree.WordList> = many(word).map((items) => ({ kind: "list", items, span }));
/** A name and a value: prices, weights, facts of an answer. */
export const pair = fc.tuple(name, value).map(([name, value]) => ({ name, value, span }));
const option: fc.Arbitrary<tree.Option> = fc
  .tuple(fc.oneof(name, oneOf("tools")), value, maybe(wordList))
  .map(([name, value, list]) => ({ name, value, list, span }));
export const options: fc.Arbitrary<tree.Options> = many(option).map((options) => ({ kind: "options", options, span }));

export const modelSet: fc.Arbitrary<tree.ModelSet> = fc.oneof(
  names().map((names): tree.ModelSet => ({ kind: "set", where: undefined, names, span })),
  condition.map((where): tree.ModelSet => ({ kind: "set", where, names: [], span })),
);
const share = number("percent");
const by = maybe(name);
const selector = fc
  .tuple(oneOf("cheapest", "fastest", "best", "least_busy"), modelSet)
  .map(([order, set]): tree.Target => ({ kind: "selector", order, set, span }));
const spread = fc.tuple(many(fc.tuple(maybe(share), name)), by).map(
  ([shares, by]): tree.Target => ({
    kind: "spread",
    shares: shares.map(([share, name]) => ({ share, name, span })),
    by,
    span,
  }),
);
const adaptive = fc
  .tuple(modelSet, many(pair))
  .map(([set, weights]): tree.Target => ({ kind: "adaptive", set, weights, span }));

/** Plans: `else` chains of targets with options, in each other. */
export const expression: fc.Arbitrary<tree.Expression> = fc.letrec<{ chain: tree.Expression; target: tree.Target }>(
  (tie) => {
    const step = fc
      .tuple(tie("target"), maybe(options))
      .map(([target, options]): tree.Step => ({ target, with: options, span }));
    const branch = fc.tuple(maybe(names()), step).map(([on, step]): tree.ElseBranch => ({ on, step, span }));
    const parens = tie("chain").map((expression): tree.Target => ({ kind: "parens", expression, span }));
    const split = fc.tuple(many(fc.tuple(share, tie("chain"))), by).map(
      ([sides, by]): tree.Target => ({
        kind: "split",
        sides: sides.map(([share, run]) => ({ share, run, span })),
        by,
        span,
      }),
    );
    const cascade = many(fc.tuple(step, maybe(condition))).map(
      (steps): tree.Target => ({
        kind: "cascade",
        steps: steps.map(([step, accept]) => ({ step, accept, span })),
        span,
      }),
    );
    const hedge = fc.tuple(tie("chain"), many(fc.tuple(number("duration"), tie("chain")))).map(
      ([first, then]): tree.Target => ({
        kind: "hedge",
        first,
        then: then.map(([after, run]) => ({ after, run, span })),
        span,
      }),
    );
    return {
      chain: fc.tuple(step, many(branch, 2)).map(([first, branches]): tree.Expression => ({ first, branches, span })),
      target: fc.oneof(
        { maxDepth: 2, depthSize: "small" },
        { weight: 6, arbitrary: name.map((name): tree.Target => ({ kind: "name", name, span })) },
        fc
          .tuple(number("int", 400, 599), maybe(quoted))
          .map(([status, text]): tree.Target => ({ kind: "reject", status, text, span })),
        selector,
        spread,
        adaptive,
        ...[parens, split, cascade, hedge],
      ),
    };
  },
).chain;

const alternative: fc.Arbitrary<tree.Alternative> = fc.oneof(
  fc.constant({ kind: "any", span } as const),
  fc.tuple(order, value).map(([op, value]) => ({ kind: "bound", op, value, span }) as const),
  range,
  value,
);
const pattern: fc.Arbitrary<tree.Pattern> = some(alternative).map((alternatives) => ({ alternatives, span }));
const arm: fc.Arbitrary<tree.Arm> = fc
  .tuple(some(pattern), expression)
  .map(([patterns, run]) => ({ patterns, run, span }));

/** Rules of a route. */
export const rule: fc.Arbitrary<tree.Rule> = fc.letrec<{ rule: tree.Rule }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    fc.tuple(condition, expression).map(([condition, run]): tree.Rule => ({ kind: "when", condition, run, span })),
    fc.tuple(some(operand), many(arm)).map(([operands, arms]): tree.Rule => ({ kind: "match", operands, arms, span })),
    expression.map((run): tree.Rule => ({ kind: "otherwise", run, span })),
    fc
      .tuple(condition, many(tie("rule")))
      .map(([condition, rules]): tree.Rule => ({ kind: "group", condition, rules, span })),
  ),
})).rule;

/** A tree without places and comments: what two texts that say the same have in common. */
export function essence(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(essence);
  if (typeof node !== "object" || node === null) return node;
  const kept = Object.entries(node).filter(([key]) => key !== "span" && key !== "keyword" && key !== "comments");
  return Object.fromEntries(kept.map(([key, child]) => [key, essence(child)]));
}
