/** Random declarations and files, as trees, and as texts that say the same. */
import fc from "fast-check";
import type * as tree from "../../../compiler/syntax/index.ts";
import {
  bareText,
  condition,
  expression,
  many,
  maybe,
  modelSet,
  name,
  names,
  number,
  oneOf,
  options,
  pair,
  quoted,
  range,
  regex,
  rule,
  some,
  span,
  value,
  word,
  wordList,
} from "./arbitrary.ts";
import { write } from "./arbitrary-text.ts";

const window: fc.Arbitrary<tree.Window> = fc.oneof(
  fc
    .constantFrom("minute", "hour", "month", "limit")
    .map((text): tree.Window => ({ kind: "word", text, quoted: false, span })),
  number("duration"),
);
const unit = oneOf("requests", "tokens", "input tokens", "output tokens");
const allowance = fc
  .tuple(number("int"), unit, window)
  .map(([count, unit, window]): tree.Allowance => ({ count, unit, window, per: undefined, span }));
const ownAllowance = fc
  .tuple(allowance, maybe(oneOf("key")))
  .map(([allowance, per]): tree.Allowance => ({ ...allowance, per }));
const environment: fc.Arbitrary<tree.Environment> = fc.oneof(
  quoted.map((only): tree.Environment => ({ kind: "env", names: [only], bracketed: false, span })),
  some(quoted).map((names): tree.Environment => ({ kind: "env", names, bracketed: true, span })),
);
const period = fc.tuple(range, maybe(quoted)).map(([range, zone]) => ({ range, zone, span }));
const prices = (during: fc.Arbitrary<tree.PricePeriod | undefined>) =>
  fc.tuple(during, many(pair)).map(([during, entries]) => ({ kind: "prices", during, entries, span }) as const);
const duration = number("duration");

const field = (of: string, value: fc.Arbitrary<tree.FieldValue>): fc.Arbitrary<tree.Field> =>
  value.map((value) => ({ name: { text: of, span }, value, span }));
const plainValue = fc.oneof(value, environment, wordList, prices(fc.constant(undefined)));
const fields = many(
  fc.oneof(
    ...["url", "context", "tags", "key", "can", "plan", "price"].map((of) => field(of, plainValue)),
    field("with", options),
    field("price", prices(period)),
    field(
      "protocol",
      quoted.map((name) => ({ kind: "sdk", package: name, span }) as const),
    ),
    field(
      "breaker",
      fc
        .tuple(number("int"), duration, duration)
        .map(([failures, window, rest]) => ({ kind: "breaker", failures, window, rest, span }) as const),
    ),
    field(
      "header",
      fc
        .tuple(quoted, fc.oneof(quoted, environment))
        .map(([header, value]) => ({ kind: "header", header, value, span }) as const),
    ),
    field(
      "latency",
      fc.tuple(duration, maybe(duration)).map(([from, to]) => ({ kind: "latency", from, to, span }) as const),
    ),
    field(
      "latency",
      many(fc.tuple(name, duration).map(([name, value]) => ({ name, value, span }))).map(
        (quantiles) => ({ kind: "quantiles", quantiles, span }) as const,
      ),
    ),
    field(
      "speed",
      allowance.map((rate) => ({ kind: "speed", ...rate }) as const),
    ),
    field(
      "fail",
      many(fc.tuple(number("percent"), name).map(([share, failure]) => ({ share, failure, span }))).map(
        (shares) => ({ kind: "shares", shares, span }) as const,
      ),
    ),
    field(
      "allow",
      some(ownAllowance, 2).map((allowances) => ({ kind: "allow", allowances, span }) as const),
    ),
  ),
);

