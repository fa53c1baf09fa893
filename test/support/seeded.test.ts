import fc from "fast-check";
import { expect, test } from "vitest";

test("property tests draw the same cases each time, unless asked for others", () => {
  const { TEST_SEED = "20261121" } = process.env;
  expect(fc.readConfigureGlobal().seed).toBe(TEST_SEED === "random" ? undefined : Number(TEST_SEED));
});
