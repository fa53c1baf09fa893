/** What every front end serves: the policy's answer to a request, whatever carried it here. */
import { type Authenticate, anonymous, type Caller } from "../auth/index.ts";
import { type Alert, createLedger, type Excess, type MeterLedger, type Store } from "../ledger/index.ts";
import { createMemoryStore } from "../ledger/stores/memory.ts";
import { type DecisionRecord, type Observer, ruleLabel } from "../observe/observer.ts";
import { observers } from "../observe/observers.ts";
import {
  type Doors,
  type LinkedPlans,
  type LinkedRun,
  link,
  openLedger,
  systemClock,
  systemRandom,
} from "../plan/index.ts";
import { createTransport } from "../providers/index.ts";
import { type AnswerStore, memoryAnswers } from "../reuse/index.ts";
import { type SignalModules, type SignalRunner, signalRunner } from "../signals/index.ts";
import type { Policy, PolicyRoute } from "../table/index.ts";
import { type AskedAt, type AttributeReaders, attributeReaders } from "./attributes.ts";
import { type RequestBody, readBody, readEmbeddings, type Watched, watch } from "./body.ts";
import { count } from "./counting.ts";
import { errorBody, RequestError } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import { InboundReply } from "./inbound.ts";
import { listedModel, listedModels } from "./listing.ts";
import type { Endpoint } from "./paths.ts";
import { type Reply, sendJson } from "./reply.ts";
import { type Visibility, visibility } from "./visible.ts";

export interface GatewayOptions {
  /** Where the table's environment texts are looked up; `process.env` when not given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Doors to use in place of those of production. A ledger of its own takes the place of the policy's budgets and limits. */
  readonly doors?: Partial<Doors>;
  /** Who calls; without it everybody may, and claims are empty. */
  readonly authenticate?: Authenticate;
  /** Where meters are counted; in this process's memory when not given. It is not closed with the gateway. */
  readonly store?: Store;
  /** Where answers are kept for routes that say `reuse`; in this process's memory when not given. Not closed either. */
  readonly answers?: AnswerStore;
  /** The functions of `module` signals, by the file that the policy names. */
  readonly modules?: SignalModules;
  /** Whether calls may go to private addresses that the policy does not name. */
  readonly privateAddresses?: boolean;
  /** Told of each chat completion request once it is over. Faults of routec's own go to standard error without it. */
  readonly log?: (record: DecisionRecord) => void;
  /** Who else hears of requests to this policy. */
  readonly observe?: (policy: Policy) => Observer | undefined;
  /** Whether records have the texts of requests in them. */
  readonly texts?: boolean;
  /** Told when a budget has reached a share that its `alert` names. */
  readonly alert?: (alert: Alert) => void;
  /** Told of a call that came to more than its bound allows. */
  readonly excess?: (excess: Excess) => void;
}

/** A route with what is made once for it. */
export interface ServedRoute {
  readonly policy: PolicyRoute;
  readonly name: string;
  /** By index of the rule. */
  readonly runs: readonly LinkedRun[];
  readonly labels: readonly string[];
  /** Milliseconds for which an answer may be given again, and the attributes that say to whom; none: to the same caller. */
  readonly reuse: { readonly lifetime: number; readonly per: readonly number[] } | undefined;
}

/** Bytes of answers that are kept for `reuse` where no store is given. */
const ANSWER_MEMORY = 64 * 1024 * 1024;

interface Opened {
  readonly policy: Policy;
  readonly plans: LinkedPlans;
  readonly doors: Doors;
  readonly ledger: MeterLedger | undefined;
  readonly signals: SignalRunner | undefined;
  readonly answers: AnswerStore | undefined;
  readonly observer: Observer | undefined;
}

