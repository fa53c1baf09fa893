/** What `check` shows as an example is decided by the table as the analysis says. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileProgram } from "../../../compiler/index.ts";
import { replayWitnesses } from "../../../compiler/testing/index.ts";
import { folderWith, pathOf } from "../../../tools/pages/folder.ts";
import { MODELS, REQUEST } from "../support.ts";

const GOLDEN = new URL("../golden/", import.meta.url);
const compiled = (main: string) => compileProgram(pathOf("main.route"), { fileSystem: folderWith(main) });

test.each(readdirSync(GOLDEN).filter((name) => /^RT[345].*\.route$/.test(name)))("%s", (name) => {
  const { program, analysis, diagnostics } = compiled(readFileSync(new URL(name, GOLDEN), "utf8"));
  if (analysis !== undefined) replayWitnesses(program, analysis, diagnostics);
});

test("a table that decides otherwise is a fault of ours", () => {
  const policy = (tier: string) => `${REQUEST}${MODELS}
route chat { when tier == ${tier} -> big
otherwise -> small }
prove cheap { on chat when tier == pro cost <= $0.000001 }`;
  const { program, analysis, diagnostics } = compiled(policy("pro"));
  if (analysis === undefined) throw new Error("the policy was not analysed");
  replayWitnesses(program, analysis, diagnostics);
  const other = { ...program, routes: compiled(policy("free")).program.routes };
  expect(() => replayWitnesses(other, analysis, diagnostics)).toThrow(
    "the decision table and the interpretation disagree: send chat",
  );
});
