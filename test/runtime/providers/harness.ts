/** Sends one call through a transport and writes down what is told, a line each. */
import type { Transport, UpstreamCall, UpstreamControl, UpstreamKey } from "../../../runtime/plan/index.ts";
import type { Model, Provider } from "../../../runtime/table/index.ts";

export interface Conversation {
  readonly told: string[];
  /** The status and header list that came. */
  status: number;
  headers: readonly string[];
  readonly chunks: Buffer[];
  readonly control: UpstreamControl;
  /** Settles when `end` or `fail` was told. */
  readonly over: Promise<void>;
  /** Settles when that line has been told. */
  heard(line: string): Promise<void>;
  text(): string;
}

export function converse(transport: Transport, setting: Partial<UpstreamCall> = {}, key?: UpstreamKey): Conversation {
  const told: string[] = [];
  const chunks: Buffer[] = [];
  const heard = new Map<string, PromiseWithResolvers<void>>();
  const { promise: over, resolve: finish } = Promise.withResolvers<void>();

  function tell(line: string): void {
    if (told.at(-1) !== line) told.push(line);
    hearing(line).resolve();
  }

  function hearing(line: string): PromiseWithResolvers<void> {
    const known = heard.get(line) ?? Promise.withResolvers<void>();
    heard.set(line, known);
    return known;
  }

  const conversation: Conversation = {
    told,
    status: 0,
    headers: [],
    chunks,
    control: transport.send(
      callOf(setting),
      {
        head(status, headers) {
          conversation.status = status;
          conversation.headers = headers.map(String);
          tell(`head ${status}`);
        },
        data(chunk) {
          chunks.push(chunk);
          tell("data");
        },
        end() {
          tell("end");
          finish();
        },
        fail(failure, detail, left) {
          tell(`fail ${failure} left=${left}: ${detail}`);
          finish();
        },
      },
      key,
    ),
    over,
    heard: (line) => hearing(line).promise,
    text: () => Buffer.concat(chunks).toString(),
  };
  return conversation;
}

const MODEL: Model = {
  name: "small",
  provider: "somebody",
  upstream: "gpt-small",
  context: 8_000,
  output: 1_000,
  price: { input: 1, output: 1 },
  can: [],
};

const PROVIDER: Provider = { name: "somebody", protocol: "openai" };

export function callOf(setting: Partial<UpstreamCall> = {}): UpstreamCall {
  return {
    provider: PROVIDER,
    model: MODEL,
    body: chatRequest(),
    stream: false,
    headers: [],
    ...setting,
  };
}

export function chatRequest(more: object = {}): Buffer {
  return Buffer.from(JSON.stringify({ model: "gpt-small", messages: [{ role: "user", content: "Hello?" }], ...more }));
}
