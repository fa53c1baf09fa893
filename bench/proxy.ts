/**
 * What a proxy costs: routec beside a bare passthrough, the same with JSON parsed and serialised again, and Portkey's
 * gateway, all up at once before the same upstream. Proxies have core 0, upstream and load core 1. The figure to trust is
 * CPU time per request.
 */
import { buildLoad, loadStreams, startUpstream } from "./load.ts";
import {
  installPeers,
  type MeasuredProxy,
  portkeyPasses,
  portkeyRoutes,
  ROUTED,
  startPassthrough,
  startPortkey,
  startRoutec,
  WHOLE,
} from "./proxies.ts";
import { chatBody, writeRequest } from "./requests.ts";
import {
  type Effort,
  FULL,
  measured,
  measuring,
  onlyProcess,
  type ProxyResult,
  type ProxySeries,
  QUICK,
} from "./rounds.ts";
import { freePort, type Server } from "./server.ts";

/** What is measured, as the report calls it. */
export const SERIES = {
  small: "1 kB, 16 connections",
  medium: "10 kB, 16 connections",
  large: "100 kB, 16 connections",
  alone: "1 kB, 1 connection",
  stream: "1 stream, an event every 200 µs",
  streams: "50 streams, an event every 2 ms each",
} as const;

export async function benchProxy(quick: boolean): Promise<ProxyResult> {
  const effort = quick ? QUICK : FULL;
  await buildLoad();
  await installPeers();
  const upstream = await startUpstream(await freePort());
  // In this order, since each is compared with its neighbours.
  const proxies = [
    await startPassthrough(upstream, "bare"),
    await startRoutec(upstream, "routec"),
    await startRoutec(upstream, WHOLE),
    await startPassthrough(upstream, "parse"),
    await startPortkey("portkey", portkeyPasses(upstream)),
    await startPortkey(ROUTED, portkeyRoutes(upstream)),
  ];
  return measured(proxies, upstream, () => measureProxies(proxies, upstream, effort));
}

async function measureProxies(all: readonly MeasuredProxy[], upstream: Server, effort: Effort): Promise<ProxySeries[]> {
  const { series, unary, streams } = measuring(all, upstream, effort);
  const single = all.filter(({ name }) => name !== ROUTED);
  const streamed = (pace: number) => chatBody(1000, { stream: true, user: `pace-${pace}` });

  /**
   * One stream at a time is too little to make a process warm: some hundred answers run its first-event path in the
   * interpreter. So each first gives streams as fast as it can.
   */
  const heatStreams = async (): Promise<void> => {
    for (const proxy of single) {
      const file = writeRequest(`${proxy.name}-heat`, proxy.headers, streamed(5));
      await loadStreams(onlyProcess(proxy).port, 8, effort.warmUp, file);
    }
  };

  const { warmUp, rounds, manyRounds } = effort;
  const small = { unit: "request" as const, body: chatBody(1000) };
  const further = { warmUp: effort.settle, proxies: single, rounds };
  return [
    await series({ name: SERIES.small, ...small, measure: unary(16), warmUp, proxies: all, rounds: manyRounds }),
    await series({ name: SERIES.medium, ...small, body: chatBody(10_000), measure: unary(16), ...further }),
    await series({ name: SERIES.large, ...small, body: chatBody(100_000), measure: unary(16), ...further }),
    await series({ name: SERIES.alone, ...small, measure: unary(1), ...further }),
    await heatStreams().then(() =>
      series({ name: SERIES.stream, unit: "event", body: streamed(200), measure: streams(1), ...further }),
    ),
    await series({ name: SERIES.streams, unit: "event", body: streamed(2000), measure: streams(50), ...further }),
  ];
}
