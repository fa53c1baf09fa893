import { expect, it } from "vitest";
import { loadSignalModules } from "../../../runtime/signals/index.ts";
import type { DecisionTable } from "../../../runtime/table/index.ts";
import { folder } from "../../support/routec.ts";
import { policyOf } from "./harness.ts";

const { table } = policyOf({
  signals: 'signal risk score = module "./lib/risk.mjs" else 1',
  rules: "when risk > 0.5 -> big\n otherwise -> asked",
});

const load = (files: Record<string, string>, of: DecisionTable = table) => loadSignalModules(of, folder(files));

it("imports the functions that signals name, from the policy's folder", async () => {
  const modules = await load({ "lib/risk.mjs": "export default ({ text }) => text.length / 10;" });
  const input = { signal: "risk", type: { kind: "score" }, text: "hello", messages: [] } as const;
  expect(modules["./lib/risk.mjs"]?.(input, new AbortController().signal)).toBe(0.5);
});

it.each([
  [{}, /^the module `\.\/lib\/risk\.mjs` of signal `risk` cannot be imported: Cannot find module/],
  [{ "lib/risk.mjs": "export default" }, /cannot be imported: /],
  [{ "lib/risk.mjs": "throw new Error('no database');" }, /cannot be imported: no database$/],
  [{ "lib/risk.mjs": "export const risk = 1;" }, /of signal `risk` has no function as its default export$/],
])("says what is wrong with %j", async (files, problem) => {
  await expect(load(files)).rejects.toThrow(problem);
});
