/** A ledger over the naive store, asked on behalf of requests that are no more than their values. */
import {
  type Alert,
  createLedger,
  type Excess,
  type LedgerOptions,
  type MeterLedger,
  type Store,
} from "../../../runtime/ledger/index.ts";
import type { PlanRequest, Refusal, Reservation, Tokens, UpstreamCall } from "../../../runtime/plan/index.ts";
import type {
  Allowance,
  Attribute,
  Budget,
  Commit,
  DecisionTable,
  Limit,
  Value,
} from "../../../runtime/table/index.ts";
import { type NaiveStore, naiveStore } from "../../support/naive-store.ts";
import { call, tableOf } from "../plan/harness.ts";

export const DOLLAR = 1_000_000_000;
/** A Wednesday. */
export const NOON = Date.UTC(2026, 3, 15, 12);
export const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

/** `budget name { per tenant  limit $10 per day }`, with what else is said. */
export function budget(limit: number, more: Partial<Budget> = {}): Budget {
  return { kind: "budget", name: "spending", per: ["tenant"], on: [], limit, window: "day", alerts: [], ...more };
}

/** `allow(60, "requests", "hour")`. */
export function allow(count: number, unit: Allowance["unit"], window: Allowance["window"]): Allowance {
  return { count, unit, window };
}

export function limit(allowances: readonly Allowance[], more: Partial<Limit> = {}): Limit {
  return { kind: "limit", name: "rate", per: ["tenant"], on: [], allow: [...allowances], ...more };
}

export function commit(spend: number, more: Partial<Commit> = {}): Commit {
  return { kind: "commit", name: "contract", per: [], on: [], spend, window: "day", ...more };
}

/** What requests say: `tenant` and `tier` as they come, then the state that tests ask for. */
const ATTRIBUTES: readonly Attribute[] = [
  { name: "tenant", type: { kind: "string" }, source: { from: "claim", at: "org" } },
  {
    name: "tier",
    type: { kind: "enum", members: ["free", "pro"] },
    source: { from: "claim", at: "tier" },
    domain: { kind: "members", regions: [["free"], ["pro"]] },
  },
];
/** `for tier == free`. */
export const FREE = [{ tier: [[0, 0]] as [number, number][] }];

export interface Setting extends Pick<LedgerOptions, "health"> {
  readonly zone?: string;
  readonly state?: readonly Attribute[];
  readonly table?: Partial<DecisionTable>;
  readonly store?: Store;
  readonly time?: number;
}

export interface Caller {
  readonly tenant?: string;
  readonly tier?: string;
}

interface Asked {
  readonly model?: string;
  readonly most?: Tokens;
  readonly keys?: readonly string[];
}

export interface Books {
  readonly ledger: MeterLedger;
  readonly store: NaiveStore;
  readonly alerts: Alert[];
  readonly excesses: Excess[];
  time: number;
  /** Reserves for a call of model `a`, or another; with keys of these ids, the first that has room. */
  reserve(worst: number, caller?: Caller, more?: Asked): Reservation | Refusal;
  /** Reserves, and settles at once. */
  spend(cost: number, caller?: Caller, more?: { model?: string }): "held" | Refusal["failure"];
  admit(promptTokens?: number, caller?: Caller): ReturnType<MeterLedger["admit"]>;
  /** The state attributes' values. */
  state(caller?: Caller): readonly (Value | undefined)[];
}

export function booksOf(meters: DecisionTable["meters"], setting: Setting = {}): Books {
  const { zone = "UTC", state = [], time = NOON, table: more } = setting;
  const table = { ...tableOf({ run: call("a") }), zone, attributes: [...ATTRIBUTES, ...state], meters, ...more };
  const naive = naiveStore();
  const alerts: Alert[] = [];
  const excesses: Excess[] = [];
  const books: Books = {
    ledger: createLedger(
      table,
      setting.store ?? naive,
      { now: () => books.time },
      {
        alert: (alert) => void alerts.push(alert),
        excess: (excess) => void excesses.push(excess),
        ...(setting.health && { health: setting.health }),
      },
    ),
    store: naive,
    alerts,
    excesses,
    time,
    reserve(worst, caller, { model: name = "a", most = { input: 100, output: 50 }, keys } = {}) {
      const model = table.models.find((each) => each.name === name);
      const provider = table.providers.find((each) => each.name === model?.provider);
      if (model === undefined || provider === undefined) throw new Error(`no model ${name}`);
      const upstream: UpstreamCall = { model, provider, body: Buffer.alloc(0), stream: false, headers: [] };
      return now(
        books.ledger.reserve(
          upstream,
          worst,
          requestOf(caller),
          most,
          keys?.map((id) => ({ id })),
        ),
      );
    },
    spend(cost, caller, more) {
      const got = books.reserve(cost, caller, more);
      if ("failure" in got) return got.failure;
      got.settle({ cost, input: 100, output: 50 });
      return "held";
    },
    admit: (promptTokens = 100, caller) => books.ledger.admit({ ...requestOf(caller), promptTokens }),
    state(caller = {}) {
      const values = [...valuesOf(caller), ...state.map(() => undefined)];
      const tests = values.map((_, index) => index);
      if (books.ledger.state(values, tests) !== undefined) throw new Error("the naive store takes no time");
      return values.slice(ATTRIBUTES.length);
    },
  };
  return books;
}

function valuesOf({ tenant = "acme", tier = "free" }: Caller = {}): readonly Value[] {
  return [tenant, tier];
}

export function requestOf(caller?: Caller): PlanRequest {
  const values = valuesOf(caller);
  return {
    bodyFor: () => Buffer.alloc(0),
    attribute: (index) => values[index],
    stream: false,
    needs: 0,
    promptTokens: 100,
    maxTokens: undefined,
    headers: [],
  };
}

/** What came without waiting. */
export function now<T extends object>(value: T | PromiseLike<T>): T {
  if ("then" in value) throw new Error("the naive store takes no time");
  return value;
}
