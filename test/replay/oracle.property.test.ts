/** A replay in which nothing fails comes to what a plain loop comes to: decide each request, multiply its tokens. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Tally } from "../../compiler/replay/sums/sums.ts";
import { type Decision, decide, type Model } from "../../runtime/table/index.ts";
import { NOON, policyOf, replayed } from "./support.ts";

const POLICY = policyOf(`
request {
  tenant  string        from header "x-tenant"
  tier    free | pro    from header "x-tier"    default free
}
route chat {
  when tier == pro and prompt_tokens > 500  -> large else small
  when tenant in { "beta", "blue" }         -> large
  when tier == free and prompt_tokens > 800 -> reject 413 "too long"
  otherwise                                 -> small else large
}
`);
const HOUR = 3_600_000;

const request = fc.record({
  after: fc.integer({ min: 0, max: 20 * HOUR }),
  tenant: fc.constantFrom("acme", "beta", "blue", ""),
  tier: fc.constantFrom("free", "pro", undefined),
  input: fc.integer({ min: 1, max: 1_000 }),
  output: fc.integer({ min: 1, max: 1_000 }),
});

it("comes to what a plain loop comes to, by model, rule, day and tenant", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 30 }), async (requests) => {
      let time = NOON;
      const timed = requests.map((each) => {
        time += each.after;
        return { ...each, time };
      });
      const lines = timed.map(({ time, tenant, tier, input, output }) =>
        JSON.stringify({ route: "chat", time, input, output, attributes: { tenant, ...(tier && { tier }) } }),
      );
      const { sums } = (await replayed(POLICY, lines, { by: ["tenant"] })).policy;
      const naive = { models: noSums(), rules: noSums(), days: noSums(), tenants: noSums() };
      for (const { time, tenant, tier, input, output } of timed) {
        const decision = decide(POLICY, { model: "chat", tenant, ...(tier && { tier }), prompt_tokens: input });
        const model = firstOf(decision);
        // A price is nano-dollars for a million tokens, and all of these are whole for one.
        const cost = model === undefined ? 0 : ((input + output) * model.price.input) / 1e6;
        add(naive.rules, `chat:${decision.index}`, cost, model === undefined);
        add(naive.days, new Date(time).toISOString().slice(0, 10), cost, model === undefined);
        add(naive.tenants, tenant, cost, model === undefined);
        if (model !== undefined) add(naive.models, model.name, cost, false);
      }
      expect(used(sums.rules)).toEqual(used(naive.rules));
      expect(used(sums.days)).toEqual(used(naive.days));
      expect(used(sums.by.get("tenant")?.entries ?? new Map())).toEqual(used(naive.tenants));
      const models = [...sums.models].map(([name, { served, cost }]) => [
        name,
        { requests: served, unserved: 0, cost },
      ]);
      expect(used(new Map(models as [string, Tally][]))).toEqual(used(naive.models));
    }),
    { numRuns: 40 },
  );
});

function noSums(): Map<string, Tally> {
  return new Map();
}

function add(sums: Map<string, Tally>, key: string, cost: number, isUnserved: boolean): void {
  const { requests, unserved, cost: before } = sums.get(key) ?? { requests: 0, unserved: 0, cost: 0 };
  sums.set(key, { requests: requests + 1, unserved: unserved + Number(isUnserved), cost: before + cost });
}

/** Rules and models that took nothing are there as well. */
function used(sums: ReadonlyMap<string, Tally>): [string, Tally][] {
  return [...sums].filter(([, { requests }]) => requests > 0).sort(([a], [b]) => (a < b ? -1 : 1));
}

function firstOf({ run }: Decision): Model | undefined {
  const first = run.kind === "else" ? run.first : run;
  return POLICY.table.models.find(({ name }) => first.kind === "call" && first.model === name);
}
