/** What proofs range over: each route's rules as boxes, over regions that premises and models tell apart. */

import { requestsOf } from "../analysis/analyse.ts";
import { type Box, boxesOf, makeSpace, type Space, within } from "../analysis/boxes.ts";
import { partitionAttributes } from "../analysis/partition.ts";
import { BUILT_INS } from "../program/builtins.ts";
import type { Atom, Attribute, Condition, Program, Proof, Route } from "../program/program.ts";
import { type Facts, factsOf } from "./facts.ts";
import { type Demand, demandsOf } from "./signals.ts";
import { attributesIn } from "./tested.ts";

export interface Ground {
  readonly program: Program;
  readonly facts: Facts;
  readonly space: Space;
  readonly routes: readonly Section[];
  /** The attributes that some rule or premise tells apart. */
  readonly tested: ReadonlySet<string>;
}

export interface Section {
  readonly route: Route;
  /** Of each rule, in order, the requests that it accepts among those that come to the route. */
  readonly rules: readonly (readonly Box[])[];
  readonly demands: readonly Demand[];
}

/** Some attribute's values could not be told apart exactly. */
export class NotParted extends Error {}

/** What a request can need of a model, as it is written after `needs.`. */
export const NEEDS: readonly string[] = [...BUILT_INS.keys()].flatMap((name) => /^needs\.(.+)$/.exec(name)?.[1] ?? []);

/** What `prompt_tokens` is of a request that refers to something of unknown size: it is sent all the same. */
export const UNKNOWN_SIZE = Number.MAX_SAFE_INTEGER;

/** Requests for vectors, which some models make and most do not. */
export const EMBEDDINGS: Atom = { kind: "members", members: ["embeddings"] };

/** Whether some model makes embeddings: without one, requests for them are answered nowhere, and make no difference. */
export function hasEmbedder({ models }: Facts): boolean {
  return [...models.values()].some(({ facts: { can } }) => can.includes("embeddings"));
}

/**
 * @throws {NotParted}
 * @throws {TooManyBoxes}
 */
export function groundOf(program: Program, proofs: readonly Proof[]): Ground {
  const facts = factsOf(program);
  const parted = partitionAttributes(program, [...proofs.map(({ premise }) => premise), ...plansAsk(facts)]);
  const partitions = [...parted.values()].map((part) => {
    if ("undecided" in part) throw new NotParted(`the values of \`${part.attribute.name}\`: ${part.undecided}`);
    return part;
  });
  const space = makeSpace(partitions);
  const routes = program.routes.map((route): Section => {
    const asked = [requestsOf(route, space, program)];
    const all = route.for === undefined ? asked : within(asked, boxesOf(route.for, space));
    const rules = route.rules.map(({ condition }) => within(all, boxesOf(condition, space)));
    return { route, rules, demands: demandsOf(route, rules, program, space) };
  });
  const premises = proofs.flatMap(({ premise }) => [...attributesIn(premise)]);
  const inRules = program.routes.flatMap(({ rules }) => rules.flatMap(({ condition }) => [...attributesIn(condition)]));
  return { program, facts, space, routes, tested: new Set([...premises, ...inRules].map(({ name }) => name)) };
}

/** What plans depend on beside what rules test: whether the prompt fits, what the request needs, what it costs. */
function plansAsk(facts: Facts): Condition[] {
  const { models } = facts;
  const contexts = new Set(Array.from(models.values(), ({ facts }) => facts.context));
  const upTo = (value: number): Condition => {
    const atom = { kind: "interval", from: undefined, to: { value, included: true } } as const;
    return { kind: "atom", attribute: builtIn("prompt_tokens"), atom };
  };
  const told = ["stream", ...NEEDS.map((need) => `needs.${need}`)];
  return [
    ...[...contexts, UNKNOWN_SIZE - 1].map(upTo),
    { kind: "atom", attribute: builtIn("max_tokens"), atom: { kind: "interval", from: undefined, to: undefined } },
    ...(hasEmbedder(facts) ? [{ kind: "atom", attribute: builtIn("endpoint"), atom: EMBEDDINGS } as const] : []),
    ...told.map((name): Condition => ({ kind: "atom", attribute: builtIn(name), atom: { kind: "true" } })),
  ];
}

function builtIn(name: string): Attribute {
  return BUILT_INS.get(name) as Attribute;
}
