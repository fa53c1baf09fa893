/** A proxy on a loopback port over fake providers, and what tests ask it. */
import { connect } from "node:net";
import { onTestFinished } from "vitest";
import { createProxy, type DecisionRecord, type Policy, type ProxyOptions } from "../../../runtime/index.ts";
import type { Transport, UpstreamControl, UpstreamEvents } from "../../../runtime/plan/index.ts";
import { type FakeProvider, fakeProvider } from "../../support/fake-provider.ts";
import { call, model, orElse, policy, provider, type TableSpec } from "../../support/table.ts";

export interface Served {
  readonly proxy: Awaited<ReturnType<typeof createProxy>>;
  /** Such as `http://127.0.0.1:1234`. */
  readonly url: string;
  readonly port: number;
  /** What was logged so far. */
  readonly log: readonly DecisionRecord[];
  /** Waits for the next record of a request that is over. */
  logged(): Promise<DecisionRecord>;
}

/** Serves a policy until the test is over. */
export async function serve(served: Policy, options: ProxyOptions = {}): Promise<Served> {
  const log: DecisionRecord[] = [];
  const waiting: ((record: DecisionRecord) => void)[] = [];
  const proxy = await createProxy(served, {
    env: {},
    log: (record) => {
      log.push(record);
      for (const tell of waiting.splice(0)) tell(record);
    },
    ...options,
  });
  const { port } = await proxy.listen({ port: 0 });
  onTestFinished(() => proxy.close());
  const logged = (): Promise<DecisionRecord> => new Promise((tell) => waiting.push(tell));
  return { proxy, url: `http://127.0.0.1:${port}`, port, log, logged };
}

export async function provided(): Promise<FakeProvider> {
  const fake = await fakeProvider();
  onTestFinished(() => fake.close());
  return fake;
}

export const KEY = "sk-very-secret";

/** `chat` asks `first`, and `second` where that fails; `policy.single` asks `first` alone. */
export function firstElseSecond(firstUrl: string, secondUrl: string, more: Partial<TableSpec> = {}): Policy {
  return policy({
    providers: [provider("one", firstUrl, [KEY]), provider("two", secondUrl, [KEY])],
    models: [model("first", "one"), model("second", "two")],
    routes: [
      { names: ["chat"], rules: [orElse(call("first", 300), call("second"))] },
      { names: ["single"], rules: [call("first", 300)] },
    ],
    ...more,
  });
}

/** A policy with one model, whose provider is at `url`. */
export function onlyFirst(url: string, more: Partial<TableSpec> = {}): Policy {
  return firstElseSecond(url, url, { routes: [{ names: ["chat"], rules: [call("first")] }], ...more });
}

export const chatBody = (more: object = {}): object => ({
  model: "chat",
  messages: [{ role: "user", content: "Hello" }],
  ...more,
});

/** Posts a chat completion request. */
export function ask(url: string, body: unknown = chatBody(), headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** Sends bytes as they are and gives all that comes back until the connection is closed. */
export function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.setEncoding("utf8");
    socket.on("data", (piece) => {
      text += piece;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
}

export interface ErrorAnswer {
  readonly status: number;
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

/** The status and the error of an error answer. */
export async function errorOf(response: Response): Promise<ErrorAnswer> {
  const { error } = (await response.json()) as Pick<ErrorAnswer, "error">;
  return { status: response.status, error };
}

export interface Burst {
  readonly transport: Transport;
  /** All that it streams. */
  readonly text: string;
  pauses: number;
}

/** A provider that streams `count` times `piece` as fast as it is let, and counts how often it is told to pause. */
export function burst(piece: string, count: number): Burst {
  const pieces = [...Array.from({ length: count }, () => piece), "data: [DONE]\n\n"];
  const state = { pauses: 0, text: pieces.join(""), transport: { send, close: async (): Promise<void> => {} } };

  function send(_call: unknown, events: UpstreamEvents): UpstreamControl {
    let sent = 0;
    let paused = false;
    const flow = (): void => {
      while (!paused && sent < pieces.length) events.data(Buffer.from(pieces[sent++] ?? ""));
      if (!paused) events.end();
    };
    setImmediate(() => {
      events.head(200, ["content-type", "text/event-stream"]);
      flow();
    });
    return {
      abort: () => {},
      pause() {
        paused = true;
        state.pauses++;
      },
      resume() {
        paused = false;
        setImmediate(flow);
      },
    };
  }
  return state;
}
