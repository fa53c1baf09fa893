/**
 * Counters in Redis or Valkey, shared by machines.
 *
 * The server's time counts. A calendar window is accepted while the server's time lies in it, and up to `skew` before and
 * after: a machine whose clock is wrong by more is refused, so that nobody spends a window that has not begun. What is
 * held and never settled stays counted; an answer that does not come in time counts as no answer, and what it may have
 * held as held. The server must keep its data through a restart (`appendonly yes`): what it forgets can be spent again.
 */
import type { Counter, Denied, Held, Hold, Store } from "../store.ts";
import { identify, markOf } from "./identity.ts";
import { createLoan } from "./redis-loan.ts";
import { READ, RESERVE, type Script, SETTLE } from "./redis-scripts.ts";
import { StoreError } from "./store-error.ts";

export interface RedisOptions {
  /** `redis://` or `rediss://`, with user and password where there are any. */
  readonly url: string;
  /** Tells ledgers apart that share a server; `default` unless told. */
  readonly name?: string;
  /** How long the server may take to answer, in milliseconds; 500 unless told. */
  readonly timeout?: number;
  /** By how much a machine's clock may differ from the server's, in milliseconds; 1,000 unless told. */
  readonly skew?: number;
  /**
   * While the server is away: `closed` refuses all that costs anything; a share, from 0 to 1, lets this store hold that
   * much of each limit in each window, all outages of the window together, and counts it when the server is back.
   */
  readonly whenAway?: "closed" | { readonly open: number };
  /** Whose time counts; `caller` is for tests in virtual time. */
  readonly time?: "server" | "caller";
  /** Told of what an operator must know. */
  readonly report?: (message: string) => void;
}

/** Settlements that wait for the server to come back. What more there is stays counted in full. */
const WAITING = 10_000;
/** Milliseconds between attempts to hand over what waits. */
const RETRY = 1_000;
/** Adds nothing, but is written. */
const PROBE: Hold = { counter: { key: "probe", window: { kind: "sliding", length: 60_000 } }, amount: 0, limit: 0 };
const AWAY = "the ledger's redis cannot be asked";

