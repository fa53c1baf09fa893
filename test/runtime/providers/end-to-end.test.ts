/** The production doors together: a plan carried out over sockets. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { execute, link, openLedger, systemClock, systemRandom, type Transport } from "../../../runtime/plan/index.ts";
import { createTransport } from "../../../runtime/providers/index.ts";
import { diesInBody, diesInStream, type FakeProvider, fails, fakeProvider } from "../../support/fake-provider.ts";
import { call, chain, tableOf } from "../plan/harness.ts";

let provider: FakeProvider;
let transport: Transport;

beforeEach(async () => {
  provider = await fakeProvider();
});
afterEach(async () => {
  await provider.close();
  await transport.close();
});

/** What the sink is told first and last, with all bytes between. */
async function ask(stream: boolean): Promise<{ readonly by: string; readonly end: string; readonly text: string }> {
  const run = chain(call("a"), call("b"), call("c"));
  const models = { a: { upstream: "up-a" }, b: { upstream: "up-b" }, c: { upstream: "up-c" } };
  const table = tableOf({ run, models, provider: { url: provider.url } });
  transport = await createTransport(table, { env: {} });
  const [route] = table.routes;
  if (route === undefined) throw new Error("no route");
  const doors = { clock: systemClock(), random: systemRandom, ledger: openLedger, transport };
  const request = {
    bodyFor: (model: string) => Buffer.from(JSON.stringify({ model, stream, stream_options: { include_usage: true } })),
    stream,
    needs: 0,
    promptTokens: 1,
    maxTokens: undefined,
    headers: [],
  };
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let by = "";
    const finish = (end: string) => resolve({ by, end, text: Buffer.concat(chunks).toString() });
    const sink = {
      whole(served: { model: { name: string }; attempts: number }, _status: number, _headers: unknown, body: Buffer) {
        by = `${served.model.name} at ${served.attempts}`;
        chunks.push(body);
        finish("whole");
      },
      begin(served: { model: { name: string }; attempts: number }) {
        by = `${served.model.name} at ${served.attempts}`;
      },
      data: (chunk: Buffer) => chunks.push(chunk) > 0,
      end: (cost: number | undefined) => finish(`end for ${cost}`),
      broken: (_served: unknown, failure: string) => finish(`broken ${failure}`),
      reject,
      exhausted: reject,
    };
    execute(link(table).run(route, 0), request, doors, sink, performance.now() + 60_000);
  });
}

test("an answer that dies and one that fails are followed by one that holds", async () => {
  provider.script(diesInBody, fails(429));
  const { by, text } = await ask(false);
  expect(by).toBe("c at 3");
  expect(JSON.parse(text).model).toBe("up-c");
});

test("a stream comes through as it was sent", async () => {
  provider.script(fails(503));
  const { by, end, text } = await ask(true);
  expect([by, end]).toEqual(["b at 2", "end for 58000"]);
  expect(text).toMatch(/^data: \{.*"up-b".*data: \[DONE\]\n\n$/s);
});

test("a stream that dies after content is broken", async () => {
  provider.script(diesInStream());
  expect(await ask(true)).toMatchObject({ by: "a at 1", end: "broken server_error" });
});
