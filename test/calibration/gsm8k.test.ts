/** Outcomes that nobody here made: two models' answers to 1,319 questions. The data stand beside the checkout, or it is skipped. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { calibrate } from "../../compiler/calibration/calibrate.ts";
import { readRecords } from "../../compiler/calibration/records.ts";
import { compileProgram } from "../../compiler/index.ts";
import { DEFAULTS } from "./support.ts";

const DATA = new URL("../../../shared/data/outcomes/gsm8k_pairs.csv", import.meta.url);
const NAMES = new Map([
  ["mixtral", "mixtral_8x7b"],
  ["gpt4", "gpt4_1106"],
]);

describe.skipIf(!existsSync(DATA))("answers of Mixtral 8x7B and GPT-4 to GSM8K", () => {
  it("show that the form of an answer is worth something, by no number", () => {
    const policy = new URL("gsm8k/format.route", import.meta.url).pathname;
    const { program, table } = compileProgram(policy);
    if (table === undefined) throw new Error("the policy has errors");
    const records = readRecords("gsm8k_pairs.csv", readFileSync(DATA, "utf8"));
    expect(records.all).toHaveLength(1319);
    const wanted = { kind: "quality", least: 0.8, isShare: true } as const;
    const { doubts, thresholds, measures, rows, best, strong } = calibrate({ program, table }, records, {
      ...DEFAULTS,
      names: NAMES,
      wanted,
    });
    expect([doubts, thresholds, rows.leftOut, rows.unused]).toEqual([[], [], [], ["id"]]);
    expect([rows.models[best], rows.models[strong]]).toEqual(["gpt4", "gpt4"]);
    expect(measures.gainAtRate.low).toBeGreaterThan(0.02);
    expect(measures.oracle.quality.value).toBeGreaterThan(measures.always[best]?.quality.value ?? 1);
  });
});
