/** In which order the models of a set are tried for a request. */
import type { AdaptiveWeights, SelectExpression } from "../table/index.ts";
import { expectedCost } from "./cost.ts";
import type { Ledger } from "./doors.ts";
import type { Draw, LinkedCall, Member } from "./linked.ts";
import type { PlanRequest } from "./request.ts";

/** What an order goes by. */
export interface Situation {
  readonly request: PlanRequest;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** How much of their limits models have used, and whose contracts are behind. */
  readonly ledger?: Pick<Ledger, "used" | "behind">;
}

export type Order = (members: readonly Member[], situation: Situation) => readonly Member[];

/**
 * The share of requests that try a member by chance first, where the order goes by measurements: else those that are
 * last are never measured again.
 */
export const TRICKLE = 0.05;

export const ORDERS: Readonly<Record<SelectExpression["order"], Order>> = {
  cheapest: ascending((call, { request, now }) => expectedCost(call, request, now)),
  fastest: trickling(ascending(({ health }, { request }) => (request.stream ? health.streamed : health.whole))),
  best: ascending(({ model: { quality } }) => (quality === undefined ? undefined : -quality)),
  least_busy: (members, situation) => {
    const byFlight = ascending(({ health }) => health.inFlight)(members, situation);
    return ascending(({ model }) => situation.ledger?.used?.(model) ?? 0)(byFlight, situation);
  },
};

/**
 * First those whose contract is behind; then by the weighted sum of each figure's share of the largest. What is not known
 * counts as nothing, so that it is tried.
 */
export function adaptive({ cost = 0, latency = 0, errors = 0 }: AdaptiveWeights): Order {
  return trickling((members, situation) => {
    const shares = (figure: (call: LinkedCall) => number | undefined): ReadonlyMap<LinkedCall, number> => {
      const figures = members.map(({ run }) => figure(run) ?? 0);
      const most = Math.max(...figures) || 1;
      return new Map(members.map(({ run }, index) => [run, (figures[index] ?? 0) / most]));
    };
    const costs = shares(({ health }) => health.cost);
    const latencies = shares(({ health }) => (situation.request.stream ? health.streamed : health.whole));
    const failing = shares(({ health }) => health.errors);
    const score = (call: LinkedCall): number =>
      cost * (costs.get(call) ?? 0) + latency * (latencies.get(call) ?? 0) + errors * (failing.get(call) ?? 0);
    const { ledger, request } = situation;
    const ordered = ascending(score)(members, situation);
    const behind = ordered.filter(({ run }) => ledger?.behind?.(run.model, request) === true);
    return [...behind, ...ordered.filter((member) => !behind.includes(member))];
  });
}

/** The one that is drawn, then the others as written. */
export function drawnFirst(draw: Draw): Order {
  return (members, { request, random }) => first(members, draw(request, random));
}

/** Members of which the figure is missing keep their place; of equal ones the order is as written. */
function ascending(figureOf: (call: LinkedCall, situation: Situation) => number | undefined): Order {
  return (members, situation) => {
    const figures = new Map(members.map((member) => [member, figureOf(member.run, situation)]));
    const known = members
      .filter((member) => figures.get(member) !== undefined)
      .sort((a, b) => (figures.get(a) ?? 0) - (figures.get(b) ?? 0));
    let next = 0;
    return members.map((member) => (figures.get(member) === undefined ? member : (known[next++] ?? member)));
  };
}

function trickling(order: Order): Order {
  return (members, situation) => {
    const ordered = order(members, situation);
    if (situation.random() >= TRICKLE) return ordered;
    return first(ordered, Math.floor(situation.random() * ordered.length));
  };
}

function first(members: readonly Member[], index: number): readonly Member[] {
  const member = members[index];
  return member === undefined || index === 0 ? members : [member, ...members.toSpliced(index, 1)];
}
