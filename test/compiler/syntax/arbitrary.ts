/**
 * Random policies. `file` makes trees that any parse of a well-formed file could give (all spans are empty), and
 * `written` writes such a tree down with random white space, commas and comments. The writer shares nothing with the
 * formatter, so that each checks the other.
 */
import fc from "fast-check";
import type * as tree from "../../../compiler/syntax/index.ts";

const span: tree.Span = { start: 0, end: 0 };

/** Names that are traps: words that have a meaning elsewhere. */
const TRAPS = ["plan", "limit", "route", "request", "model", "let", "import", "test", "time", "signal", "each", "env"];
const MORE_TRAPS = ["cheapest", "cascade", "header", "claim", "if", "_x", "x1", "X_y", "k", "M", "ms", "inn", "nota"];
const text_ = fc.constantFrom("opus", "tier", "free", "gpt5", "region", ...TRAPS, ...MORE_TRAPS);
export const name: fc.Arbitrary<tree.Name> = text_.map((text) => ({ text, span }));

const quoted: fc.Arbitrary<tree.Word> = fc
  .oneof(
    fc.constantFrom("eu-west-1", "a b", 'a"b', "\\", "// no comment", "é\t\u0001"),
    fc.string({ unit: "grapheme" }),
  )
  .map((text) => ({ kind: "word", text, quoted: true, span }));
const bare: fc.Arbitrary<tree.Word> = text_.map((text) => ({ kind: "word", text, quoted: false, span }));
const word = fc.oneof(bare, quoted);

const number = (kind: tree.NumberKind, min: number, max: number) =>
  fc.integer({ min, max }).map((n) => ({ kind, value: kind === "decimal" ? n / 1000 : n, span }) as const);
const numeral = fc.oneof(
  number("int", -(2 ** 53), 2 ** 53),
  number("decimal", -5000, 5000),
  number("percent", 0, 200),
  number("money", 0, 2 ** 52),
  number("duration", 0, 1e12),
  number("clock", 0, 1439),
);
const bool = fc.boolean().map((value) => ({ kind: "bool", value, span }) as const);
const value: fc.Arbitrary<tree.Value> = fc.oneof(word, numeral, bool);
const range: fc.Arbitrary<tree.Range> = fc.record({
  kind: fc.constant("range"),
  from: value,
  to: value,
  span: fc.constant(span),
});

const some = <T>(item: fc.Arbitrary<T>, max = 3) => fc.array(item, { minLength: 1, maxLength: max });
const many = <T>(item: fc.Arbitrary<T>, max = 3) => fc.array(item, { maxLength: max });
const maybe = <T>(item: fc.Arbitrary<T>) => fc.option(item, { nil: undefined, freq: 2 });

const operand: fc.Arbitrary<tree.Operand> = some(name, 2).map((path) => ({ path, span }));
const regex: fc.Arbitrary<tree.Regex> = fc
  .tuple(fc.constantFrom("a", "^x\\.y$", "[/]b", "\\/{2}", "a|b"), fc.boolean())
  .map(([source, ignoreCase]) => ({ source, ignoreCase, span }));
const operator = fc.constantFrom(
  "==" as const,
  "!=" as const,
  "<" as const,
  "<=" as const,
  ">" as const,
  ">=" as const,
);
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
const comparison: fc.Arbitrary<tree.Comparison> = fc
  .tuple(operand, maybe(test))
  .map(([operand, test]) => ({ kind: "comparison", operand, test, span }));

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

const option: fc.Arbitrary<tree.Option> = fc.tuple(name, value).map(([name, value]) => ({ name, value, span }));
const options: fc.Arbitrary<tree.Options> = many(option).map((options) => ({ kind: "options", options, span }));

/** Plans: `else` chains of names, rejections and parentheses, with options. */
export const expression: fc.Arbitrary<tree.Expression> = fc.letrec<{ chain: tree.Expression; target: tree.Target }>(
  (tie) => {
    const step = fc
      .tuple(tie("target"), maybe(options))
      .map(([target, options]): tree.Step => ({ target, with: options, span }));
    const branch = fc.tuple(maybe(some(name)), step).map(([on, step]): tree.ElseBranch => ({ on, step, span }));
    return {
      chain: fc.tuple(step, many(branch)).map(([first, branches]): tree.Expression => ({ first, branches, span })),
      target: fc.oneof(
        { maxDepth: 2, depthSize: "small" },
        name.map((name): tree.Target => ({ kind: "name", name, span })),
        fc
          .tuple(number("int", 400, 599), maybe(quoted))
          .map(([status, text]): tree.Target => ({ kind: "reject", status, text, span })),
        tie("chain").map((expression): tree.Target => ({ kind: "parens", expression, span })),
      ),
    };
  },
).chain;

