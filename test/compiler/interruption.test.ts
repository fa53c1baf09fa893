/** A check that nobody waits for any more ends soon. */
import { describe, expect, it } from "vitest";
import { check, createChecker, InterruptedError } from "../../compiler/index.ts";
import { pigeons } from "./pigeons.ts";
import { route } from "./support.ts";

/** Says so from the nth time that it is asked. */
function interruptedAt(nth: number): { asked: () => number; interrupted: () => boolean } {
  let asked = 0;
  return { asked: () => asked, interrupted: () => ++asked >= nth };
}

const RULES = 20;
const TEXT = route(
  `${Array.from({ length: RULES }, (_, i) => `when tenant == "t${i}" -> big\n`).join("")}otherwise -> small`,
);

describe("a check that is interrupted", () => {
  it.each([1, RULES, 3 * RULES])("ends when it asks for the %ith time", (nth) => {
    const { asked, interrupted } = interruptedAt(nth);
    expect(() => check({ text: TEXT }, { interrupted })).toThrow(InterruptedError);
    expect(asked()).toBe(nth);
  });

  it("ends in the middle of a search", () => {
    const text = pigeons(10);
    const rules = text.split("when").length - 1;
    const { interrupted } = interruptedAt(3 * rules);
    expect(() => check({ text }, { interrupted })).toThrow(InterruptedError);
  });

  it("leaves nothing behind", () => {
    let stop = true;
    const checkAgain = createChecker({ interrupted: () => stop });
    expect(() => checkAgain({ text: TEXT })).toThrow(InterruptedError);
    const { diagnostics } = check({ text: TEXT });
    stop = false;
    expect(checkAgain({ text: TEXT }).diagnostics).toEqual(diagnostics);
  });
});
