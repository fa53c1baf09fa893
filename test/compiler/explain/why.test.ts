/** Why a rule took a request or did not: what a person sees. */
import { describe, expect, it } from "vitest";
import { drawDecision, drawRule } from "../../../compiler/explain/draw.ts";
import { type KnownValues, obstacles, traceRule } from "../../../compiler/explain/why.ts";
import { rulesFor, whyNot } from "../../../compiler/explain/why-not.ts";
import type { Program, Route } from "../../../compiler/program/program.ts";
import { programOf } from "../program/checked.ts";
import { MODELS, REQUEST } from "../support.ts";

const plain = (_: string, text: string): string => text;

const SOURCE = `${REQUEST}${MODELS}
signal pii bool = patterns [email]
let urgent = critical or tier == enterprise
plan strong = big else small
route chat {
  when region == eu and pii -> reject 451
  when not urgent and (weight > 10 or risk >= 0.5) -> small
  when tier == pro {
    match region, critical {
      eu, _    -> small
      us, true -> strong
      _,  _    -> big
    }
  }
  otherwise -> small
}
`;

const VALUES: KnownValues = new Map<string, boolean | number | string>([
  ["tier", "pro"],
  ["region", "us"],
  ["critical", true],
  ["weight", 3],
  ["risk", 0.7],
]);

function compiled(): { readonly program: Program; readonly route: Route } {
  const program = programOf({ "main.route": SOURCE });
  return { program, route: program.routes[0] as Route };
}

const traces = (values: KnownValues, upTo: number) =>
  Array.from({ length: upTo + 1 }, (_, index) => traceRule(compiled().route, index, values));

const drawn = (rows: readonly string[]): string => `\n${rows.join("\n")}\n`;

describe("why a request was decided as it was", () => {
  it("is drawn under the rule that decided, and under what kept the earlier ones from it", () => {
    expect(drawn(drawDecision(traces(VALUES, 3), new Map([["main.route", SOURCE]]), plain))).toMatchSnapshot();
  });

  it("says what nobody had to find out", () => {
    const trace = traceRule(compiled().route, 0, new Map([...VALUES, ["region", "us"]]));
    expect(trace.parts.map(({ holds, says }) => `${holds} ${says}`)).toEqual([
      "false region is us",
      "undefined pii was not asked for",
    ]);
    expect(trace.holds).toBe(false);
  });

  it("names only what decided: of an `or` that holds, the sides that hold", () => {
    const values = new Map([...VALUES, ["critical", false]] as const);
    const trace = traceRule(compiled().route, 1, values);
    expect(trace.parts.map(({ decides, says }) => `${decides} ${says}`)).toEqual([
      "true critical is false, tier is pro",
      "false weight is 3",
      "true risk is 0.7",
    ]);
    expect(obstacles(trace)).toEqual([]);
  });

  it("says of many rules before it how many they are", () => {
    const rules = Array.from({ length: 20 }, (_, i) => `when weight == ${i} -> small`).join("\n");
    const source = `${REQUEST}${MODELS}route chat {\n${rules}\notherwise -> big\n}\n`;
    const route = programOf({ "main.route": source }).routes[0] as Route;
    const all = Array.from({ length: 21 }, (_, i) => traceRule(route, i, new Map([["weight", 99]])));
    const rows = drawDecision(all, new Map([["main.route", source]]), plain);
    expect(rows[0]).toBe("the first 8 rules do not match either");
    expect(rows.at(-1)).toContain("^^^^^^^^^^^^^^^^ always");
  });
});

describe("why not", () => {
  const asked = (wanted: string) => {
    const { program, route } = compiled();
    const rules = rulesFor(wanted, route, program);
    return rules && whyNot(rules, 3, route, VALUES);
  };

  it("a rule that comes too late was never asked", () => {
    expect(asked("5")).toMatchObject({ kind: "rules", missed: [{ index: 5, takenBy: 3, holds: true }] });
  });

  it("a rule before it did not match", () => {
    expect(asked("1")).toMatchObject({ kind: "rules", missed: [{ index: 1, takenBy: undefined, holds: false }] });
  });

  it("a plan or a model stands for all rules that run it", () => {
    expect(asked("strong")).toEqual({ kind: "decided" });
    expect(asked("small")).toEqual({ kind: "decided" });
    expect(rulesFor("small", compiled().route, compiled().program)).toEqual([1, 2, 3, 5]);
  });

  it("what is no rule, plan or model is not known", () => {
    expect(asked("6")).toBeUndefined();
    expect(asked("opus")).toBeUndefined();
  });

  it("is drawn under the rule", () => {
    const rows = drawRule(traceRule(compiled().route, 1, VALUES), new Map([["main.route", SOURCE]]), plain);
    expect(drawn(rows)).toMatchSnapshot();
  });
});
