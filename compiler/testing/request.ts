/** From a checked test to the request and the circumstances that it describes. */
import {
  type AnswerFacts,
  type Behaviour,
  contradiction,
  type SimulatedRequest,
  type World,
} from "../../runtime/simulation/index.ts";
import type { TestCase } from "../program/program.ts";

export interface Situation {
  readonly request: SimulatedRequest;
  readonly world: World;
}

export function situationOf({ route, attributes, given }: TestCase): Situation {
  const models = new Map<string, Behaviour>();
  const down = new Set<string>();
  const used = new Map<string, number>();
  const signals = new Map<string, boolean | number | string>();
  for (const each of given)
    switch (each.kind) {
      case "answers":
        // Who is down answers nothing, in whatever order the two are said.
        if (!models.has(each.model)) models.set(each.model, { answers: factsOf(each.facts) });
        break;
      case "fails":
        for (const model of each.models) models.set(model, { fails: each.failure });
        if (each.down !== undefined) down.add(each.down);
        break;
      case "used":
        used.set(each.meter, each.share);
        break;
      case "signal":
        signals.set(each.signal, each.value);
    }
  const spells = new Map([...models].map(([model, behaviour]) => [model, [{ behaviour }]]));
  return { request: { model: route, attributes, signals }, world: { used, down, models: spells } };
}

/** Why no model can answer as the test says, in a sentence; undefined where all can. */
export function impossibleIn({ given }: TestCase): string | undefined {
  for (const each of given) {
    const why = each.kind === "answers" ? contradiction(factsOf(each.facts)) : undefined;
    if (why !== undefined && each.kind === "answers") return `\`${each.model}\` cannot answer so: ${why}`;
  }
  return undefined;
}

/** The checker has seen to it that each fact is one, and of its type. */
function factsOf(facts: ReadonlyMap<string, boolean | number | string>): AnswerFacts {
  return Object.fromEntries(facts);
}
