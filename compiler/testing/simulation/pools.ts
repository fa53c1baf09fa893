/** What simulated requests and faults are drawn from: values on both sides of every cut, and what gates look at. */
import { type Behaviour, LATENCY } from "../../../runtime/simulation/index.ts";
import { usual } from "../../../runtime/simulation/request.ts";
import { type Expression, modelsIn, partsOf, type Value } from "../../../runtime/table/artifact.ts";
import type { Analysis } from "../../analysis/analyse.ts";
import type { Partition } from "../../analysis/partition.ts";
import { BUILT_INS } from "../../program/builtins.ts";
import type { Attribute, Meter, Program } from "../../program/program.ts";
import { goalsOf } from "../coverage.ts";
import { factsFor } from "../explore.ts";
import { type Sample, sampleOf } from "../sample.ts";

/** The values of one attribute, the plainest first. */
export interface Pool {
  readonly attribute: Attribute;
  readonly values: readonly Value[];
  /** A request without it is refused. */
  readonly isRequired: boolean;
}

export interface Pools {
  /** Names that requests ask for. */
  readonly names: readonly string[];
  readonly attributes: readonly Pool[];
  /** Those of them by which meters count, draws are sticky and answers are shared. */
  readonly keys: readonly Pool[];
  readonly signals: readonly Pool[];
  /** A request for every rule, and for every outcome of a comparison, that some request comes to. */
  readonly samples: readonly Sample[];
  /** Percent, by the name of the meter. */
  readonly shares: ReadonlyMap<string, readonly number[]>;
  /** Each provider with its models. */
  readonly providers: ReadonlyMap<string, readonly string[]>;
  /** What calls of a model can meet, the plainest first. */
  readonly behaviours: ReadonlyMap<string, readonly Behaviour[]>;
}

/** Texts that stand for somebody: enough of them that each side of a split is drawn. */
const SOMEBODY = ["acme", "globex", "initech", "umbrella", "hooli", "stark", "wayne", "wonka", "tyrell", "cyberdyne"];
/** The samples of one goal. */
const MOST_SAMPLES = 2;

export function poolsOf(program: Program, analysis: Analysis): Pools {
  const { space } = analysis;
  const partitions = new Map(space.partitions.map((partition) => [partition.attribute.name, partition]));
  const pool = (attribute: Attribute, plainest: Value | undefined, more: readonly Value[] = []): Pool => {
    const all = [...more, ...valuesOf(attribute, partitions.get(attribute.name))];
    const values = [...new Set(plainest === undefined ? all : [plainest, ...all])];
    return { attribute, values, isRequired: plainest === undefined };
  };
  const builtIns = [...BUILT_INS.values()].flatMap((attribute) => {
    const more = matters(attribute.name, program);
    const isTold = more.length > 0 || partitions.has(attribute.name);
    return isTold && attribute.name !== "model" ? [pool(attribute, usual(attribute.name), more)] : [];
  });
  const attributes = [
    ...program.attributes.map((attribute) => pool(attribute, attribute.default)),
    ...builtIns.map((each) => ({ ...each, isRequired: false })),
  ];
  const keys = keysOf(program);
  return {
    names: program.routes.flatMap(({ names }) => names.map((name) => (name === "*" ? "any" : name))),
    attributes,
    keys: attributes.filter(({ attribute }) => keys.has(attribute.name)),
    signals: program.signals.map(({ attribute, facts }) => pool(attribute, facts.otherwise)),
    samples: samplesOf(program, analysis),
    shares: new Map(program.meters.map((meter) => [meter.facts.name, sharesOf(meter, partitions)])),
    providers: providersOf(program),
    behaviours: behavioursOf(program),
  };
}

function keysOf(program: Program): ReadonlySet<string> {
  const drawn = expressionsOf(program).flatMap((each) =>
    (each.kind === "split" || each.kind === "spread") && each.by !== undefined ? [each.by] : [],
  );
  const counted = program.meters.flatMap(({ facts }) => facts.per);
  const shared = program.routes.flatMap(({ reuse }) => reuse?.per ?? []);
  return new Set([...drawn, ...counted, ...shared]);
}

/** Values of a built-in attribute on which it depends how plans go, beside those that rules tell apart. */
function matters(name: string, { models }: Program): readonly Value[] {
  const facts = models.map((model) => model.facts);
  switch (name) {
    case "stream":
      return [false, true];
    case "prompt_tokens":
      return [
        ...[1, 1_000],
        ...facts.flatMap(({ context }) => [Math.floor(context / 4), context, context + 1]),
        Number.MAX_SAFE_INTEGER,
      ];
    case "max_tokens":
      return [1, 100, ...facts.map(({ output }) => output)];
    default: {
      const need = /^needs\.(.+)$/.exec(name)?.[1];
      const lacking = need !== undefined && facts.some(({ can }) => !can.includes(need));
      return lacking ? [false, true] : [];
    }
  }
}

