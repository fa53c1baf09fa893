/** The exact semantic difference of two programs: which requests are decided differently, with one shown for each kind of change. */
import { TooManyBoxes } from "../analysis/boxes.ts";
import { NotDecided } from "../analysis/cover.ts";
import type { Program, Rule } from "../program/program.ts";
import { asWritten, formatExpression } from "../syntax/index.ts";
import { behaviourOf, type Meanings } from "./behaviour.ts";
import { differencesBeside, forgottenBudgets } from "./beside.ts";
import { type Common, overOneSpace } from "./common.ts";
import { type Decider, type Divergence, deciderOf, divergences, type Entry, replay } from "./decisions.ts";
import type { Beside, Change, Decided, Difference, Redefined, Verdict } from "./difference.ts";
import { identifyModels } from "./identity.ts";
import { pairRoutes, type RoutePair, requestsFor } from "./routes.ts";
import { namesIn, worstOf } from "./worst.ts";

/**
 * Compares two programs without errors. The same request is the same values of attributes, signals and state; names of
 * plans, models and lets, the order of rules that do not meet, and how conditions are written make no difference. Values
 * that an attribute of only one program cannot have are no requests.
 */
export function diffPrograms(before: Program, after: Program): Difference {
  const warnings = forgottenBudgets(before, after);
  const { pairs, added, removed } = pairRoutes(before, after);
  const names = { added, removed };
  const common = overOneSpace(before, after);
  if ("undecided" in common)
    return { verdict: "changed", decisions: [], names, beside: [], warnings, undecided: common.undecided };

  const identities = identifyModels(before, after);
  const meanings: Sides<Meanings> = {
    before: { plans: plansOf(before), models: identities.before },
    after: { plans: plansOf(after), models: identities.after },
  };
  const known = [...before.routes, ...after.routes].flatMap((route) => route.names);
  const changes = new Map<string, Change>();
  const undecided: string[] = [];
  for (const pair of pairs) {
    const what = `what differs for ${pair.names.map((name) => `\`${name}\``).join(", ")}`;
    for (const [kind, change] of attempt(() => compare(pair, known, common, meanings), what, undecided)) {
      const same = changes.get(kind);
      changes.set(kind, same === undefined ? change : { ...same, names: [...same.names, ...change.names] });
    }
  }
  const isRefusal = ({ before: { rule: was }, after: { rule: is } }: Change): number => (was && is ? 0 : 1);
  const decisions = [...changes.values()].sort((a, b) => isRefusal(a) - isRefusal(b));
  const beside = attempt(
    () => differencesBeside(common, identities.changed, pairs),
    "whether meters count the same requests",
    undecided,
  );
  const verdict = undecided.length > 0 ? "changed" : verdictOn(decisions, names, beside);
  return { verdict, decisions, names, beside, warnings, undecided };
}

/** What is found within the bounds of the search; past them nothing, and a word that it is so. */
function attempt<T>(find: () => T[], what: string, undecided: string[]): T[] {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof NotDecided || error instanceof TooManyBoxes)) throw error;
    undecided.push(`${what}: it takes too many steps`);
    return [];
  }
}

interface Sides<T> {
  readonly before: T;
  readonly after: T;
}

function plansOf({ plans }: Program): Meanings["plans"] {
  return new Map(plans.map(({ name, run }) => [name, run]));
}

/** The changes of a pair of routes, by what they are a change of. */
function compare(
  { before, after, names }: RoutePair,
  known: readonly string[],
  common: Common,
  meanings: Sides<Meanings>,
): [kind: string, change: Change][] {
  const asked = requestsFor(names, known, common.before.space);
  const old = deciderOf(common.before, before, asked, ({ run }) => behaviourOf(run, meanings.before));
  const now = deciderOf(common.after, after, asked, ({ run }) => behaviourOf(run, meanings.after));
  return divergences(old.entries, now.entries, common.before.space).map((divergence) => [
    `${divergence.before.key} ${divergence.after.key}`,
    changeOf(divergence, old, now, names, common),
  ]);
}

function changeOf(
  { before, after, box }: Divergence,
  old: Decider,
  now: Decider,
  names: readonly string[],
  common: Common,
): Change {
  const { values, witness } = common.requestIn(box, names);
  if (replay(old, values) !== before.key || replay(now, values) !== after.key)
    throw new Error(`the comparison of route ${old.route.names[0]} and its interpretation disagree`);
  const programs = { before: common.before.program, after: common.after.program };
  return {
    before: decided(before, programs.before),
    after: decided(after, programs.after),
    names,
    witness,
    redefined: redefined(before, after, programs),
  };
}

function decided({ outcome }: Entry, program: Program): Decided {
  const nobody = { cost: 0, residencies: [] };
  switch (outcome.kind) {
    case "hidden":
      return { text: "404, the route is not for this caller", ...nobody };
    case "refused": {
      const { name, source } = outcome.fault.attribute;
      if (source.from === "signal") return { text: `\`${name}\` has no such value`, ...nobody };
      const fault = outcome.fault.kind === "missing" ? "is missing" : "has no such value";
      return { text: `400, \`${name}\` ${fault}`, ...nobody };
    }
    case "rule": {
      const { run, text, place } = outcome.rule;
      const { cost, residencies } = worstOf(run, program);
      return { text: arrowOf(text), rule: { ...place, text }, cost, residencies };
    }
  }
}

