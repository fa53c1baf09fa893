/** Proxies that are compared, each with a request that it is sent: routec, passthroughs, and Portkey's gateway. */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { workFolder } from "./load.ts";
import { freePort, type Server, startServer } from "./server.ts";

/** routec with a budget, a limit, its log and its metrics on. */
export const WHOLE = "routec, all of it";

/** The same with two workers, which share a budget, a limit and a port. */
export const TWO = "routec, all of it, two workers";

/**
 * Two processes of one worker each, which share nothing, on the same cores under the same load: what two workers would
 * cost if all that they share were free. On a machine of two cores the second worker has to share its core with the load,
 * so that one worker, whose core is free of it, would be made the measure of something else.
 */
export const APART = "routec, all of it, two processes";

/** Portkey's gateway with as much of routec's rules as its configuration can say. */
export const ROUTED = "portkey, the same rules";

const PROXY_CORE = "0";
/** The second worker's: one that nobody else has, where the machine is larger than the load's core and the proxy's. */
const SECOND_CORE = availableParallelism() > 2 ? "2" : "1";

export interface MeasuredProxy {
  readonly name: string;
  /** Its processes, each of which has an equal part of the load. */
  readonly processes: readonly Server[];
  /** Headers that a client of it has to send. */
  readonly headers: Readonly<Record<string, string>>;
}

export async function startPassthrough(upstream: Server, name: "bare" | "parse"): Promise<MeasuredProxy> {
  const port = await freePort();
  const program = new URL("passthrough.ts", import.meta.url).pathname;
  const mode = name === "parse" ? ["parse"] : [];
  const command = [process.execPath, program, String(port), `http://127.0.0.1:${upstream.port}`, ...mode];
  const server = await startServer({ name, port, core: PROXY_CORE, command });
  return { name, processes: [server], headers: ROUTING_HEADERS };
}

/** A request that the last but two of the rules below decides. */
const ROUTED_BY = { tenant: "initech-europe", tier: "pro", critical: "false" };

/** What the policy below reads; the passthroughs carry them too. */
const ROUTING_HEADERS = Object.fromEntries(Object.entries(ROUTED_BY).map(([name, value]) => [`x-${name}`, value]));

/** Three attributes from headers and ten rules. */
export const routecPolicy = (port: number): string => `
request {
  tenant    string                   from header "x-tenant"
  tier      free | pro | enterprise  from header "x-tier"      default free
  critical  bool                     from header "x-critical"  default false
}

provider upstream { protocol openai  url "http://127.0.0.1:${port}/v1" }

model small = upstream "gpt-4o-mini-2024-07-18" {
  context 128k  output 16k  price { input $0.15, output $0.60 }  can [tools, vision, json]
}
model large = upstream "gpt-4o-2024-08-06" {
  context 128k  output 16k  price { input $2.50, output $10 }  can [tools, vision, json]
}

route chat {
  when tenant == "acme-north" and tier == enterprise  -> large else small
  when tenant == "acme-north" and critical            -> large
  when tenant == "acme-south" and tier == pro         -> small else large
  when tenant == "globex-main" and not critical       -> small
  when tenant starts_with "internal-" and critical    -> large else small
  when tenant == "umbrella-lab"                       -> reject 403 "umbrella-lab is suspended"
  when tier == enterprise and critical                -> large else small
  when tier == pro                                    -> small else large
  when critical                                       -> small
  otherwise                                           -> small else large
}
`;

/** What every call passes when all is on: two counters to be held and settled for each request. */
const METERS = `
budget day   { per tenant  limit $1M per day }
limit  calls { per tenant  allow 1000M requests per hour }
`;

