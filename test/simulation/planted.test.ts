/** Faults that are planted are found, each by itself, and shrunk to a request of at most three attributes. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { SOURCE_FAULTS, TABLE_FAULTS } from "./faults.ts";
import { type Found, found, RUNS } from "./found.ts";

const run = promisify(execFile);
const PLANTED = fileURLToPath(new URL("planted.ts", import.meta.url));
const A_MINUTE = 60_000;

function expectSmall(smallest: Found | null | undefined, breaks: string): void {
  expect(smallest).toMatchObject({ invariant: breaks, text: expect.stringContaining("send chat {") });
  expect(smallest?.attributes).toBeLessThanOrEqual(3);
}

test(
  "where nothing is planted, nothing is found",
  () => {
    expect(found(20_000)).toBeUndefined();
  },
  A_MINUTE,
);

describe("in the decision table", () => {
  test.each(TABLE_FAULTS)("$name", ({ breaks, plant }) => expectSmall(found(RUNS, plant), breaks), A_MINUTE);
});

describe("in the source of the runtime", () => {
  let all: readonly (Found | null)[] = [];

  beforeAll(async () => {
    const { stdout } = await run(process.execPath, [PLANTED]);
    all = JSON.parse(stdout);
  }, 2 * A_MINUTE);

  test.each(SOURCE_FAULTS.map((fault, index) => ({ ...fault, index })))("$name", ({ index, breaks }) =>
    expectSmall(all[index], breaks),
  );
});
