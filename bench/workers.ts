/** What a second worker costs, which shares all with the first, beside a second process, which shares nothing. */
import { buildLoad, startUpstream } from "./load.ts";
import { APART, startPassthrough, startRoutec, TWO, WHOLE } from "./proxies.ts";
import { chatBody } from "./requests.ts";
import { FULL, measured, measuring, type ProxyResult, QUICK } from "./rounds.ts";
import { freePort } from "./server.ts";

export async function benchWorkers(quick: boolean): Promise<ProxyResult> {
  const effort = quick ? QUICK : FULL;
  await buildLoad();
  const upstream = await startUpstream(await freePort());
  const proxies = [
    await startPassthrough(upstream, "bare"),
    await startRoutec(upstream, WHOLE),
    await startRoutec(upstream, TWO),
    await startRoutec(upstream, APART),
  ];
  const { series, unary } = measuring(proxies, upstream, effort);
  return measured(proxies, upstream, async () => [
    await series({
      name: "1 kB, 64 connections",
      unit: "request",
      body: chatBody(1000),
      // More connections, as each stays with the worker that accepted it. Of the load each of two has half.
      measure: unary(64, 2),
      warmUp: 2 * effort.warmUp,
      proxies,
      rounds: effort.manyRounds,
    }),
  ]);
}
