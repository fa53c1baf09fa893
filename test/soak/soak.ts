/** A service under load for a long time: what it holds in memory as requests go by. */
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { policyOf, remove, startService, temporary } from "../faults/service.ts";
import { chatCompletion, chatEvents, errorBody } from "../support/fake-provider.ts";
import { heapOf, PROBED } from "./heap.ts";

export interface Held {
  readonly requests: number;
  /** Bytes, garbage collected. */
  readonly heap: number;
}

const AT_ONCE = 16;

/** Budgets per tenant, limits, signals, reuse, fallback: whatever remembers something of a request. */
export const DECLARATIONS = `
budget cap { per tenant  limit $100 per month  alert at 50% }
limit calls { per tenant  allow 1000k requests per minute }
signal mail bool = patterns [email]
route chat { when mail -> b  otherwise -> a with { retries 1 } else b }
route again { reuse 1m per tenant  otherwise -> a else b }
`;

/** Sends `total` requests and tells what is held after each `step` of them. */
export async function* soak(total: number, step: number): AsyncGenerator<Held> {
  const folder = temporary();
  const provider = await forgetfulProvider();
  const service = await startService(policyOf(provider.url, DECLARATIONS), {
    folder,
    args: ["--workers", "1"],
    config: { log: { to: "none" } },
    env: PROBED,
  });
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  try {
    for (let sent = 0; sent < total; ) {
      const until = Math.min(total, sent + step);
      const client = async (): Promise<void> => {
        while (sent < until) await send(agent, service.port, sent++);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, client));
      yield { requests: sent, heap: await heapOf(service) };
    }
    await service.stop();
  } finally {
    service.child.kill("SIGKILL");
    agent.destroy();
    provider.close();
    remove(folder);
  }
}

/** A failure of which no model rests. */
export const TOO_LONG = errorBody("context_length_exceeded");

/** A provider that remembers nothing of what it was asked, and fails each fiftieth time that it is asked for `a`. */
async function forgetfulProvider(): Promise<{ readonly url: string; close(): void }> {
  let arrived = 0;
  const whole = JSON.stringify(chatCompletion("Hello there."));
  const events = chatEvents("Hello there.", { includeUsage: true }).map((event) => `data: ${event}\n\n`);
  const server = createServer(async (message, response) => {
    const asked = await text(message).catch(() => "");
    const isStream = asked.includes('"stream":true');
    if (asked.includes('"up-a"') && ++arrived % 50 === 0) response.writeHead(400).end(JSON.stringify(TOO_LONG));
    else if (isStream) response.writeHead(200, { "content-type": "text/event-stream" }).end(events.join(""));
    else response.writeHead(200, { "content-type": "application/json" }).end(whole);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Of ten requests one is a stream, of a hundred one is left before its answer comes; and what one says another has said before, so that what is kept to be given again has an end. */
function send(agent: Agent, port: number, number: number): Promise<void> {
  const body = JSON.stringify({
    model: number % 4 === 0 ? "again" : "chat",
    stream: number % 10 === 0,
    messages: [{ role: "user", content: `Hello, this is ${number % 4000}` }],
  });
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-tenant": `tenant ${number % 1000}`,
  };
  return new Promise((resolve, reject) => {
    const asked = request(
      { agent, port, host: "127.0.0.1", method: "POST", path: "/v1/chat/completions", headers },
      (response) => {
        if (response.statusCode !== 200) reject(new Error(`request ${number} was answered ${response.statusCode}`));
        response.resume().on("end", resolve).on("error", reject);
      },
    );
    const leaves = number % 100 === 99;
    asked.on("error", (error) => (leaves ? resolve() : reject(error)));
    asked.end(body, () => leaves && setImmediate(() => asked.destroy()));
  });
}