const alternative: fc.Arbitrary<tree.Alternative> = fc.oneof(
  fc.constant({ kind: "any", span } as const),
  fc
    .tuple(fc.constantFrom("<" as const, "<=" as const, ">" as const, ">=" as const), value)
    .map(([op, value]) => ({ kind: "bound", op, value, span }) as const),
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

const fieldName = fc
  .constantFrom("url", "region", "context", "tags", "key", "can", "plan")
  .map((text) => ({ text, span }));
const fieldValue: fc.Arbitrary<tree.FieldValue> = fc.oneof(
  value,
  fc.tuple(quoted).map(([only]) => ({ kind: "env", names: [only], bracketed: false, span }) as const),
  some(quoted).map((names) => ({ kind: "env", names, bracketed: true, span }) as const),
  many(word).map((items) => ({ kind: "list", items, span }) as const),
  many(option).map((entries) => ({ kind: "prices", entries, span }) as const),
);
const field: fc.Arbitrary<tree.Field> = fc.oneof(
  fc.tuple(fieldName, fieldValue).map(([name, value]) => ({ name, value, span })),
  options.map((value) => ({ name: { text: "with", span }, value, span })),
);

const attribute: fc.Arbitrary<tree.AttributeDeclaration> = fc.record({
  name,
  type: some(word).map((words) => ({ words, span })),
  source: fc.constantFrom("header", "claim", "metadata", "body").map((text) => ({ text, span })),
  at: quoted,
  default: maybe(value),
  span: fc.constant(span),
});

const routeName: fc.Arbitrary<tree.RouteName> = fc.oneof(
  text_.map((text) => ({ text, quoted: false, any: false, span })),
  quoted.map(({ text }) => ({ text, quoted: true, any: false, span })),
  fc.constant({ text: "*", quoted: false, any: true, span }),
);
const routeBody = fc.oneof(
  expression.map((run) => ({ run, settings: [], rules: [] })),
  fc.record({
    run: fc.constant(undefined),
    settings: many(
      fc.tuple(
        fc.constantFrom("deadline", "plan").map((text) => ({ text, span })),
        value,
      ),
      2,
    ).map((settings) => settings.map(([name, value]) => ({ name, value, span }))),
    rules: many(rule),
  }),
);

const docLine = fc.constantFrom("", "What it is for.", "  indented", "a // b", "é");
const common = {
  span: fc.constant(span),
  keyword: fc.constant(span),
  broken: fc.constant(false),
  doc: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: many(docLine) }),
};
const declaration: fc.Arbitrary<tree.Declaration> = fc.oneof(
  fc.record({ kind: fc.constant("import" as const), path: quoted, ...common }),
  fc.record({ kind: fc.constant("request" as const), attributes: many(attribute), ...common }),
  fc.record({ kind: fc.constant("provider" as const), name, fields: many(field), ...common }),
  fc.record({
    kind: fc.constant("model" as const),
    name,
    provider: name,
    upstream: quoted,
    fields: many(field),
    ...common,
  }),
  fc.record({ kind: fc.constant("let" as const), name, condition, ...common }),
  fc.record({ kind: fc.constant("plan" as const), name, run: expression, ...common }),
  fc
    .tuple(fc.record({ kind: fc.constant("route" as const), names: some(routeName), ...common }), routeBody)
    .map(([head, body]) => ({ ...head, ...body })),
);

/** The tree of a file without its comments. */
export const file: fc.Arbitrary<tree.File> = many(declaration, 6).map((declarations) => ({
  declarations,
  comments: [],
}));

/** A tree, and a text that says the same. */
export const written: fc.Arbitrary<{ tree: tree.File; text: string }> = fc
  .tuple(file, fc.infiniteStream(fc.nat({ max: 99 })))
  .map(([tree, dice]) => ({ tree, text: write(tree, () => dice.next().value as number) }));

/** A tree without places and comments: what two texts that say the same have in common. */
export function essence(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(essence);
  if (typeof node !== "object" || node === null) return node;
  const kept = Object.entries(node).filter(([key]) => key !== "span" && key !== "keyword" && key !== "comments");
  return Object.fromEntries(kept.map(([key, child]) => [key, essence(child)]));
}

