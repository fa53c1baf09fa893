/** The service's threads: one that dies is replaced, and what is told to the service holds for all of them. */
import { once } from "node:events";
import { renameSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compile } from "../../compiler/index.ts";
import { chatEvents, type FakeProvider, streamsBy } from "../support/fake-provider.ts";
import { newFolder, provided, served } from "./harness.ts";
import { ask, decisions, metric, policyOf, type Service, startService, USUAL } from "./service.ts";

const TWO = ["--workers", "2"];

/** Asks on a connection of its own, which the system gives to either worker. */
const askAnew = (service: Service, more: object = {}): Promise<Response> => ask(service, more, { connection: "close" });

const saying = (content: string): object => ({ messages: [{ role: "user", content }] });

/** Asks until the answer is `enough`; at most a thousand times. */
async function asked(service: Service, enough: (responses: readonly Response[]) => boolean): Promise<Response[]> {
  const responses: Response[] = [];
  while (!enough(responses) && responses.length < 1000) {
    const response = await askAnew(service);
    await response.text();
    responses.push(response);
  }
  return responses;
}

/** The worker that answered: its decisions' ids begin alike. */
const workerOf = ({ headers }: Response): string => (headers.get("x-routec-decision") ?? "").split("-")[0] ?? "";
const workersOf = (responses: readonly Response[]): Set<string> => new Set(responses.map(workerOf));

describe("a worker that dies", () => {
  const POLICY = `budget cap { limit $5 per month }
signal fatal bool = module "./fatal.mjs" else false
route chat { when fatal -> b  otherwise -> a }`;
  const files = { "fatal.mjs": 'export default ({ text }) => text === "die" && process.exit(3);' };

  test("is replaced: no connection is refused, and nothing that was counted is lost", async () => {
    const { url } = await provided();
    const service = await served(url, POLICY, { args: TWO, files });
    const before = await asked(service, (responses) => workersOf(responses).size === 2);
    await expect(askAnew(service, saying("die"))).rejects.toThrow("fetch failed");
    await service.tells(/a worker died and is replaced: a worker ended with code 3/);
    const known = workersOf(before);
    const after = await asked(service, (responses) => responses.some((each) => !known.has(workerOf(each))));
    expect(after.filter(({ status }) => status !== 200)).toEqual([]);
    expect(after.length).toBeLessThan(1000);
    const answered = before.length + after.length;
    expect(await metric(service, "routec_requests_total", 'outcome="answered"')).toBe(answered);
    expect(await metric(service, "routec_requests_in_flight")).toBe(0);
    expect(await metric(service, "routec_budget_spent_usd")).toBeCloseTo((answered * USUAL) / 1e9, 9);
  });

  test("does not keep the others from the ledger, however often it dies", async () => {
    const { url } = await provided();
    const service = await served(url, POLICY, { args: TWO, files });
    const deaths = (): number => service.told().split("a worker died").length - 1;
    // Both may be dead at a time, and then nobody takes the connection.
    while (deaths() < 4) {
      const others = Array.from({ length: 10 }, () => askAnew(service));
      await Promise.allSettled([askAnew(service, saying("die")), ...others]);
    }
    let last: Response | undefined;
    while (last === undefined) last = await askAnew(service).catch(() => undefined);
    expect(last.status).toBe(200);
    expect(await service.stop()).toBe(0);
  });
});

