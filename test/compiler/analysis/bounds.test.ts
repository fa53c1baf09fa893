/** Past its bounds the analysis says that it did not decide; it is neither silent nor wrong. */
import { describe, expect, it } from "vitest";
import { check } from "../../../compiler/index.ts";
import { pigeons } from "../pigeons.ts";

function undecided(count: number): string[] {
  return check({ text: pigeons(count) }).diagnostics.flatMap(({ code, severity, message }) =>
    code === "RT3005" ? [`${severity}: ${message}`] : [],
  );
}

describe("where some pigeons share a hole", () => {
  it("six of them are decided", () => {
    expect(undecided(6)).toEqual([]);
  });

  it("nine are too many to tell what changes nothing, which is a warning", () => {
    expect(undecided(9)).toEqual(["warning: whether all that this route says changes something is not decided"]);
  });

  it("ten are too many to tell whether each request is decided, which is an error", () => {
    expect(undecided(10)).toEqual(["error: whether this route decides every request could not be decided"]);
  });
});
