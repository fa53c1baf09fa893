/** All that must hold of a policy's requests, whatever they are and whatever fails. */
import type { Program } from "../../program/program.ts";
import { boundInvariants } from "./bounds.ts";
import { claimInvariants } from "./claims.ts";
import { gateInvariant } from "./gates.ts";
import type { Broken, Invariant } from "./invariant.ts";
import { meterInvariant, settledOnce } from "./money.ts";
import { plainInvariants } from "./plainly.ts";
import type { Observed, Scenario } from "./scenario.ts";
import { stickyInvariant } from "./sticky.ts";

/** What is broken in a scenario; `of` is the request of which it is, where it is of one alone. */
export type Violation = Broken & { readonly of: Observed | undefined };

/** Tells the first invariant that is broken. */
export type Judge = (observed: readonly Observed[], scenario: Scenario) => Violation | undefined;

export function judgeOf(program: Program): Judge {
  const own: readonly Invariant[] = [
    ...plainInvariants(program),
    ...claimInvariants(program),
    gateInvariant(program),
    settledOnce,
    ...boundInvariants(program),
  ];
  const shared = [meterInvariant(program), stickyInvariant(program)];
  return (observed, scenario) => {
    for (const each of observed) {
      const [trace, another] = each.traces;
      if (trace === undefined || another !== undefined) {
        const said = trace === undefined ? "it was never answered" : `it was answered ${each.traces.length} times`;
        return { invariant: "a request is answered once", said, of: each };
      }
      for (const invariant of own) {
        const broken = invariant(trace, each);
        if (broken !== undefined) return { ...broken, of: each };
      }
    }
    for (const invariant of shared) {
      const broken = invariant(observed, scenario);
      if (broken !== undefined) return { ...broken, of: observed.length === 1 ? observed[0] : undefined };
    }
    return undefined;
  };
}
