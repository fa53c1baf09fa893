/** Small random policies with proofs: what they say, and how a `.route` file says it. */
import fc from "fast-check";
import { FAILED, type Failure } from "../../../runtime/table/index.ts";

export interface Model {
  readonly name: string;
  readonly provider: string;
  readonly upstream: string;
  readonly context: number;
  readonly output: number;
  /** Dollars per million tokens. */
  readonly price: readonly [input: number, output: number];
  readonly can: readonly string[];
  readonly residency: string | undefined;
  readonly retries: number;
}

/** Two providers have a place, one has none; `b2` is `b1` under another name. */
export const MODELS: readonly Model[] = [
  {
    name: "a1",
    provider: "pa",
    upstream: "one",
    context: 1000,
    output: 100,
    price: [1, 2],
    can: ["tools"],
    residency: undefined,
    retries: 0,
  },
  {
    name: "a2",
    provider: "pa",
    upstream: "two",
    context: 4000,
    output: 400,
    price: [10, 20],
    can: [],
    residency: undefined,
    retries: 1,
  },
  {
    name: "b1",
    provider: "pb",
    upstream: "one",
    context: 2000,
    output: 200,
    price: [0, 0],
    can: ["tools", "vision"],
    residency: undefined,
    retries: 0,
  },
  {
    name: "b2",
    provider: "pb",
    upstream: "one",
    context: 4000,
    output: 200,
    price: [5, 5],
    can: ["vision"],
    residency: "eu",
    retries: 0,
  },
  {
    name: "c1",
    provider: "pc",
    upstream: "one",
    context: 4000,
    output: 300,
    price: [3, 1],
    can: ["tools", "vision"],
    residency: undefined,
    retries: 1,
  },
];

export const RESIDENCY: Readonly<Record<string, string | undefined>> = { pa: "eu", pb: "us", pc: undefined };

export interface With {
  readonly retries?: number;
  readonly timeout?: number;
  readonly max_tokens?: number;
  readonly tools?: "none";
}

export type Node =
  | { readonly kind: "call"; readonly model: string; readonly with: With }
  | { readonly kind: "reject" }
  | { readonly kind: "set"; readonly models: readonly string[] }
  | { readonly kind: "else"; readonly first: Node; readonly on: readonly Failure[] | undefined; readonly then: Node }
  | { readonly kind: "split" | "hedge"; readonly first: Node; readonly then: Node }
  | { readonly kind: "cascade"; readonly first: Node; readonly judge: string | undefined; readonly then: Node };

const name = fc.constantFrom(...MODELS.map((model) => model.name));

const ON: readonly (readonly Failure[] | undefined)[] = [
  undefined,
  ["too_long"],
  ["unsupported"],
  ["over_budget"],
  ["timeout", "too_long"],
  ["refused"],
  [...FAILED, "refused", "filtered", "invalid"],
];

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("call" as const),
        model: name,
        with: fc.oneof(
          { weight: 3, arbitrary: fc.constant({}) },
          fc.record(
            {
              retries: fc.constantFrom(0, 1),
              timeout: fc.constantFrom(1000, 5000),
              max_tokens: fc.constantFrom(50, 150),
              tools: fc.constant("none" as const),
            },
            { requiredKeys: [] },
          ),
        ),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: "reject" as const }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("set" as const),
        models: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("else" as const),
        first: tie("node"),
        on: fc.constantFrom(...ON),
        then: tie("node"),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom("split" as const, "hedge" as const),
        first: tie("node"),
        then: tie("node"),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("cascade" as const),
        first: tie("node"),
        judge: fc.option(name, { nil: undefined }),
        then: tie("node"),
      }),
    },
    // A race that only a stream which breaks off can fail, where that is seen.
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie("node"), fc.constantFrom(...ON), tie("node"), tie("node"))
        .map(([side, on, next, then]): Node => {
          const race: Node = { kind: "hedge", first: side, then: { kind: "reject" } };
          return { kind: "cascade", first: { kind: "else", first: race, on, then: next }, judge: undefined, then };
        }),
    },
  ),
}));

/** Conditions that must all hold, those over signals last; of the latter `or` takes the place. */
export interface Rule {
  readonly when: readonly string[];
  readonly or: string | undefined;
  readonly signals: readonly string[];
  readonly run: Node;
}

export type Claim =
  | { readonly kind: "every"; readonly condition: string }
  | { readonly kind: "never"; readonly model: string }
  | { readonly kind: "cost" | "attempts" | "providers" | "time"; readonly bound: number }
  | { readonly kind: "no reject" };

export interface Policy {
  readonly budget: boolean;
  /** Milliseconds. */
  readonly deadline: number;
  readonly rules: readonly Rule[];
  readonly proofs: readonly { readonly when: readonly string[]; readonly claim: Claim }[];
}

export const CONDITIONS = [
  "tier == free",
  "prompt_tokens <= 500",
  "prompt_tokens > 3000",
  "needs.tools",
  "not needs.vision",
];
export const SIGNALS = ["topic == code", "risk > 0.5"];
const PREMISES = [...CONDITIONS, ...SIGNALS, "max_tokens <= 100", "not stream", "prompt_tokens <= 4000"];

