/** What every front end serves: the policy's answer to a request, whatever carried it here. */
import { type Doors, type LinkedRun, link, openLedger, systemClock, systemRandom } from "../plan/index.ts";
import { createTransport } from "../providers/index.ts";
import type { Policy, PolicyRoute } from "../table/index.ts";
import { type AttributeReaders, attributeReaders } from "./attributes.ts";
import { type Watched, watch } from "./body.ts";
import { errorBody, RequestError } from "./errors.ts";
import { type AnswerRecord, Exchange } from "./exchange.ts";
import { type Reply, sendJson } from "./reply.ts";

export interface GatewayOptions {
  /** Where the table's environment texts are looked up; `process.env` when not given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Doors to use in place of those of production. */
  readonly doors?: Partial<Doors>;
  /** Told of each chat completion request once it is over. Faults of routec's own go to standard error without it. */
  readonly log?: (record: AnswerRecord) => void;
}

/** A route with what is made once for it. */
export interface ServedRoute {
  readonly policy: PolicyRoute;
  /** By index of the rule. */
  readonly runs: readonly LinkedRun[];
  readonly labels: readonly string[];
}

export class Gateway {
  readonly doors: Doors;
  readonly attributes: AttributeReaders;
  readonly watched: Watched;
  /** The model names that clients may ask for, `*` left out. */
  readonly names: readonly string[];
  readonly log: ((record: AnswerRecord) => void) | undefined;
  readonly #policy: Policy;
  readonly #routes: ReadonlyMap<PolicyRoute, ServedRoute>;
  readonly #listed: ReadonlyMap<string, object>;
  /** A process's ids differ from another's by their first part. */
  readonly #idPrefix: string;
  #decisions = 0;

  constructor(policy: Policy, doors: Doors, log: ((record: AnswerRecord) => void) | undefined) {
    const { table, routes } = policy;
    const plans = link(table);
    this.#policy = policy;
    this.doors = doors;
    this.log = log;
    this.attributes = attributeReaders(table);
    this.watched = watch(this.attributes.watched);
    this.#routes = new Map(
      routes.map((route) => [
        route,
        {
          policy: route,
          runs: route.route.rules.map((_, rule) => plans.run(route.route, rule)),
          // A name may hold what a header may not.
          labels: route.route.rules.map((_, rule) => `${encodeURI(route.route.names[0] ?? "")}:${rule}`),
        },
      ]),
    );
    const now = doors.clock.now();
    const created = Math.floor(now / 1000);
    this.names = routes.flatMap((route) => route.route.names).filter((name) => name !== "*");
    this.#listed = new Map(this.names.map((id) => [id, { id, object: "model", created, owned_by: "routec" }]));
    this.#idPrefix = `${now.toString(36)}${Math.floor(doors.random.next() * 36 ** 4).toString(36)}-`;
  }

  /** Answers a chat completion request, whose body came in `pieces` of `length` bytes together. */
  chat(headers: readonly string[], pieces: readonly Buffer[], length: number, reply: Reply): Exchange {
    const exchange = new Exchange(this, headers, reply);
    exchange.answer(pieces, length);
    return exchange;
  }

  /** `GET /v1/models`. */
  models(reply: Reply): void {
    this.#json(reply, { object: "list", data: [...this.#listed.values()] });
  }

  /** `GET /v1/models/{id}`. */
  model(id: string, reply: Reply): void {
    const listed = this.#listed.get(id);
    if (listed === undefined) {
      this.refuse(new RequestError(404, `no route serves the model \`${id}\``, "model", "model_not_found"), reply);
    } else this.#json(reply, listed);
  }

  /** Answers a request that is not to be carried out. */
  refuse(error: RequestError, reply: Reply, more: readonly string[] = []): void {
    const headers = [...this.#head(), "x-should-retry", "false", ...more];
    sendJson(reply, error.status, headers, errorBody(error.status, error.message, error.param, error.code));
  }

  routeFor(model: string): ServedRoute | undefined {
    const route = this.#policy.routeFor(model);
    return route === undefined ? undefined : this.#routes.get(route);
  }

  nextId(): string {
    return this.#idPrefix + (this.#decisions++).toString(36);
  }

  get policyHash(): string {
    return this.#policy.table.hash;
  }

  #json(reply: Reply, value: object): void {
    sendJson(reply, 200, this.#head(), JSON.stringify(value));
  }

  #head(): string[] {
    return ["x-routec-decision", this.nextId(), "x-routec-policy", this.policyHash];
  }
}

/**
 * Opens the doors of production where `options` has none of its own. Throws what `createTransport` throws: unset
 * environment variables, unusable urls.
 */
export async function openGateway(policy: Policy, options: GatewayOptions = {}): Promise<Gateway> {
  const { env = process.env, doors = {}, log } = options;
  return new Gateway(
    policy,
    {
      clock: doors.clock ?? systemClock(),
      random: doors.random ?? systemRandom,
      ledger: doors.ledger ?? openLedger,
      transport: doors.transport ?? (await createTransport(policy.table, { env })),
    },
    log,
  );
}
