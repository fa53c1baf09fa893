/**
 * What a dialect costs: Anthropic's messages passed through to Anthropic, and OpenAI's chat completions translated to it
 * and back, each beside a bare passthrough of messages to the same upstream, in turns of a second. CPU time of the proxy's
 * process is what is compared; latency would be the upstream's.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { buildLoad, load, loadStreams, workFolder } from "./load.ts";
import { cpuTime } from "./machine.ts";
import { chatBody, writeRequest } from "./requests.ts";
import { freePort, type Server, startServer } from "./server.ts";
import { type Summary, summarize } from "./statistics.ts";

export interface DialectRow {
  readonly name: string;
  /** CPU microseconds per request, or per event of a stream, and as a multiple of the bare passthrough's in the same round. */
  readonly cpu: Summary;
  readonly toBare: Summary;
}

export interface DialectSeries {
  readonly name: string;
  readonly rows: readonly DialectRow[];
}

export interface DialectsResult {
  readonly series: readonly DialectSeries[];
}

/** What is measured, as the report calls it. */
export const DIALECTS = {
  bare: "bare",
  passed: "messages, passed through",
  translated: "chat completions, translated",
} as const;
export const DIALECT_SERIES = {
  whole: "1 kB, 16 connections",
  streams: "20 streams, an event every 5 ms each",
} as const;

const PROXY_CORE = "0";
const LOAD_CORE = "1";
const CONNECTIONS = 16;
const STREAMS = 20;

interface Case {
  readonly name: string;
  readonly server: Server;
  /** What it is sent. */
  readonly path: string;
  readonly body: (stream: boolean) => string;
}

export async function benchDialects(quick: boolean): Promise<DialectsResult> {
  const [warmUp, rounds] = quick ? [1, 1] : [6, 9];
  await buildLoad();
  const port = await freePort();
  const program = (name: string): string => new URL(name, import.meta.url).pathname;
  const command = [process.execPath, program("messages-upstream.ts"), String(port)];
  const upstream = await startServer({ name: "upstream", port, core: LOAD_CORE, command });
  const [bare, routec] = [await startBare(upstream, program("passthrough.ts")), await startRoutec(upstream)];
  const messages = (stream: boolean): string => messagesBody(stream);
  const chat = (stream: boolean): string =>
    chatBody(1000, stream ? { stream, stream_options: { include_usage: true } } : {});
  const cases: readonly Case[] = [
    { name: DIALECTS.bare, server: bare, path: "/v1/messages", body: messages },
    { name: DIALECTS.passed, server: routec, path: "/v1/messages", body: messages },
    { name: DIALECTS.translated, server: routec, path: "/v1/chat/completions", body: chat },
  ];
  try {
    return {
      series: [
        await series(DIALECT_SERIES.whole, cases, false, warmUp, rounds),
        await series(DIALECT_SERIES.streams, cases, true, warmUp, rounds),
      ],
    };
  } finally {
    await Promise.all([upstream, bare, routec].map((server) => server.stop()));
  }
}

async function series(
  name: string,
  cases: readonly Case[],
  stream: boolean,
  warmUp: number,
  rounds: number,
): Promise<DialectSeries> {
  const files = new Map(
    cases.map((each) => [each, writeRequest(each.name.replaceAll(/\W+/g, "-"), {}, each.body(stream), each.path)]),
  );
  const window = async (each: Case, seconds: number): Promise<number> => {
    const { port, pid } = each.server;
    const file = files.get(each) ?? "";
    const before = cpuTime(pid);
    const done = stream
      ? (await loadStreams(port, STREAMS, seconds, file)).events
      : (await load(port, CONNECTIONS, seconds, file)).requests;
    return (cpuTime(pid) - before) / 1000 / done;
  };
  for (const each of cases) await window(each, warmUp);
  const measured: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const cpu = new Array<number>(cases.length);
    const order = [...cases.keys()];
    // There and back again: drift cancels out.
    for (const index of round % 2 === 0 ? order : order.toReversed())
      cpu[index] = await window(cases[index] as Case, 1);
    measured.push(cpu);
  }
  const rows = cases.map(({ name: row }, index) => ({
    name: row,
    cpu: summarize(measured.map((cpu) => cpu[index] ?? Number.NaN)),
    toBare: summarize(measured.map((cpu) => (cpu[index] ?? Number.NaN) / (cpu[0] ?? Number.NaN))),
  }));
  return { name, rows };
}

/** A request of messages, as large as the chat's. */
function messagesBody(stream: boolean): string {
  const { messages, model, max_tokens, temperature } = JSON.parse(chatBody(1000));
  const [{ content: system }, ...turns] = messages;
  return JSON.stringify({ model, max_tokens, temperature, system, messages: turns, ...(stream && { stream }) });
}

async function startBare({ port: upstream }: Server, program: string): Promise<Server> {
  const port = await freePort();
  const command = [process.execPath, program, String(port), `http://127.0.0.1:${upstream}`];
  return startServer({ name: DIALECTS.bare, port, core: PROXY_CORE, command });
}

async function startRoutec({ port: upstream }: Server): Promise<Server> {
  const port = await freePort();
  const routec = new URL("../dist/routec.js", import.meta.url).pathname;
  const file = `${workFolder}dialects`;
  writeFileSync(
    `${file}.route`,
    `provider claude { protocol anthropic  url "http://127.0.0.1:${upstream}/v1" }
model sonnet = claude "claude-sonnet-4-5" { context 200k  output 64k  price { input $3, output $15 }  can [tools, vision, json] }
route chat -> sonnet
`,
  );
  execFileSync(process.execPath, [routec, "compile", `${file}.route`, "-o", `${file}.json`]);
  const serve = ["serve", `${file}.json`, "--port", String(port), "--admin-port", "0", "--state", `${file}.state`];
  const command = [process.execPath, routec, ...serve, "--workers", "1"];
  const env = { ROUTEC_LOG_TO: "none", ROUTEC_METRICS: "false" };
  return startServer({ name: "routec", port, core: PROXY_CORE, command, env });
}