const claim: fc.Arbitrary<Claim> = fc.oneof(
  fc.record({
    kind: fc.constant("every" as const),
    condition: fc.constantFrom(
      "residency == eu",
      "residency == us",
      "can tools",
      "price.output <= $5",
      "context >= 2000",
    ),
  }),
  fc.record({ kind: fc.constant("never" as const), model: name }),
  // Nano-dollars.
  fc.record({ kind: fc.constant("cost" as const), bound: fc.integer({ min: 0, max: 120 }).map((x) => x * 1_000_000) }),
  fc.record({ kind: fc.constant("attempts" as const), bound: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ kind: fc.constant("providers" as const), bound: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant("time" as const), bound: fc.constantFrom(0, 1000, 6000, 61_000, 121_000, 180_000) }),
  fc.constant({ kind: "no reject" as const }),
);

export const policy: fc.Arbitrary<Policy> = fc.record({
  budget: fc.boolean(),
  deadline: fc.constantFrom(4000, 600_000),
  rules: fc.array(
    fc.record({
      when: fc.uniqueArray(fc.constantFrom(...CONDITIONS), { minLength: 1, maxLength: 2 }),
      or: fc.option(fc.constantFrom(...CONDITIONS), { nil: undefined }),
      signals: fc.subarray(SIGNALS),
      run: node,
    }),
    { minLength: 1, maxLength: 3 },
  ),
  proofs: fc.array(fc.record({ when: fc.uniqueArray(fc.constantFrom(...PREMISES), { maxLength: 2 }), claim }), {
    minLength: 6,
    maxLength: 12,
  }),
});

function writtenWith(options: With): string {
  const said = Object.entries(options).map(([key, value]) =>
    key === "timeout" ? `timeout ${value}ms` : `${key} ${value}`,
  );
  return said.length === 0 ? "" : ` with { ${said.join(", ")} }`;
}

function writtenNode(node: Node): string {
  switch (node.kind) {
    case "call":
      return `${node.model}${writtenWith(node.with)}`;
    case "reject":
      return "reject 503";
    case "set":
      return `fastest { ${node.models.join(", ")} }`;
    case "else":
      return `(${writtenNode(node.first)} else${node.on ? ` on ${node.on.join(", ")}` : ""} ${writtenNode(node.then)})`;
    case "split":
      return `split { 50% ${writtenNode(node.first)}, 50% ${writtenNode(node.then)} }`;
    case "hedge":
      return `hedge { ${writtenNode(node.first)} after 2s ${writtenNode(node.then)} }`;
    case "cascade": {
      const gate = node.judge === undefined ? "not refused" : `judge(${node.judge}, "rubric.md") >= 0.5`;
      return `cascade { (${writtenNode(node.first)}) accept when ${gate}  (${writtenNode(node.then)}) }`;
    }
  }
}

function writtenClaim(claim: Claim): string {
  switch (claim.kind) {
    case "every":
      return `every model is ${claim.condition}`;
    case "never":
      return `never ${claim.model}`;
    case "no reject":
      return "no reject";
    case "providers":
      return `providers >= ${claim.bound}`;
    case "cost":
      return `cost <= $${(claim.bound / 1e9).toFixed(9)}`;
    case "time":
      return `time <= ${claim.bound}ms`;
    default:
      return `${claim.kind} <= ${claim.bound}`;
  }
}

export function written({ budget, deadline, rules, proofs }: Policy): string {
  const models = MODELS.map(({ name, provider, upstream, context, output, price, can, residency, retries }) => {
    const place = residency === undefined ? "" : ` residency ${residency}`;
    const tries = retries === 0 ? "" : ` with { retries ${retries} }`;
    return `model ${name} = ${provider} "${upstream}" { context ${context} output ${output} price { input $${price[0]}, output $${price[1]} } can [${[...can, "logprobs", "audio", "pdf", "json", "reasoning", "search"].join(", ")}]${place}${tries} }`;
  });
  return [
    'request { tier free | pro from claim "tier" default pro }',
    ...Object.entries(RESIDENCY).map(
      ([name, place]) => `provider ${name} { protocol simulated ${place === undefined ? "" : `residency ${place}`} }`,
    ),
    ...models,
    'signal topic code | other = ask b1 { code "code", other "all else" } timeout 3s else other',
    'signal risk score = http "https://risk.example.com" { residency us price $0.001 } timeout 1s else 0',
    ...(budget ? ["budget all { limit $500 per month }"] : []),
    `route chat { deadline ${deadline}ms`,
    ...rules.map(({ when, or, signals, run }) => {
      const asked = signals.length === 0 ? [] : [`(${or === undefined ? "" : `${or} or `}${signals.join(" and ")})`];
      return `  when ${[...when, ...asked].join(" and ")} -> ${writtenNode(run)}`;
    }),
    "  otherwise -> a2 }",
    ...proofs.map(
      ({ when, claim }, i) =>
        `prove p${i} { ${when.length === 0 ? "always" : `when ${when.join(" and ")}`}  ${writtenClaim(claim)} }`,
    ),
  ].join("\n");
}
