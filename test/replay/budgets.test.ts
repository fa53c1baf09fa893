/** What budgets have spent in a replay, and when they ran out. */
import { describe, expect, it } from "vitest";
import { NOON, policyOf, replayed } from "./support.ts";

const HOUR = 3_600_000;
/** One request an hour, of a thousand tokens each: a tenth of a cent of `small`. */
function hourly(count: number, tenant: (index: number) => string = () => "acme"): string[] {
  const rows = Array.from({ length: count }, (_, index) => `${NOON + index * HOUR},500,500,${tenant(index)}`);
  return ["time,input,output,tenant", ...rows];
}

const SET = { max_tokens: "500" };
const DAY = policyOf("budget day { limit $0.005 per day }\nroute chat -> small");

describe("a budget", () => {
  it("runs out when the next call may cost more than is left, and is whole again the next day", async () => {
    const { sums } = (await replayed(DAY, hourly(20), { set: SET })).policy;
    const [first, second] = sums.budgets.windows;
    // 2,000 tokens are set aside for a prompt of 500, which may be that many, and 500 for the answer: a quarter of a cent.
    // After three calls, of a tenth of a cent each, that is more than is left.
    expect(first).toMatchObject({ budget: "day", limit: 5_000_000, from: NOON - 12 * HOUR, total: 3_000_000 });
    expect([...(first?.accounts.values() ?? [])]).toMatchObject([{ outAt: NOON + 3 * HOUR, refused: 9 }]);
    expect(second).toMatchObject({ from: NOON + 12 * HOUR, total: 3_000_000 });
    expect(sums.total).toMatchObject({ requests: 20, unserved: 14, cost: 6_000_000 });
  });

  it("is kept for each of its keys", async () => {
    const policy = policyOf(`request { tenant string from header "x-tenant" }
budget month { per tenant  limit $0.004 per month }
route chat -> small`);
    const lines = hourly(12, (index) => (index % 4 === 0 ? "quiet" : "busy"));
    const { sums } = (await replayed(policy, lines, { set: SET })).policy;
    const accounts = [...(sums.budgets.windows[0]?.accounts.values() ?? [])];
    // Two calls fit into what each has.
    expect(accounts).toMatchObject([
      { values: ["quiet"], spent: 2_000_000, outAt: NOON + 8 * HOUR, refused: 1 },
      { values: ["busy"], spent: 2_000_000, outAt: NOON + 3 * HOUR, refused: 7 },
    ]);
  });
});
