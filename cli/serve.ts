/** `routec serve main.route` */
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import type { Compiled } from "../runtime/proxy/admin.ts";
import { keepCode } from "../runtime/start/compiled-code.ts";
import type { Policy } from "../runtime/table/index.ts";
import { type Command, define, EXIT, InputError, UsageError, type Values, wholeNumber } from "./command.ts";
import { exampleCall } from "./example-call.ts";
import { fileProblem, tryReading } from "./files.ts";
import { readPolicy } from "./policy.ts";
import { fromHere, REPORT } from "./report.ts";

/**
 * Bytes of bytecode of other functions that V8 compiles into a hot one; its own measure is 920. A request passes through
 * many small functions, and what the calls between them cost adds up.
 */
const INLINED = 2000;
/**
 * V8 makes objects in its old space right away where the first of their kind outlived a collection, as the decisions do
 * that `/decisions` keeps. Those of a proxy die with their request all the same, and until the next full collection hold
 * on to all that they knew.
 */
const FLAGS = `--max-inlined-bytecode-size-cumulative=${INLINED} --no-allocation-site-pretenuring`;
/**
 * Milliseconds until they are set: V8 takes no code from its cache that was compiled with other flags, and Node's modules
 * and the first requests live on that.
 */
const SETTLED = 1_000;

async function tuneEngine(): Promise<void> {
  keepCode();
  const { setFlagsFromString } = await import("node:v8");
  setFlagsFromString(FLAGS);
}

const OPTIONS = {
  port: { type: "string", short: "p", value: "number", help: "the port to listen on (8080); 0 is any free one" },
  host: { type: "string", value: "address", help: "the address to listen on (127.0.0.1)" },
  "admin-port": { type: "string", value: "number", help: "the port of the admin address (the one after --port)" },
  state: { type: "string", value: "folder", help: "where budgets, limits and the decision log are kept (.routec)" },
  workers: { type: "string", value: "number", help: "threads that serve (one for each core)" },
  watch: { type: "boolean", help: "serve the policy anew when its files change" },
  config: { type: "string", value: "file", help: "further settings: docs/serving.md has them all" },
  ...REPORT,
} as const;

export const command: Command = define({
  usage: "serve <main.route|policy.json>",
  about: `Runs the proxy: an OpenAI-compatible API whose models are the policy's routes. Without \`auth\` in its configuration it
asks nobody who they are, and answers only on loopback. Health, metrics, the policy and the last decisions are on the
admin address. Interrupt it once and it finishes the requests that it has; twice, and it stops at once. SIGHUP reopens
its log.`,
  options: OPTIONS,
  takes: [1, 1],
  examples: [
    "routec serve main.route",
    "routec serve main.route --watch",
    "routec serve policy.json --config routec.config.json --workers 4",
  ],
  async run(values, [path = ""]) {
    const { config, settings } = await configuration(values);
    const policy = await readPolicy(path, values);
    if (policy === undefined) return EXIT.findings;

    const { startService } = await import("../runtime/service/service.ts");
    const { host, port: asked } = settings.listen;
    const report = (message: string): void => void process.stderr.write(`routec: ${message}\n`);
    const isSource = !path.endsWith(".json");
    const service = await startService({
      policy,
      config,
      folder: dirname(path),
      threads: settings.workers ?? threadsHere(),
      ...(isSource && { compile: (text: string) => compiled(path, text) }),
      report,
    }).catch((error: unknown) => {
      throw explained(error, host, asked, settings.state);
    });
    setTimeout(tuneEngine, SETTLED).unref();
    // Before anybody learns that it serves, and can tell it to stop.
    const stopped = interrupted();
    process.on("SIGHUP", () => void service.reopen().catch((error: unknown) => report(String(error))));
    const base = `${settings.tls === undefined ? "http" : "https"}://${hostOf(host)}:${service.address.port}`;
    const { port: adminPort, address: adminHost } = service.admin;
    const watching = settings.reload.watch ? await watch(path, service, policy, values, report) : undefined;
    process.stderr.write(
      [
        `serving ${path} at ${base}/v1: ${policy.table.routes.flatMap(({ names }) => names).join(", ")}`,
        `admin at http://${hostOf(adminHost)}:${adminPort}: /healthz /readyz /metrics /policy /decisions`,
        ...(settings.auth === undefined
          ? ["no authentication: it answers only on loopback, and claims are empty"]
          : settings.auth === "none"
            ? ["no authentication, as it was told: whoever reaches it is answered, and claims are empty"]
            : []),
        "",
        ...exampleCall(policy.table, base, typeof settings.auth === "object"),
        "",
      ].join("\n"),
    );
    await stopped;
    process.stderr.write("finishing the requests under way; interrupt again to stop at once\n");
    watching?.close();
    await service.close();
    return EXIT.well;
  },
});