const meaning = fc.tuple(word, quoted).map(([member, meaning]) => ({ member, meaning, span }));
const signalSource: fc.Arbitrary<tree.SignalSource> = fc.oneof(
  some(fc.oneof(word, regex)).map((items) => ({ kind: "patterns", items, span }) as const),
  many(word).map((items) => ({ kind: "keywords", items, span }) as const),
  quoted.map((weights) => ({ kind: "classifier", weights, span }) as const),
  fc
    .tuple(quoted, name, number("decimal"))
    .map(([examples, embedder, above]) => ({ kind: "similar", examples, embedder, above, span }) as const),
  fc
    .tuple(name, fc.oneof(quoted, many(meaning)))
    .map(([model, prompt]) => ({ kind: "ask", model, prompt, span }) as const),
  fc.constant({ kind: "language", span } as const),
  fc.tuple(quoted, maybe(fields)).map(([url, fields]) => ({ kind: "http", url, fields, span }) as const),
  quoted.map((file) => ({ kind: "module", file, span }) as const),
);

const clause: fc.Arbitrary<tree.MeterClause> = fc.oneof(
  fc
    .tuple(fc.constantFrom("per" as const, "on" as const), names())
    .map(([kind, names]): tree.MeterClause => ({ kind, names, span })),
  condition.map((condition): tree.MeterClause => ({ kind: "for", condition, span })),
  fc
    .tuple(fc.constantFrom("limit" as const, "spend" as const), number("money"), window)
    .map(([kind, amount, window]): tree.MeterClause => ({ kind, amount, window, span })),
  some(number("percent")).map((at): tree.MeterClause => ({ kind: "alert", at, span })),
  some(allowance, 2).map((allowances): tree.MeterClause => ({ kind: "allow", allowances, span })),
);

const routeName: fc.Arbitrary<tree.RouteName> = fc.oneof(
  bareText.map((text) => ({ text, quoted: false, any: false, span })),
  quoted.map(({ text }) => ({ text, quoted: true, any: false, span })),
  fc.constant({ text: "*", quoted: false, any: true, span }),
);
const setting: fc.Arbitrary<tree.Setting> = fc.oneof(
  fc.tuple(oneOf("deadline", "plan"), value).map(([name, value]) => ({ kind: "setting", name, value, span }) as const),
  fc.tuple(oneOf("for"), condition).map(([name, condition]) => ({ kind: "for", name, condition, span }) as const),
  oneOf("strict").map((name) => ({ kind: "strict", name, span }) as const),
  fc
    .tuple(oneOf("reuse"), value, names(0))
    .map(([name, duration, per]) => ({ kind: "reuse", name, duration, per, span }) as const),
);
const route = fc.oneof(
  fc.record({
    names: some(routeName),
    each: fc.constant(undefined),
    run: expression,
    settings: fc.constant([]),
    rules: fc.constant([]),
  }),
  fc.record({
    names: quoted.map(({ text }) => [{ text, quoted: true, any: false, span }]),
    each: name,
    run: expression,
    settings: fc.constant([]),
    rules: fc.constant([]),
  }),
  fc.record({
    names: some(routeName),
    each: fc.constant(undefined),
    run: fc.constant(undefined),
    settings: many(setting),
    rules: many(rule),
  }),
);

/** After `and`, these begin a claim: a part of the condition that begins so stands in parentheses. */
const CLAIMS = new Set(["no", "cost", "attempts", "providers", "time"]);
const shielded = (node: tree.Condition): tree.Condition => {
  if (node.kind === "or" || node.kind === "and") return { ...node, operands: node.operands.map(shielded) };
  const claims =
    node.kind === "comparison" && node.operand.kind === "path" && CLAIMS.has(node.operand.path[0]?.text ?? "");
  return claims ? { kind: "parens", condition: node, span } : node;
};
const claim: fc.Arbitrary<tree.Claim> = fc.oneof(
  condition.map((condition): tree.Claim => ({ kind: "every", condition: shielded(condition), span })),
  fc.oneof(name, modelSet).map((models): tree.Claim => ({ kind: "never", models, span })),
  fc
    .tuple(oneOf("cost", "attempts", "providers", "time"), value)
    .map(([of, value]): tree.Claim => ({ kind: "bound", of, op: of.text === "providers" ? ">=" : "<=", value, span })),
  fc.constant<tree.Claim>({ kind: "no_reject", span }),
);

