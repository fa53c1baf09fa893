/** Where in a policy's plans something happens: names for the parts of expressions, as a table has them. */

import type { Frame } from "../plan/frames.ts";
import type { Gate } from "../plan/gate.ts";
import type { LinkedRun, LinkedSplit } from "../plan/linked.ts";
import { type DecisionTable, type Expression, partsOf } from "../table/index.ts";

/**
 * A part of an expression: that of a plan or of a rule, or the n-th of the parts within another, such as
 * `plan careful/1/0`. The gate of a cascade's step has the name of the step.
 */
export type Place = string;

export function placeOfPlan(plan: string): Place {
  return `plan ${plan}`;
}

/** `route` is the route's first name. */
export function placeOfRule(route: string, rule: number): Place {
  return `rule ${route}:${rule}`;
}

export function partPlace(place: Place, part: number): Place {
  return `${place}/${part}`;
}

/** The plan or the rule that a place is a part of. */
export function ownerOf(place: Place): Place {
  return place.replace(/(?:\/\d+)+$/, "");
}

interface Located {
  readonly place: Place;
  readonly expression: Expression;
}

/** Finds the places of what an executor reports, for all requests that are carried out with the same linked plans. */
export interface Places {
  /** Follows one request through the plan of a rule; tells each place that it comes to. */
  follow(root: Located, reach: (place: Place) => void): Follower;
  /** The place of a gate that was reached. */
  gate(gate: Gate): Place | undefined;
}

/** Takes what `AnswerSink.reached` is told. */
export type Follower = (run: LinkedRun, within: Frame | undefined) => void;

export function placesOf({ plans }: DecisionTable): Places {
  const planRuns = new Map(plans.map(({ name, run }) => [name, run]));
  // What a frame knows of the form that it stands for.
  const forms = new WeakMap<object, Located>();
  const gates = new WeakMap<Gate, Place>();

  function part({ place, expression }: Located, index: number): Located | undefined {
    const inner = partsOf(expression)[index];
    return inner && { place: partPlace(place, index), expression: inner };
  }

  function standing(frame: Frame): Located | undefined {
    switch (frame.kind) {
      case "else": {
        const form = forms.get(frame.branches);
        return form && part(form, frame.next);
      }
      case "cascade": {
        const form = forms.get(frame.cascade);
        return form && part(form, frame.at);
      }
      case "side": {
        const form = forms.get(frame.race.hedge);
        return form && part(form, frame.index);
      }
      case "judge":
        return undefined;
    }
  }

  function remember(run: LinkedRun, located: Located): void {
    if (run.kind === "else") forms.set(run.branches, located);
    else if (run.kind === "cascade") {
      forms.set(run, located);
      for (const [index, { gate }] of run.steps.entries())
        if (gate !== undefined) gates.set(gate, partPlace(located.place, index));
    } else if (run.kind === "hedge" || run.kind === "split") forms.set(run, located);
  }

  return {
    gate: (gate) => gates.get(gate),
    follow(root, reach) {
      let split: LinkedSplit | undefined;
      return (run, within) => {
        const drawn = split;
        split = run.kind === "split" ? run : undefined;
        const form = drawn && forms.get(drawn);
        let located: Located | undefined;
        // The side that was drawn follows its split at once, and stands where that stood.
        if (drawn !== undefined) located = form && part(form, drawn.sides.indexOf(run));
        else located = within === undefined ? root : standing(within);
        while (located !== undefined) {
          reach(located.place);
          if (located.expression.kind !== "plan") break;
          const { plan }: { plan: string } = located.expression;
          const expression = planRuns.get(plan);
          located = expression && { place: placeOfPlan(plan), expression };
        }
        if (located !== undefined) remember(run, located);
      };
    },
  };
}
