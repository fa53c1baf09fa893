import fc from "fast-check";
import { expect, test } from "vitest";
import { headerText } from "../../../runtime/providers/dispatch.ts";

const MEMORY = 300;

/** Pieces of two memories, in any order: how a head that came in several reads may lie, and worse. */
const pieces = fc
  .array(fc.record({ memory: fc.nat(1), at: fc.nat(MEMORY), length: fc.nat(40) }), { maxLength: 12 })
  .map((all) =>
    all.map(({ memory, at, length }) =>
      Buffer.from(memories[memory] ?? new ArrayBuffer(), at, Math.min(length, MEMORY - at)),
    ),
  );

const memories = [0, 100].map((shift) => Uint8Array.from({ length: MEMORY }, (_, at) => at + shift).buffer);

test("header text is each piece decoded by itself, wherever the pieces lie", () => {
  fc.assert(
    fc.property(pieces, (headers) => {
      expect(headerText(headers)).toEqual(headers.map((each) => each.toString("latin1")));
    }),
  );
});
