/** Scenarios and requests for fast-check: drawn from a policy's pools, and made smaller by leaving things out. */
import type { Arbitrary as ArbitraryOf, Random, Stream, Value as ValueOf } from "fast-check";
import type { Behaviour, SimulatedRequest, Spell, World } from "../../../runtime/simulation/index.ts";
import type { Value } from "../../../runtime/table/artifact.ts";
import { Arbitrary, Value as FastCheckValue, stream } from "./fast-check.ts";
import type { Pools } from "./pools.ts";
import type { Arrival, Scenario } from "./scenario.ts";

/** Requests of a policy. */
export function requestsFrom(pools: Pools): ArbitraryOf<SimulatedRequest> {
  return new Drawn(
    (random) => drawRequest(pools, random),
    (request) => smallerRequests(request, pools),
  );
}

/** Scenarios of up to some dozens of requests, the first of which come at `start`, in milliseconds since the epoch, or within a week. */
export function scenariosFrom(pools: Pools, start: number): ArbitraryOf<Scenario> {
  return new Drawn(
    (random) => drawScenario(pools, start, random),
    (scenario) => smallerScenarios(scenario, pools, start),
  );
}

/** Draws values without keeping how it came to them, and makes any of them smaller. */
class Drawn<T> extends Arbitrary<T> {
  readonly #draw: (random: Random) => T;
  readonly #smaller: (value: T) => Iterable<T>;

  constructor(draw: (random: Random) => T, smaller: (value: T) => Iterable<T>) {
    super();
    this.#draw = draw;
    this.#smaller = smaller;
  }

