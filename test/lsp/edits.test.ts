/** Nothing that somebody types brings a feature down. `node test/lsp/edits.ts` makes many more. */
import { describe, it } from "vitest";
import { editAtRandom } from "./edits.ts";

describe("random edits", () => {
  it.each(Array.from({ length: 20 }, (_, i) => i + 1))("bring no feature down: seed %i", (seed) => {
    editAtRandom(seed, 100);
  });
});
