/** Requests that were recorded, decided again by another policy. */

import { wayOf } from "../explain/index.ts";
import { LogLineError, readLine } from "../observe/read-line.ts";
import { type LinkedPlans, linkAll } from "../plan/link.ts";
import { AttributeError, type Model, type Policy, type Rule, readGiven } from "../table/index.ts";

/** What is known of a request that came once. */
export interface Recorded {
  /** The model asked for. */
  readonly route: string | undefined;
  /** As `routec explain --request` takes them. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly signals: Readonly<Record<string, unknown>>;
  readonly state: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch, where that was recorded. */
  readonly time: number | undefined;
  /** What its answer took, where that was recorded. */
  readonly tokens: { readonly input: number; readonly output: number } | undefined;
}

/** What a policy says of a recorded request. */
export type Redecided =
  | { readonly kind: "rule"; readonly rule: Rule; readonly first: Model | undefined }
  /** It would be answered with an error before any rule is asked; `why` is that error. */
  | { readonly kind: "refused"; readonly why: string };

/**
 * Reads a line of our decision log, or a request as `routec explain --request` takes it. Undefined for a logged request
 * that was never decided. Throws `LogLineError`; `place` says where the line stands.
 */
export function readRecorded(line: string, place: string): Recorded | undefined {
  const given = parsed(line, place);
  if ("body" in given) throw new LogLineError(`${place}: a whole HTTP request, expected its attributes`);
  if (!("id" in given)) {
    const { route, attributes = {}, signals = {}, state = {} } = given as Partial<Recorded>;
    return { route, attributes, signals, state, time: undefined, tokens: undefined };
  }
  const logged = readLine(line, place);
  if (logged.route === undefined || logged.rule === undefined) return undefined;
  const known = Object.entries(logged.attributes).filter(([, value]) => typeof value !== "object");
  return {
    route: logged.asked ?? logged.route,
    attributes: Object.fromEntries(known),
    signals: Object.fromEntries((logged.signals ?? []).map(({ name, value }) => [name, value])),
    state: logged.state ?? {},
    time: logged.time,
    tokens: logged.input + logged.output > 0 ? { input: logged.input, output: logged.output } : undefined,
  };
}

function parsed(line: string, place: string): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below, with what was expected.
  }
  const shown = line.length <= 40 ? line : `${line.slice(0, 40)}…`;
  throw new LogLineError(`${place}: \`${shown}\` is no JSON object, expected a logged decision or a request`);
}

/**
 * Decides a recorded request. What the policy does not know of it is left out; what it asks for and was not recorded has
 * its default.
 */
export function redecide(policy: Policy, { route, attributes, signals, state, time }: Recorded): Redecided {
  const { table } = policy;
  const owners = new Set(table.meters.map(({ name }) => name));
  const names = new Set(table.attributes.map(({ name }) => name));
  const isKnown = (name: string): boolean => names.has(name) || owners.has(name.split(".")[0] ?? "");
  const keep = (all: Readonly<Record<string, unknown>>, known: (name: string) => boolean): object =>
    Object.fromEntries(Object.entries(all).filter(([name]) => known(name)));
  const request = {
    ...(route !== undefined && { route }),
    attributes: keep(attributes, (name) => names.has(name) && name !== "model"),
    signals: keep(signals, (name) => table.signals.some((signal) => signal.name === name)),
    state: keep(state, isKnown),
  };
  try {
    const now = new Date(time ?? 0);
    const given = readGiven(policy, request, now);
    const { route: found, values } = given;
    const index = found.choose(values);
    const way = wayOf(plansOf(policy).run(found.route, index), { ...given, now: now.getTime() });
    return { kind: "rule", rule: found.route.rules[index] as Rule, first: way.calls[0]?.model };
  } catch (error) {
    if (error instanceof AttributeError) return { kind: "refused", why: error.message };
    throw error;
  }
}

const linked = new WeakMap<Policy, LinkedPlans>();

function plansOf(policy: Policy): LinkedPlans {
  const plans = linked.get(policy) ?? linkAll(policy.table);
  linked.set(policy, plans);
  return plans;
}
