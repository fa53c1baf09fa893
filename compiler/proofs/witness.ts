/** The request that shows a violation: as small as it can be made, and run through the interpreter before it is shown. */

import { type Box, boxesDisjoint, regionsAt } from "../analysis/boxes.ts";
import { all, type Regions } from "../analysis/regions.ts";
import { toWitness, valuesIn } from "../analysis/witness.ts";
import type { Witness } from "../diagnostics/index.ts";
import { holds, interpret } from "../program/interpret.ts";
import type { Condition } from "../program/program.ts";
import { dearestIn } from "./bounds.ts";
import { type Facts, modelsWithin } from "./facts.ts";
import { valuesOf } from "./fit.ts";
import { type Ground, NEEDS } from "./ground.ts";
import type { Shown } from "./search.ts";
import type { Violation } from "./violation.ts";

type Value = boolean | number | string;

/** What a test's `send` stands for where it does not say: a short unstreamed chat. */
const SHORT_CHAT: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["stream", false],
  ["prompt_tokens", 32],
  ["max_tokens", Number.MAX_SAFE_INTEGER],
  ...NEEDS.map((need): [string, Value] => [`needs.${need}`, false]),
]);

/** @throws {Error} where the interpreter decides otherwise: a fault of ours. */
export function witnessOf({ shown, deciding, largest }: Violation, premise: Condition, ground: Ground): Witness {
  const { section, rule } = shown;
  const { route } = section;
  const { space, program } = ground;
  const general = generalised(shown);
  const values = new Map(valuesIn(general, space, route));
  const box = general.slice();
  const exact = largest ? dearestIn(general, modelsCalled(ground.facts), ground) : new Map<string, Value>();
  for (const [name, usual] of SHORT_CHAT) {
    const index = space.indexOf.get(name) as number;
    const regions = regionsAt(general, index, space);
    const value = exact.get(name) ?? (accepts(name, usual, regions) ? usual : values.get(name));
    values.set(name, value as Value);
    // What a request is anyway need not be said.
    box[index] = value === usual ? undefined : (box[index] ?? all(space.partitions[index]?.count ?? 1));
  }
  const decided = interpret(route, values);
  const asExpected = deciding ? decided === undefined || decided >= rule : decided === rule;
  if (!asExpected || !holds(premise, values) || (route.for !== undefined && !holds(route.for, values)))
    throw new Error(`the proof search in route ${route.names[0]} and its interpretation disagree`);
  const [first] = route.names;
  const name = first === "*" ? String(values.get("model") ?? "*") : String(first);
  return toWitness(name, values, box, space, program);

  function accepts(attribute: string, value: Value, regions: Regions): boolean {
    if (typeof value === "boolean") return regions.some(([from, to]) => from <= Number(value) && Number(value) <= to);
    return valuesOf(attribute, general, space).some(
      ([from, to]) => from <= (value as number) && (value as number) <= to,
    );
  }

  function modelsCalled(facts: Facts): ReadonlySet<string> {
    const run = route.rules[rule]?.run;
    return run === undefined ? new Set() : modelsWithin(run, facts);
  }
}

/** As many attributes as possible left open, so that all requests of the box still show what it is about. */
function generalised({ box, of, before }: Shown): Box {
  let general = box;
  for (let index = 0; index < box.length; index++) {
    const wider = general.with(index, of[index]);
    if (before.every((other) => boxesDisjoint(wider, other))) general = wider;
  }
  return general;
}
