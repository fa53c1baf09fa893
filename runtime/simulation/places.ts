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

/** An expression in its place. Each is made once, as is its name: names are compared more often than anything else. */
class Located {
  readonly place: Place;
  readonly expression: Expression;
  #parts: readonly Located[] | undefined;

  constructor(place: Place, expression: Expression) {
    this.place = place;
    this.expression = expression;
  }

  /** Those directly within it. */
  get parts(): readonly Located[] {
    this.#parts ??= partsOf(this.expression).map((part, index) => new Located(partPlace(this.place, index), part));
    return this.#parts;
  }
}

/** Finds the places of what an executor reports, for all requests that are carried out with the same linked plans. */
export interface Places {
  /** Follows one request through the plan of a rule; tells each place that it comes to. */
  follow(route: string, rule: number, reach: (place: Place) => void): Follower;
  /** The place of a gate that was reached. */
  gate(gate: Gate): Place | undefined;
}

/** Takes what `AnswerSink.reached` is told. */
export type Follower = (run: LinkedRun, within: Frame | undefined) => void;

/** The places of a table, for any number of times that its plans are linked. */
export function placesOf({ plans, routes }: DecisionTable): () => Places {
  const ofPlans = new Map(plans.map(({ name, run }) => [name, new Located(placeOfPlan(name), run)]));
  const ofRules = new Map(
    routes.map(({ names: [name = ""], rules }) => [
      name,
      rules.map(({ run }, index) => new Located(placeOfRule(name, index), run)),
    ]),
  );

  return () => {
    // What a frame knows of the form that it stands for.
    const forms = new Map<object, Located>();
    const gates = new Map<Gate, Place>();

    function standing(frame: Frame): Located | undefined {
      switch (frame.kind) {
        case "else":
          return forms.get(frame.branches)?.parts[frame.next];
        case "cascade":
          return forms.get(frame.cascade)?.parts[frame.at];
        case "side":
          return forms.get(frame.race.hedge)?.parts[frame.index];
        case "judge":
          return undefined;
      }
    }

    function remember(run: LinkedRun, located: Located): void {
      if (run.kind === "else") forms.set(run.branches, located);
      else if (run.kind === "cascade") {
        forms.set(run, located);
        for (const [index, { place }] of located.parts.entries()) {
          const gate = run.steps[index]?.gate;
          if (gate !== undefined) gates.set(gate, place);
        }
      } else if (run.kind === "hedge" || run.kind === "split") forms.set(run, located);
    }

    return {
      gate: (gate) => gates.get(gate),
      follow(route, rule, reach) {
        const root = ofRules.get(route)?.[rule];
        let split: LinkedSplit | undefined;
        return (run, within) => {
          const drawn = split;
          split = run.kind === "split" ? run : undefined;
          let located: Located | undefined;
          // The side that was drawn follows its split at once, and stands where that stood.
          if (drawn !== undefined) located = forms.get(drawn)?.parts[drawn.sides.indexOf(run)];
          else located = within === undefined ? root : standing(within);
          while (located !== undefined) {
            reach(located.place);
            if (located.expression.kind !== "plan") break;
            located = ofPlans.get(located.expression.plan);
          }
          if (located !== undefined) remember(run, located);
        };
      },
    };
  };
}
