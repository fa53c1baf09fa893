/** What was served comes out again: the policy that wrote a log, replayed over it, decides and spends as it did. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { folder, routec, start } from "../support/routec.ts";

const QUICKSTART = readFileSync(new URL("../../examples/quickstart.route", import.meta.url), "utf8");

interface Logged {
  readonly rule: string;
  readonly model: string;
  readonly cost: number;
}

it("comes to what the proxy logged", async () => {
  const cwd = folder({ "main.route": QUICKSTART });
  const child = start(["serve", "main.route", "--port", "0", "--workers", "1"], { cwd });
  const [line] = await once(createInterface({ input: child.stderr }), "line");
  const base = /at (http:\S+?)\/v1:/.exec(String(line))?.[1];
  for (let index = 0; index < 12; index++) {
    const content = `Count to ${index}. ${"And on. ".repeat(index * 200)}`;
    const answer = await fetch(`${base}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-tier": index % 2 === 0 ? "pro" : "free" },
      body: JSON.stringify({ model: "chat", stream: index % 3 === 0, messages: [{ role: "user", content }] }),
    });
    await answer.text();
  }
  child.kill("SIGINT");
  await once(child, "exit");

  const log = join(".routec", "decisions.jsonl");
  const { code, stdout } = await routec(["replay", "main.route", "--traffic", log, "--format", "json"], { cwd });
  expect(code).toBe(0);
  const { policy } = JSON.parse(stdout);
  const logged: Logged[] = readFileSync(join(cwd, log), "utf8")
    .trim()
    .split("\n")
    .map((each) => JSON.parse(each));
  const counts = (names: readonly string[]) =>
    names.map((name) => [name, names.filter((each) => each === name).length]);
  const rules = policy.rules.flatMap((each: { rule: string; requests: number }) =>
    each.requests > 0 ? [[each.rule, each.requests]] : [],
  );
  const models = policy.models.map((each: { model: string; served: number }) => [each.model, each.served]);
  expect(Object.fromEntries(rules)).toEqual(Object.fromEntries(counts(logged.map(({ rule }) => rule))));
  expect(Object.fromEntries(models)).toMatchObject(Object.fromEntries(counts(logged.map(({ model }) => model))));
  expect(policy.cost).toBeCloseTo(
    logged.reduce((sum, { cost }) => sum + cost, 0),
    9,
  );
});
