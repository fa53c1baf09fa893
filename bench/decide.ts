/**
 * How long a decision takes at 10 to 10,000 rules: routec's own path (text, compiler, table, `load`, `choose`) beside a
 * scan that interprets the rules one after the other, a floor, looking up the six values and nothing more, and other
 * engines on the same rules. Each policy and engine has a process of its own on core 0. The figure is CPU time of the
 * whole process, all threads, per decision.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { compile } from "../compiler/index.ts";
import { load, type Value } from "../runtime/table/index.ts";
import { PEERS, type Peer, peerVersion } from "./peers.ts";
import {
  type GeneratedPolicy,
  generatePolicy,
  generateRequests,
  matches,
  type Request,
  seededRandom,
} from "./policies.ts";
import { type Summary, summarize } from "./statistics.ts";

export interface DecideRow {
  readonly rules: number;
  /** CPU nanoseconds a decision. */
  readonly routec: Summary;
  readonly scan: Summary;
  /** The look-ups alone: one in a map for each text and bool, a binary search for the int. */
  readonly floor: Summary;
  /** CPU milliseconds, once, in a process that did nothing before. */
  readonly compile: number;
  readonly load: number;
  /** Mean index of the rule that decides. */
  readonly meanRule: number;
  /** CPU nanoseconds a decision of other engines, in the order of `peers`. */
  readonly peers: readonly Summary[];
}

export interface DecideResult {
  readonly rows: readonly DecideRow[];
  /** The other engines that are installed. */
  readonly peers: readonly { readonly name: string; readonly version: string }[];
}

const ENGINES = ["routec", "scan", "floor"] as const;
/** A peer by its package's name. */
type Engine = (typeof ENGINES)[number] | (string & {});

/** What one process tells. */
interface Report {
  readonly nanoseconds: Summary;
  readonly meanRule: number;
  readonly compile: number;
  readonly load: number;
}

/** Given a batch of requests, makes what is to be timed: a function that decides them all. */
type Prepare = (requests: readonly Request[]) => () => Int32Array;

const REQUESTS = 10_000;
const [DISCARDED, RUNS] = [2, 5];

export async function benchDecide(quick: boolean): Promise<DecideResult> {
  const rows: DecideRow[] = [];
  const installed = PEERS.flatMap((peer) => {
    const version = peerVersion(peer);
    return version === undefined ? [] : [{ ...peer, version: `${peer.from} ${version}` }];
  });
  for (const rules of quick ? [10, 100] : [10, 100, 1000, 10_000]) {
    console.error(`${rules} rules`);
    const [routec, scan, floor] = [
      await inProcess(rules, "routec"),
      await inProcess(rules, "scan"),
      await inProcess(rules, "floor"),
    ];
    const { compile, load, meanRule } = routec;
    const [ours, theirs, least] = [routec.nanoseconds, scan.nanoseconds, floor.nanoseconds];
    const peers: Summary[] = [];
    for (const { from } of installed) peers.push((await inProcess(rules, from)).nanoseconds);
    rows.push({ rules, routec: ours, scan: theirs, floor: least, compile, load, meanRule, peers });
  }
  return { rows, peers: installed.map(({ name, version }) => ({ name, version })) };
}

async function inProcess(rules: number, engine: Engine): Promise<Report> {
  const program = [process.execPath, "--expose-gc", import.meta.filename, String(rules), engine];
  const { stdout } = await promisify(execFile)("taskset", ["-c", "0", ...program]);
  return JSON.parse(stdout) as Report;
}

async function measure(rules: number, engine: Engine): Promise<Report> {
  const random = seededRandom(rules);
  const policy = generatePolicy(rules, random);
  const requests = generateRequests(policy, REQUESTS, random);
  const scan = scanner(policy);
  const peer = PEERS.find(({ from }) => from === engine);
  if (peer !== undefined) return measurePeer(peer, policy, requests);
  const { prepare, ...once } =
    engine === "routec"
      ? compiled(policy)
      : { prepare: engine === "scan" ? scan : lookUps(policy), compile: 0, load: 0 };

  const expected = scan(requests)();
  const wrong = engine === "routec" ? prepare(requests)().findIndex((rule, i) => rule !== expected[i]) : -1;
  if (wrong >= 0) throw new Error(`decided ${JSON.stringify(requests[wrong])} not by rule ${expected[wrong]}`);

  const json = JSON.stringify(requests);
  const runs = Array.from({ length: DISCARDED + RUNS }, () => timed(prepare, json));
  const meanRule = expected.reduce((sum, rule) => sum + rule, 0) / REQUESTS;
  return { nanoseconds: summarize(runs.slice(DISCARDED)), meanRule, ...once };
}

/** Requests of a peer that are checked, and those between two looks at the clock: some take 100 ms for one. */
const [CHECKED, CHUNK] = [20, 4];

