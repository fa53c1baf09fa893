/** How models behave, as a file says it: `{ "haiku": { "first_ms": { "p50": 300, "p99": 2000 }, "failures": { "overloaded": 0.01 } } }`. */
import { FAILURES, type Failure } from "../../../runtime/table/index.ts";
import { isObject } from "../traffic/openai.ts";
import type { Distribution } from "./distribution.ts";

/** What is said of a model. What is not given is taken from recorded calls, or assumed. */
export interface Stated {
  /** Milliseconds to the first content. */
  readonly first: Distribution | undefined;
  /** Milliseconds for each token of the answer. */
  readonly perToken: Distribution | undefined;
  /** The share of calls that fail in each way, 0 to 1. */
  readonly failures: ReadonlyMap<Failure, number> | undefined;
  /** The share of answers that gates accept, 0 to 1. */
  readonly accepted: number | undefined;
}

/** What stands in the file is not what is expected. The message says where. */
export class StatedError extends Error {
  override readonly name = "StatedError";
}

const KEYS = ["first_ms", "token_ms", "failures", "accepted"];

/** Models by name; `*` is all others. Throws `StatedError`. */
export function readStated(json: unknown, models: readonly string[]): ReadonlyMap<string, Stated> {
  if (!isObject(json)) throw new StatedError("it is no object: expected what models do, by their names");
  return new Map(
    Object.entries(json).map(([name, given]) => {
      if (name !== "*" && !models.includes(name))
        throw new StatedError(`the policy has no model \`${name}\`: expected ${[...models, "*"].join(", ")}`);
      return [name, statedOf(given, name)];
    }),
  );
}

function statedOf(given: unknown, name: string): Stated {
  if (!isObject(given)) throw new StatedError(`\`${name}\` is no object: expected ${KEYS.join(", ")}`);
  const unknown = Object.keys(given).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw new StatedError(`\`${name}\` has \`${unknown}\`: expected ${KEYS.join(", ")}`);
  return {
    first: distributionOf(given.first_ms, `${name}.first_ms`),
    perToken: distributionOf(given.token_ms, `${name}.token_ms`),
    failures: failuresOf(given.failures, `${name}.failures`),
    accepted: given.accepted === undefined ? undefined : shareOf(given.accepted, `${name}.accepted`),
  };
}

function distributionOf(given: unknown, where: string): Distribution | undefined {
  if (given === undefined) return undefined;
  if (typeof given === "number") return [{ percent: 50, value: millisecondsOf(given, where) }];
  const wanted = 'expected a number of milliseconds, or percentiles such as `{ "p50": 300, "p99": 2000 }`';
  if (!isObject(given) || Object.keys(given).length === 0)
    throw new StatedError(`\`${where}\` is no distribution: ${wanted}`);
  const points = Object.entries(given).map(([key, value]) => {
    const percent = Number(/^p(\d{1,2}(?:\.\d+)?|100)$/.exec(key)?.[1]);
    if (Number.isNaN(percent)) throw new StatedError(`\`${where}\` has \`${key}\`: ${wanted}`);
    return { percent, value: millisecondsOf(value, `${where}.${key}`) };
  });
  points.sort((a, b) => a.percent - b.percent);
  for (const [index, { percent, value }] of points.entries()) {
    const before = points[index - 1];
    if (before !== undefined && before.value > value)
      throw new StatedError(`\`${where}\` has a p${percent} below its p${before.percent}`);
  }
  return points;
}

function millisecondsOf(given: unknown, where: string): number {
  if (typeof given === "number" && given >= 0 && Number.isFinite(given)) return given;
  throw new StatedError(`\`${where}\` is \`${JSON.stringify(given)}\`: expected a number of milliseconds`);
}

function failuresOf(given: unknown, where: string): ReadonlyMap<Failure, number> | undefined {
  if (given === undefined) return undefined;
  if (!isObject(given)) throw new StatedError(`\`${where}\` is no object: expected shares by failure`);
  const shares = new Map(
    Object.entries(given).map(([name, value]) => {
      if (!isFailure(name)) throw new StatedError(`\`${where}\` has \`${name}\`: expected ${FAILURES.join(", ")}`);
      return [name, shareOf(value, `${where}.${name}`)];
    }),
  );
  if ([...shares.values()].reduce((sum, share) => sum + share, 0) > 1)
    throw new StatedError(`\`${where}\` come to more than 1`);
  return shares;
}

export function isFailure(name: string): name is Failure {
  return (FAILURES as readonly string[]).includes(name);
}

function shareOf(given: unknown, where: string): number {
  if (typeof given === "number" && given >= 0 && given <= 1) return given;
  throw new StatedError(`\`${where}\` is \`${JSON.stringify(given)}\`: expected a share from 0 to 1`);
}
