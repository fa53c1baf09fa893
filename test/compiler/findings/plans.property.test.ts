/** What is warned of plans, held against small independent models of it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { check } from "../../../compiler/index.ts";

const REQUEST = `request {
  tier free | pro from claim "tier" default free
}
`;

function codesOf(text: string): string[] {
  const { diagnostics } = check({ text });
  const errors = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
  expect(errors, text).toEqual([]);
  return diagnostics.map(({ code }) => code);
}

const LAB = "provider lab { protocol simulated }\n";

/** A chain of calls, with seconds and retries of each; `undefined` says no timeout. */
const chain = fc.array(
  fc.record({ timeout: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }), retries: fc.nat(2) }),
  { minLength: 1, maxLength: 4 },
);

test("a step is late just when those before it can use up the deadline", () => {
  let late = 0;
  fc.assert(
    fc.property(chain, fc.integer({ min: 5, max: 30 }), (steps, deadline) => {
      const written = steps.map(
        ({ timeout, retries }, i) =>
          `m${i} with { ${timeout === undefined ? "" : `timeout ${timeout}s, `}retries ${retries} }`,
      );
      const text = `${LAB}${steps.map((_, i) => `model m${i} = lab "m${i}" { context 8k, output 1k, price free }\n`).join("")}
route chat {
  deadline ${deadline}s
  otherwise -> ${written.map((step) => `(${step})`).join(" else ")}
}`;
      // Each try runs into its timeout; before each further one the longest wait doubles, from a quarter of a second.
      let now = 0;
      let isLate = false;
      for (const { timeout, retries } of steps) {
        isLate ||= now >= deadline;
        if (timeout !== undefined)
          for (let attempt = 0; attempt <= retries; attempt++)
            now += timeout + (attempt === 0 ? 0 : 0.25 * 2 ** (attempt - 1));
      }
      expect(codesOf(text).includes("RT3012"), text).toBe(isLate);
      if (isLate) late++;
    }),
    { numRuns: 300, seed: 6 },
  );
  expect(late).toBeGreaterThan(30);
});

interface Atom {
  readonly text: string;
  readonly holds: (request: Request) => boolean;
}

interface Request {
  readonly stream: boolean;
  readonly tier: string;
  readonly tokens: number;
}

const atom: fc.Arbitrary<Atom> = fc.constantFrom<Atom>(
  { text: "stream", holds: ({ stream }) => stream },
  { text: "not stream", holds: ({ stream }) => !stream },
  { text: "tier == free", holds: ({ tier }) => tier === "free" },
  { text: "tier == pro", holds: ({ tier }) => tier === "pro" },
  { text: "prompt_tokens <= 1k", holds: ({ tokens }) => tokens <= 1000 },
  { text: "prompt_tokens > 1k", holds: ({ tokens }) => tokens > 1000 },
);

const REQUESTS: readonly Request[] = [true, false].flatMap((stream) =>
  ["free", "pro"].flatMap((tier) => [1000, 8000].map((tokens) => ({ stream, tier, tokens }))),
);

const rules = fc.array(fc.record({ atoms: fc.array(atom, { minLength: 1, maxLength: 2 }), special: fc.boolean() }), {
  minLength: 1,
  maxLength: 4,
});

type Rules = ReturnType<typeof rules.generate>["value"];

/** The requests that rules decide of which `special` says that they run what is looked at. */
function specialRequests(all: Rules): Request[] {
  return REQUESTS.filter((request) => all.find(({ atoms }) => atoms.every(({ holds }) => holds(request)))?.special);
}

/** Rules of which none is beyond reach, each with what it runs. */
function routeOf(all: Rules, special: string): string {
  const lines = all.map(
    ({ atoms, special: isSpecial }) =>
      `  when ${atoms.map(({ text }) => text).join(" and ")} -> ${isSpecial ? special : "small"}`,
  );
  return `route chat {\n${lines.join("\n")}\n  otherwise -> small\n}\n`;
}

/** Whether each rule decides some request, without which a policy has an error. */
function allReached(all: Rules): boolean {
  const decided = REQUESTS.map((request) => all.findIndex(({ atoms }) => atoms.every(({ holds }) => holds(request))));
  return all.every((_, i) => decided.includes(i)) && decided.includes(-1);
}

const MODELS = `${LAB}model small = lab "small" { context 8k, output 1k, price free, can [logprobs] }
model big = lab "big" { context 8k, output 1k, price { input $1000, output $1000 }, can [logprobs] }
`;

test("a stream reaches a cascade just when some streaming request does", () => {
  const counts = { true: 0, false: 0 };
  fc.assert(
    fc.property(rules, (all) => {
      if (!allReached(all)) return;
      const text = `${REQUEST}${MODELS}plan careful = cascade { small accept when confidence >= 0.5  big }\n${routeOf(all, "careful")}`;
      const reached = specialRequests(all).some(({ stream }) => stream);
      expect(codesOf(text).includes("RT3013"), text).toBe(reached);
      counts[`${reached}`]++;
    }),
    { numRuns: 1500, seed: 7 },
  );
  expect(Math.min(counts.true, counts.false)).toBeGreaterThan(30);
});

test("a plan is over a budget just when its call can cost more than the limit", () => {
  const counts = { true: 0, false: 0 };
  fc.assert(
    fc.property(rules, fc.constantFrom(2, 6, 12), fc.constantFrom("", "for tier == free"), (all, limit, whose) => {
      if (!allReached(all)) return;
      const text = `${REQUEST}${MODELS}budget monthly { ${whose} limit $${limit} per month }\n${routeOf(all, "big with { max_tokens 500 }")}`;
      // A dollar for 1,000 tokens: the answer of at most 500, and a prompt of at most four times what is said.
      const cost = ({ tokens }: Request): number => (Math.min(tokens * 4, 8000) + 500) / 1000;
      const over = specialRequests(all).some(
        (request) => (whose === "" || request.tier === "free") && cost(request) > limit,
      );
      expect(codesOf(text).includes("RT3014"), text).toBe(over);
      counts[`${over}`]++;
    }),
    { numRuns: 1500, seed: 8 },
  );
  expect(Math.min(counts.true, counts.false)).toBeGreaterThan(30);
});
