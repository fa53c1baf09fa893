/** Generated tests pass, and with them all is reached that can be. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compileProgram, format } from "../../../compiler/index.ts";
import { coverageOf, goalsOf, runTests } from "../../../compiler/testing/index.ts";
import { MODELS } from "../../support/policies.ts";
import { OPTIONS, tested } from "./support.ts";

const EXAMPLES = new URL("../../../examples/", import.meta.url);
const NAMES = readdirSync(EXAMPLES).filter((name) => name.endsWith(".route"));

/** What is not reached by a policy's own tests and the generated ones together. */
function stillMissing(text: string, path: string): string[] {
  const { program, table, analysis, diagnostics } = compileProgram({ text, path });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (table === undefined || analysis === undefined) throw new Error(errors.map(({ message }) => message).join("; "));
  const results = runTests(program, table, OPTIONS);
  expect(results.flatMap(({ title, failures }) => failures.map(({ message }) => `${title}: ${message}`))).toEqual([]);
  const goals = coverageOf(
    goalsOf(program, analysis),
    results.flatMap(({ trace }) => trace ?? []),
  );
  return goals.filter(({ hits, impossible }) => hits === 0 && !impossible).map(({ key }) => key);
}

describe.each(NAMES)("%s", (name) => {
  const path = new URL(name, EXAMPLES).pathname;

  test("its own tests pass", () => {
    const failed = tested(path).results.filter(({ failures }) => failures.length > 0);
    expect(failed.map(({ title, failures, lines }) => [title, failures[0]?.message, ...lines])).toEqual([]);
  });

  test("generated tests pass, and reach all but what is said to be missing", () => {
    const { tests, missing } = tested(path).generate();
    const text = [readFileSync(path, "utf8"), ...tests.map((each) => each.text)].join("\n");
    expect(stillMissing(text, path)).toEqual(missing.map(({ goal }) => goal.key));
  });
});

/** What is generated for a policy, in canonical form. */
function generated(policy: string): { text: string; missing: readonly (string | undefined)[] } {
  const { tests, missing } = tested(policy).generate();
  const text = tests.map((each) => each.text).join("\n");
  return { text: text === "" ? "" : (format(text).text ?? ""), missing: missing.map(({ why }) => why) };
}

const EVERYTHING = `request {
  tenant  string        from header "x-tenant"
  tier    free | pro    from header "x-tier"      default free
  amount  money         from header "x-amount"    default $0
}

${MODELS}
model sure = demo "sure" {
  context 32k
  output  4k
  price   { input $0.10, output $0.40 }
  can     [logprobs]
}

budget month { limit $10 per month }
commit deal { spend $10k per quarter }

plan drawn = split {
  90% small
  10% large
} by tenant

plan gated = cascade {
  sure   accept when confidence >= 0.8 and (finish == stop or output_tokens > 100)
  large  accept when valid_json
  large
}

route chat {
  when month.left < $2            -> reject 429
  when deal.pace >= 150%          -> gated
  when model starts_with "cha" and prompt contains "hello" and amount > $5 -> drawn
  when tenant matches /^acme-[0-9]+$/ -> small else on filtered large
  when time.weekday in { sat, sun } and time.hour in 8..18 -> hedge { small after 1s large }
  otherwise                       -> small
}
`;

test("tests of everything that a test can say", async () => {
  const { text, missing } = generated(EVERYTHING);
  await expect(text).toMatchFileSnapshot(new URL("golden/generated.txt", import.meta.url).pathname);
  expect(missing).toEqual([]);
});

test("what no test can say is named", () => {
  const { missing } = generated(`${MODELS}
route chat {
  when demo.health == degraded  -> large
  otherwise                     -> small
}
`);
  expect(missing).toEqual(Array(2).fill("no test can say what `demo.health` must be"));
});

test("what is drawn by chance is not waited for", () => {
  const { missing } = generated(`${MODELS}\nroute chat -> split { 50% small, 50% large }\n`);
  expect(missing).toEqual([undefined]);
});

test("nothing is generated where all is reached", () => {
  const { text } = generated(`${MODELS}\nroute chat -> small\n\ntest "it" { send chat {}  expect rule 0 }\n`);
  expect(text).toBe("");
});