const GIVEN = new Set(["down", "fails", "answers", "used"]);
const given: fc.Arbitrary<tree.Given> = fc.oneof(
  name.map((name): tree.Given => ({ kind: "down", name, span })),
  fc.tuple(name, name).map(([name, failure]): tree.Given => ({ kind: "fails", name, failure, span })),
  fc.tuple(name, many(pair)).map(([name, facts]): tree.Given => ({ kind: "answers", name, facts, span })),
  fc.tuple(name, number("percent")).map(([name, share]): tree.Given => ({ kind: "used", name, share, span })),
  fc
    .tuple(
      name,
      fc.oneof(
        value,
        fc.constantFrom(...GIVEN).map((text): tree.Word => ({ kind: "word", text, quoted: true, span })),
      ),
    )
    .map(([name, value]): tree.Given => ({ kind: "value", name, value, span })),
);
const expectation: fc.Arbitrary<tree.Expectation> = fc.oneof(
  fc
    .tuple(fc.constantFrom("plan" as const, "served" as const), name)
    .map(([kind, name]): tree.Expectation => ({ kind, name, span })),
  fc
    .tuple(fc.constantFrom("rule" as const, "reject" as const), number("int"))
    .map(([kind, value]): tree.Expectation => ({ kind, value, span })),
  names().map((names): tree.Expectation => ({ kind: "tries", names, span })),
  number("money").map((value): tree.Expectation => ({ kind: "cost", value, span })),
);
const send = fc.record({
  route: routeName,
  fields: many(fc.tuple(some(name, 2), value).map(([path, value]) => ({ path, value, span }))),
  span: fc.constant(span),
});

const type = some(word).map((words) => ({ words, span }));
const attribute: fc.Arbitrary<tree.AttributeDeclaration> = fc.record({
  name,
  type,
  source: oneOf("header", "claim", "metadata", "body"),
  at: quoted,
  default: maybe(value),
  span: fc.constant(span),
});

const docLine = fc.constantFrom("", "What it is for.", "  indented", "a // b", "é");
const common = {
  span: fc.constant(span),
  keyword: fc.constant(span),
  broken: fc.constant(false),
  doc: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: many(docLine) }),
};
const kind = <K extends tree.Declaration["kind"]>(kind: K) => ({ kind: fc.constant(kind), ...common });
const declaration: fc.Arbitrary<tree.Declaration> = fc.oneof(
  fc.record({ path: quoted, ...kind("import") }),
  fc.record({ zone: quoted, ...kind("zone") }),
  fc.record({ attributes: many(attribute), ...kind("request") }),
  fc.record({ name, fields, ...kind("provider") }),
  fc.record({ name, provider: name, upstream: quoted, fields, ...kind("model") }),
  fc.record({
    name,
    type,
    source: signalSource,
    timeout: maybe(duration),
    otherwise: maybe(value),
    ...kind("signal"),
  }),
  fc.record({
    meter: fc.constantFrom("budget" as const, "limit" as const, "commit" as const),
    name,
    clauses: many(clause),
    ...kind("meter"),
  }),
  fc.record({ name, condition, ...kind("let") }),
  fc.record({ name, run: expression, ...kind("plan") }),
  fc.tuple(fc.record(kind("route")), route).map(([head, body]) => ({ ...head, ...body })),
  fc.record({ name, on: many(routeName), premise: maybe(condition), claims: some(claim), ...kind("prove") }),
  fc.record({ title: quoted, send, given: many(given), expect: many(expectation), ...kind("test") }),
);

/** The tree of a file without its comments. */
export const file: fc.Arbitrary<tree.File> = many(declaration, 6).map((declarations) => ({
  declarations,
  comments: [],
}));

const noisy = fc.nat({ max: 99 });
/** Mostly single spaces, so that what fits on a line stands on one. */
const calm = fc.oneof({ weight: 40, arbitrary: fc.integer({ min: 50, max: 99 }) }, { weight: 1, arbitrary: noisy });

/** A tree, and a text that says the same, with random white space, commas and comments. */
export const written: fc.Arbitrary<{ tree: tree.File; text: string }> = fc
  .tuple(file, fc.oneof(fc.infiniteStream(noisy), fc.infiniteStream(calm)))
  .map(([tree, dice]) => ({ tree, text: write(tree, () => dice.next().value as number) }));
