/** An arrival as a policy sees it. */
import { valueFromText } from "../../runtime/proxy/text-value.ts";
import { type SimulatedRequest, usual } from "../../runtime/simulation/index.ts";
import {
  type Attribute,
  AttributeError,
  type AttributeType,
  expectation,
  type Policy,
  type Value,
  valueFromJson,
} from "../../runtime/table/index.ts";
import type { Arrival } from "./traffic/arrival.ts";

export interface RequestReader {
  /** Throws `AttributeError` where the policy would answer 400. */
  read(arrival: Arrival): SimulatedRequest;
  /** What rules test and was not recorded, by name: of how many requests, and what was taken in its place. */
  unrecorded(): ReadonlyMap<string, { readonly requests: number; readonly taken: Value | undefined }>;
}

/** What plans and signals go by, whether or not a rule tests it. */
const BESIDE_RULES: readonly { readonly name: string; readonly type: AttributeType }[] = [
  { name: "stream", type: { kind: "bool" } },
  { name: "prompt_tokens", type: { kind: "int" } },
  { name: "max_tokens", type: { kind: "int" } },
  { name: "prompt", type: { kind: "string" } },
  { name: "system", type: { kind: "string" } },
];
const NEEDS = /^needs\./;
/** Stands for the whole request: two of which nothing is known but the same few attributes are not the same. */
const IDENTITY = "identity";

type Read = { readonly name: string; readonly type: AttributeType; readonly index: number };

export function requestReader({ table, routes }: Policy): RequestReader {
  const tested = new Set(routes.flatMap(({ tests }) => tests));
  const isOwn = ({ source: { from } }: Attribute): boolean =>
    from !== "builtin" && from !== "signal" && from !== "state";
  const wanted = table.attributes.flatMap((attribute, index): Read[] => {
    const { name, source, type } = attribute;
    if (source.from === "signal" || source.from === "state" || name === "model" || name.startsWith("time.")) return [];
    return isOwn(attribute) || tested.has(index) ? [{ name, type, index }] : [];
  });
  const known = new Set(wanted.map(({ name }) => name));
  const more = BESIDE_RULES.filter(({ name }) => !known.has(name));
  const reads: readonly Read[] = [...wanted, ...more.map((each) => ({ ...each, index: -1 }))];
  const missing = new Int32Array(table.attributes.length);
  const first = table.routes[0]?.names[0] ?? "";
  const fallback = first === "*" ? "any" : first;

  function valueIn({ name, type }: Read, { attributes, texts }: Arrival): Value | undefined {
    const text = texts[name];
    const given = text ?? attributes[name];
    if (given === undefined) return undefined;
    const value =
      text === undefined ? valueFromJson(type, given) : (valueFromText(type, text) ?? percentOf(type, text));
    if (value !== undefined) return value;
    const said = typeof given === "string" ? given : JSON.stringify(given);
    throw new AttributeError(name, `attribute \`${name}\` is \`${said}\`: expected ${expectation(type)}`);
  }

  return {
    read(arrival) {
      const attributes = new Map<string, Value>([[IDENTITY, arrival.identity]]);
      for (const read of reads) {
        const value = valueIn(read, arrival) ?? (read.name === "prompt_tokens" ? arrival.input : undefined);
        if (value !== undefined) attributes.set(read.name, value);
        else if (read.index >= 0) missing[read.index] = (missing[read.index] as number) + 1;
      }
      for (const name in arrival.attributes)
        if (NEEDS.test(name) && !known.has(name)) attributes.set(name, arrival.attributes[name] === true);
      const signals = new Map<string, Value>();
      for (const { name, type } of table.signals) {
        const value = valueIn({ name, type, index: -1 }, { ...arrival, attributes: arrival.signals });
        if (value !== undefined) signals.set(name, value);
      }
      return { model: arrival.model ?? fallback, attributes, signals };
    },
    unrecorded: () =>
      new Map(
        wanted
          .filter(({ index }) => (missing[index] ?? 0) > 0)
          .map(({ name, index }) => [
            name,
            { requests: missing[index] as number, taken: table.attributes[index]?.default ?? usual(name) },
          ]),
      ),
  };
}

/** Of signals alone: no header carries a percentage. */
function percentOf(type: AttributeType, text: string): Value | undefined {
  return type.kind === "percent" && /^\d+(\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : undefined;
}
