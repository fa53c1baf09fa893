/** A simulated network as the AI SDK's packages meet it: in place of undici's agent, so that all of the bridge is real. */
import type { Dispatcher } from "undici";
import type { RawHeaders, UpstreamControl, UpstreamEvents } from "../../plan/doors.ts";
import { member, parse, text } from "../../plan/json.ts";
import type { Failure } from "../../table/index.ts";
import type { Dialect, Network } from "./network.ts";
import type { Request } from "./shapes.ts";

/** The dialects that are spoken over the bridge. */
export type Bridged = Extract<Dialect, "gemini" | "bedrock" | "cohere">;

/** What a path and a body ask for; undefined where that is no answer of a chat. */
type Reader = (path: string, body: Buffer) => Pick<Request, "model" | "stream"> | undefined;

const READERS: Readonly<Record<Bridged, Reader>> = {
  gemini(path) {
    const [, model, method] = /\/models\/([^:]+):(streamGenerateContent|generateContent)\b/.exec(path) ?? [];
    return model === undefined ? undefined : { model, stream: method === "streamGenerateContent" };
  },
  bedrock(path) {
    const [, model, stream] = /\/model\/([^/]+)\/converse(-stream)?$/.exec(path) ?? [];
    return model === undefined ? undefined : { model: decodeURIComponent(model), stream: stream !== undefined };
  },
  cohere(path, body) {
    const asked = parse(body.toString());
    if (!path.endsWith("/chat")) return undefined;
    return { model: text(member(asked, "model")), stream: member(asked, "stream") === true };
  },
};

export function simulatedAgent(dialect: Bridged, network: Network): Pick<Dispatcher, "dispatch" | "close"> {
  return {
    dispatch({ path, body: given }, handler) {
      const body = Buffer.from(typeof given === "string" || given instanceof Uint8Array ? given : "");
      const asked = READERS[dialect](path, body);
      const call = new Exchange(handler);
      if (network.connects) handler.onRequestStart?.(call, undefined);
      call.control =
        asked === undefined
          ? network.call({ endpoint: "embeddings", model: "", stream: false, body }, call)
          : network.call({ endpoint: "answers", ...asked, body }, call);
      return true;
    },
    close: () => Promise.resolve(),
  };
}

/** One exchange: undici's controller on one side, events of the network on the other. */
class Exchange implements Dispatcher.DispatchController, UpstreamEvents {
  readonly #handler: Dispatcher.DispatchHandler;
  control: UpstreamControl | undefined;
  aborted = false;
  paused = false;
  reason: Error | null = null;

  constructor(handler: Dispatcher.DispatchHandler) {
    this.#handler = handler;
  }

  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.control?.abort();
    this.#handler.onResponseError?.(this, reason);
  }

  pause(): void {
    this.paused = true;
    this.control?.pause();
  }

  resume(): void {
    this.paused = false;
    this.control?.resume();
  }

  head(status: number, headers: RawHeaders): void {
    const parsed = Object.fromEntries(
      headers.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), headers[at + 1]]] : [])),
    );
    this.#handler.onResponseStart?.(this, status, parsed);
  }

  data(chunk: Buffer): void {
    this.#handler.onResponseData?.(this, chunk);
  }

  end(): void {
    this.#handler.onResponseEnd?.(this, {});
  }

  fail(_failure: Failure, detail: string): void {
    this.#handler.onResponseError?.(this, new Error(detail));
  }
}
