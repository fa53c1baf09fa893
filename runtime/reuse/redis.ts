/** Answers in Redis or Valkey, for all processes of an installation. */
import type { AnswerStore, KeptAnswer } from "./store.ts";

export interface RedisAnswersOptions {
  /** Such as `redis://localhost:6379`. */
  readonly url: string;
  /** The clock's `after`. */
  readonly after: (delay: number, callback: () => void) => { cancel(): void };
  /** Told in one sentence when Redis cannot be asked, or refuses what it is asked, once until it is otherwise. */
  readonly tell: (trouble: string) => void;
}

/** Milliseconds within which an answer must come from Redis: later than that, asking a model is no worse. */
const TIMEOUT = 50;
/** Milliseconds that it may then take before it is told of. */
const STALLED = 1_000;
/** Bytes of answers that Redis may not have taken yet: what comes beyond them is not kept. */
const MOST_UNTAKEN = 16 * 1024 * 1024;
const PREFIX = "routec:reuse:";

/** What is told of by itself: a Redis that is full takes no answer and gives one, and neither says that it cannot go away. */
type Trouble = "connection" | "get" | "set";

/** Redis is named, and the package that speaks to it is not installed. */
export class RedisMissingError extends Error {
  override readonly name = "RedisMissingError";
}

/**
 * Connects in the background: until then, and while Redis is away, there are no answers. Throws `RedisMissingError`, and
 * what the client throws for a url that is none.
 */
export async function redisAnswers({ url, after, tell }: RedisAnswersOptions): Promise<AnswerStore> {
  const { createClient, RESP_TYPES } = await import("@redis/client").catch(() => {
    throw new RedisMissingError("answers are to be kept in Redis, for which `@redis/client` must be installed");
  });
  const troubles = new Set<Trouble>();
  const trouble = (of: Trouble, reason: unknown): void => {
    if (!troubles.has(of)) tell(`Redis cannot be asked for earlier answers: ${reasonOf(reason)}`);
    troubles.add(of);
  };
  /** Commands that fail with the connection are told of as that. */
  const failed = (of: "get" | "set", error: unknown): void => {
    if (client.isReady) trouble(of, error);
  };
  // Commands fail at once while there is no connection, instead of waiting for one.
  const client = createClient({ url, disableOfflineQueue: true })
    .on("error", (error: unknown) => trouble("connection", error))
    .on("ready", () => troubles.delete("connection"));
  void client.connect().catch((error: unknown) => trouble("connection", error));
  const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  /** How many answers Redis owes that nobody waits for any more. */
  let late = 0;
  let untaken = 0;

  return {
    get(key) {
      // One that owes answers already would be asked for more and more of them.
      if (!client.isReady || late > 0) return undefined;
      const { promise, resolve } = Promise.withResolvers<KeptAnswer | undefined>();
      let isLate = false;
      let timer = after(TIMEOUT, () => {
        isLate = true;
        late++;
        resolve(undefined);
        timer = after(STALLED, () => trouble("get", `no answer in ${TIMEOUT + STALLED} ms`));
      });
      const done = (answer: KeptAnswer | undefined): void => {
        timer.cancel();
        if (isLate) late--;
        resolve(answer);
      };
      bytes.get(PREFIX + key).then(
        (found) => {
          troubles.delete("get");
          done(found === null ? undefined : decoded(found));
        },
        (error: unknown) => {
          failed("get", error);
          done(undefined);
        },
      );
      return promise;
    },
    put(key, answer, now) {
      const left = Math.ceil(answer.until - now);
      if (left <= 0 || !client.isReady || late > 0) return;
      const value = encoded(answer);
      if (untaken + value.length > MOST_UNTAKEN) return;
      untaken += value.length;
      client
        .set(PREFIX + key, value, { expiration: { type: "PX", value: left } })
        .then(
          () => troubles.delete("set"),
          (error: unknown) => failed("set", error),
        )
        .finally(() => {
          untaken -= value.length;
        });
    },
    async close() {
      if (client.isOpen) client.destroy();
    },
  };
}

/** An error of several attempts to connect, to an IPv4 and an IPv6 address, has a code and no message. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || String((error as NodeJS.ErrnoException).code ?? error.name);
}

/** The length of the head in four bytes, the head in JSON, the body. */
export function encoded({ body, ...head }: KeptAnswer): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, body]);
}

/** Undefined for what is no answer: others may write to the same Redis. */
export function decoded(bytes: Buffer): KeptAnswer | undefined {
  try {
    const start = 4 + bytes.readUInt32BE();
    const head = JSON.parse(bytes.toString("utf8", 4, start));
    const body = bytes.subarray(start);
    const { decision, model, from, until, headers, ends } = head;
    const isText = (each: unknown): boolean => typeof each === "string";
    const isOffset = (each: unknown): boolean => Number.isInteger(each) && Number(each) <= body.length;
    if (![decision, model].every(isText) || !headers.every(isText) || !ends.every(isOffset)) return undefined;
    if (!Number.isFinite(from) || !Number.isFinite(until)) return undefined;
    return { decision, model, from, until, headers, ends, body };
  } catch {
    return undefined;
  }
}
