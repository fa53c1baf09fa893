/** Plans of which no model can serve some request that another declared model could. */
import { type Expression, type Failure, modelsIn, type Options, partsOf } from "../../runtime/table/artifact.ts";
import { type Box, regionsAt, type Space, withRegions } from "../analysis/boxes.ts";
import { intersect } from "../analysis/regions.ts";
import type { Witness } from "../diagnostics/index.ts";
import type { DeclaredModel, Program } from "../program/program.ts";
import { type Facts, factsOf, modelsWithin, named, optionsOf } from "../proofs/facts.ts";
import { indexOf, lacks } from "../proofs/fit.ts";
import { type Ground, NEEDS, UNKNOWN_SIZE } from "../proofs/ground.ts";
import { askedBy } from "../proofs/signals.ts";
import { type Target, targetsOf } from "./arrows.ts";
import { endsOf } from "./calls.ts";
import type { Plans } from "./plans.ts";
import { reachedBy } from "./reached.ts";

/** Requests that plans do not tell apart: what they need of a model, and how long they are. */
interface Kind {
  /** Without `needs.`; what is in neither list makes no difference. */
  readonly needs: readonly string[];
  readonly needsNot: readonly string[];
  /** `prompt_tokens`, both ends included. */
  readonly from: number;
  readonly to: number;
}

/** A plan, and requests that come to it and that it cannot serve. */
interface Unserved {
  readonly target: Target;
  readonly kind: Kind;
  readonly other: DeclaredModel;
  readonly witness: Witness;
}

/**
 * Warns once of each kind of request, with all plans that cannot serve it. A plan that rejects what it cannot serve says
 * what happens, and is left out.
 */
export function warnOfUnserved({ program, report, ground }: Plans): void {
  const facts = factsOf(program);
  const targets = targetsOf(program);
  const declared = candidates(program, targets, facts);
  const found = targets.flatMap((target) => unservedBy(target, declared, facts, ground) ?? []);
  const alike = Map.groupBy(found, ({ kind, other }) => `${describe(kind)} ${other.facts.name}`);
  for (const [{ target, kind, other, witness }, ...more] of alike.values() as Iterable<[Unserved, ...Unserved[]]>) {
    const others = more.length === 0 ? "" : `, or of ${more.length} other${more.length === 1 ? "" : "s"},`;
    const message = `no model of ${target.said}${others} can serve a request ${describe(kind)}, and \`${other.facts.name}\` could`;
    report.warning("RT3011", target.place.file, target.place.span, message, {
      help: "decide such requests by a rule before, or say what becomes of them, such as `else reject 422`",
      certainty: "proved",
      related: [
        ...more.map(({ target: { place } }) => ({ ...place, message: "nor can one of this" })),
        { ...other.place, message: "could serve it" },
      ],
      witness,
    });
  }
}

/** The declared models that could serve requests: not those that make embeddings, or that do nothing but judge and classify. */
function candidates({ models, plans, signals }: Program, targets: readonly Target[], facts: Facts): DeclaredModel[] {
  const runs = [...plans, ...targets].map(({ run }) => run);
  const serving = new Set(runs.flatMap((run) => endsOf(run, facts).calls.map(({ model }) => model)));
  const called = new Set(runs.flatMap((run) => [...modelsWithin(run, facts)]));
  for (const signal of signals) called.add(askedBy(signal) ?? "");
  return models.filter(
    ({ facts: { name, can } }) =>
      !name.includes("/") && !can.includes("embeddings") && (serving.has(name) || !called.has(name)),
  );
}

function unservedBy(
  target: Target,
  declared: readonly DeclaredModel[],
  facts: Facts,
  ground: () => Ground,
): Unserved | undefined {
  const able = (kind: Kind): DeclaredModel | undefined =>
    declared.find((model) => failureOf(model, kind, {}) === undefined);
  const kinds = kindsFor(target.run, declared, facts).filter(
    (kind) => unserved(target.run, kind, facts) !== undefined && able(kind) !== undefined,
  );
  if (kinds.length === 0) return undefined;
  let kind: Kind | undefined;
  const reached = reachedBy(target, ground(), function* (box, { space }) {
    for (const each of kinds) {
      kind = each;
      const narrowed = boxOf(each, box, space);
      if (narrowed !== undefined) yield narrowed;
    }
  });
  const other = kind && able(kind);
  return reached && kind && other && { target, kind, other, witness: reached.witness };
}

function describe({ needs, from }: Kind): string {
  const size = from === 0 ? [] : [`of ${from} tokens or more`];
  const need = needs.length === 0 ? [] : [`that needs ${needs.join(" and ")}`];
  return [...size, ...need].join(" ");
}

