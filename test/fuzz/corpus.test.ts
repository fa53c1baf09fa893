/** What fuzzing or people once found stays mended: each file of `corpus/` is tried again. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { faultOf } from "./faults.ts";

const CORPUS = join(import.meta.dirname, "corpus");

test.each(readdirSync(CORPUS))("%s", (file) => {
  const written = readFileSync(join(CORPUS, file), "utf8");
  expect(faultOf(file.endsWith(".json") ? JSON.parse(written) : written)).toBeUndefined();
});
