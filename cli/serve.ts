/** `routec serve main.route` */
import { type Command, define, EXIT, InputError, UsageError, wholeNumber } from "./command.ts";
import { exampleCall } from "./example-call.ts";
import { readPolicy } from "./policy.ts";
import { REPORT } from "./report.ts";

export const command: Command = define({
  usage: "serve <main.route|policy.json>",
  about: `Runs the proxy: an OpenAI-compatible API whose models are the policy's routes. It answers only on loopback,
because it does not ask callers who they are. Interrupt it once and it finishes the requests that it has; twice, and
it stops at once.`,
  options: {
    port: { type: "string", short: "p", value: "number", help: "the port to listen on (8080); 0 is any free one" },
    host: { type: "string", value: "address", help: "the loopback address to listen on (127.0.0.1)" },
    ...REPORT,
  },
  takes: [1, 1],
  examples: ["routec serve main.route", "routec serve policy.json --port 9000"],
  async run(values, [path = ""]) {
    const { host = "127.0.0.1" } = values;
    const asked = wholeNumber("--port", values.port ?? "8080", 0, 65_535);
    if (!isLoopback(host)) {
      throw new UsageError(
        `\`--host ${host}\` would let others in, and routec cannot tell callers apart yet: expected 127.0.0.1, ::1 or localhost`,
      );
    }
    const policy = await readPolicy(path, values);
    if (policy === undefined) return EXIT.findings;

    const { createProxy } = await import("../runtime/index.ts");
    const notStarted = (error: unknown): never => {
      throw explained(error, host, asked);
    };
    const proxy = await createProxy(policy).catch(notStarted);
    const { port } = await proxy.listen({ port: asked, host }).catch(notStarted);
    // Before anybody learns that it serves, and can tell it to stop.
    const stopped = interrupted();
    const base = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
    process.stderr.write(
      [
        `serving ${path} at ${base}/v1: ${policy.table.routes.flatMap(({ names }) => names).join(", ")}`,
        "no authentication: it answers only on loopback, and claims are empty",
        "",
        ...exampleCall(policy.table, base),
        "",
      ].join("\n"),
    );
    await stopped;
    process.stderr.write("finishing the requests under way; interrupt again to stop at once\n");
    await proxy.close();
    return EXIT.well;
  },
});

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Why the proxy could not be started, where that is the caller's to change. */
function explained(error: unknown, host: string, port: number): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === "UnsetEnvironmentError" || error.name === "EndpointError" || error.name === "UnservedError")
    return new InputError(error.message);
  switch ((error as NodeJS.ErrnoException).code) {
    case "EADDRINUSE":
      return new InputError(`port ${port} of ${host} is in use by another program; \`--port\` takes another`);
    case "EACCES":
      return new InputError(`port ${port} of ${host} is not open to this user; \`--port\` takes another`);
    case "EADDRNOTAVAIL":
      return new InputError(`\`--host ${host}\` is no address of this machine`);
    default:
      return error;
  }
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