/** `routec` routes and nothing else; the others have a budget, a limit, their log and their metrics on. */
export async function startRoutec(
  upstream: Server,
  name: "routec" | typeof WHOLE | typeof TWO | typeof APART,
): Promise<MeasuredProxy> {
  const routec = new URL("../dist/routec.js", import.meta.url).pathname;
  const whole = name !== "routec";
  const policy = `${workFolder}proxy${whole ? "-whole" : ""}`;
  writeFileSync(`${policy}.route`, `${routecPolicy(upstream.port)}${whole ? METERS : ""}`);
  execFileSync(process.execPath, [routec, "compile", `${policy}.route`, "-o", `${policy}.json`]);
  const env = { ROUTEC_LOG_TO: whole ? "file" : "none", ROUTEC_METRICS: String(whole) };
  // Two are to run at once, which on one core they could not.
  const core = name === TWO || name === APART ? `${PROXY_CORE},${SECOND_CORE}` : PROXY_CORE;
  const start = async (nth: number): Promise<Server> => {
    const port = await freePort();
    const state = `${workFolder}${name.replaceAll(/\W+/g, "-")}-${nth}.state`;
    const serve = ["serve", `${policy}.json`, "--port", String(port), "--admin-port", "0", "--state", state];
    const command = [process.execPath, routec, ...serve, "--workers", name === TWO ? "2" : "1"];
    return startServer({ name, port, core, command, env });
  };
  const processes = [await start(1), ...(name === APART ? [await start(2)] : [])];
  return { name, processes, headers: ROUTING_HEADERS };
}

const PEERS = new URL("peers/", import.meta.url).pathname;
const PORTKEY = `${PEERS}node_modules/@portkey-ai/gateway/`;

export async function startPortkey(name: string, headers: MeasuredProxy["headers"]): Promise<MeasuredProxy> {
  const port = await freePort();
  const command = [process.execPath, `${PORTKEY}build/start-server.js`, `--port=${port}`, "--headless"];
  const server = await startServer({ name, port, core: PROXY_CORE, command });
  return { name, processes: [server], headers };
}

export function portkeyPasses(upstream: Server): MeasuredProxy["headers"] {
  return { "x-portkey-provider": "openai", "x-portkey-custom-host": `http://127.0.0.1:${upstream.port}/v1` };
}

/** The rules of `routecPolicy`, but for the rejection, which it has none of; they come with each request, as it asks for. */
export function portkeyRoutes(upstream: Server): MeasuredProxy["headers"] {
  const target = (name: string, model: string) => ({
    name,
    provider: "openai",
    api_key: "sk-bench",
    custom_host: `http://127.0.0.1:${upstream.port}/v1`,
    override_params: { model },
  });
  const [small, large] = [target("small", "gpt-4o-mini-2024-07-18"), target("large", "gpt-4o-2024-08-06")];
  const fallback = (name: string, ...targets: (typeof small)[]) => ({ name, strategy: { mode: "fallback" }, targets });
  const when = (then: string, ...tests: readonly [name: string, value: string, operator?: string][]) => {
    const all = tests.map(([name, value, operator = "$eq"]) => ({ [`metadata.${name}`]: { [operator]: value } }));
    return { query: { $and: all }, then };
  };
  const conditions = [
    when("large else small", ["tenant", "acme-north"], ["tier", "enterprise"]),
    when("large", ["tenant", "acme-north"], ["critical", "true"]),
    when("small else large", ["tenant", "acme-south"], ["tier", "pro"]),
    when("small", ["tenant", "globex-main"], ["critical", "false"]),
    when("large else small", ["tenant", "^internal-", "$regex"], ["critical", "true"]),
    when("large else small", ["tier", "enterprise"], ["critical", "true"]),
    when("small else large", ["tier", "pro"]),
    when("small", ["critical", "true"]),
  ];
  const config = {
    strategy: { mode: "conditional", conditions, default: "small else large" },
    targets: [small, large, fallback("large else small", large, small), fallback("small else large", small, large)],
  };
  return { "x-portkey-config": JSON.stringify(config), "x-portkey-metadata": JSON.stringify(ROUTED_BY) };
}

export async function installPeers(): Promise<void> {
  if (existsSync(PORTKEY)) return;
  console.error("installing the other gateways (npm ci in bench/peers)");
  await promisify(execFile)("npm", ["ci", "--ignore-scripts"], { cwd: PEERS });
}

export function versions(proxies: readonly MeasuredProxy[]): Record<string, string> {
  const version = (folder: string): string => JSON.parse(readFileSync(`${folder}/package.json`, "utf8")).version;
  return {
    undici: version(new URL("../node_modules/undici", import.meta.url).pathname),
    ...(proxies.some(({ name }) => name === ROUTED) && { "@portkey-ai/gateway": version(PORTKEY) }),
    wrk: execFileSync("sh", ["-c", "wrk -v 2>&1 || true"], { encoding: "utf8" }).match(/wrk (\S+)/)?.[1] ?? "unknown",
  };
}