export class Gateway {
  readonly doors: Doors;
  /** Undefined where the policy has no meters. */
  readonly ledger: MeterLedger | undefined;
  readonly signals: SignalRunner | undefined;
  readonly answers: AnswerStore | undefined;
  readonly observer: Observer | undefined;
  readonly attributes: AttributeReaders;
  readonly watched: Watched;
  readonly authenticate: Authenticate;
  readonly texts: boolean;
  readonly policy: Policy;
  readonly #mayCall: Visibility | undefined;
  readonly #routes: ReadonlyMap<PolicyRoute, ServedRoute>;
  readonly #created: number;
  /** A process's ids differ from another's by their first part. */
  readonly #idPrefix: string;
  #decisions = 0;

  constructor({ policy, plans, doors, ledger, signals, answers, observer }: Opened, options: GatewayOptions) {
    const { table, routes } = policy;
    this.policy = policy;
    this.doors = doors;
    this.ledger = ledger;
    this.signals = signals;
    this.answers = answers;
    this.observer = observer;
    this.authenticate = options.authenticate ?? anonymous;
    this.texts = options.texts ?? false;
    this.attributes = attributeReaders(table);
    this.watched = watch([...this.attributes.watched, "stream_options"]);
    this.#mayCall = routes.some(({ route }) => route.for !== undefined) ? visibility(table, routes) : undefined;
    this.#routes = new Map(routes.map((route) => [route, served(route, policy, plans)]));
    const now = doors.clock.now();
    this.#created = Math.floor(now / 1000);
    this.#idPrefix = `${now.toString(36)}${Math.floor(doors.random.next() * 36 ** 4).toString(36)}-`;
  }

  /** Where answers to requests at `endpoint` go: in the dialect that is spoken there. */
  replyAt({ kind }: Endpoint, reply: Reply): Reply {
    const dialect = kind === "count_tokens" ? "messages" : kind;
    if (dialect !== "messages" && dialect !== "responses") return reply;
    return new InboundReply(dialect, reply, () => this.doors.clock.now());
  }

  /**
   * Answers a request of `caller`, whose body came in `pieces` of `length` bytes together. `reply` is as `replyAt` gives
   * it. Undefined where the request is answered already.
   */
  ask(
    { kind }: Endpoint,
    caller: Caller,
    headers: readonly string[],
    pieces: readonly Buffer[],
    length: number,
    reply: Reply,
  ): Exchange | undefined {
    if (!(reply instanceof InboundReply)) {
      const asked = kind === "embeddings" ? kind : "chat";
      const read = asked === "chat" ? readBody : readEmbeddings;
      return this.#exchange(caller, headers, reply, asked, () => read(pieces, length, this.watched));
    }
    try {
      if (kind === "count_tokens") {
        count(this, { caller, headers, pieces, length }, reply.own, this.#head());
        return undefined;
      }
      const endpoint = kind === "responses" ? "responses" : "messages";
      return this.#exchange(caller, headers, reply, endpoint, () => reply.read(pieces, length));
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.refuse(error, reply);
      return undefined;
    }
  }

  #exchange(
    caller: Caller,
    headers: readonly string[],
    reply: Reply,
    endpoint: AskedAt,
    read: () => RequestBody,
  ): Exchange {
    const exchange = new Exchange(this, caller, headers, reply, endpoint);
    exchange.answer(read);
    return exchange;
  }

  /** `GET /v1/models`. */
  models(caller: Caller, headers: readonly string[], reply: Reply): void {
    this.#json(reply, listedModels(this.namesFor(caller, headers), this.#created, headers));
  }

  /** `GET /v1/models/{id}`. */
  model(id: string, caller: Caller, headers: readonly string[], reply: Reply): void {
    if (this.namesFor(caller, headers).includes(id)) this.#json(reply, listedModel(id, this.#created, headers));
    else this.refuse(new RequestError(404, `no route serves the model \`${id}\``, "model", "model_not_found"), reply);
  }

