/** The hour of arrivals that docs/replay.md shows is what its commands give. Skipped where the arrivals are absent. */
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { page } from "../docs/pages.ts";
import { folder, routec } from "../support/routec.ts";

const TRACE = "AzureLLMInferenceTrace_2023_conv.csv";
const DATA = new URL(`../../../shared/data/traffic/${TRACE}`, import.meta.url);
const absent = existsSync(DATA) ? "" : " (skipped: the shared test data is absent)";

it.skipIf(absent !== "")(`docs/replay.md shows what its command prints${absent}`, async () => {
  const text = page("docs/replay.md");
  const [new_ = "", old = ""] = [...text.matchAll(/^```route\n(.*?)^```$/gms)].map(([, policy = ""]) => policy);
  const models = /^```json\n(.*?)^```$/ms.exec(text)?.[1] ?? "";
  const [command = ""] =
    /^routec replay new\.route .*\\\n.*$/m.exec(text.slice(text.indexOf("models.json` says"))) ?? [];
  const shown = /^```\n(Replay of .*?)^…$/ms.exec(text)?.[1] ?? "nothing is shown";
  const cwd = folder({ "new.route": new_, "old.route": old, "models.json": models });
  copyFileSync(DATA, join(cwd, TRACE));
  const { code, stdout, stderr } = await routec(command.split(/[\s\\]+/).slice(1), { cwd });
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.startsWith(shown)).toBe(true);
});