async function measurePeer(peer: Peer, policy: GeneratedPolicy, requests: readonly Request[]): Promise<Report> {
  const decide = peer.prepare(policy.rules);
  for (const request of requests.slice(0, CHECKED)) {
    const expected = policy.rules.findIndex((rule) => matches(rule, request));
    const rule = await decide(request);
    if (rule !== expected)
      throw new Error(`${peer.from} decided ${JSON.stringify(request)} by rule ${rule}, not by rule ${expected}`);
  }
  const runs: number[] = [];
  for (let run = 0; run < DISCARDED + RUNS; run++) {
    const fresh = JSON.parse(JSON.stringify(requests)) as Request[];
    let [spent, decisions] = [0, 0];
    while (spent < 1e5 && decisions < fresh.length) {
      const before = process.cpuUsage();
      for (const request of fresh.slice(decisions, decisions + CHUNK)) await decide(request);
      const { user, system } = process.cpuUsage(before);
      spent += user + system;
      decisions += CHUNK;
    }
    runs.push((spent * 1000) / decisions);
  }
  return { nanoseconds: summarize(runs.slice(DISCARDED)), meanRule: 0, compile: 0, load: 0 };
}

/** One run: batches until they took 100 ms. The strings of each batch are fresh, as those of real requests are. */
function timed(prepare: Prepare, json: string): number {
  let [spent, decisions] = [0, 0];
  while (spent < 1e5) {
    const decide = prepare(JSON.parse(json));
    globalThis.gc?.({ type: "minor", execution: "sync" });
    spent += cpuOf(decide);
    decisions += REQUESTS;
  }
  return (spent * 1000) / decisions;
}

/** CPU microseconds of the whole process while it does something. */
function cpuOf(action: () => unknown): number {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function compiled({ text }: GeneratedPolicy): { prepare: Prepare; compile: number; load: number } {
  let result: ReturnType<typeof compile> | undefined;
  const compileTime = cpuOf(() => {
    result = compile({ text });
  });
  const table: unknown = JSON.parse(JSON.stringify(result?.table ?? null));
  if (table === null) throw new Error(`the policy does not compile: ${result?.diagnostics[0]?.message}`);
  let policy: ReturnType<typeof load> | undefined;
  const loadTime = cpuOf(() => {
    policy = load(table);
  });
  const route = policy?.routeFor("chat");
  if (policy === undefined || route === undefined) throw new Error("the table has no route `chat`");
  const names = policy.table.attributes.map(({ name }) => name);
  const prepare: Prepare = (requests) => {
    const rows = requests.map((request) => names.map((name): Value | undefined => request[name]));
    const rules = new Int32Array(rows.length);
    return () => {
      for (let i = 0; i < rows.length; i++) rules[i] = route.choose(rows[i] ?? []);
      return rules;
    };
  };
  return { prepare, compile: compileTime / 1000, load: loadTime / 1000 };
}

function scanner({ rules: policy }: GeneratedPolicy): Prepare {
  return (requests) => {
    const rules = new Int32Array(requests.length);
    return () => {
      for (let i = 0; i < requests.length; i++) {
        const request = requests[i] as Request;
        rules[i] = policy.findIndex((rule) => matches(rule, request));
      }
      return rules;
    };
  };
}

function lookUps({ rules }: GeneratedPolicy): Prepare {
  const conditions = rules.flat();
  const valuesOf = (attribute: string) => [
    ...new Set(conditions.filter((condition) => condition.attribute === attribute).map(({ value }) => value)),
  ];
  const names = [...new Set(conditions.map(({ attribute }) => attribute))].filter((name) => name !== "prompt_tokens");
  const maps = names.map((name) => new Map(valuesOf(name).map((value, index) => [value, index + 1])));
  const cuts = Float64Array.from(
    valuesOf("prompt_tokens")
      .map(Number)
      .sort((a, b) => a - b),
  );
  return (requests) => {
    const rows = requests.map((request) => names.map((name) => request[name] as Value));
    const tokens = Float64Array.from(requests, ({ prompt_tokens }) => prompt_tokens as number);
    const sums = new Int32Array(rows.length);
    return () => {
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i] as Value[];
        let sum = 0;
        for (let c = 0; c < maps.length; c++) sum += (maps[c] as Map<Value, number>).get(row[c] as Value) ?? 0;
        let [low, high] = [0, cuts.length];
        while (low < high) {
          const middle = (low + high) >>> 1;
          if ((tokens[i] as number) > (cuts[middle] as number)) low = middle + 1;
          else high = middle;
        }
        sums[i] = sum + low;
      }
      return sums;
    };
  };
}

if (import.meta.main) {
  const [rules, engine] = process.argv.slice(2);
  process.stdout.write(JSON.stringify(await measure(Number(rules), engine as Engine)));
}