/** A comma that may be left out. */
const MAYBE_COMMA = ",?";
const DOC = "///";
const TIGHT = new Set(["{", "}", "[", "]", "(", ")", ",", ".", "..", "|", "->"]);

/** `roll` gives numbers from 0 to 99. */
function write(tree: tree.File, roll: () => number): string {
  let text = "";
  let before = "";
  for (const token of tree.declarations.flatMap(declarationTokens)) {
    if (token === MAYBE_COMMA && roll() < 50) continue;
    const shown = token === MAYBE_COMMA ? "," : token;
    if (shown.startsWith(DOC)) {
      text += `${text.endsWith("\n") || text === "" ? "" : "\n"}${shown}\n`;
    } else {
      text += gap(before, shown, roll) + shown;
    }
    before = shown;
  }
  return text + (roll() < 50 ? "\n" : "");
}

function gap(before: string, token: string, roll: () => number): string {
  const n = roll();
  if (before.startsWith(DOC)) return n < 20 ? " // after the doc\n" : "";
  if (n < 4) return ` // note ${roll()}\n`;
  if (n < 8) return `\n\n  //// rule ${roll()}\n//\n\n`;
  if (n < 10 && before !== "" && !DECLARES.has(token)) return ` /// not a doc ${roll()}\r\n`;
  if (n < 30) return "\n".repeat(1 + (roll() % 4));
  if (n < 50 && (TIGHT.has(before) || TIGHT.has(token))) return "";
  return n < 60 ? "\t " : " ";
}
const DECLARES = new Set(["import", "request", "provider", "model", "let", "plan", "route"]);

const separated = (lists: string[][], separator: string) =>
  lists.flatMap((list, i) => (i === 0 ? list : [separator, ...list]));
const loose = (lists: string[][]) => lists.flatMap((list) => [...list, MAYBE_COMMA]);
const braces = (tokens: string[]) => ["{", ...tokens, "}"];

function declarationTokens(node: tree.Declaration): string[] {
  const doc = node.doc.map((line) => `${DOC} ${line}`);
  return [...doc, node.kind, ...bodyTokens(node)];
}

function bodyTokens(node: tree.Declaration): string[] {
  switch (node.kind) {
    case "import":
      return [wordToken(node.path)];
    case "request":
      return braces(loose(node.attributes.map(attributeTokens)));
    case "provider":
      return [node.name.text, ...fieldsTokens(node.fields)];
    case "model":
      return [node.name.text, "=", node.provider.text, wordToken(node.upstream), ...fieldsTokens(node.fields)];
    case "let":
      return [node.name.text, "=", ...conditionTokens(node.condition)];
    case "plan":
      return [node.name.text, "=", ...expressionTokens(node.run)];
    case "route": {
      const names = separated(
        node.names.map(({ text, quoted }) => [quoted ? JSON.stringify(text) : text]),
        ",",
      );
      if (node.run) return [...names, "->", ...expressionTokens(node.run)];
      return [...names, ...braces([...loose(node.settings.map(fieldTokens)), ...loose(node.rules.map(ruleTokens))])];
    }
  }
}

function attributeTokens(node: tree.AttributeDeclaration): string[] {
  const type = separated(
    node.type.words.map((word) => [wordToken(word)]),
    "|",
  );
  const fallback = node.default ? ["default", ...valueTokens(node.default)] : [];
  return [node.name.text, ...type, "from", node.source.text, wordToken(node.at), ...fallback];
}

function fieldsTokens(fields: readonly tree.Field[]): string[] {
  return fields.length === 0 ? [] : braces(loose(fields.map(fieldTokens)));
}

function fieldTokens({ name, value }: tree.Field): string[] {
  return [name.text, ...fieldValueTokens(value)];
}

function fieldValueTokens(node: tree.FieldValue): string[] {
  switch (node.kind) {
    case "env": {
      const names = loose(node.names.map((name) => [wordToken(name)]));
      return node.bracketed ? ["env", "[", ...names, "]"] : ["env", ...node.names.map(wordToken)];
    }
    case "list":
      return ["[", ...loose(node.items.map((item) => [wordToken(item)])), "]"];
    case "prices":
      return braces(loose(node.entries.map(optionTokens)));
    case "options":
      return optionsTokens(node);
    default:
      return valueTokens(node);
  }
}

