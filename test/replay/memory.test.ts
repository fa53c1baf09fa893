/** A replay keeps no request: a file is gone through in a heap that it would not fit into. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { compile } from "../../compiler/index.ts";
import { folder } from "../support/routec.ts";

const HEAP_MEGABYTES = 64;
const LINES = 20_000;
/** More than are told apart. */
const TENANTS = 12_000;

const POLICY = `request { tenant string from claim "org" }
route chat { when tenant == "nobody" -> reject 402 "no money"  otherwise -> reject 403 "nobody may" }
`;

it("replays more than its heap holds", () => {
  const cwd = folder({ "policy.json": JSON.stringify(compile({ text: POLICY }).table) });
  const path = join(cwd, "traffic.jsonl");
  const file = openSync(path, "w");
  for (let first = 0; first < LINES; first += 1_000) {
    const lines = Array.from({ length: 1_000 }, (_, index) => {
      const [tenant, padding] = [`tenant ${(first + index) % TENANTS}`, "x".repeat(4_000)];
      return `${JSON.stringify({ route: "chat", time: first + index, attributes: { tenant }, padding })}\n`;
    });
    writeSync(file, lines.join(""));
  }
  closeSync(file);
  expect(statSync(path).size).toBeGreaterThan(HEAP_MEGABYTES * 2 ** 20);
  const program = fileURLToPath(new URL("rejecting.ts", import.meta.url));
  const told = execFileSync(process.execPath, [
    `--max-old-space-size=${HEAP_MEGABYTES}`,
    program,
    join(cwd, "policy.json"),
    path,
  ]);
  expect(JSON.parse(told.toString())).toEqual({ requests: LINES, values: 10_001 });
}, 180_000);