describe("stopping", () => {
  const [role = "", word = ""] = chatEvents("Hello there.");

  /** Streams that go on until they are told to end. */
  function slowStreams(provider: FakeProvider): () => void {
    const ends: (() => void)[] = [];
    provider.always(
      streamsBy((write, response) => {
        write(`data: ${role}\n\ndata: ${word}\n\n`);
        ends.push(() => response.end("data: [DONE]\n\n"));
      }),
    );
    return () => {
      for (const end of ends) end();
    };
  }

  test("lets the requests of all workers come to their end, is not ready meanwhile, and loses no line of the log", async () => {
    const provider = await provided();
    const finish = slowStreams(provider);
    const service = await served(provider.url, "route chat -> a", { args: TWO });
    const streams = await Promise.all(Array.from({ length: 12 }, () => askAnew(service, { stream: true })));
    expect(workersOf(streams).size).toBe(2);
    // Neither says anything: they must not be waited for.
    const idle = [connect(service.port, "127.0.0.1"), connect(service.port, "127.0.0.1")];
    for (const socket of idle) socket.on("error", () => {});
    await Promise.all(idle.map((socket) => once(socket, "connect")));
    idle[1]?.write("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConte");
    service.child.kill("SIGTERM");
    await service.tells(/finishing the requests under way/);
    expect(await (await fetch(`${service.admin}/readyz`)).text()).toBe("not ready: routec is stopping\n");
    finish();
    for (const stream of streams) expect(await stream.text()).toMatch(/\[DONE\]\n\n$/);
    expect(await service.ended).toBe(0);
    expect(decisions(service).map(({ outcome }) => outcome)).toEqual(Array(12).fill("answered"));
  });

  test("a second time ends it at once", async () => {
    const provider = await provided();
    slowStreams(provider);
    const service = await served(provider.url, "route chat -> a", { args: TWO });
    await askAnew(service, { stream: true });
    service.child.kill("SIGTERM");
    await service.tells(/interrupt again/);
    expect(await service.stop()).toBe(143);
  });
});

test("SIGHUP has all workers go on in a new log", async () => {
  const { url } = await provided();
  const service = await served(url, "route chat -> a", { args: TWO });
  const both = (responses: readonly Response[]): boolean => workersOf(responses).size === 2;
  const before = await asked(service, both);
  renameSync(join(service.folder, ".routec/decisions.jsonl"), join(service.folder, "old.jsonl"));
  service.child.kill("SIGHUP");
  const after = await asked(service, both);
  await service.stop();
  const ids = (lines: ReturnType<typeof decisions>): unknown[] => lines.map(({ id }) => id).sort();
  const told = (responses: readonly Response[]): unknown[] =>
    responses.map(({ headers }) => headers.get("x-routec-decision")).sort();
  const [old, now] = [decisions(service, "old.jsonl"), decisions(service)];
  expect([...ids(old), ...ids(now)].sort()).toEqual([...told(before), ...told(after)].sort());
  expect(now.length).toBeGreaterThan(0);
});

