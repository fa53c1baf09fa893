import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { labelledLines } from "../runtime/signals/examples.ts";
import { MODELS } from "../support/policies.ts";
import { folder, routec } from "../support/routec.ts";

const POLICY = `${MODELS}
signal topic  code | law | other = classifier "./weights.json"

route chat {
  when topic == code  -> large
  otherwise           -> small
}
`;

/** Trains on these lines in a folder of its own. */
async function train(content: string, ...args: readonly string[]) {
  const cwd = folder({ "examples.jsonl": content, "main.route": POLICY });
  return { cwd, ...(await routec(["train", "classifier", "examples.jsonl", ...args], { cwd })) };
}

describe("routec train classifier", () => {
  it("writes weights that a policy can have, and says how good they are", async () => {
    const { cwd, code, stdout } = await train(labelledLines(300), "-o", "weights.json", "--date", "2026-01-31");
    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot("golden/train.txt");
    const { weights, ...rest } = JSON.parse(readFileSync(join(cwd, "weights.json"), "utf8"));
    expect(rest).toMatchObject({
      version: 2,
      members: ["code", "law", "other"],
      provenance: {
        trainer: "routec",
        data: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        date: "2026-01-31",
        seed: 1,
        trained: 240,
        held_out: 60,
      },
    });
    expect(Object.keys(weights).length).toBeGreaterThan(100);
    expect(await routec(["check", "main.route"], { cwd })).toMatchObject({ code: 0 });
  });

  it("gives the same bytes for the same lines, on standard output too", async () => {
    const [a, b] = [await train(labelledLines(120), "-o", "-"), await train(labelledLines(120), "-o", "-")];
    expect(a.stdout).toBe(b.stdout);
    expect(JSON.parse(a.stdout)).toMatchObject({ version: 2 });
    expect(a.stderr).toContain("accuracy");
  });

  it("passes over a byte order mark", async () => {
    expect(await train(`\ufeff${labelledLines(120)}`, "-o", "weights.json")).toMatchObject({ code: 0 });
  });

  it("writes nothing that the lines do not support, unless it is told to", async () => {
    const refused = await train(labelledLines(60), "-o", "weights.json");
    expect(refused.code).toBe(3);
    expect(refused.stdout).toContain("there are 60 different lines, expected at least 100");
    expect(refused.stderr).toBe("the weights are not written: `--force` writes them all the same\n");
    expect(() => readFileSync(join(refused.cwd, "weights.json"))).toThrow();

    const forced = await train(labelledLines(60), "-o", "weights.json", "--force");
    expect(forced.code).toBe(0);
    expect(JSON.parse(readFileSync(join(forced.cwd, "weights.json"), "utf8")).provenance.doubts).toHaveLength(1);
  });

  it.each([
    ["{", ["-o", "w.json"], /^routec: `examples.jsonl`: line 1 is no JSON object: /],
    ["", ["-o", "w.json"], /^routec: `examples.jsonl`: there is no line\n/],
    ["", [], /^routec: `train` needs to know where to write: `-o <weights.json>`\n/],
    ["", ["-o", "w.json", "--seed", "x"], /^routec: `--seed` cannot be `x`/],
    ["", ["-o", "w.json", "--date", "today"], /^routec: `--date` cannot be `today`: expected one such as 2026-01-31\n/],
    ["", ["-o", "w.json", "--date", "2026-02-31"], /^routec: `--date` cannot be `2026-02-31`/],
    ["", ["-o", "./examples.jsonl"], /^routec: `-o .\/examples.jsonl` would write over the examples\n/],
  ])("refuses %j with %j", async (content, args, problem) => {
    const { code, stderr } = await train(content, ...args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(problem)]);
  });

  it("trains nothing but classifiers", async () => {
    const { code, stderr } = await routec(["train", "model", "x.jsonl"], { cwd: folder() });
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("`train model` is nothing that can be trained: expected classifier"),
    ]);
  });
});
