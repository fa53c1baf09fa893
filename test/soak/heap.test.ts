/** The heap is as large after 30,000 requests as after some. `node test/soak/run.ts` sends a million over sockets. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { createFetch, load } from "../../runtime/index.ts";
import { decisionLog } from "../../runtime/observe/log.ts";
import { metrics, metricsLayout, metricsMemory } from "../../runtime/observe/metrics.ts";
import { observers } from "../../runtime/observe/observers.ts";
import { recentDecisions } from "../../runtime/observe/recent.ts";
import type { Transport } from "../../runtime/plan/index.ts";
import { tableOf } from "../compiler/support.ts";
import { policyOf } from "../faults/service.ts";
import { chatCompletion } from "../support/fake-provider.ts";
import { DECLARATIONS, TOO_LONG } from "./soak.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heap(): number {
  // What the first frees beside the heap is swept aside, and done by the second.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Answers at once; each fiftieth call of `a` fails. */
function instant(): Transport {
  const whole = Buffer.from(JSON.stringify(chatCompletion("Hello there.")));
  const error = Buffer.from(JSON.stringify(TOO_LONG));
  let calls = 0;
  return {
    send({ model }, events) {
      const fails = model.name === "a" && ++calls % 50 === 0;
      queueMicrotask(() => {
        events.head(fails ? 400 : 200, ["content-type", "application/json"]);
        events.data(fails ? error : whole);
        events.end();
      });
      return { abort() {}, pause() {}, resume() {} };
    },
    async close() {},
  };
}

test("what is held does not grow with the number of requests", async () => {
  const policy = load(tableOf(policyOf("http://127.0.0.1:9/v1", DECLARATIONS)));
  const layout = metricsLayout(policy.table);
  const sink = {
    write: (bytes: Buffer, done: (error: null, written: number) => void) => setImmediate(done, null, bytes.length),
    reopen() {},
    close() {},
  };
  const log = decisionLog(sink, {
    texts: false,
    tell: () => {},
    after: (delay, then) => {
      const timer = setTimeout(then, delay);
      return { cancel: () => clearTimeout(timer) };
    },
  });
  const observer = observers([metrics(layout, metricsMemory(layout, 1), 0), log, recentDecisions(200)]);
  const fetch = createFetch(policy, {
    env: { UPSTREAM_KEY: "x" },
    doors: { transport: instant() },
    observe: () => observer,
  });

  async function send(count: number): Promise<void> {
    for (let number = 0; number < count; number++) {
      const model = number % 4 === 0 ? "again" : "chat";
      const messages = [{ role: "user", content: `Hello, this is ${number % 1000}` }];
      const headers = { "content-type": "application/json", "x-tenant": `tenant ${number % 100}` };
      const response = await fetch("http://routec/v1/chat/completions", {
        method: "POST",
        headers,
        body: JSON.stringify({ model, messages }),
      });
      if (response.status !== 200) expect.fail(`${response.status}: ${await response.text()}`);
      await response.arrayBuffer();
    }
  }

  await send(5_000);
  const before = heap();
  await send(25_000);
  // Thirty bytes a request.
  expect(heap() - before).toBeLessThan(750_000);
  await log.close();
});