/** The kinds that differ to the models of a plan or to those that could serve instead, the plainest first. */
function kindsFor(run: Expression, declared: readonly DeclaredModel[], facts: Facts): Kind[] {
  const own = Array.from(modelsWithin(run, facts), (name) => named(name, facts.models));
  const all = [...own, ...declared].map((model) => model.facts);
  const told = NEEDS.filter((need) => all.some(({ can }) => !can.includes(need)));
  const possible = told.filter((need) => declared.some((model) => model.facts.can.includes(need)));
  const starts = [...new Set([0, ...all.map(({ context }) => context + 1)])].sort((a, b) => a - b);
  return subsetsOf(possible).flatMap((needs) =>
    starts.map((from, i): Kind => {
      const to = (starts[i + 1] ?? UNKNOWN_SIZE) - 1;
      return { needs, needsNot: told.filter((need) => !needs.includes(need)), from, to };
    }),
  );
}

/** Smaller ones first. */
function subsetsOf(words: readonly string[]): string[][] {
  const all = words.reduce<string[][]>((sets, word) => sets.concat(sets.map((set) => set.concat(word))), [[]]);
  return all.sort((a, b) => a.length - b.length);
}

/** How a model called with `options` fails for requests of a kind without being sent them; undefined where it is. */
function failureOf(
  { facts: { context, can } }: DeclaredModel,
  { needs, from }: Kind,
  options: Options,
): Failure | undefined {
  // What it is not asked for, and what a batch may be longer than, is for the endpoint to say.
  if (can.includes("embeddings")) return undefined;
  if (from > context) return "too_long";
  return needs.some((need) => lacks(need, can, options)) ? "unsupported" : undefined;
}

/**
 * How a plan can fail for requests of a kind when all providers are up; undefined where somebody is called, whatever is
 * drawn, or a `reject` says what happens.
 */
export function unserved(
  run: Expression,
  kind: Kind,
  facts: Facts,
  outer: Options = {},
): ReadonlySet<Failure> | undefined {
  if (run.kind === "reject") return undefined;
  const options = { ...outer, ...run.with };
  const of = (part: Expression): ReadonlySet<Failure> | undefined => unserved(part, kind, facts, options);
  switch (run.kind) {
    case "plan":
      return of(named(run.plan, facts.plans));
    case "else": {
      let failures = of(run.first);
      for (const { on, run: step } of run.then) {
        if (failures === undefined) return undefined;
        if (!on.some((failure) => failures?.has(failure))) continue;
        const next = of(step);
        const rest = [...failures].filter((failure) => !on.includes(failure));
        failures = next === undefined && rest.length === 0 ? undefined : new Set([...rest, ...(next ?? [])]);
      }
      return failures;
    }
    // One side is drawn.
    case "split":
      return together(
        partsOf(run)
          .map(of)
          .filter((side) => side !== undefined),
      );
    case "cascade":
    case "hedge":
      return inTurn(partsOf(run).map(of));
    default:
      return inTurn(
        modelsIn(run).map((model) => {
          const failure = failureOf(named(model, facts.models), kind, optionsOf(model, options, facts));
          return failure && new Set([failure]);
        }),
      );
  }
}

function together(all: readonly ReadonlySet<Failure>[]): ReadonlySet<Failure> | undefined {
  return all.length === 0 ? undefined : new Set(all.flatMap((failures) => [...failures]));
}

/** Of steps that are all tried, if need be. */
function inTurn(all: readonly (ReadonlySet<Failure> | undefined)[]): ReadonlySet<Failure> | undefined {
  const failing = all.filter((failures) => failures !== undefined);
  return failing.length < all.length ? undefined : together(failing);
}

/** The requests of a kind in a box; undefined when there are none. */
function boxOf({ needs, needsNot, from, to }: Kind, box: Box, space: Space): Box | undefined {
  const sized = indexOf("prompt_tokens", space);
  const partition = space.partitions[sized];
  const interval = {
    kind: "interval",
    from: { value: from, included: true },
    to: { value: to, included: true },
  } as const;
  let result: Box | undefined = narrowed(box, sized, partition?.regionsOf(interval) ?? [], space);
  for (const need of needs) result = result && narrowed(result, indexOf(`needs.${need}`, space), [[1, 1]], space);
  for (const need of needsNot) result = result && narrowed(result, indexOf(`needs.${need}`, space), [[0, 0]], space);
  return result;
}

function narrowed(box: Box, index: number, regions: Parameters<typeof intersect>[0], space: Space): Box | undefined {
  const both = intersect(regionsAt(box, index, space), regions);
  return both.length === 0 ? undefined : withRegions(box, index, both, space);
}
