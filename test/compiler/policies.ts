/** Random policies and requests, biased to the places where comparisons change their answer. */
import fc from "fast-check";
import { MODELS } from "./support.ts";

/** An attribute of the generated policies: how it is declared, tested, and given. */
interface Testable {
  readonly name: string;
  readonly declaration: string;
  readonly condition: fc.Arbitrary<string>;
  readonly pattern: fc.Arbitrary<string>;
  /** As `decide` takes it: money in dollars, durations in milliseconds. */
  readonly value: fc.Arbitrary<boolean | number | string>;
}

const WORDS = ["acme", "acme-eu", "globex", "globex-eu", "ac", "eu", ""];
const text = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.string({ maxLength: 4, unit: fc.constantFrom("a", "c", "e", "-", "u", "é") }),
);
const quoted = text.map((word) => JSON.stringify(word));
const comparison = fc.constantFrom("==", "!=", "<", "<=", ">", ">=");

function numeric(
  name: string,
  type: string,
  literals: string[],
  values: number[],
  spread: fc.Arbitrary<number>,
): Testable {
  const literal = fc.constantFrom(...literals);
  const range = fc
    .tuple(fc.nat(literals.length - 1), fc.nat(literals.length - 1))
    .map(([a, b]) => `${literals[Math.min(a, b)]}..${literals[Math.max(a, b)]}`);
  return {
    name,
    declaration: `${name} ${type} from metadata "${name}" default ${literals[0]}`,
    condition: fc.oneof(
      fc.tuple(comparison, literal).map(([op, value]) => `${name} ${op} ${value}`),
      fc.tuple(fc.constantFrom("in", "not in"), range).map(([op, value]) => `${name} ${op} ${value}`),
      fc
        .tuple(fc.constantFrom("in", "not in"), fc.array(literal, { minLength: 1, maxLength: 3 }))
        .map(([op, list]) => `${name} ${op} { ${list.join(", ")} }`),
    ),
    pattern: fc.oneof(
      literal,
      range,
      fc.tuple(fc.constantFrom("<", "<=", ">", ">="), literal).map(([op, value]) => `${op} ${value}`),
    ),
    value: fc.oneof(fc.constantFrom(...values), spread),
  };
}

const ATTRIBUTES: readonly Testable[] = [
  {
    name: "tier",
    declaration: 'tier free | pro | "enter prise" from claim "tier" default free',
    condition: fc.oneof(
      fc
        .tuple(fc.constantFrom("==", "!="), fc.constantFrom("free", "pro", '"enter prise"'))
        .map(([op, word]) => `tier ${op} ${word}`),
      fc
        .subarray(["free", '"pro"', '"enter prise"'], { minLength: 1 })
        .map((words) => `tier in { ${words.join(", ")} }`),
    ),
    pattern: fc.subarray(["free", "pro", '"enter prise"'], { minLength: 1 }).map((words) => words.join(" | ")),
    value: fc.constantFrom("free", "pro", "enter prise"),
  },
  {
    name: "urgent",
    declaration: 'urgent bool from header "x-urgent" default false',
    condition: fc.constantFrom("urgent", "not urgent", "urgent == true", "urgent != true", "urgent in { false }"),
    pattern: fc.constantFrom("true", "false"),
    value: fc.boolean(),
  },
  numeric(
    "weight",
    "int",
    ["-9007199254740991", "-3", "0", "1", "2", "10k", "9007199254740991"],
    [-3, 0, 1, 2, 10_000, 9007199254740991, -9007199254740991],
    fc.integer({ min: -5, max: 4 }),
  ),
  numeric("risk", "score", ["0", "0.25", "0.5", "1"], [0, 0.25, 0.5, 1], fc.double({ min: 0, max: 1, noNaN: true })),
  numeric(
    "spent",
    "money",
    ["$0", "$0.000000001", "$2", "$1k"],
    [0, 1e-9, 2e-9, 2, 1000, 1000.01],
    fc.integer({ min: 0, max: 3000 }),
  ),
  numeric("waited", "duration", ["0s", "1ms", "2s", "1m"], [0, 1, 2, 1999, 2000, 2001, 60_000], fc.nat(61_000)),
  {
    name: "tenant",
    declaration: 'tenant string from header "x-tenant" default ""',
    condition: fc.oneof(
      fc
        .tuple(fc.constantFrom("==", "!=", "starts_with", "ends_with", "contains"), quoted)
        .map(([op, word]) => `tenant ${op} ${word}`),
      fc.array(quoted, { minLength: 1, maxLength: 4 }).map((words) => `tenant not in { ${words.join(", ")} }`),
      fc
        .constantFrom("/^ac/", "/eu$/", "/a.*e/i", "/^[a-c]{2,3}$/", "/^(ac|glo)+/", "/^$/", "/é|-/")
        .map((regex) => `tenant matches ${regex}`),
    ),
    pattern: quoted,
    value: text,
  },
];

const attribute = fc.constantFrom(...ATTRIBUTES);
const plan = fc.constantFrom("small", "big", "small else big", 'reject 429 "no"', "big with { timeout 3s }");

const condition: fc.Arbitrary<string> = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    attribute.chain(({ condition }) => condition),
    tie("condition").map((inner) => `not (${inner})`),
    fc.tuple(tie("condition"), fc.constantFrom("and", "or"), tie("condition")).map(([a, op, b]) => `(${a} ${op} ${b})`),
  ),
})).condition;

const match = fc.uniqueArray(attribute, { minLength: 1, maxLength: 3 }).chain((operands) => {
  const arm = fc.tuple(
    ...operands.map(({ pattern }) =>
      fc.oneof(
        fc.constant("_"),
        pattern,
        fc.tuple(pattern, pattern).map((two) => two.join(" | ")),
      ),
    ),
    plan,
  );
  return fc.array(arm, { maxLength: 4 }).map((arms) => {
    const lines = [...arms, [...operands.map(() => "_"), "small"]].map(
      (arm) => `${arm.slice(0, -1).join(", ")} -> ${arm.at(-1)}`,
    );
    return `match ${operands.map(({ name }) => name).join(", ")} {\n${lines.join("\n")}\n}`;
  });
});

const rules: fc.Arbitrary<string[]> = fc.letrec<{ rules: string[]; rule: string }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 2 },
    fc.tuple(condition, plan).map(([when, run]) => `when ${when} -> ${run}`),
    match,
    fc.tuple(condition, tie("rules")).map(([when, inner]) => `when ${when} {\n${inner.join("\n")}\n}`),
  ),
  rules: fc.array(tie("rule"), { minLength: 1, maxLength: 5 }),
})).rules;

const requestBlock = `request {\n${ATTRIBUTES.map(({ declaration }) => declaration).join("\n")}\n}\n`;

/** The text of a policy whose route `chat` decides every request; its rules may be unreachable. */
export const policy: fc.Arbitrary<string> = rules.map(
  (lines) => `${requestBlock}${MODELS}route chat {\n${lines.join("\n")}\notherwise -> big\n}\n`,
);

/** Values of all attributes, as `decide` takes them. */
export const request: fc.Arbitrary<Record<string, boolean | number | string>> = fc.record(
  Object.fromEntries(ATTRIBUTES.map(({ name, value }) => [name, value])),
);
