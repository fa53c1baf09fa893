/** Which models of two programs are the same: what they are called does not matter, who answers does. */
import { canonicalJson, type Model } from "../../runtime/table/artifact.ts";
import type { Program } from "../program/program.ts";

export interface Identities {
  /** By the models' names in the program before, and in the one after. */
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
  /** Models that are the same with other facts. */
  readonly changed: readonly (readonly [before: Model, after: Model])[];
}

/** Models of one program that nothing but their names tells apart. */
interface Twins {
  readonly facts: string;
  readonly models: readonly Model[];
}

/**
 * Models are the same when one provider calls them the same. Of several such in one program, those that agree in all
 * facts are paired first, then those of one name, then in the order of their declarations.
 */
export function identifyModels(before: Program, after: Program): Identities {
  const ids = { before: new Map<string, string>(), after: new Map<string, string>() };
  const changed: [Model, Model][] = [];
  const [old, now] = [twinsByUpstream(before, after), twinsByUpstream(after, before)];
  for (const upstream of new Set([...old.keys(), ...now.keys()])) {
    let [left, right] = [old.get(upstream) ?? [], now.get(upstream) ?? []];
    const assign = (id: string, of: Map<string, string>, twins: Twins | undefined): void => {
      for (const { name } of twins?.models ?? []) of.set(name, id);
    };
    for (const same of [sameFacts, sharedName, () => true])
      for (const one of left) {
        const other = right.find((candidate) => same(one, candidate));
        if (other === undefined) continue;
        left = left.filter((each) => each !== one);
        right = right.filter((each) => each !== other);
        const id = `${upstream} ${one.facts}`;
        assign(id, ids.before, one);
        assign(id, ids.after, other);
        const [a, b] = [one.models[0], other.models[0]];
        if (one.facts !== other.facts && a !== undefined && b !== undefined) changed.push([a, b]);
      }
    for (const one of left) assign(`${upstream} ${one.facts}, before`, ids.before, one);
    for (const other of right) assign(`${upstream} ${other.facts}, after`, ids.after, other);
  }
  return { ...ids, changed };
}

const sameFacts = (a: Twins, b: Twins): boolean => a.facts === b.facts;
const sharedName = (a: Twins, b: Twins): boolean =>
  a.models.some(({ name }) => b.models.some((other) => other.name === name));

/** By provider and what it calls them. */
function twinsByUpstream(program: Program, other: Program): Map<string, Twins[]> {
  const found = new Map<string, Map<string, Model[]>>();
  for (const { facts } of program.models) {
    const { name, provider, upstream, ...rest } = facts;
    // A meter that counts one of two names makes them two.
    const counted = program.meters.flatMap((meter) => (meter.facts.on.includes(name) ? [meter.facts.name] : []));
    const key = `${providerIdentity(provider, program, other)} ${JSON.stringify(upstream)}`;
    const group = found.get(key) ?? new Map<string, Model[]>();
    found.set(key, group);
    const described = canonicalJson({ ...rest, counted });
    group.set(described, [...(group.get(described) ?? []), facts]);
  }
  return new Map([...found].map(([key, group]) => [key, [...group].map(([facts, models]) => ({ facts, models }))]));
}

/** A provider keeps its name; one whose name the other program does not have is known by its facts. */
function providerIdentity(name: string, program: Program, other: Program): string {
  const find = (where: Program) => where.providers.find(({ facts }) => facts.name === name)?.facts;
  if (find(other) !== undefined) return JSON.stringify(name);
  const { name: _, ...facts } = find(program) ?? { name };
  return canonicalJson(facts);
}