describe("another policy", () => {
  const post = (service: Service, policy: string): Promise<Response> =>
    fetch(`${service.admin}/policy`, { method: "POST", headers: { "content-type": "text/plain" }, body: policy });

  const policyIn = ({ headers }: Response): string | null => headers.get("x-routec-policy");

  test("is taken by all workers at once, while they serve, and nothing that was counted is lost", async () => {
    const provider = await provided();
    const chat = (tenant: string): string => `route chat { when tenant == "${tenant}" -> b  otherwise -> a }`;
    const service = await served(provider.url, chat("zero"), { args: TWO });
    let posting = true;
    const responses: Response[] = [];
    const client = async (): Promise<void> => {
      while (posting) {
        const response = await askAnew(service);
        await response.text();
        responses.push(response);
      }
    };
    const clients = Array.from({ length: 4 }, client);
    const hashes: string[] = [];
    for (const tenant of ["one", "two", "three", "four", "five"]) {
      const posted = await post(service, policyOf(provider.url, chat(tenant)));
      hashes.push(((await posted.json()) as { readonly hash: string }).hash);
      const after = await Promise.all(Array.from({ length: 6 }, () => askAnew(service)));
      expect(new Set(after.map(policyIn))).toEqual(new Set([hashes.at(-1)]));
      responses.push(...after);
    }
    posting = false;
    await Promise.all(clients);
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await metric(service, "routec_requests_total")).toBe(responses.length);
    expect(await metric(service, "routec_requests_in_flight")).toBe(0);
    expect(await metric(service, "routec_cost_usd_total")).toBeCloseTo((responses.length * USUAL) / 1e9, 9);
  });

  test("may have signals of further modules", async () => {
    const { url } = await provided();
    const files = { "true.mjs": "export default () => true;" };
    const service = await served(url, "route chat -> a", { args: TWO, files });
    const signal = 'signal yes bool = module "./true.mjs" else false\nroute chat { when yes -> b  otherwise -> a }';
    expect((await post(service, policyOf(url, signal))).status).toBe(200);
    expect((await askAnew(service)).headers.get("x-routec-model")).toBe("b");
  });

  test("that cannot be served changes nothing", async () => {
    const { url, requests } = await provided();
    const service = await served(url, "route chat { reuse 1h  otherwise -> a }", { args: TWO });
    const [before] = await asked(service, (responses) => workersOf(responses).size === 2);
    const unset = 'provider two { protocol openai  url "http://x.example"  key env "NOT_SET" }';
    const missing = 'signal no bool = module "./none.mjs" else false';
    for (const [declarations, told] of [
      ["route chat -> c", "`c` is not declared"],
      ["", "the policy has no route, so there is nothing to serve"],
      [`${unset}\nmodel c = two "c" { context 8k  output 1k  price free }\nroute chat -> c`, "`NOT_SET`"],
      [`${missing}\nroute chat { when no -> b  otherwise -> a }`, "`./none.mjs` of signal `no` cannot be imported"],
    ] as const) {
      const refused = await post(service, policyOf(url, declarations));
      expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining(told)]);
    }
    const after = await asked(service, (responses) => workersOf(responses).size === 2);
    const hash = before && policyIn(before);
    expect(new Set(after.map(policyIn))).toEqual(new Set([hash]));
    // Both workers still have the answer that they keep to be given again.
    expect(requests).toHaveLength(2);
    expect(await (await fetch(`${service.admin}/policy`)).json()).toMatchObject({ hash });
  });

  test("is taken from its file with --watch, and not while it has errors", async () => {
    const provider = await provided();
    const service = await served(provider.url, "route chat -> a", { args: [...TWO, "--watch"] });
    const write = (declarations: string): void =>
      writeFileSync(join(service.folder, "main.route"), policyOf(provider.url, declarations));
    write("route chat -> c");
    await service.tells(/the policy before it is served on/);
    expect((await askAnew(service)).headers.get("x-routec-model")).toBe("a");
    write("route chat -> b");
    await service.tells(/serving `main.route` anew: sha256:/);
    const after = await asked(service, (responses) => workersOf(responses).size === 2);
    expect(new Set(after.map(({ headers }) => headers.get("x-routec-model")))).toEqual(new Set(["b"]));
  });
});

test("a table is taken from its file with --watch, and not what is none", async () => {
  const { url } = await provided();
  const tables = ["a", "b"].map((model) => {
    const { table } = compile({ text: policyOf(url, `route chat -> ${model}`) });
    return JSON.stringify(table);
  });
  const [first = "", second = ""] = tables;
  const service = await served(url, "", { policy: "policy.json", files: { "policy.json": first }, args: ["--watch"] });
  const write = (text: string): void => writeFileSync(join(service.folder, "policy.json"), text);
  write(second.slice(0, 100));
  await service.tells(/`policy.json` is not JSON/);
  expect((await askAnew(service)).headers.get("x-routec-model")).toBe("a");
  write(second);
  await service.tells(/serving `policy.json` anew: sha256:/);
  expect((await askAnew(service)).headers.get("x-routec-model")).toBe("b");
});

describe("a second service", () => {
  test("on the port of the first is refused, though both would share it", async () => {
    const { url } = await provided();
    const { port } = await served(url, "route chat -> a", { args: TWO });
    const args = [...TWO, "--port", String(port), "--admin-port", "0"];
    await expect(startService(policyOf(url, "route chat -> a"), { folder: newFolder(), args })).rejects.toThrow(
      new RegExp(`it ended with 2: [^]*port ${port} of 127.0.0.1, or that of the admin address, is in use`),
    );
  });

  test("on the state folder of the first is refused", async () => {
    const { url } = await provided();
    const { folder } = await served(url, "route chat -> a", { args: TWO });
    await expect(startService(policyOf(url, "route chat -> a"), { folder, args: TWO })).rejects.toThrow(
      "`.routec` is in use by another routec: a ledger on disk belongs to one process\n",
    );
  });
});