/** What stands after the arrow: the first one outside texts. */
function arrowOf(rule: string): string {
  return /-> ((?:[^"]|"(?:\\.|[^"\\])*")*)$/.exec(rule)?.[1] ?? rule;
}

function redefined(before: Entry, after: Entry, programs: Sides<Program>): Redefined[] {
  const meanings = ({ outcome }: Entry, program: Program) =>
    outcome.kind === "rule" ? writtenMeanings(outcome.rule, program) : new Map<string, string>();
  const [old, now] = [meanings(before, programs.before), meanings(after, programs.after)];
  return [...old].flatMap(([name, was]) => {
    const is = now.get(name);
    return is === undefined || is === was ? [] : [{ name, before: was, after: is }];
  });
}

/** Of the plans and models that a rule can lead to, what they are declared as. */
function writtenMeanings({ run }: Rule, program: Program): Map<string, string> {
  const { plans, models } = namesIn(run, program);
  const declaredPlans = program.files.flatMap(({ tree, text }) =>
    tree.declarations.flatMap((declaration): [string, string][] =>
      declaration.kind === "plan" && plans.has(declaration.name.text)
        ? [[declaration.name.text, formatExpression(declaration.run, asWritten(text))]]
        : [],
    ),
  );
  const declaredModels = program.models.flatMap(({ facts: { name, provider, upstream } }): [string, string][] =>
    models.has(name) ? [[name, `${provider} ${JSON.stringify(upstream)}`]] : [],
  );
  return new Map([...declaredPlans, ...declaredModels]);
}

function verdictOn(decisions: readonly Change[], names: Difference["names"], beside: readonly Beside[]): Verdict {
  if (decisions.length + names.added.length + names.removed.length + beside.length === 0) return "equivalent";
  if (names.added.length + names.removed.length > 0) return "changed";
  const directions = [...decisions.map(directionOf), ...beside.map(directionOfPrice)];
  if (directions.includes(undefined) || directions.every((direction) => direction === 0)) return "changed";
  if (directions.every((direction) => (direction ?? 0) <= 0)) return "cheaper";
  return directions.every((direction) => (direction ?? 0) >= 0) ? "costlier" : "changed";
}

/** Below 0 where it is cheaper; undefined where cost is not what matters most. */
function directionOf({ before, after }: Change): number | undefined {
  const asks = before.residencies.length > 0 && after.residencies.length > 0;
  const elsewhere = after.residencies.some((residency) => !before.residencies.includes(residency));
  return asks && !elsewhere ? after.cost - before.cost : undefined;
}

function directionOfPrice({ field, before, after }: Beside): number | undefined {
  return field.startsWith("price.") && typeof before === "number" && typeof after === "number"
    ? after - before
    : undefined;
}
