/** The way that a plan would take for one request if one step after the other failed. */
import { mostTokens, worstCost } from "../plan/cost.ts";
import type { Gate } from "../plan/gate.ts";
import type { LinkedCall, LinkedRun } from "../plan/linked.ts";
import { type PlanRequest, UNKNOWN_SIZE } from "../plan/request.ts";
import type { Bounds, Value } from "../table/index.ts";

/** Of which request, as far as it is known. */
export interface Situation {
  /** By index into the table's attributes. */
  readonly values: readonly (Value | undefined)[];
  readonly bounds: Bounds;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Way {
  /** In the order in which they would be tried. */
  readonly calls: readonly LinkedCall[];
  /** Calls that leave at most, retries and judges among them. */
  readonly attempts: number;
  /** Nano-dollars, if each of them were billed in full. */
  readonly cost: number;
}

const NONE: Way = { calls: [], attempts: 0, cost: 0 };

/**
 * Selectors are put in their order as far as it does not depend on measurements; of a split the side is taken that its
 * `by` draws, else all are shown, as written, and the dearest counts.
 */
export function wayOf(run: LinkedRun, situation: Situation): Way {
  const { promptTokens = UNKNOWN_SIZE, maxTokens } = situation.bounds;
  const request: PlanRequest = {
    bodyFor: () => undefined,
    attribute: (index) => situation.values[index],
    stream: false,
    needs: 0,
    promptTokens,
    maxTokens,
    headers: [],
  };

  function way(at: LinkedRun): Way {
    switch (at.kind) {
      case "call": {
        const attempts = 1 + at.retries;
        return { calls: [at], attempts, cost: attempts * worstCost(at.model, mostTokens(at, request)) };
      }
      case "reject":
        return NONE;
      case "else": {
        const steps = [at.first, ...at.branches.map((branch) => branch.run)];
        const end = steps.findIndex(({ kind }) => kind === "reject");
        return inTurn((end < 0 ? steps : steps.slice(0, end)).map(way));
      }
      case "select": {
        const ordered = at.order(at.members, { request, now: situation.now, random: () => 1 - Number.EPSILON });
        return inTurn(ordered.map((member) => way(member.run)));
      }
      case "split": {
        const drawn = drawnBySomebody(at, request);
        return drawn === undefined ? dearest(at.sides.map(way)) : way(at.sides[drawn] as LinkedRun);
      }
      case "cascade":
        return inTurn(at.steps.flatMap((step) => [way(step.run), ...judgesOf(step.gate).map(judged)]));
      case "hedge":
        return inTurn([at.first, ...at.then.map((side) => side.run)].map(way));
    }
  }

  return way(run);
}

/** The side of a split that is not left to chance; undefined where it is. */
function drawnBySomebody({ draw }: Extract<LinkedRun, { kind: "split" }>, request: PlanRequest): number | undefined {
  let byChance = false;
  const side = draw(request, () => {
    byChance = true;
    return 0;
  });
  return byChance ? undefined : side;
}

/** A judge reads an answer beside the request: of how much nothing is known but what it can take. It is no step. */
function judged(call: LinkedCall): Way {
  const attempts = 1 + call.retries;
  const most = { input: call.model.context, output: call.outputCap };
  return { calls: [], attempts, cost: attempts * worstCost(call.model, most) };
}

function judgesOf(gate: Gate | undefined): readonly LinkedCall[] {
  if (gate === undefined) return [];
  if (gate.kind !== "test") return gate.of.flatMap(judgesOf);
  return typeof gate.fact === "string" ? [] : [gate.fact.call];
}

function inTurn(ways: readonly Way[]): Way {
  return {
    calls: ways.flatMap(({ calls }) => calls),
    attempts: ways.reduce((sum, { attempts }) => sum + attempts, 0),
    cost: ways.reduce((sum, { cost }) => sum + cost, 0),
  };
}

function dearest(ways: readonly Way[]): Way {
  return {
    calls: ways.flatMap(({ calls }) => calls),
    attempts: Math.max(...ways.map(({ attempts }) => attempts)),
    cost: Math.max(...ways.map(({ cost }) => cost)),
  };
}
