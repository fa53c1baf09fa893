/** Logs asked in DuckDB: against the same log decided line by line, and how it reads. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { type DuckdbReplay, type DuckdbReplayOptions, replayWithDuckdb } from "../../cli/duckdb/replay.ts";
import { duckdbReplayJson, renderDuckdbReplay, renderPlainDuckdbReplay } from "../../cli/duckdb/report.ts";
import { compareTraffic } from "../../cli/traffic.ts";
import { load } from "../../runtime/table/index.ts";
import { tableOf } from "../compiler/support.ts";
import { randomFrom } from "../differential/requests.ts";
import { GOOD, MODELS } from "../support/policies.ts";
import { folder, routec } from "../support/routec.ts";

const policy = (rules: string): string => `${MODELS}
request {
  tier    free | pro  from claim "tier"     default free
  region  eu | us     from claim "region"
}
signal pii    bool        = patterns [email]
signal topic  code | talk = ask small { code "code", talk "talk" } else talk
budget month { limit $500 per month }
plan strong = large else small

route chat {
${rules}
}`;

const OLD = policy(`
  when month.used >= 90%          -> small
  when tier == pro                -> strong
  otherwise                       -> small with { retries 1 }`);
const NEW = policy(`
  when month.used >= 95%          -> small
  when tier == free and pii       -> reject 403 "no personal data"
  when tier == pro                -> strong
  when topic == code              -> large
  otherwise                       -> small with { retries 1 }`);

/** Lines of a decision log. Signals are there where something asked for them. */
function logged(count: number): string {
  const random = randomFrom(1);
  const pick = <T>(...values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  return Array.from({ length: count }, (_, id) => {
    const [tier, topic] = [pick("free", "pro"), pick("code", "talk")];
    const signals = [
      { name: "pii", value: pick(true, false), ms: 1, cost: 0 },
      { name: "topic", value: topic, ms: 20, cost: 0.00001 },
    ];
    return `${JSON.stringify({
      ...{ format: 1, id: `d${id}`, time: 1_800_000_000_000 + id, policy: "sha256:0", route: "chat", rule: "chat:2" },
      ...{ asked: "chat", outcome: "answered", status: 200, stream: false },
      attributes: { tier, region: pick("eu", "us"), prompt: { length: 9 } },
      state: { "month.used": pick(12.5, 90, 94.9999, 95, 100) },
      ...(tier === "free" && { signals }),
      ...{ attempts: [], input: pick(10, 5000), output: pick(1, 700), cost: 0.001, ms: 400 },
    })}\n`;
  }).join("");
}

const log = (): string => folder({ "decisions.jsonl": logged(500) });
const ask = (source: string, options?: DuckdbReplayOptions): Promise<DuckdbReplay> =>
  replayWithDuckdb(tableOf(source), join(log(), "*.jsonl"), options);

it("finds what deciding line by line finds", async () => {
  const expected = await compareTraffic(join(log(), "decisions.jsonl"), load(tableOf(OLD)), load(tableOf(NEW)));
  const found = await ask(NEW, { against: tableOf(OLD) });
  expect(found.total.requests).toBe(500);
  expect(Math.round((found.total.cost?.first ?? 0) * 1e9)).toBe(expected.cost.after);
  const moved = expected.moved.map(({ before, after, requests, cost }) => ({
    before,
    after,
    requests,
    cost: { before: cost.before / 1e9, after: cost.after / 1e9 },
  }));
  const sorted = (changes: typeof moved) =>
    changes.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  expect(sorted([...(found.changes ?? [])] as typeof moved)).toEqual(sorted(moved));
  expect(found.refused).toEqual([]);
});

it("reads as a table, as sentences and as JSON, the same each time", async () => {
  const found = { ...(await ask(NEW, { against: tableOf(OLD) })), files: "logs/*.jsonl" };
  await expect(renderDuckdbReplay(found)).toMatchFileSnapshot("golden/replay-duckdb.txt");
  await expect(renderPlainDuckdbReplay(found)).toMatchFileSnapshot("golden/replay-duckdb.plain.txt");
  await expect(duckdbReplayJson(found)).toMatchFileSnapshot("golden/replay-duckdb.json");
});

it("says that nothing changes", async () => {
  expect(renderDuckdbReplay(await ask(NEW, { against: tableOf(NEW) }))).toContain("every request is decided as before");
});

it("tells what the log does not know", async () => {
  const { notes, refused } = await ask(NEW.replace("topic == code", "needs.vision"));
  expect(notes).toEqual(["the log does not have `needs.vision`: only what does not depend on it is decided"]);
  expect(refused).toMatchObject([{ error: "the decision depends on what is not known: needs.vision" }]);
});

it("takes columns of another log by what they are called there", async () => {
  const csv = folder({
    "log.csv": "came,plan,tokens,answer\n2026-01-01 09:00:00,pro,100,10\n2026-01-01 10:00:00,,5000,20\n",
  });
  const source = policy("when tier == pro and time.hour == 9 -> strong\notherwise -> small");
  const columns = {
    ...{ tier: "plan", "time.hour": "hour(came)" },
    ...{ input: "tokens", output: "answer" },
  };
  const set = { model: "chat", region: "eu" };
  const { rules, total } = await replayWithDuckdb(tableOf(source), join(csv, "log.csv"), { columns, set });
  expect(rules.map(({ rule, requests }) => [rule, requests])).toEqual([
    ["chat:0", 1],
    ["chat:1", 1],
  ]);
  expect(total).toEqual({
    requests: 2,
    tokens: { input: 5100, output: 30 },
    // 100 and 10 tokens of large, then of small too; 5,000 and 20 of small.
    cost: { first: 0.00045 + 0.000508, every: 0.00045 + 0.000014 + 0.000508 },
  });
});

const FIRST = "when tier == pro -> strong\notherwise -> small";
it.each([
  [
    "a file of another kind",
    "log.xml",
    {},
    "is no log that DuckDB reads here: expected .parquet, .csv, .tsv or .jsonl",
  ],
  ["no such file", "none.csv", {}, "cannot be read: IO Error"],
  ["no model", "log.csv", {}, "has no column for the model asked for: say `--columns model=…` or `--set model=…`"],
  [
    "no required attribute",
    "log.csv",
    { model: "'chat'" },
    "has no column for `region`: say `--columns region=…` or `--set region=…`",
  ],
  ["another type", "log.csv", { model: "'chat'", region: "n" }, "`region` of `"],
  ["no such attribute", "log.csv", { teir: "n" }, "the policy reads no attribute `teir`; did you mean `tier`?"],
])("%s is refused", async (_, name, columns, message) => {
  const file = join(folder({ "log.csv": "n\n1\n" }), name);
  await expect(replayWithDuckdb(tableOf(policy(FIRST)), file, { columns })).rejects.toThrow(message);
});

it("is what `replay --engine duckdb` prints", async () => {
  const cwd = folder({ "main.route": GOOD, "logs/a.csv": "tier\npro\nfree\n", "logs/b.csv": "tier\npro\n" });
  const replay = (...args: readonly string[]) =>
    routec(["replay", "main.route", "--engine", "duckdb", ...args, "--set", "model=chat"], { cwd });
  const { code, stdout } = await replay("logs/*.csv", "--format", "json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    rules: [
      { rule: "chat:0", plan: "strong", requests: 2 },
      { rule: "chat:1", requests: 1 },
    ],
  });
  expect((await replay("logs/*.csv")).stdout).toMatch(/^3 requests of logs\/\*\.csv, asked in DuckDB\n/);
  expect(await replay("logs/*.csv", "--seed", "1")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("`--engine duckdb` decides and calls nobody, so it takes no `--seed`"),
  });
});
