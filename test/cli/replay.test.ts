import { describe, expect, it } from "vitest";
import { folder, type Result, routec } from "../support/routec.ts";

const golden = (name: string) => new URL(`golden/${name}`, import.meta.url).pathname;

const MODELS = `provider near { protocol simulated }
provider far  { protocol simulated }

model small = near "small-1" { context 2k  output 200  price { input $1, output $1 } }
model large = far  "large-1" { context 2k  output 200  price { input $10, output $10 } }

budget month { per tenant  limit $0.05 per month }
`;

const POLICY = `request {
  tenant  string        from claim "org"
  tier    free | pro    from header "x-tier"    default free
}

${MODELS}
route chat {
  when month.used >= 80%                    -> small
  when tier == pro                          -> large else small
  when prompt_tokens > 900                  -> reject 413 "too long for free"
  otherwise                                 -> small else large
}
`;

const OLD = `request {
  tenant  string        from claim "org"
}

${MODELS}
route chat {
  when stream  -> small
  otherwise    -> large
}
`;

/** Three tenants, a request every ten minutes from 22:00 on; and two lines that are none. */
const TRAFFIC = [
  "time,input,output,tenant,tier",
  ...Array.from({ length: 24 }, (_, index) => {
    const time = new Date(Date.UTC(2026, 2, 2, 22, index * 10)).toISOString();
    const [tenant, tier] = [["acme", "globex", "hooli"][index % 3], index % 2 === 0 ? "pro" : "free"];
    return `${time},${400 + index * 30},${100 + index},${tenant},${tier}`;
  }),
  "yesterday,1,1,acme,pro",
  "2026-03-03T02:00:00Z,1,1",
].join("\n");

const ARGS = [
  "replay",
  "main.route",
  "--traffic",
  "march.csv",
  "--outage",
  "far@23:00-23:30",
  "--set",
  "max_tokens=200",
];

async function replay(...args: readonly string[]): Promise<Result> {
  const cwd = folder({ "main.route": POLICY, "old.route": OLD, "march.csv": TRAFFIC });
  return routec([...ARGS, ...args], { cwd });
}

describe("routec replay", () => {
  it("tells people what would have come of the traffic", async () => {
    const { code, stdout, stderr } = await replay();
    expect([code, stderr]).toEqual([0, ""]);
    await expect(stdout).toMatchFileSnapshot(golden("replay.txt"));
  });

  it("tells what differs from another policy", async () => {
    const { code, stdout, stderr } = await replay("--against", "old.route", "--by", "tenant,tier");
    expect([code, stderr]).toEqual([0, ""]);
    await expect(stdout).toMatchFileSnapshot(golden("replay-against.txt"));
  });

  it("tells screen readers", async () => {
    const { stdout } = await replay("--against", "old.route", "--format", "plain");
    await expect(stdout).toMatchFileSnapshot(golden("replay-plain.txt"));
  });

  it("tells programs", async () => {
    const { stdout } = await replay("--against", "old.route", "--format", "json");
    await expect(stdout).toMatchFileSnapshot(golden("replay-json.txt"));
  });

  it("writes a page that loads nothing, the same bytes for the same seed", async () => {
    const cwd = folder({
      "main.route": POLICY,
      "march.csv": TRAFFIC,
      "models.json": '{"*":{"first_ms":{"p1":9,"p99":999}}}',
    });
    const { readFileSync } = await import("node:fs");
    const page = async (name: string, seed: string): Promise<string> => {
      const { code, stderr } = await routec([...ARGS, "--models", "models.json", "--html", name, "--seed", seed], {
        cwd,
      });
      expect([code, stderr]).toEqual([0, ""]);
      return readFileSync(`${cwd}/${name}`, "utf8");
    };
    const [first, again, other] = [await page("a.html", "1"), await page("b.html", "1"), await page("c.html", "2")];
    expect(first).toBe(again);
    expect(first).not.toBe(other.replace("--seed 2", "--seed 1"));
    expect(first).toMatch(/^<!doctype html>/);
    expect(first).not.toMatch(/<script|<link|src=|https?:/);
  });

  it.each([
    [[], "`--traffic` is missing: `routec replay main.route --traffic <file>`"],
    [
      ["--traffic", "march.csv", "--set", "teir=pro"],
      "`--set` sets `teir`: expected one of model, input, output, stream, prompt_tokens, max_tokens, tenant, tier",
    ],
    [["--traffic", "march.csv", "--outage", "mars@1:00"], "`--outage`: `mars@1:00` is no outage: expected"],
    [["--traffic", "march.csv", "--start", "soon"], "`--start` cannot be `soon`: expected a time such as"],
    [["--traffic", "march.csv", "--by", "team"], "`--by` names `team`: expected one of"],
    [["--traffic", "none.csv"], "cannot read `none.csv`: there is no such file or folder"],
    [["--traffic", "empty.csv"], "`empty.csv` has no request that can be replayed, in 0 lines"],
    [["--traffic", "bad.jsonl"], "`bad.jsonl` has no request that can be replayed, in 1 lines: line 1: "],
    [
      ["--traffic", "columns.csv"],
      "`columns.csv`: no column says when requests came, of `when`, `n`; `--columns time=…`",
    ],
    [["--traffic", "march.csv", "--models", "models.json"], "`models.json`: the policy has no model `tiny`"],
  ])("%j is wrong use", async (args, message) => {
    const cwd = folder({
      ...{ "main.route": POLICY, "march.csv": TRAFFIC, "empty.csv": "time\n", "bad.jsonl": '{"a":1}\n' },
      ...{ "columns.csv": "when,n\n1,2\n", "models.json": '{"tiny":{}}' },
    });
    const { code, stdout, stderr } = await routec(["replay", "main.route", ...args], { cwd });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`routec: ${message}`);
  });

  it("exits with 1 where a policy has errors", async () => {
    const cwd = folder({ "main.route": POLICY.replace("-> small\n", "-> smal\n"), "march.csv": TRAFFIC });
    const { code, stdout, stderr } = await routec(ARGS, { cwd });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("did you mean `small`?");
  });
});
