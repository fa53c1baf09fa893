/** With how few providers out of order a plan gives up. */
import { type Expression, FAILED, type Failure, modelsIn, partsOf } from "../../runtime/table/artifact.ts";
import { isWatched } from "../program/held.ts";
import { type Facts, LEAVING, named } from "./facts.ts";
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
  /** It fails after content of it was let out, and is held around it: a stream that breaks off. */
  readonly broken: readonly Way[];
  /** It rejects. */
  readonly rejected: readonly Way[];
}

/**
 * The fewest providers with which the plan gives up, when each call fails with one and the same failure that plain `else`
 * covers. A call whose answer a gate tests may also answer, and not be accepted.
 *
 * @param streamed whether calls can fail after they have given content.
 * @throws {TooManyWays}
 */
export function fewestProviders(run: Expression, facts: Facts, streamed: boolean): GivingUp | undefined {
  let fewest: GivingUp | undefined;
  for (const failure of FAILED) {
    const { failed, rejected } = waysToGiveUp(run, failure, facts, streamed && LEAVING.includes(failure));
    for (const way of [...failed, ...rejected])
      if (fewest === undefined || way.providers.size < fewest.providers.size) fewest = { ...way, failure };
  }
  return fewest;
}

function waysToGiveUp(run: Expression, failure: Failure, facts: Facts, breaksOff: boolean): Ways {
  const known = new Map<string, Ways>();

  function waysOf(expression: Expression, held: boolean): Ways {
    switch (expression.kind) {
      case "reject": {
        const trail = { said: `reject ${expression.status}` };
        return { failed: [], broken: [], rejected: [{ providers: new Set(), trail }] };
      }
      case "plan": {
        const key = `${held} ${expression.plan}`;
        const ways = known.get(key) ?? waysOf(named(expression.plan, facts.plans), held);
        known.set(key, ways);
        return ways;
      }
      case "else": {
        const ways = isWatched(expression.then, 0)
          ? kept(waysOf(expression.first, true))
          : waysOf(expression.first, held);
        const branch = expression.then.findIndex(({ on }) => on.includes(failure));
        if (branch < 0) return ways;
        // What fails there goes to later branches again.
        const [next, ...later] = expression.then.slice(branch) as [(typeof expression.then)[0]];
        const rest = later.length === 0 ? next.run : ({ kind: "else", first: next.run, then: later } as const);
        return inTurn(ways, waysOf(rest, held));
      }
      case "split":
        return anyOf(partsOf(expression).map((side) => waysOf(side, held)));
      case "cascade": {
        // A step that answers and is not accepted has not failed; so the last one's failing is enough.
        const gated = expression.steps.slice(0, -1).map(({ run: step }) => waysOf(step, true).rejected);
        const last = waysOf((expression.steps.at(-1) as (typeof expression.steps)[0]).run, held);
        return anyOf([...gated.map((rejected) => ({ failed: [], broken: [], rejected })), last]);
      }
      case "hedge": {
        // A side may reject while those before it are only slow; and one that breaks off has called off the others.
        const sides = partsOf(expression).map((side) => waysOf(side, held));
        return { ...anyOf(sides), failed: sides.reduce(inTurn).failed };
      }
      default:
        return modelsIn(expression)
          .map((model): Ways => {
            const { provider } = named(model, facts.models).facts;
            const failed = [{ providers: new Set([provider]), trail: { said: model } }];
            return { failed, broken: held && breaksOff ? failed : [], rejected: [] };
          })
          .reduce(inTurn);
    }
  }

  function inTurn(first: Ways, second: Ways): Ways {
    const both = (ways: readonly Way[], then: readonly Way[]): Way[] =>
      ways.flatMap((one) =>
        then.map((other) => ({
          providers: new Set([...one.providers, ...other.providers]),
          trail: joined(one.trail, `on ${failure}`, other.trail),
        })),
      );
    const { failed, broken, rejected } = first;
    const given = kept(second).failed;
    return {
      failed: smallest(both(failed, second.failed)),
      broken: smallest([...both(failed, second.broken), ...both(broken, given)]),
      rejected: smallest([...rejected, ...both(kept(first).failed, second.rejected)]),
    };
  }

  return waysOf(run, false);
}

/** Of what lets no content out. */
function kept({ failed, broken, rejected }: Ways): Ways {
  return { failed: smallest([...failed, ...broken]), broken: [], rejected };
}

function anyOf(ways: readonly Ways[]): Ways {
  return {
    failed: smallest(ways.flatMap(({ failed }) => failed)),
    broken: smallest(ways.flatMap(({ broken }) => broken)),
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
