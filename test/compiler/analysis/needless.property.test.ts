/** What is said to change nothing, held against the enumeration of all requests. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { check, overlaps } from "../../../compiler/index.ts";
import { MODELS } from "../support.ts";

type Request = Readonly<{ tier: string; critical: boolean; weight: number }>;

interface Atom {
  readonly text: string;
  readonly holds: (request: Request) => boolean;
}

interface Rule {
  readonly op: "and" | "or";
  readonly atoms: readonly Atom[];
  readonly run: string;
}

const REQUESTS: readonly Request[] = ["free", "pro", "team"].flatMap((tier) =>
  [false, true].flatMap((critical) => [-1, 0, 1, 2, 3].map((weight) => ({ tier, critical, weight }))),
);

const atom: fc.Arbitrary<Atom> = fc.oneof(
  fc
    .constantFrom("free", "pro", "team")
    .chain((member) =>
      fc.constantFrom<Atom>(
        { text: `tier == ${member}`, holds: ({ tier }) => tier === member },
        { text: `tier != ${member}`, holds: ({ tier }) => tier !== member },
      ),
    ),
  fc.constantFrom<Atom>(
    { text: "critical", holds: ({ critical }) => critical },
    { text: "not critical", holds: ({ critical }) => !critical },
  ),
  fc
    .nat(3)
    .chain((least) =>
      fc.constantFrom<Atom>(
        { text: `weight >= ${least}`, holds: ({ weight }) => weight >= least },
        { text: `weight < ${least}`, holds: ({ weight }) => weight < least },
      ),
    ),
);

const rule: fc.Arbitrary<Rule> = fc.record({
  op: fc.constantFrom("and", "or"),
  atoms: fc.array(atom, { minLength: 1, maxLength: 3 }),
  run: fc.constantFrom("small", "big"),
});

const accepts = ({ op, atoms }: Rule, request: Request): boolean =>
  op === "and" ? atoms.every(({ holds }) => holds(request)) : atoms.some(({ holds }) => holds(request));

const OTHERWISE: Rule = { op: "and", atoms: [], run: "small" };

/** Rules, the last first, without which the rest decides as before. */
function repeated(rules: readonly Rule[]): Set<Rule> {
  const gone = new Set<Rule>();
  const runOf = (request: Request): string | undefined =>
    rules.find((each) => !gone.has(each) && accepts(each, request))?.run;
  for (const each of rules.toReversed()) {
    const before = REQUESTS.map(runOf);
    gone.add(each);
    if (REQUESTS.some((request, i) => runOf(request) !== before[i])) gone.delete(each);
  }
  return gone;
}

/** Operands, the last first, without which a rule accepts the same of what comes to it. */
function dead(rules: readonly Rule[], gone: ReadonlySet<Rule>): string[] {
  return rules.flatMap((each, index) => {
    if (gone.has(each)) return [];
    const earlier = rules.slice(0, index).filter((other) => !gone.has(other));
    const coming = REQUESTS.filter((request) => !earlier.some((other) => accepts(other, request)));
    const found: string[] = [];
    let atoms = each.atoms;
    for (const part of each.atoms.toReversed()) {
      const rest = atoms.toSpliced(atoms.lastIndexOf(part), 1);
      if (rest.length === 0) continue;
      if (coming.some((request) => accepts({ ...each, atoms }, request) !== accepts({ ...each, atoms: rest }, request)))
        continue;
      found.push(`${index}: ${part.text}`);
      atoms = rest;
    }
    return found;
  });
}

function written(rules: readonly Rule[]): string {
  const lines = rules.map(({ op, atoms, run }) =>
    atoms.length === 0 ? `otherwise -> ${run}` : `when ${atoms.map(({ text }) => text).join(` ${op} `)} -> ${run}`,
  );
  return `request {
  tier free | pro | team from claim "tier" default free
  critical bool from claim "critical" default false
  weight int from claim "weight" default 0
}
${MODELS}route chat {
${lines.join("\n")}
}`;
}

test("of rules and parts just those that change nothing are said to", () => {
  let [repeats, parts] = [0, 0];
  fc.assert(
    fc.property(fc.array(rule, { minLength: 1, maxLength: 4 }), (some) => {
      const rules = [...some.map((each) => ({ ...each })), OTHERWISE];
      const text = written(rules);
      const { diagnostics } = check({ text });
      if (diagnostics.some(({ severity }) => severity === "error")) return;
      const lineOf = (at: number): number => text.slice(text.indexOf("route chat"), at).split("\n").length - 2;
      const found = (code: string) => diagnostics.filter((finding) => finding.code === code);
      const gone = repeated(rules);
      expect(found("RT3010").map(({ span }) => lineOf(span.start))).toEqual(
        rules.flatMap((each, index) => (gone.has(each) ? [index] : [])),
      );
      const said = found("RT3009").map(({ span }) => `${lineOf(span.start)}: ${text.slice(span.start, span.end)}`);
      expect(said.sort()).toEqual(dead(rules, gone).sort());
      repeats += gone.size;
      parts += said.length;
    }),
    { numRuns: 1500, seed: 4 },
  );
  expect(Math.min(repeats, parts)).toBeGreaterThan(50);
});

/** Pairs of rules that run different things, of which a request can match both and none before. */
function overlapping(rules: readonly Rule[]): string[] {
  return rules.flatMap((first, i) =>
    rules.flatMap((second, j) => {
      const coming = REQUESTS.filter(
        (request) => accepts(first, request) && !rules.slice(0, i).some((other) => accepts(other, request)),
      );
      const isException = REQUESTS.every((request) => !accepts(first, request) || accepts(second, request));
      const isPair = j > i && first.run !== second.run && !isException;
      return isPair && coming.some((request) => accepts(second, request)) ? [`${i} ${j}`] : [];
    }),
  );
}

test("of rules just those are said to overlap that do", () => {
  let count = 0;
  fc.assert(
    fc.property(fc.array(rule, { minLength: 2, maxLength: 5 }), (some) => {
      const rules = [...some, OTHERWISE];
      const found = overlaps({ text: written(rules) }).overlaps;
      if (found === undefined) return;
      const pairs = [...found].map(({ first, second }) => `${first} ${second}`);
      expect(pairs).toEqual(overlapping(rules));
      count += pairs.length;
    }),
    { numRuns: 600, seed: 5 },
  );
  expect(count).toBeGreaterThan(50);
});