type ServeValues = Values<typeof OPTIONS>;
type Configuration = typeof import("../runtime/config/index.ts");

/** What was configured, by file, environment and flags. Throws InputError and UsageError for what cannot be. */
async function configuration(values: ServeValues) {
  const { CONFIG_FILE, ConfigError, ...parts } = await import("../runtime/config/index.ts");
  const { configFromEnvironment, mergeConfigs, readConfigFile, settingsOf, unknownVariables } = parts;
  const { env } = process;
  for (const name of unknownVariables(env))
    process.stderr.write(`routec: the environment variable \`${name}\` is no setting of routec's\n`);
  const file = values.config ?? env[CONFIG_FILE];
  try {
    const written = file === undefined ? {} : tryReading(file, () => readConfigFile(file));
    const config = mergeConfigs(written, configFromEnvironment(env), flagsOf(values));
    const settings = settingsOf(config, env);
    await refuseStrangers(settings);
    return { config, settings };
  } catch (error) {
    throw error instanceof ConfigError ? new InputError(error.message) : error;
  }
}

function flagsOf(values: ServeValues): ReturnType<Configuration["parseConfig"]> {
  const port = (option: "port" | "admin-port"): number | undefined => {
    const given = values[option];
    return given === undefined ? undefined : wholeNumber(`--${option}`, given, 0, 65_535);
  };
  const [listenPort, adminPort] = [port("port"), port("admin-port")];
  const { host, state, workers, watch: watched } = values;
  return {
    ...((listenPort !== undefined || host !== undefined) && {
      listen: { ...(listenPort !== undefined && { port: listenPort }), ...(host !== undefined && { host }) },
    }),
    ...(adminPort !== undefined && { admin: { port: adminPort } }),
    ...(state !== undefined && { state }),
    ...(workers !== undefined && { workers: wholeNumber("--workers", workers, 1, 1024) }),
    ...(watched === true && { reload: { watch: true } }),
  };
}

/** Nobody from outside is let in unless that was said. */
async function refuseStrangers({ listen, admin, auth }: ReturnType<Configuration["settingsOf"]>): Promise<void> {
  const { whyNotListen, whyNotListenAdmin } = await import("../runtime/auth/index.ts");
  const said = auth === undefined ? "nothing" : auth === "none" ? "all" : "some";
  const why = whyNotListen(listen.host, said) ?? whyNotListenAdmin(admin.host, admin.token);
  if (why !== undefined) throw new UsageError(why);
}

/** Linux shares a port's connections out among threads; elsewhere one thread serves. */
function threadsHere(): number {
  return process.platform === "linux" ? availableParallelism() : 1;
}

function hostOf(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** Why the proxy could not be started, where that is the caller's to change. */
const TELLING: ReadonlySet<string> = new Set([
  ...["ConfigError", "EndpointError", "LinkError", "RedisMissingError", "SignalError"],
  ...["StoreError", "UnservedError", "PackageError", "UnsetEnvironmentError"],
]);

function explained(error: unknown, host: string, port: number, state: string): unknown {
  if (!(error instanceof Error)) return error;
  if (TELLING.has(error.name)) return new InputError(error.message);
  // Of a worker's error there is the message alone, which ends with the path where there is one.
  const { code, syscall, path = /'([^']*)'$/.exec(error.message)?.[1] ?? state } = error as NodeJS.ErrnoException;
  const written = fileProblem(error, "write", path);
  if (written !== undefined && syscall !== "listen")
    return new InputError(code === "EEXIST" ? `\`${path}\` is a file: expected a folder` : written);
  switch (code) {
    case "EADDRINUSE":
      return new InputError(
        `port ${port} of ${host}, or that of the admin address, is in use by another program; \`--port\` and \`--admin-port\` take others`,
      );
    case "EACCES":
      return new InputError(`port ${port} of ${host} is not open to this user; \`--port\` takes another`);
    case "EADDRNOTAVAIL":
      return new InputError(`\`${host}\` is no address of this machine`);
    default:
      return error;
  }
}

