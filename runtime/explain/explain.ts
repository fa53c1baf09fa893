/** Why a request is decided as it is, and what would come of it. For people and tools; the request path does not come here. */
import { type LinkedPlans, linkAll } from "../plan/link.ts";
import {
  demandedSignals,
  type GivenRequest,
  lookup,
  type Policy,
  type PolicyRoute,
  type Row,
  type Rule,
  readGiven,
  regionOf,
  type Value,
} from "../table/index.ts";
import { type Way, wayOf } from "./way.ts";

/** As `routec explain --format json` prints it. Lines count from 1, rules from 0. */
export interface Explanation {
  readonly format: 1;
  readonly route: string;
  readonly rule: { readonly index: number; readonly file: string; readonly line: number; readonly text: string };
  /** The plan that the rule names; null when it says what to do by itself. */
  readonly plan: string | null;
  /** The models in the order in which they would be tried if each one failed with a failure that its `else` covers. */
  readonly steps: readonly string[];
  readonly reject: { readonly status: number; readonly text?: string } | null;
  readonly signals: readonly string[];
  /** Bounds: dollars if every call were billed in full, calls, milliseconds to the first content. */
  readonly worst: { readonly cost: number; readonly attempts: number; readonly time_ms: number };
  /** The rules that were tested, in order; `of` is the attribute that decided. */
  readonly because: readonly { readonly condition: string; readonly value: boolean; readonly of?: string }[];
}

/**
 * Decides one request and says why; `request` is as `readGiven` takes it.
 * @throws {AttributeError} for a request that this policy cannot decide.
 */
export function explain(policy: Policy, request: unknown, now = new Date()): Explanation {
  return explainGiven(policy, readGiven(policy, request, now), now.getTime());
}

const linked = new WeakMap<Policy, LinkedPlans>();

/** As `explain`, of a request that was read; `now` in milliseconds since the epoch. */
export function explainGiven(policy: Policy, { route: found, values, bounds }: GivenRequest, now: number): Explanation {
  const { table } = policy;
  const { route, choose, demand } = found;
  const index = choose(values);
  const { run, text, at } = route.rules[index] as Rule;
  const signals = demandedSignals(table, demand, values);
  const way = wayFor(policy, { route: found, values, bounds }, now);
  return {
    format: 1,
    route: route.names[0] as string,
    rule: { index, file: table.files[at[0]]?.path ?? "", line: at[1], text },
    plan: run.kind === "plan" ? run.plan : null,
    steps: way.calls.map(({ model }) => model.name),
    reject: run.kind === "reject" ? { status: run.status, ...(run.text !== undefined && { text: run.text }) } : null,
    signals,
    worst: {
      cost: way.cost / 1e9,
      attempts: way.attempts,
      time_ms: way.calls.length === 0 ? 0 : route.deadline,
    },
    because: reasons(policy, found, index, values),
  };
}

/** The way that a request would take, as `explainGiven` sums it up. */
export function wayFor(policy: Policy, { route: { route, choose }, values, bounds }: GivenRequest, now: number): Way {
  const plans = linked.get(policy) ?? linkAll(policy.table);
  linked.set(policy, plans);
  return wayOf(plans.run(route, choose(values)), { values, bounds, now });
}

function reasons(
  { table }: Policy,
  { route }: Pick<PolicyRoute, "route">,
  decided: number,
  values: readonly (Value | undefined)[],
): Explanation["because"] {
  const regions = table.attributes.map(({ domain }, index) => {
    const value = values[index];
    return domain === undefined || value === undefined ? undefined : regionOf(lookup(domain), value);
  });
  /** The attributes for which a row does not accept the request, by index. */
  const excluding = ({ when }: Row): number[] =>
    table.attributes.flatMap(({ name }, index) => {
      const region = regions[index];
      const ranges = Object.hasOwn(when, name) ? when[name] : undefined;
      const accepts =
        region === undefined || (ranges ?? [[0, region]]).some(([first, last]) => region >= first && region <= last);
      return accepts ? [] : [index];
    });
  return route.rules.slice(0, decided + 1).map(({ text }, index) => {
    const excluded = route.rows.filter(({ rule }) => rule === index).map(excluding);
    const everywhere = excluded[0]?.find((attribute) => excluded.every((others) => others.includes(attribute)));
    const of = index === decided ? undefined : table.attributes[everywhere ?? excluded[0]?.[0] ?? -1]?.name;
    return {
      condition:
        text
          .slice(0, text.lastIndexOf("-> "))
          .replace(/^when /, "")
          .trim() || "always",
      value: index === decided,
      ...(of !== undefined && { of }),
    };
  });
}
