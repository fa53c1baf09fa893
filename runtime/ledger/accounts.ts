/** A meter's counts: one account for each combination of its keys' values. */
import type { PlanRequest } from "../plan/index.ts";
import { type Allowance, type Meter, sha256, type Value, type Window } from "../table/index.ts";
import type { WindowAt } from "./calendar.ts";
import type { Counter, StoreWindow } from "./store.ts";

/** Accounts of a meter that are kept ready, at least: those used last. The others are made anew when they are needed. */
const KEPT_ACCOUNTS = 10_000;
/** A key's value that is longer stands in the counter's key as its hash. */
const LONGEST_VALUE = 64;

/** What values are read from. */
export type Attributed = Pick<PlanRequest, "attribute">;

/** Of a meter's keys, those that are no attribute of the request: the model that is called, and the provider's key. */
export const MODEL = -1;
export const KEY = -2;

/** What is added up. `dollars` are nano-dollars. */
export type Unit = Allowance["unit"] | "dollars";

/** One thing that a meter adds up: a limit has several. */
export interface Measure {
  readonly unit: Unit;
  /** Infinity of a commit. */
  readonly limit: number;
  readonly window: Window;
  readonly windowAt: WindowAt;
}

/** What accounts are of. */
export interface Scheme {
  readonly kind: Meter["kind"];
  /** The meter's own, or that of the provider or model whose allowance it is. */
  readonly name: string;
  /** Names of its keys. */
  readonly per: readonly string[];
  /** Where their values are: indices of attributes, `MODEL`, or `KEY`. */
  readonly keys: readonly number[];
  readonly measures: readonly Measure[];
  /** Percent, ascending. */
  readonly alerts: readonly number[];
}

/** The counts for one combination of values. */
export interface Account {
  readonly meter: Scheme;
  readonly values: readonly Value[];
  /** One for each of the meter's measures. */
  readonly tallies: Tally[];
}

type Node = Map<Value, Node> | Account;

/** Found by values alone, without a text being made of them; held in two generations, of which the elder is let go. */
export class Accounts {
  readonly #meter: Scheme;
  #young: Node | undefined;
  #old: Node | undefined;
  #count = 0;

  constructor(meter: Scheme) {
    this.#meter = meter;
  }

  /**
   * That of a request, and of the model called and the provider's key where there is one. A value that is not there is
   * the empty text.
   */
  of(request: Attributed, model = "", upstreamKey = ""): Account {
    const { keys } = this.#meter;
    const found = this.#find(this.#young, request, model, upstreamKey);
    if (found !== undefined) return found;
    const values = keys.map((key) => keyValue(key, request, model, upstreamKey));
    const account = this.#find(this.#old, request, model, upstreamKey) ?? accountOf(this.#meter, values);
    if (this.#count++ >= KEPT_ACCOUNTS) {
      this.#old = this.#young;
      this.#young = undefined;
      this.#count = 1;
    }
    this.#young = planted(this.#young, values, account);
    return account;
  }

  #find(root: Node | undefined, request: Attributed, model: string, upstreamKey: string): Account | undefined {
    const { keys } = this.#meter;
    let node = root;
    for (let at = 0; at < keys.length && node instanceof Map; at++)
      node = node.get(keyValue(keys[at] as number, request, model, upstreamKey));
    return node as Account | undefined;
  }
}

function keyValue(key: number, request: Attributed, model: string, upstreamKey: string): Value {
  if (key === MODEL) return model;
  return key === KEY ? upstreamKey : (request.attribute?.(key) ?? "");
}

function planted(root: Node | undefined, values: readonly Value[], account: Account): Node {
  const [value, ...rest] = values;
  if (value === undefined) return account;
  const node = root instanceof Map ? root : new Map<Value, Node>();
  return node.set(value, planted(node.get(value), rest, account));
}

function accountOf(meter: Scheme, values: readonly Value[]): Account {
  const keys = meter.per.map((name, at) => [name, textOf(values[at] as Value)]);
  // Their order is no part of what they say.
  keys.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  const account: Account = { meter, values, tallies: [] };
  for (const measure of meter.measures)
    account.tallies.push(
      new Tally(account, measure, JSON.stringify([meter.name, measure.unit, measure.window, ...keys.flat()])),
    );
  return account;
}

function textOf(value: Value): string {
  const text = String(value);
  return text.length > LONGEST_VALUE ? sha256(text) : text;
}

/** One sum, with what is known of it here. */
export class Tally {
  readonly account: Account;
  readonly measure: Measure;
  readonly #key: string;
  #counter: Counter | undefined;
  #total = 0;
  #totalAt = Number.NEGATIVE_INFINITY;
  /** How many alerts were told of, and until when that holds, in milliseconds since the epoch. */
  #told = 0;
  #toldUntil = 0;

  constructor(account: Account, measure: Measure, key: string) {
    this.account = account;
    this.measure = measure;
    this.#key = key;
  }

  /** The same object while its window lasts. */
  counter(now: number): Counter {
    const window = this.measure.windowAt(now);
    if (this.#counter?.window !== window) this.#counter = { key: this.#key, window };
    return this.#counter;
  }

  /** The store has told the sum. */
  learn(total: number, now: number): void {
    this.#total = total;
    this.#totalAt = now;
  }

  /** The sum as it was told last, if that was in the window of `now`; else 0. */
  known(now: number): number {
    return isWithin(this.measure.windowAt(now), this.#totalAt, now) ? this.#total : 0;
  }

  /** The share of the limit that `known` is. */
  share(now: number): number {
    return this.known(now) / this.measure.limit;
  }

  /** The meter's alerts that `spent` has reached and that were not told of in this window, in percent. */
  reached(spent: number, now: () => number): readonly number[] {
    const { alerts } = this.account.meter;
    // Mostly none is, and nobody has to look at the clock.
    if (!this.#isReached(spent, alerts[0])) return [];
    const time = now();
    if (time >= this.#toldUntil) this.#told = 0;
    const first = this.#told;
    while (this.#isReached(spent, alerts[this.#told])) this.#told++;
    const window = this.measure.windowAt(time);
    if (this.#told > first) this.#toldUntil = window.kind === "calendar" ? window.until : time + window.length;
    return alerts.slice(first, this.#told);
  }

  /** A limit of 0 has no shares. */
  #isReached(spent: number, percent: number | undefined): boolean {
    const { limit } = this.measure;
    return percent !== undefined && limit > 0 && spent / limit >= percent / 100;
  }
}

function isWithin(window: StoreWindow, time: number, now: number): boolean {
  return window.kind === "calendar" ? time >= window.from && time < window.until : time > now - window.length;
}