/** A value of each region, and those beside its edges. */
function valuesOf(attribute: Attribute, partition: Partition | undefined): readonly Value[] {
  const { type, range } = attribute;
  const samples = partition === undefined ? [] : Array.from({ length: partition.count }, (_, i) => partition.sample(i));
  switch (type.kind) {
    case "bool":
      return [false, true];
    case "enum":
      return type.members;
    case "string":
      return [...samples, ...SOMEBODY];
    default: {
      const cuts = partition?.domain.kind === "numbers" ? partition.domain.cuts : [];
      const isWhole = type.kind !== "score" && type.kind !== "percent";
      const step = isWhole ? 1 : 0.001;
      const edges = cuts.flatMap((cut) => {
        const at = "from" in cut ? cut.from : cut.above;
        return [at - step, at, at + step];
      });
      const [least, most] = [Math.max(range[0], 0), Math.min(range[1], 1e12)];
      const all = [...samples, ...edges, least, ...(type.kind === "score" ? [0.5, 1] : [7])];
      return all.filter((value) => typeof value === "number" && value >= range[0] && value <= Math.max(most, range[0]));
    }
  }
}

function samplesOf(program: Program, analysis: Analysis): readonly Sample[] {
  const goals = goalsOf(program, analysis);
  const samples = goals.all.flatMap(({ key, kind }) =>
    kind === "rule" || kind === "comparison"
      ? goals
          .requestsOf(key)
          .slice(0, MOST_SAMPLES)
          .map((wanted) => sampleOf(wanted, analysis.space, program))
      : [],
  );
  return samples.filter((sample): sample is Sample => !("why" in sample));
}

/** Of how much is used, what rules tell apart and what is next to full. */
function sharesOf({ facts }: Meter, partitions: ReadonlyMap<string, Partition>): readonly number[] {
  const own = [...partitions.values()].filter(
    ({ attribute: { source } }) => source.from === "state" && source.of === facts.name && source.read !== "behind",
  );
  const told = own.flatMap(({ attribute, domain }) =>
    domain.kind !== "numbers"
      ? []
      : domain.cuts.flatMap((cut) => {
          const at = "from" in cut ? cut.from : cut.above;
          const isMoney = attribute.source.from === "state" && attribute.source.read === "spent";
          const share = Math.round(isMoney && facts.kind === "budget" ? (at * 100) / facts.limit : at);
          return [share - 1, share, share + 1];
        }),
  );
  const most = facts.kind === "commit" ? 1_000 : 100;
  // In full is the plainest: one call is then one too many.
  return [...new Set([100, 50, 99, ...told])].filter((share) => share > 0 && share <= most);
}

function providersOf({ providers, models }: Program): ReadonlyMap<string, readonly string[]> {
  const own = (provider: string) => models.filter(({ facts }) => facts.provider === provider);
  return new Map(providers.map(({ facts: { name } }) => [name, own(name).map(({ facts }) => facts.name)]));
}

/** Spikes of latency and waits that providers ask for. */
const SPIKES = [900, 7_000, 40_000, 200_000];
const RETRY_AFTER = [1, 20, 300];

function behavioursOf(program: Program): ReadonlyMap<string, readonly Behaviour[]> {
  const expressions = expressionsOf(program);
  const gates = expressions.flatMap((each) => (each.kind === "cascade" ? each.steps.map(({ accept }) => accept) : []));
  const called = new Set(expressions.flatMap(modelsIn));
  const seen = gates.flatMap((gate) => (gate === undefined ? [] : factsFor(gate)));
  const behaviours: readonly Behaviour[] = [
    { fails: "server_error" },
    { fails: "unreachable" },
    { fails: "timeout" },
    { fails: "overloaded" },
    { fails: "rate_limited" },
    { fails: "refused" },
    { fails: "filtered" },
    { fails: "too_long" },
    { fails: "unauthorized" },
    { fails: "invalid" },
    ...RETRY_AFTER.map((retryAfter): Behaviour => ({ fails: "rate_limited", retryAfter })),
    ...RETRY_AFTER.map((retryAfter): Behaviour => ({ fails: "overloaded", retryAfter })),
    ...SPIKES.map((after): Behaviour => ({ answers: {}, after })),
    ...SPIKES.map((after): Behaviour => ({ fails: "server_error", after })),
    { answers: {}, breaks: true },
    { answers: {}, breaks: true, after: LATENCY * 100 },
    { answers: {}, reports: 0 },
    { answers: {}, reports: 1_000 },
    { answers: { output_tokens: 1 } },
    ...["0", "0.5", "1"].map((answer): Behaviour => ({ answers: { answer } })),
    ...seen.map((facts): Behaviour => ({ answers: Object.fromEntries(facts) })),
    ...seen.map((facts): Behaviour => ({ answers: { ...Object.fromEntries(facts), refused: true } })),
  ];
  return new Map(program.models.flatMap(({ facts: { name } }) => (called.has(name) ? [[name, behaviours]] : [])));
}

function expressionsOf({ plans, routes }: Program): readonly Expression[] {
  const rules = routes.flatMap((route) => route.rules);
  return [...plans, ...rules].flatMap(({ run }) => within(run));
}

function within(run: Expression): readonly Expression[] {
  return [run, ...partsOf(run).flatMap(within)];
}