/** Why a library is not served, which has no errors. */
const NO_ROUTE = "the policy has no route, so there is nothing to serve";

/** A policy's source, sent in place of the file at `path`, compiled. */
async function compiled(path: string, text: string): Promise<Compiled> {
  const { compile } = await import("../compiler/index.ts");
  const { renderJson } = await import("../compiler/diagnostics/json.ts");
  const { table, diagnostics, sources } = compile({ text, path });
  if (table !== undefined) return { table };
  const failed = diagnostics.some(({ severity }) => severity === "error");
  return {
    why: failed ? "the policy has errors" : NO_ROUTE,
    diagnostics: JSON.parse(renderJson(diagnostics, sources)).diagnostics,
  };
}

/** A policy's file as it is now, and what to do when that is another than is served. */
interface Watchable {
  readonly hash: string | undefined;
  readonly files: readonly string[];
  /** Serves it anew, and resolves to the files to watch from then on. */
  changed(): Promise<readonly string[]>;
}

/** Serves the policy anew when one of its files changes: as long as it has errors the one before goes on. */
async function watch(
  path: string,
  service: { replace(policy: Policy): Promise<void> },
  served: Policy,
  values: ServeValues,
  report: (message: string) => void,
) {
  const { watchFiles } = await import("./watch.ts");
  const take = async (policy: Policy): Promise<void> => {
    await service.replace(policy);
    report(`serving \`${path}\` anew: ${policy.table.hash}`);
  };
  const watchable = path.endsWith(".json") ? watchTable : watchSource;
  const { hash, files, changed } = await watchable(path, take, values, report);
  const failed = (error: unknown): void => report(error instanceof Error ? error.message : String(error));
  const watching = watchFiles(files, changed, { report: failed });
  // What changed after it was read and before it was watched.
  if (hash !== served.table.hash) await changed().catch(failed);
  watching.look();
  return watching;
}

type Take = (policy: Policy) => Promise<void>;

async function watchTable(path: string, take: Take, values: ServeValues): Promise<Watchable> {
  const files = [path];
  const read = (): Promise<Policy | undefined> => readPolicy(path, values);
  async function changed(): Promise<readonly string[]> {
    const policy = await read();
    if (policy !== undefined) await take(policy);
    return files;
  }
  return { hash: (await read().catch(() => undefined))?.table.hash, files, changed };
}

async function watchSource(
  path: string,
  take: Take,
  values: ServeValues,
  report: (message: string) => void,
): Promise<Watchable> {
  const { readFileSync, realpathSync } = await import("node:fs");
  const { compile } = await import("../compiler/index.ts");
  const { load } = await import("../runtime/table/index.ts");
  const { reportAside } = await import("./report.ts");

  /** Every file that compiling looked at, there or not, is one that matters. */
  function look() {
    const files = new Set<string>();
    const read = (file: string): Uint8Array => {
      files.add(file);
      return readFileSync(file);
    };
    const result = compile(path, { fileSystem: { read, real: realpathSync } });
    return { ...result, files: [...files] };
  }

  async function changed(): Promise<readonly string[]> {
    const { table, files, ...findings } = look();
    const failed = reportAside(fromHere(findings, path), values);
    if (failed) report(`\`${path}\` has errors: the policy before it is served on`);
    else if (table === undefined) report(`\`${path}\`: ${NO_ROUTE}; the one before it is served on`);
    else await take(load(table));
    return files;
  }

  const { table, files } = look();
  return { hash: table?.hash, files, changed };
}

/** Resolves at the first SIGINT or SIGTERM; the second ends the process with the code that shells use for it. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (code: number) => (): void => {
      if (stopping) process.exit(code);
      stopping = true;
      resolve();
    };
    process.on("SIGINT", stop(130));
    process.on("SIGTERM", stop(143));
  });
}