  /** Answers a request that is not to be carried out. */
  refuse(error: RequestError, reply: Reply, more: readonly string[] = []): void {
    const headers = [...this.#head(), "x-should-retry", "false", ...more];
    sendJson(reply, error.status, headers, errorBody(error.status, error.message, error.param, error.code));
  }

  /** The route that serves `model` to this caller. */
  routeFor(model: string, caller: Caller, headers: readonly string[]): ServedRoute | undefined {
    const route = this.policy.routeFor(model);
    if (route === undefined) return undefined;
    const hidden = this.#mayCall !== undefined && !this.#mayCall(route, this.#callerValues(caller, headers));
    return hidden ? undefined : this.#routes.get(route);
  }

  /** The model names that the caller may ask for, `*` left out. */
  namesFor(caller: Caller, headers: readonly string[]): readonly string[] {
    const values = this.#mayCall && this.#callerValues(caller, headers);
    const routes = this.policy.routes.filter((route) => values === undefined || this.#mayCall?.(route, values));
    return routes.flatMap(({ route }) => route.names).filter((name) => name !== "*");
  }

  nextId(): string {
    return this.#idPrefix + (this.#decisions++).toString(36);
  }

  get policyHash(): string {
    return this.policy.table.hash;
  }

  /** Lets go of connections; calls under way may finish first. */
  async close(): Promise<void> {
    await Promise.all([this.doors.transport.close(), this.signals?.close()]);
  }

  #callerValues({ claims }: Caller, headers: readonly string[]): ReturnType<AttributeReaders["caller"]> {
    return this.attributes.caller({ headers, claims });
  }

  #json(reply: Reply, value: object): void {
    sendJson(reply, 200, this.#head(), JSON.stringify(value));
  }

  #head(): string[] {
    return ["x-routec-decision", this.nextId(), "x-routec-policy", this.policyHash];
  }
}

function served(policy: PolicyRoute, { table }: Policy, plans: LinkedPlans): ServedRoute {
  const { route } = policy;
  const [name = ""] = route.names;
  const index = (attribute: string): number => table.attributes.findIndex((each) => each.name === attribute);
  return {
    policy,
    name,
    runs: route.rules.map((_, rule) => plans.run(route, rule)),
    labels: route.rules.map((_, rule) => ruleLabel(name, rule)),
    reuse: route.reuse && { lifetime: route.reuse.for, per: route.reuse.per.map(index) },
  };
}

/**
 * Opens the doors of production where `options` has none of its own. Throws `UnservedError` and `LinkError`, what
 * `createTransport` throws (unset environment variables, unusable urls), and `SignalError`.
 */
export async function openGateway(policy: Policy, options: GatewayOptions = {}): Promise<Gateway> {
  const { env = process.env, doors: given = {}, privateAddresses = false } = options;
  const { table } = policy;
  const plans = link(table);
  const clock = given.clock ?? systemClock();
  const ledger = hasMeters(policy)
    ? createLedger(table, options.store ?? createMemoryStore(), clock, {
        ...(options.alert && { alert: options.alert }),
        ...(options.excess && { excess: options.excess }),
        health: plans.health,
      })
    : undefined;
  const transport = given.transport ?? (await createTransport(table, { env, clock, privateAddresses }));
  const doors = {
    clock,
    random: given.random ?? systemRandom,
    transport,
    ledger: given.ledger ?? ledger ?? openLedger,
  };
  const { modules = {} } = options;
  const signals = table.signals.length === 0 ? undefined : await signalRunner(table, { doors, plans, modules });
  const reuses = table.routes.some(({ reuse }) => reuse !== undefined);
  return new Gateway(
    {
      policy,
      plans,
      doors,
      ledger,
      signals,
      answers: reuses ? (options.answers ?? memoryAnswers(ANSWER_MEMORY)) : undefined,
      observer: observers(watchers(policy, options)),
    },
    options,
  );
}

/** Whether anything is to be counted: meters, `allow` of models and providers, or state that rules read. */
function hasMeters({ table }: Policy): boolean {
  const { meters, models, providers, attributes } = table;
  return (
    meters.length > 0 ||
    [...models, ...providers].some(({ allow }) => allow !== undefined) ||
    attributes.some(({ source }) => source.from === "state")
  );
}

function watchers(policy: Policy, { log, observe }: GatewayOptions): readonly Observer[] {
  const observer = observe?.(policy);
  return [...(log === undefined ? [] : [{ over: log }]), ...(observer === undefined ? [] : [observer])];
}
