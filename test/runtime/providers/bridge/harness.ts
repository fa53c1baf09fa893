/** Providers that are reached over the AI SDK, as fakes on a loopback port that speak the dialect of each. */
import { crc32 } from "node:zlib";
import type { Transport, UpstreamCall, UpstreamKey } from "../../../../runtime/plan/index.ts";
import { createTransport, type TransportOptions } from "../../../../runtime/providers/index.ts";
import type { Model, Provider } from "../../../../runtime/table/index.ts";
import {
  type ArrivedRequest,
  type Behaviour,
  type FakeProvider,
  fakeProvider,
} from "../../../support/fake-provider.ts";
import { call, tableOf } from "../../plan/harness.ts";
import { type Conversation, chatRequest, converse } from "../harness.ts";

export type Dialect = "gemini" | "vertex" | "bedrock" | "cohere";

/** What a provider of each states besides its address. */
export const FACTS: Readonly<Record<Dialect, Partial<Provider>>> = {
  gemini: { keys: ["k"] },
  vertex: { region: "europe-west4", project: "p", credentials: "{}" },
  bedrock: { keys: ["k"], region: "eu-central-1" },
  cohere: { keys: ["k"] },
};

export const UPSTREAM: Readonly<Record<Dialect, string>> = {
  gemini: "gemini-3-pro-preview",
  vertex: "gemini-3-pro-preview",
  bedrock: "anthropic.claude-haiku-4-5-20251001-v1:0",
  cohere: "command-a-03-2025",
};

export interface Bridged {
  readonly fake: FakeProvider;
  readonly transport: Transport;
  readonly model: Model;
  /** Sends one request, and waits for its end. */
  ask(request?: object, more?: Partial<UpstreamCall>): Promise<Conversation>;
  begin(request?: object, more?: Partial<UpstreamCall>, key?: UpstreamKey): Conversation;
  sent(index?: number): ArrivedRequest;
  close(): Promise<void>;
}

export async function bridged(
  dialect: Dialect,
  facts: Partial<Provider> = {},
  options: Partial<TransportOptions> = {},
): Promise<Bridged> {
  const fake = await fakeProvider();
  const declared = { protocol: dialect, url: new URL(fake.url).origin, ...FACTS[dialect], ...facts };
  const table = tableOf({ run: call("a"), provider: declared, models: { a: { upstream: UPSTREAM[dialect] } } });
  const [provider] = table.providers;
  const model = table.models.find(({ name }) => name === "a");
  if (provider === undefined || model === undefined) throw new Error("the table lacks what it was given");
  const transport = await createTransport(table, { env: {}, ...options });
  const begin: Bridged["begin"] = (request = {}, more = {}, key) =>
    converse(transport, { provider, model, body: chatRequest(request), ...more }, key);
  return {
    fake,
    transport,
    model,
    begin,
    async ask(request, more) {
      const conversation = begin(request, more);
      await conversation.over;
      return conversation;
    },
    sent(index = 0) {
      const request = fake.requests[index];
      if (request === undefined) throw new Error(`there were ${fake.requests.length} requests`);
      return request;
    },
    async close() {
      await transport.close();
      await fake.close();
    },
  };
}

/** Events as a provider of the dialect frames them. */
export function streamed(dialect: Dialect, events: readonly string[]): Behaviour {
  return (_request, response) => {
    const type = dialect === "bedrock" ? "application/vnd.amazon.eventstream" : "text/event-stream";
    response.writeHead(200, { "content-type": type });
    for (const event of events) response.write(framed(dialect, event));
    response.end();
  };
}

export function framed(dialect: Dialect, event: string): Buffer {
  const value: Record<string, unknown> = JSON.parse(event);
  if (dialect === "bedrock") {
    const [[kind, payload] = ["", {}]] = Object.entries(value);
    return eventMessage(kind, JSON.stringify(payload));
  }
  const name = dialect === "cohere" ? `event: ${value.type}\n` : "";
  return Buffer.from(`${name}data: ${event}\n\n`);
}

/** A message of `application/vnd.amazon.eventstream` (docs.aws.amazon.com, "Event stream encoding"). */
export function eventMessage(kind: string, payload: string): Buffer {
  const type = kind.endsWith("Exception") ? "exception" : "event";
  const headers = Buffer.concat([
    textHeader(":message-type", type),
    textHeader(`:${type}-type`, kind),
    textHeader(":content-type", "application/json"),
  ]);
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(16 + headers.length + body.length, 0);
  prelude.writeUInt32BE(headers.length, 4);
  const checked = Buffer.concat([prelude, sum(prelude), headers, body]);
  return Buffer.concat([checked, sum(checked)]);
}

function textHeader(name: string, value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(value));
  return Buffer.concat([
    Buffer.from([Buffer.byteLength(name)]),
    Buffer.from(name),
    Buffer.from([7]),
    length,
    Buffer.from(value),
  ]);
}

function sum(bytes: Buffer): Buffer {
  const made = Buffer.alloc(4);
  made.writeUInt32BE(crc32(bytes));
  return made;
}