  override generate(random: Random): ValueOf<T> {
    return new FastCheckValue(this.#draw(random), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is T {
    return value !== undefined;
  }

  override shrink(value: T): Stream<ValueOf<T>> {
    const smaller = this.#smaller;
    return stream(
      (function* () {
        for (const each of smaller(value)) yield new FastCheckValue(each, undefined);
      })(),
    );
  }
}

const HOUR = 3_600_000;
const HOURS_A_WEEK = 168;
/** How many requests a scenario has, and milliseconds between two of them. */
const COUNTS = [1, 1, 2, 3, 8, 20, 50];
const GAPS = [0, 0, 0, 1, 20, 700, 5_000, 30_000, 400_000];
/** Milliseconds after which a spell begins or ends. */
const TIMES = [1, 50, 2_000, 30_000, 300_000];

function pick<T>(random: Random, all: readonly T[]): T {
  return all[random.nextInt(0, all.length - 1)] as T;
}

function drawRequest({ names, attributes, signals, samples }: Pools, random: Random): SimulatedRequest {
  const sample = samples.length > 0 && random.nextInt(0, 1) === 0 ? pick(random, samples) : undefined;
  const drawn = new Map<string, Value>(sample?.attributes);
  // Few attributes at a time: most rules look at few.
  const often = random.nextInt(0, 3);
  for (const { attribute, values, isRequired } of attributes) {
    if (sample?.fixed.has(attribute.name) || (!isRequired && random.nextInt(0, 3) > often)) continue;
    if (isRequired || random.nextInt(0, 1) === 0) drawn.set(attribute.name, pick(random, values));
  }
  const told = new Map<string, Value>(
    sample?.given.flatMap((each): [string, Value][] => (each.kind === "signal" ? [[each.signal, each.value]] : [])),
  );
  for (const { attribute, values } of signals)
    if (!told.has(attribute.name)) told.set(attribute.name, pick(random, values));
  return { model: sample?.route ?? pick(random, names), attributes: drawn, signals: told };
}

function drawScenario(pools: Pools, start: number, random: Random): Scenario {
  const arrivals: Arrival[] = [];
  const count = pick(random, COUNTS);
  let request = drawRequest(pools, random);
  for (let index = 0; index < count; index++) {
    if (index > 0) request = drawNext(request, pools, random);
    arrivals.push({ after: index === 0 ? 0 : pick(random, GAPS), request });
  }
  return {
    start: start + (random.nextInt(0, 2) === 0 ? random.nextInt(0, HOURS_A_WEEK - 1) * HOUR : 0),
    draws: random.nextInt(1, 0x7fffffff),
    world: drawWorld(pools, random),
    arrivals,
  };
}

/** Half of the requests are like the one before, or differ in one thing: so they compete for budgets, and draw alike. */
function drawNext(before: SimulatedRequest, pools: Pools, random: Random): SimulatedRequest {
  const choice = random.nextInt(0, 3);
  if (choice < 2) return before;
  const some = pools.keys.length > 0 && random.nextInt(0, 1) === 0 ? pools.keys : pools.attributes;
  if (choice === 2 || some.length === 0) return drawRequest(pools, random);
  const { attribute, values } = pick(random, some);
  return { ...before, attributes: new Map(before.attributes).set(attribute.name, pick(random, values)) };
}

function drawWorld({ shares, providers, behaviours, samples }: Pools, random: Random): World {
  const used = new Map<string, number>();
  for (const [meter, all] of shares) if (random.nextInt(0, 2) === 0) used.set(meter, pick(random, all));
  const down = new Set<string>();
  const models = new Map<string, readonly Spell[]>();
  const all = [...behaviours];
  for (let faults = pick(random, [0, 0, 1, 1, 2, 4]); faults > 0 && all.length > 0; faults--) {
    const [model, possible] = pick(random, all);
    models.set(model, [...(models.get(model) ?? []), drawSpell(pick(random, possible), random)]);
  }
  if (random.nextInt(0, 9) === 0) shutDown(pick(random, [...providers]), down, models);
  // What the state must be for a rule that it is hard to come to.
  if (samples.length > 0 && random.nextInt(0, 3) === 0)
    for (const given of pick(random, samples).given) {
      if (given.kind === "used") used.set(given.meter, given.share);
      if (given.kind === "fails" && given.down !== undefined) shutDown([given.down, given.models], down, models);
    }
  return { used, down, models };
}

function drawSpell(behaviour: Behaviour, random: Random): Spell {
  switch (random.nextInt(0, 3)) {
    case 0:
      return { from: pick(random, TIMES), behaviour };
    case 1:
      return { until: pick(random, TIMES), behaviour };
    default:
      return { behaviour };
  }
}

function shutDown(
  [provider, own]: readonly [string, readonly string[]],
  down: Set<string>,
  models: Map<string, readonly Spell[]>,
): void {
  down.add(provider);
  for (const model of own) models.set(model, [{ behaviour: { fails: "unreachable" } }]);
}

// Smaller ones: what takes most away first.

function* smallerScenarios(scenario: Scenario, pools: Pools, start: number): Generator<Scenario> {
  const { arrivals, world } = scenario;
  for (const fewer of smallerLists(arrivals)) yield { ...scenario, arrivals: fewer };
  for (const smaller of smallerWorlds(world, pools)) yield { ...scenario, world: smaller };
  const before = new Set<SimulatedRequest>();
  for (const { request } of arrivals) {
    if (before.has(request)) continue;
    before.add(request);
    // Requests that are alike stay so.
    for (const smaller of smallerRequests(request, pools))
      yield {
        ...scenario,
        arrivals: arrivals.map((each) => (each.request === request ? { ...each, request: smaller } : each)),
      };
  }
  for (const [index, { after, request }] of arrivals.entries()) {
    if (after > 0) yield { ...scenario, arrivals: arrivals.with(index, { after: 0, request }) };
    const [first] = arrivals;
    if (first !== undefined && request !== first.request)
      yield { ...scenario, arrivals: arrivals.with(index, { after, request: first.request }) };
  }
  if (scenario.start !== start) yield { ...scenario, start };
  if (scenario.draws !== 1) yield { ...scenario, draws: 1 };
}

function* smallerLists<T>(all: readonly T[]): Generator<readonly T[]> {
  if (all.length < 2) return;
  for (const each of new Set(all)) yield [each];
  const half = Math.ceil(all.length / 2);
  if (all.length > 2) {
    yield all.slice(0, half);
    yield all.slice(half);
  }
  for (let index = 0; index < all.length; index++) yield all.toSpliced(index, 1);
}

function* smallerWorlds({ used, down, models }: World, { shares }: Pools): Generator<World> {
  const rest = { ...(used && { used }), ...(down && { down }), ...(models && { models }) };
  if (models !== undefined && models.size > 1) yield { ...rest, models: new Map() };
  for (const provider of down ?? []) yield { ...rest, down: without(down ?? new Set(), provider) };
  for (const [meter, share] of used ?? []) {
    const fewer = new Map(used);
    fewer.delete(meter);
    yield { ...rest, used: fewer };
    for (const plainer of beforeIn(shares.get(meter) ?? [], share))
      yield { ...rest, used: new Map(used).set(meter, plainer) };
  }
  for (const [model, spells] of models ?? []) {
    const fewer = new Map(models);
    fewer.delete(model);
    yield { ...rest, models: fewer };
    if (spells.length > 1) for (const spell of spells) yield { ...rest, models: new Map(models).set(model, [spell]) };
    const [spell] = spells;
    if (spell === undefined || spells.length > 1) continue;
    for (const smaller of smallerSpells(spell)) yield { ...rest, models: new Map(models).set(model, [smaller]) };
  }
}

function* smallerSpells({ from, until, behaviour }: Spell): Generator<Spell> {
  const { after, ...soon } = behaviour;
  const during = { ...(from !== undefined && { from }), ...(until !== undefined && { until }) };
  if (from !== undefined || until !== undefined) yield { behaviour };
  if (after !== undefined) yield { ...during, behaviour: soon };
  if ("fails" in behaviour && behaviour.retryAfter !== undefined) {
    const { retryAfter: _, ...plain } = behaviour;
    yield { ...during, behaviour: plain };
  }
  if ("answers" in behaviour)
    for (const fact of Object.keys(behaviour.answers)) {
      const answers = Object.fromEntries(Object.entries(behaviour.answers).filter(([name]) => name !== fact));
      yield { ...during, behaviour: { ...behaviour, answers } };
    }
}

function* smallerRequests(request: SimulatedRequest, pools: Pools): Generator<SimulatedRequest> {
  const { attributes = new Map<string, Value>(), signals = new Map<string, Value>() } = request;
  const optional = [...attributes.keys()].filter(
    (name) => !pools.attributes.some((pool) => pool.isRequired && pool.attribute.name === name),
  );
  if (optional.length > 1)
    yield { ...request, attributes: new Map([...attributes].filter(([name]) => !optional.includes(name))) };
  for (const name of optional) {
    const fewer = new Map(attributes);
    fewer.delete(name);
    yield { ...request, attributes: fewer };
  }
  for (const { attribute, values } of pools.attributes) {
    const value = attributes.get(attribute.name);
    for (const plainer of value === undefined ? [] : beforeIn(values, value))
      yield { ...request, attributes: new Map(attributes).set(attribute.name, plainer) };
  }
  for (const { attribute, values, isRequired } of pools.signals) {
    const value = signals.get(attribute.name);
    if (value === undefined) continue;
    const fewer = new Map(signals);
    fewer.delete(attribute.name);
    if (!isRequired) yield { ...request, signals: fewer };
    for (const plainer of beforeIn(values, value))
      yield { ...request, signals: new Map(signals).set(attribute.name, plainer) };
  }
  for (const name of beforeIn(pools.names, request.model)) yield { ...request, model: name };
}

/** The values of a pool that are plainer than this one: all before it. */
function beforeIn<T>(all: readonly T[], value: T): readonly T[] {
  const at = all.indexOf(value);
  return at < 0 ? all.slice(0, 1) : all.slice(0, at);
}

function without<T>(all: ReadonlySet<T>, left: T): ReadonlySet<T> {
  return new Set([...all].filter((each) => each !== left));
}
