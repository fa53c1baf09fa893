import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { format } from "../../compiler/index.ts";
import { MODELS, outcomes } from "../calibration/support.ts";
import { folder, routec } from "../support/routec.ts";

const POLICY = format(`${MODELS}
/// Cheap first.
plan careful = cascade {
  small  accept when confidence >= 0.9 and not refused
  large
}

route chat -> careful
`).text as string;

const LINES = outcomes(600)
  .map((each) => JSON.stringify(each))
  .join("\n");

async function calibrate(args: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const cwd = folder({ "main.route": POLICY, "outcomes.jsonl": LINES, ...files });
  const result = await routec(["calibrate", "main.route", "--outcomes", "outcomes.jsonl", ...args], { cwd });
  return { cwd, policy: () => readFileSync(join(cwd, "main.route"), "utf8"), ...result };
}

const TARGET = ["--quality", "0.88", "--date", "2026-01-31"];

describe("routec calibrate", () => {
  it("says what the numbers are worth, and what would change", async () => {
    const { code, stdout, stderr, policy } = await calibrate(TARGET);
    await expect(stdout).toMatchFileSnapshot("golden/calibrate.txt");
    expect([code, stderr, policy()]).toEqual([0, "", POLICY]);
  });

  it("says the same without columns", async () => {
    const { stdout } = await calibrate([...TARGET, "--format", "plain"]);
    await expect(stdout).toMatchFileSnapshot("golden/calibrate.plain.txt");
  });

  it("says the same as JSON", async () => {
    const { stdout } = await calibrate([...TARGET, "--format", "json"]);
    const { format, thresholds, held_out, doubts, data, frontier, outcomes } = JSON.parse(stdout);
    expect([format, doubts]).toEqual([1, []]);
    expect(data).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(thresholds).toEqual([
      expect.objectContaining({ of: "confidence", op: ">=", file: "main.route", before: 0.9, cheaper: "small" }),
    ]);
    expect(outcomes).toMatchObject({ all: 600, fitted: 300, held_out: 300, left_out: [], unused_columns: ["id"] });
    expect(held_out).toMatchObject({
      best_single: "large",
      strong: "large",
      gain_at_rate: { low: expect.any(Number) },
    });
    expect(frontier.length).toBeGreaterThan(10);
  });

  it("writes the numbers and where they are from, and again in the same place", async () => {
    const { cwd, code, stderr, policy } = await calibrate([...TARGET, "--write"]);
    expect([code, stderr]).toEqual([0, "routec: written to main.route\n"]);
    const written = policy();
    const [, number = "", hash = ""] =
      /^ {2}\/\/ calibrated 2026-01-31 from 600 outcomes \(sha256:([0-9a-f]{12})\): quality 0\.880 at the least cost\n {2}small {2}accept when confidence >= (0\.\d+) and not refused$/m
        .exec(written)
        ?.toReversed()
        .slice(0, 3) ?? [];
    expect([number, hash]).not.toContain("");
    expect(format(written).text).toBe(written);

    const again = [
      "calibrate",
      "main.route",
      "--outcomes",
      "outcomes.jsonl",
      "--quality",
      "0.88",
      "--date",
      "2026-02-28",
    ];
    await routec([...again, "--write"], { cwd });
    expect(policy()).toBe(written.replace("2026-01-31", "2026-02-28"));
  });

  it("writes into the file in which the number stands, line ends and all", async () => {
    const plans = POLICY.slice(0, POLICY.indexOf("route chat")).replaceAll("\n", "\r\n");
    const main = 'import "./plans.route"\n\nroute chat -> careful\n';
    const { cwd, stderr, policy } = await calibrate([...TARGET, "--write"], {
      "main.route": main,
      "plans.route": plans,
    });
    expect([stderr, policy()]).toEqual(["routec: written to plans.route\n", main]);
    const written = readFileSync(join(cwd, "plans.route"), "utf8");
    expect(written.replaceAll("\r\n", "")).not.toContain("\n");
    expect(written).toMatch(/ {2}\/\/ calibrated .*\r\n {2}small {2}accept when/);
  });

  it("writes nothing that the outcomes do not support", async () => {
    const blind = outcomes(600, { small: () => 0.6 }).map((each) => JSON.stringify(each));
    const { code, stdout, stderr, policy } = await calibrate([...TARGET, "--write"], {
      "outcomes.jsonl": blind.join("\n"),
    });
    expect(code).toBe(1);
    expect(stdout).toContain(
      "the outcomes do not support these numbers:\n  `confidence` does not surely tell where `small` is right",
    );
    expect(stderr).toBe("routec: the outcomes do not support the numbers: nothing is written\n");
    expect(policy()).toBe(POLICY);
  });

  it("writes nothing with which the policy would have errors", async () => {
    const rules = `request { tier free | pro from header "x-tier" default free }

${MODELS}
signal hard score = http "https://signals.example/hard" else 0.5

route chat {
  when hard < 0.01                  -> small
  when hard < 0.02 and tier == pro  -> small
  otherwise                         -> large
}
`;
    const all = outcomes(600, { small: (hard) => 1 - hard }).map(({ id, models }) =>
      JSON.stringify({ id, signals: { hard: models.small.confidence }, models }),
    );
    const files = { "main.route": rules, "outcomes.jsonl": all.join("\n") };
    const { code, stderr, policy } = await calibrate([...TARGET, "--write"], files);
    expect([code, policy()]).toEqual([1, rules]);
    expect(stderr).toContain("error[RT3002]: this rule can never match");
    expect(stderr).toContain("routec: with these numbers the policy has errors: nothing is written\n");
  });

  it("says so where nothing can be measured at all", async () => {
    const file = {
      "outcomes.jsonl": '{ "small_correct": 1, "small_cost": 1, "small_confidence": 1, "large_correct": 1 }\n',
    };
    const { code, stdout } = await calibrate(TARGET, file);
    expect(code).toBe(1);
    expect(stdout).toBe(`the outcomes support no numbers: no outcome comes to a gate or a signal with all that it needs
left out: 1 outcome, first line 1: no cost of \`large\`, nor tokens or texts to tell it from
`);
    const json = await calibrate([...TARGET, "--format", "json"], file);
    expect(JSON.parse(json.stdout)).toMatchObject({ format: 1, outcomes: { left_out: [{ rows: 1, line: 1 }] } });
  });

  it("makes a page with the frontier, the same each time", async () => {
    const args = [...TARGET, "--html", "report.html"];
    const { cwd } = await calibrate(args);
    const page = readFileSync(join(cwd, "report.html"), "utf8");
    expect(page).toContain("Cost and quality on the outcomes held out");
    expect(page).toContain("How often <code>small</code> is right, by <code>confidence</code>");
    const other = await calibrate(args);
    expect(readFileSync(join(other.cwd, "report.html"), "utf8")).toBe(page);
  });

  it("takes a share of the strong model's quality, and CSV", async () => {
    const csv = outcomes(400).map(({ id, models: { small, large } }) =>
      [
        id,
        `"question ${id},\n""quoted"""`,
        small.correct,
        small.cost,
        small.confidence,
        large.correct,
        large.cost,
      ].join(","),
    );
    const header = "id,prompt,weak_correct,weak_cost,weak_confidence,strong_correct,strong_cost";
    const args = ["--outcomes", "o.csv", "--models", "small=weak,large=strong", "--quality", "90%"];
    const { stdout } = await calibrate(args, { "o.csv": [header, ...csv].join("\n") });
    expect(stdout).toMatch(
      /^route `chat`: the least cost with a quality of at least 0\.8\d\d \(90% of always strong\)\n400 outcomes/,
    );
  });

  it.each([
    [[], "`calibrate` needs one target: `--quality <number>` or `--cost <dollars>`"],
    [["--quality", "0.9", "--cost", "1"], "`calibrate` needs one target"],
    [["--quality", "1.5"], "`--quality` cannot be `1.5`"],
    [["--cost", "free"], "`--cost` cannot be `free`: expected dollars a request, such as $0.002"],
    [["--quality", "0.9", "--held-out", "1"], "`--held-out` cannot be `1`"],
    [["--quality", "0.9", "--models", "small"], "`--models` cannot be `small`: expected pairs"],
    [["--quality", "0.9", "--route", "none"], "the policy has no route `none`"],
    [["--quality", "0.9", "--outcomes", "none.csv"], "cannot read `none.csv`: there is no such file or folder"],
    [["--quality", "0.9", "--date", "today"], "`--date` cannot be `today`"],
  ])("is used wrongly with %j", async (args, message) => {
    const { code, stderr } = await calibrate(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it("names the line of an outcome that is none", async () => {
    const { cwd } = await calibrate(TARGET);
    writeFileSync(join(cwd, "bad.jsonl"), `${LINES}\n{"models":`);
    const { code, stderr } = await routec(["calibrate", "main.route", "--outcomes", "bad.jsonl", ...TARGET], { cwd });
    expect([code, stderr]).toEqual([
      2,
      'routec: `bad.jsonl`: line 601 is no JSON object: `{"models":`; expected one object a line\n',
    ]);
  });
});
