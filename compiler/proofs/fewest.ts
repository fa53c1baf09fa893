/** With how few providers out of order a plan gives up. */
import { type Expression, FAILED, type Failure, modelsIn, partsOf } from "../../runtime/table/artifact.ts";
import { type Facts, named } from "./facts.ts";
import { joined, type Trail } from "./trail.ts";

/** The providers all of whose calls fail, and the way through the plan on which that is its end. */
export interface GivingUp {
  readonly providers: ReadonlySet<string>;
  readonly trail: Trail;
  readonly failure: Failure;
}

/** More ways to give up than this are not compared. */
const MOST_WAYS = 1000;

/** A plan has more ways to give up than are compared. */
export class TooManyWays extends Error {}

interface Way {
  readonly providers: ReadonlySet<string>;
  readonly trail: Trail;
}

interface Ways {
  /** It fails. */
  readonly failed: readonly Way[];
  /** It rejects. */
  readonly rejected: readonly Way[];
}

/**
 * The fewest providers with which the plan gives up, when each call fails with one and the same failure that plain `else`
 * covers. A call whose answer a gate tests may also answer, and not be accepted.
 *
 * @throws {TooManyWays}
 */
export function fewestProviders(run: Expression, facts: Facts): GivingUp | undefined {
  let fewest: GivingUp | undefined;
  for (const failure of FAILED) {
    const { failed, rejected } = waysToGiveUp(run, failure, facts);
    for (const way of [...failed, ...rejected])
      if (fewest === undefined || way.providers.size < fewest.providers.size) fewest = { ...way, failure };
  }
  return fewest;
}

function waysToGiveUp(run: Expression, failure: Failure, facts: Facts): Ways {
  const known = new Map<string, Ways>();

  function waysOf(expression: Expression): Ways {
    switch (expression.kind) {
      case "reject":
        return { failed: [], rejected: [{ providers: new Set(), trail: { said: `reject ${expression.status}` } }] };
      case "plan": {
        const ways = known.get(expression.plan) ?? waysOf(named(expression.plan, facts.plans));
        known.set(expression.plan, ways);
        return ways;
      }
      case "else": {
        const ways = waysOf(expression.first);
        const branch = expression.then.findIndex(({ on }) => on.includes(failure));
        if (branch < 0) return ways;
        // What fails there goes to later branches again.
        const [next, ...later] = expression.then.slice(branch) as [(typeof expression.then)[0]];
        const rest = later.length === 0 ? next.run : ({ kind: "else", first: next.run, then: later } as const);
        return inTurn(ways, waysOf(rest));
      }
      case "split":
        return anyOf(partsOf(expression).map(waysOf));
      case "cascade": {
        // A step that answers and is not accepted has not failed; so the last one's failing is enough.
        const all = partsOf(expression).map(waysOf);
        const before = all.slice(0, -1).map(({ rejected }) => ({ failed: [], rejected }));
        return anyOf([...before, all.at(-1) as Ways]);
      }
      case "hedge": {
        // A side may reject while those before it are only slow.
        const sides = partsOf(expression).map(waysOf);
        return { failed: sides.reduce(inTurn).failed, rejected: anyOf(sides).rejected };
      }
      default:
        return modelsIn(expression)
          .map((model): Ways => {
            const { provider } = named(model, facts.models).facts;
            return { failed: [{ providers: new Set([provider]), trail: { said: model } }], rejected: [] };
          })
          .reduce(inTurn);
    }
  }

  function inTurn(first: Ways, second: Ways): Ways {
    const both = (then: readonly Way[]): Way[] =>
      first.failed.flatMap((one) =>
        then.map((other) => ({
          providers: new Set([...one.providers, ...other.providers]),
          trail: joined(one.trail, `on ${failure}`, other.trail),
        })),
      );
    return { failed: smallest(both(second.failed)), rejected: smallest([...first.rejected, ...both(second.rejected)]) };
  }

  return waysOf(run);
}

function anyOf(ways: readonly Ways[]): Ways {
  return {
    failed: smallest(ways.flatMap(({ failed }) => failed)),
    rejected: smallest(ways.flatMap(({ rejected }) => rejected)),
  };
}

/** Without those of which another is a part: with whatever follows, they are never fewer. */
function smallest(ways: readonly Way[]): Way[] {
  const kept: Way[] = [];
  for (const way of ways.toSorted((a, b) => a.providers.size - b.providers.size))
    if (!kept.some(({ providers }) => isWithin(providers, way.providers))) kept.push(way);
  if (kept.length > MOST_WAYS) throw new TooManyWays();
  return kept;
}

function isWithin(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  return part.size <= whole.size && [...part].every((name) => whole.has(name));
}
