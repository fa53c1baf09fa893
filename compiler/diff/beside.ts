/** What differs between two programs though no decision does: facts of models, meters, signals, settings. */
import { canonicalJson, type Model } from "../../runtime/table/artifact.ts";
import { type Box, boxesOf } from "../analysis/boxes.ts";
import { uncovered } from "../analysis/cover.ts";
import type { Meter, Program } from "../program/program.ts";
import type { Common, Side } from "./common.ts";
import type { Beside } from "./difference.ts";
import type { RoutePair } from "./routes.ts";

/** What meters count is compared over the space of both. Models are given in pairs, for their names may differ. */
export function differencesBeside(
  { before, after }: Common,
  models: readonly (readonly [before: Model, after: Model])[],
  routes: readonly RoutePair[],
): Beside[] {
  const [old, now] = [before.program, after.program];
  return [
    ...fields("program", "", { "time zone": old.zone }, { "time zone": now.zone }),
    ...onlyIn(old.attributes, now.attributes).map((name) => removed("attribute", name)),
    ...onlyIn(now.attributes, old.attributes).map((name) => added("attribute", name)),
    ...byName(old.attributes, now.attributes).flatMap(([name, a, b]) =>
      fields("attribute", name, declared(a), declared(b)),
    ),
    ...byName(facts(old.signals), facts(now.signals)).flatMap(([name, a, b]) => fields("signal", name, a, b)),
    ...byName(facts(old.providers), facts(now.providers)).flatMap(([name, a, b]) => fields("provider", name, a, b)),
    ...models.flatMap(([a, b]) => fields("model", b.name, withoutIdentity(a), withoutIdentity(b))),
    ...meters(before, after),
    ...routes.flatMap(({ before: a, after: b, names }) =>
      fields(
        "route",
        names.join(", "),
        { strict: a.strict, deadline: a.deadline, reuse: a.reuse },
        { strict: b.strict, deadline: b.deadline, reuse: b.reuse },
      ),
    ),
  ];
}

/** Budgets whose spending so far no longer counts: their identity is name, keys and window, which begins by the zone's time. */
export function forgottenBudgets(before: Program, after: Program): string[] {
  const budgets = ({ meters }: Program) => meters.map(({ facts }) => facts).filter((meter) => meter.kind === "budget");
  const [old, now] = [budgets(before), budgets(after)];
  const counts = ({ per, window }: (typeof old)[number]): string => canonicalJson({ per: per.toSorted(), window });
  const missing = (some: typeof old, others: typeof old) =>
    some.filter(({ name }) => others.every((other) => other.name !== name));
  const removed = missing(old, now);
  const added = missing(now, old);
  return [
    ...old.flatMap((budget) => {
      const same = now.find(({ name }) => name === budget.name);
      if (same === undefined) return [];
      if (counts(same) !== counts(budget))
        return [`budget \`${budget.name}\` has other keys or another window: what was spent so far is forgotten`];
      return before.zone === after.zone || typeof budget.window === "number"
        ? []
        : [`budget \`${budget.name}\` has its window in another time zone: what was spent so far is forgotten`];
    }),
    ...removed.flatMap((budget) => {
      const renamed = added.find((other) => counts(other) === counts(budget));
      return renamed === undefined
        ? []
        : [
            `budget \`${budget.name}\` is gone and \`${renamed.name}\` is like it: if that is a new name, what was spent so far is forgotten`,
          ];
    }),
  ];
}

function meters(before: Side, after: Side): Beside[] {
  const [old, now] = [before.program.meters, after.program.meters];
  const find = (some: readonly Meter[], { facts: { kind, name } }: Meter) =>
    some.find(({ facts }) => facts.kind === kind && facts.name === name);
  const boxes = ({ for: scope }: Meter, { common, space }: Side): readonly Box[] =>
    scope === undefined ? [space.everything] : boxesOf(common(scope), space);
  return [
    ...old.flatMap((meter) => {
      const other = find(now, meter);
      const { kind, name } = meter.facts;
      if (other === undefined) return [removed(kind, name)];
      const [a, b] = [boxes(meter, before), boxes(other, after)];
      const inside = (some: readonly Box[], others: readonly Box[]): boolean =>
        some.every((box) => uncovered(box, others, before.space) === undefined);
      const counted: Beside[] =
        inside(a, b) && inside(b, a)
          ? []
          : [{ kind, name, field: "for", before: "some requests", after: "other requests" }];
      return [...fields(kind, name, meter.facts, other.facts), ...counted];
    }),
    ...now.filter((meter) => find(old, meter) === undefined).map(({ facts }) => added(facts.kind, facts.name)),
  ];
}

function added(kind: Beside["kind"], name: string): Beside {
  return { kind, name, field: "", before: undefined, after: name };
}

function removed(kind: Beside["kind"], name: string): Beside {
  return { kind, name, field: "", before: name, after: undefined };
}

function onlyIn(some: Program["attributes"], others: Program["attributes"]): string[] {
  return some.map(({ name }) => name).filter((name) => others.every((other) => other.name !== name));
}

function withoutIdentity({ name: _, provider: __, upstream: ___, ...rest }: Model): object {
  return rest;
}

/** As the `request` block says it. */
function declared({ type, source, default: otherwise }: Program["attributes"][number]): object {
  return {
    type: type.kind === "enum" ? type.members.join(" | ") : type.kind,
    from: "at" in source ? `${source.from} ${JSON.stringify(source.at)}` : source.from,
    default: otherwise,
  };
}

function facts<F>(all: readonly { readonly facts: F }[]): F[] {
  return all.map((each) => each.facts);
}

/** What both have under one name. */
function byName<T extends { readonly name: string }>(before: readonly T[], after: readonly T[]): [string, T, T][] {
  return before.flatMap((old): [string, T, T][] => {
    const now = after.find(({ name }) => name === old.name);
    return now === undefined ? [] : [[old.name, old, now]];
  });
}

/** The leaves in which two objects differ; a list is a leaf. */
function fields(kind: Beside["kind"], name: string, before: object, after: object): Beside[] {
  const [old, now] = [leaves(before), leaves(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((field) => canonicalJson(old.get(field) ?? null) !== canonicalJson(now.get(field) ?? null))
    .map((field) => ({ kind, name, field, before: old.get(field), after: now.get(field) }));
}

function leaves(object: object, path: readonly string[] = []): Map<string, unknown> {
  return new Map(
    Object.entries(object).flatMap(([key, value]): [string, unknown][] =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? [...leaves(value, [...path, key])]
        : value === undefined
          ? []
          : [[[...path, key].join("."), value]],
    ),
  );
}
