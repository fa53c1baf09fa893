/** Plans that cannot serve a request that another model could, held against the enumeration of all kinds of requests. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { check } from "../../../compiler/index.ts";

interface Model {
  readonly context: number;
  readonly can: readonly string[];
  /** What its own `with` says of tools. */
  readonly tools: string;
}

interface Request {
  readonly needs: readonly string[];
  readonly size: number;
}

type Fate = "served" | "too_long" | "unsupported";

/** What a plan says, and all that can become of a request when all providers are up. */
interface Plan {
  readonly text: string;
  readonly fates: (request: Request, models: readonly Model[]) => readonly Fate[];
}

const NEEDS = ["vision", "tools"];
const CONTEXTS = [1000, 2000, 4000];
const REQUESTS: readonly Request[] = [[], ["vision"], ["tools"], NEEDS].flatMap((needs) =>
  CONTEXTS.flatMap((context) => [context, context + 1].map((size) => ({ needs, size }))),
);

/** Of these words on tools the nearest is what holds. */
const TOOLS = ["", "tools none", "tools only [search]"];

const fits = ({ needs, size }: Request, { context, can, tools }: Model, nearer = ""): Fate => {
  if (size > context) return "too_long";
  const isTold = (nearer || tools) !== "tools none";
  return needs.every((need) => can.includes(need) || (need === "tools" && !isTold)) ? "served" : "unsupported";
};

const model: fc.Arbitrary<Model> = fc.record({
  context: fc.constantFrom(...CONTEXTS),
  can: fc.subarray(NEEDS),
  tools: fc.constantFrom("", ...TOOLS),
});

const call: fc.Arbitrary<Plan> = fc.tuple(fc.nat(2), fc.constantFrom("", ...TOOLS)).map(([i, tools]) => ({
  text: `m${i}${written(tools)}`,
  fates: (request, models) => [fits(request, models[i] as Model, tools)],
}));

function written(tools: string): string {
  return tools === "" ? "" : ` with { ${tools} }`;
}

const isSure = (fates: readonly Fate[]): boolean => fates.every((fate) => fate === "served");

const plan: fc.Arbitrary<Plan> = fc.letrec<{ plan: Plan }>((tie) => ({
  plan: fc.oneof(
    { maxDepth: 2 },
    call,
    fc.tuple(tie("plan"), fc.constantFrom("", "on too_long ", "on unsupported ", "on timeout "), tie("plan")).map(
      ([first, on, next]): Plan => ({
        text: `(${first.text}) else ${on}(${next.text})`,
        fates: (request, models) =>
          first.fates(request, models).flatMap((end) => {
            const taken = end !== "served" && (on === "" || on === `on ${end} `);
            return taken ? next.fates(request, models) : [end];
          }),
      }),
    ),
    // It fails as any of its sides does.
    fc.tuple(tie("plan"), tie("plan")).map(
      ([a, b]): Plan => ({
        text: `hedge { (${a.text}) after 1s (${b.text}) }`,
        fates: (request, models) => {
          const sides = [a.fates(request, models), b.fates(request, models)];
          return sides.some(isSure) ? ["served"] : sides.flat().filter((fate) => fate !== "served");
        },
      }),
    ),
  ),
})).plan;

test("RT3011 is told of just the plans that cannot serve what another declared model could", () => {
  let told = 0;
  fc.assert(
    fc.property(fc.tuple(model, model, model), plan, (models, { text, fates }) => {
      const declared = models.map(
        ({ context, can, tools }, i) =>
          `model m${i} = lab "m${i}" { context ${context}  output 10  price free  can [${can}]${written(tools)} }`,
      );
      const policy = `provider lab { protocol simulated }\n${declared.join("\n")}\nroute chat -> ${text}`;
      const { diagnostics } = check({ text: policy });
      // An `else` that nothing leads to is an error.
      if (diagnostics.some(({ severity }) => severity === "error")) return;
      const unserved = REQUESTS.some(
        (request) =>
          !isSure(fates(request, models)) &&
          models.some((other) => fits(request, { ...other, tools: "" }) === "served"),
      );
      expect(
        diagnostics.some(({ code }) => code === "RT3011"),
        policy,
      ).toBe(unserved);
      if (unserved) told++;
    }),
    { numRuns: 1000, seed: 11 },
  );
  expect(told).toBeGreaterThan(100);
});