const optionsTokens = (node: tree.Options) => braces(loose(node.options.map(optionTokens)));
const optionTokens = ({ name, value }: tree.Option) => [name.text, ...valueTokens(value)];
const wordToken = ({ text, quoted }: tree.Word) => (quoted ? JSON.stringify(text) : text);

function valueTokens(node: tree.Value): string[] {
  switch (node.kind) {
    case "word":
      return [wordToken(node)];
    case "bool":
    case "int":
      return [String(node.value)];
    case "decimal":
      return [node.value.toFixed(3)];
    case "percent":
      return [`${node.value}%`];
    case "money":
      return [`$${Math.floor(node.value / 1e9)}.${String(node.value % 1e9).padStart(9, "0")}`];
    case "duration":
      return [`${node.value}ms`];
    case "clock":
      return [[node.value / 60, node.value % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":")];
  }
}

const rangeTokens = ({ from, to }: tree.Range) => [...valueTokens(from), "..", ...valueTokens(to)];

function operandTokens({ path }: tree.Operand): string[] {
  return separated(
    path.map(({ text }) => [text]),
    ".",
  );
}

function conditionTokens(node: tree.Condition): string[] {
  switch (node.kind) {
    case "or":
    case "and":
      return separated(node.operands.map(conditionTokens), node.kind);
    case "not":
      return ["not", ...conditionTokens(node.operand)];
    case "parens":
      return ["(", ...conditionTokens(node.condition), ")"];
    case "comparison":
      return [...operandTokens(node.operand), ...(node.test ? testTokens(node.test) : [])];
  }
}

function testTokens(node: tree.Test): string[] {
  switch (node.kind) {
    case "compare":
      return [node.op, ...valueTokens(node.value)];
    case "in": {
      const values = "kind" in node.values ? rangeTokens(node.values) : braces(loose(node.values.map(valueTokens)));
      return [...(node.negated ? ["not"] : []), "in", ...values];
    }
    case "matches":
      return ["matches", `/${node.regex.source}/${node.regex.ignoreCase ? "i" : ""}`];
    default:
      return [node.kind, wordToken(node.text)];
  }
}

function expressionTokens({ first, branches }: tree.Expression): string[] {
  return [...stepTokens(first), ...branches.flatMap(branchTokens)];
}

function branchTokens({ on, step }: tree.ElseBranch): string[] {
  const failures = on
    ? separated(
        on.map(({ text }) => [text]),
        ",",
      )
    : [];
  return ["else", ...(on ? ["on", ...failures] : []), ...stepTokens(step)];
}

function stepTokens(node: tree.Step): string[] {
  return [...targetTokens(node.target), ...(node.with ? ["with", ...optionsTokens(node.with)] : [])];
}

function targetTokens(node: tree.Target): string[] {
  switch (node.kind) {
    case "name":
      return [node.name.text];
    case "parens":
      return ["(", ...expressionTokens(node.expression), ")"];
    case "reject":
      return ["reject", ...valueTokens(node.status), ...(node.text ? [wordToken(node.text)] : [])];
  }
}

function ruleTokens(node: tree.Rule): string[] {
  switch (node.kind) {
    case "when":
      return ["when", ...conditionTokens(node.condition), "->", ...expressionTokens(node.run)];
    case "group":
      return ["when", ...conditionTokens(node.condition), ...braces(loose(node.rules.map(ruleTokens)))];
    case "otherwise":
      return ["otherwise", "->", ...expressionTokens(node.run)];
    case "match":
      return ["match", ...separated(node.operands.map(operandTokens), ","), ...braces(node.arms.flatMap(armTokens))];
  }
}

/** An arm that ends with a rejection without text needs its comma: what follows could be taken for the text. */
function armTokens({ patterns, run }: tree.Arm): string[] {
  const last = run.branches.at(-1)?.step ?? run.first;
  const open = last.target.kind === "reject" && last.target.text === undefined && last.with === undefined;
  return [...separated(patterns.map(patternTokens), ","), "->", ...expressionTokens(run), open ? "," : MAYBE_COMMA];
}

function patternTokens({ alternatives }: tree.Pattern): string[] {
  return separated(
    alternatives.map((node) => {
      if (node.kind === "any") return ["_"];
      if (node.kind === "bound") return [node.op, ...valueTokens(node.value)];
      return node.kind === "range" ? rangeTokens(node) : valueTokens(node);
    }),
    "|",
  );
}
