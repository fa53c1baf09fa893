import { expect, test } from "vitest";
import { headerPairs } from "../../../runtime/providers/dispatch.ts";

test("an answer's headers come as pairs, one for each time that a name came", () => {
  expect(headerPairs({ "content-type": "text/plain", link: ["<a>", "<b>"], "x-gone": undefined })).toEqual([
    "content-type",
    "text/plain",
    "link",
    "<a>",
    "link",
    "<b>",
  ]);
});
