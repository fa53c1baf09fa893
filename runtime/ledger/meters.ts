/** A table's meters, and the allowances of its providers and models, made ready to count. */
import {
  type Allowance,
  type DecisionTable,
  type Domain,
  lookup,
  type Meter,
  type Model,
  type Provider,
  type Requests,
  regionOf,
  type Value,
} from "../table/index.ts";
import { Accounts, type Attributed, KEY, type Measure, MODEL, type Scheme } from "./accounts.ts";
import { windowAt } from "./calendar.ts";

export interface LedgerMeter extends Scheme {
  /** Of a commit: nano-dollars to reach. */
  readonly spend: number;
  /** Counts requests as they come, and not calls. */
  readonly isCallers: boolean;
  /** The allowance of a provider or a model: of all its calls, or of those with each key. */
  readonly isOwn: boolean;
  readonly isPerKey: boolean;
  /** Whether a call of the model counts. */
  covers(model: Model): boolean;
  /** Whether the request counts; where that cannot be told it does. */
  counts(request: Attributed): boolean;
  readonly accounts: Accounts;
}

/** In the table's order; then the allowances of providers and of models. */
export function metersOf(table: DecisionTable): readonly LedgerMeter[] {
  return [
    ...table.meters.map((meter) => meterOf(meter, table)),
    ...table.providers.flatMap((provider) =>
      allowancesOf(provider, ({ provider: name }) => name === provider.name, table.zone),
    ),
    ...table.models.flatMap((model) => allowancesOf(model, ({ name }) => name === model.name, table.zone)),
  ];
}

function meterOf(meter: Meter, table: DecisionTable): LedgerMeter {
  const { kind, name, per, on } = meter;
  const isCallers = kind === "limit" && on.length === 0 && !per.includes("model");
  return finished({
    kind,
    name,
    per,
    keys: per.map((key) => keyOf(key, table)),
    measures: measuresOf(meter, table.zone),
    alerts: kind === "budget" ? meter.alerts : [],
    spend: kind === "commit" ? meter.spend : 0,
    isCallers,
    isOwn: false,
    isPerKey: false,
    covers: (model) => !isCallers && (on.length === 0 || on.includes(model.name) || on.includes(model.provider)),
    counts: meter.for === undefined ? () => true : requestTest(meter.for, table),
  });
}

/** `model` is a name that no request declares. */
function keyOf(name: string, { attributes }: DecisionTable): number {
  if (name === "model") return MODEL;
  const index = attributes.findIndex((attribute) => attribute.name === name);
  if (index < 0) throw new Error(`a meter counts by \`${name}\`, which the table does not have`);
  return index;
}

function measuresOf(meter: Meter, zone: string): readonly Measure[] {
  if (meter.kind === "limit") return meter.allow.map((allowance) => measureOf(allowance, zone));
  const limit = meter.kind === "budget" ? meter.limit : Number.POSITIVE_INFINITY;
  return [{ unit: "dollars", limit, window: meter.window, windowAt: windowAt(meter.window, zone) }];
}

function measureOf({ unit, count, window }: Allowance, zone: string): Measure {
  return { unit, limit: count, window, windowAt: windowAt(window, zone) };
}

function allowancesOf(
  { name, allow = [] }: Provider | Model,
  covers: (model: Model) => boolean,
  zone: string,
): readonly LedgerMeter[] {
  return [false, true].flatMap((isPerKey) => {
    const own = allow.filter(({ per }) => (per === "key") === isPerKey);
    if (own.length === 0) return [];
    const measures = own.map((allowance) => measureOf(allowance, zone));
    const scheme = {
      kind: "limit" as const,
      name,
      per: isPerKey ? ["key"] : [],
      keys: isPerKey ? [KEY] : [],
      measures,
    };
    const nothing = { alerts: [], spend: 0, isCallers: false, isOwn: true };
    return [finished({ ...scheme, ...nothing, isPerKey, covers, counts: () => true })];
  });
}

function finished(meter: Omit<LedgerMeter, "accounts">): LedgerMeter {
  return Object.assign(meter, { accounts: new Accounts(meter) });
}

/** Whether a request is one of `requests`, by its values. */
function requestTest(requests: Requests, { attributes }: DecisionTable): (request: Attributed) => boolean {
  const entries = requests.map((accepts) =>
    Object.entries(accepts).map(([name, ranges]) => {
      const index = attributes.findIndex((attribute) => attribute.name === name);
      const find = lookup(attributes[index]?.domain as Domain);
      const accepted = (value: Value): boolean => {
        const region = regionOf(find, value);
        return ranges.some(([first, last]) => region >= first && region <= last);
      };
      return { index, accepted };
    }),
  );
  return (request) =>
    entries.some((tests) =>
      tests.every(({ index, accepted }) => {
        const value = request.attribute?.(index);
        return value === undefined || accepted(value);
      }),
    );
}