/** The server may be away then. Throws where `@redis/client` is not installed, or the address is none. */
export async function createRedisStore(options: RedisOptions): Promise<Store> {
  const { name = "default", timeout = 500, skew = 1_000, whenAway = "closed", report = () => {} } = options;
  const client = await connect(options);
  const loan = whenAway === "closed" ? undefined : createLoan(whenAway.open);
  const keys = new WeakMap<Counter, string>();
  const waiting = new Set<() => Promise<unknown>>();
  let dropped = 0;
  let isAway = false;
  let isReturning = false;
  let next: NodeJS.Timeout | undefined;

  if (!client.isReady) goneAway();
  client.on("ready", () => void comeBack());

  function keyOf(counter: Counter): string {
    const known = keys.get(counter);
    if (known !== undefined) return known;
    const key = `routec:{${name}}:${Buffer.from(identify(counter).buffer).toString("hex")}`;
    keys.set(counter, key);
    return key;
  }

  /** Runs a script; rejects when there is no answer in time. */
  async function run({ sha, text }: Script, counters: readonly Counter[], args: readonly string[]): Promise<string[]> {
    const call = { keys: counters.map(keyOf), arguments: [...args] };
    const answer = client.evalSha(sha, call).catch((error: Error) => {
      if (error.message.startsWith("NOSCRIPT")) return client.eval(text, call);
      throw error;
    });
    return (await within(answer, timeout)) as string[];
  }

  function noteAway(error: unknown): string {
    const detail = `${AWAY}: ${(error as Error).message}`;
    if (!isAway) {
      report(detail);
      goneAway();
    }
    return detail;
  }

  function goneAway(): void {
    isAway = true;
    next = setTimeout(comeBack, RETRY).unref();
  }

  /**
   * Back is a server that has taken all that waited for it; until then it is asked again and again. That it answers is not
   * enough: one that is full, or reads its data from disk, lets itself be read and takes nothing.
   */
  async function comeBack(): Promise<void> {
    if (!isAway || isReturning) return;
    clearTimeout(next);
    isReturning = true;
    try {
      await ask([PROBE], Date.now());
      for (const send of waiting) await send();
      await loan?.repay(ask);
      isAway = false;
      report("the ledger's redis is back");
      if (dropped > 0) report(`${dropped} settlements could not wait for the ledger's redis: they are counted in full`);
      dropped = 0;
    } catch {
      if (client.isOpen) next = setTimeout(comeBack, RETRY).unref();
    }
    isReturning = false;
  }

  function time(now: number): string {
    return options.time === "caller" ? String(now) : "";
  }

  async function ask(holds: readonly Hold[], now: number): Promise<Held | Denied> {
    const counters = holds.map(({ counter }) => counter);
    const args = holds.flatMap(({ counter: { window }, amount, limit }) => [
      ...(window.kind === "calendar"
        ? ["c", String(window.from), String(window.until)]
        : ["s", String(window.length), "0"]),
      String(amount),
      limit <= Number.MAX_SAFE_INTEGER ? String(Math.floor(limit)) : "",
    ]);
    const [kind, ...rest] = await run(RESERVE, counters, [time(now), String(skew), ...args]);
    if (kind === "held") {
      const places = holds.map((_, index) => rest.slice(index * 3 + 1, index * 3 + 3) as [string, string]);
      return {
        kind,
        totals: holds.map((_, index) => Number(rest[index * 3])),
        settle: (actual) => settle(holds, places, actual, now),
      };
    }
    const index = Number(rest[0]);
    if (kind === "denied") return { kind, index, retryAt: rest[1] === "" ? undefined : Number(rest[1]) };
    const ahead = now - Number(rest[1]);
    const { window } = counters[index] as Counter;
    const detail = `this machine's clock is ${Math.abs(ahead)} ms ${ahead > 0 ? "ahead of" : "behind"} the one of the ledger's redis`;
    const retryAt = window.kind === "sliding" ? undefined : ahead > 0 ? window.from + ahead : window.until;
    return { kind: "denied", index, retryAt, detail };
  }

  async function settle(
    holds: readonly Hold[],
    places: readonly [bucket: string, turn: string][],
    actual: readonly number[],
    now: number,
  ): Promise<readonly number[]> {
    const counters = holds.map(({ counter }) => counter);
    const differences = holds.map(({ amount }, index) => (actual[index] as number) - amount);
    const args = counters.flatMap((counter, index) => [
      counter.window.kind === "calendar" ? "c" : String(counter.window.length),
      ...(places[index] as [string, string]),
      String(differences[index]),
    ]);
    const send = async (): Promise<readonly number[]> => {
      waiting.delete(send);
      const wasReady = client.isReady;
      try {
        return (await run(SETTLE, counters, [time(now), ...args])).map(Number);
      } catch (error) {
        // Whether it arrived is not known when the server was there: twice must not give back what was spent.
        const mayRepeat = !wasReady || differences.every((difference) => difference >= 0);
        if (mayRepeat && waiting.size < WAITING) waiting.add(send);
        else dropped++;
        throw error;
      }
    };
    return send().catch((error: unknown) => {
      noteAway(error);
      return actual;
    });
  }

  async function reserve(holds: readonly Hold[], now: number): Promise<Held | Denied> {
    try {
      return await ask(holds, now);
    } catch (error) {
      const detail = noteAway(error);
      return loan?.reserve(holds, now) ?? { kind: "denied", index: 0, retryAt: undefined, away: true, detail };
    }
  }

  return {
    reserve,
    async read(counters, now) {
      const kinds = counters.map(({ window }) => (window.kind === "calendar" ? "c" : String(window.length)));
      try {
        return (await run(READ, counters, [time(now), ...kinds])).map(Number);
      } catch (error) {
        throw new Error(noteAway(error));
      }
    },
    async first(counter, mark, now) {
      try {
        return (await ask([{ counter: markOf(counter, mark), amount: 1, limit: 1 }], now)).kind === "held";
      } catch (error) {
        noteAway(error);
        // Better told twice than never.
        return true;
      }
    },
    async close() {
      clearTimeout(next);
      if (client.isReady) await client.close();
      else client.destroy();
    },
  };
}

/** Rejects when `answer` takes longer than `timeout` milliseconds. */
async function within<T>(answer: Promise<T>, timeout: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer in ${timeout} ms`)), timeout);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function connect({ url, timeout = 500, report = () => {} }: RedisOptions) {
  const { createClient } = await import("@redis/client").catch(() => {
    throw new StoreError(
      "a ledger in redis needs the package `@redis/client`, which is not installed: `npm install @redis/client`",
    );
  });
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: timeout, reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 2_000) },
  });
  client.on("error", () => {
    // What it means for a call is told where the call fails.
  });
  const connected = client.connect();
  await within(connected, timeout).catch((error: Error) => report(`${AWAY}: ${error.message}`));
  connected.catch(() => {});
  return client;
}
