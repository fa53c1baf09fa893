/** The ledger of one simulated request: so much of each meter is used already, and nobody else uses any. */
import type { Ledger, Refusal, Reservation, UpstreamCall } from "../plan/index.ts";
import {
  type DecisionTable,
  lookup,
  type Meter,
  type Model,
  type Provider,
  type Requests,
  regionOf,
  type Value,
} from "../table/index.ts";

/** By index into `table.attributes`. */
export type Values = readonly (Value | undefined)[];

export interface RequestLedger extends Ledger {
  /** The limits of the caller, once before the first step: undefined where none is reached. */
  admit(): Refusal | undefined;
}

/** `used` is in percent, by meter; 0 when not given. */
export function requestLedger(table: DecisionTable, values: Values, used: ReadonlyMap<string, number>): RequestLedger {
  const covering = table.meters.filter((meter) => meter.for === undefined || accepts(table, meter.for, values));
  const share = ({ name }: Meter): number => used.get(name) ?? 0;
  const spent = new Map(
    covering.map((meter) => [meter, meter.kind === "budget" ? Math.round((meter.limit * share(meter)) / 100) : 0]),
  );

  function refusal(call: UpstreamCall, worst: number): Refusal | undefined {
    for (const meter of covering) {
      if (!covers(meter, call.provider, call.model)) continue;
      if (meter.kind === "budget" && worst > 0 && (spent.get(meter) ?? 0) + worst > meter.limit)
        return { failure: "over_budget", detail: `budget \`${meter.name}\` has no room for it` };
      if (meter.kind === "limit" && countsCalls(meter) && share(meter) >= 100)
        return { failure: "rate_limited", detail: `limit \`${meter.name}\` is reached` };
    }
    return undefined;
  }

  return {
    admit() {
      const reached = covering.find((meter) => meter.kind === "limit" && !countsCalls(meter) && share(meter) >= 100);
      return reached && { failure: "rate_limited", detail: `limit \`${reached.name}\` is reached` };
    },
    reserve(call, worst): Reservation | Refusal {
      const refused = refusal(call, worst);
      if (refused !== undefined) return refused;
      const budgets = covering.filter((meter) => meter.kind === "budget" && covers(meter, call.provider, call.model));
      const add = (amount: number): void => {
        for (const budget of budgets) spent.set(budget, (spent.get(budget) ?? 0) + amount);
      };
      add(worst);
      return { settle: ({ cost }) => add(cost - worst) };
    },
  };
}

/** Whether one of the entries accepts the values. */
export function accepts({ attributes }: DecisionTable, requests: Requests, values: Values): boolean {
  return requests.some((when) =>
    attributes.every(({ name, domain }, index) => {
      const ranges = Object.hasOwn(when, name) ? when[name] : undefined;
      const value = values[index];
      if (ranges === undefined) return true;
      if (domain === undefined || value === undefined) return false;
      const region = regionOf(lookup(domain), value);
      return ranges.some(([first, last]) => region >= first && region <= last);
    }),
  );
}

function covers({ on }: Meter, provider: Provider, model: Model): boolean {
  return on.length === 0 || on.includes(model.name) || on.includes(provider.name);
}

/** Whether a limit counts calls, and not what the caller asks for. */
function countsCalls({ on, per }: Meter): boolean {
  return on.length > 0 || per.includes("model");
}
