/** From the arguments to the verb, and from what went wrong to the exit code. */
import { readFileSync } from "node:fs";
import { compiledFor, keepCode } from "../runtime/start/compiled-code.ts";
import { EXIT, InputError, readArguments, UsageError } from "./command.ts";
import { fileProblem } from "./files.ts";
import { findVerb, VERBS } from "./verbs.ts";

/** Runs `routec` with these arguments and returns its exit code. Never throws. */
export async function run(args: readonly string[]): Promise<number> {
  const [first = "help", ...rest] = args;
  // A reader that has seen enough, as `head`, closes the pipe: that is no error.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(process.exitCode ?? EXIT.well);
      const problem = fileProblem(error, "write", "standard output");
      process.exit(failed(problem === undefined ? error : new InputError(problem), first));
    });
  }
  process.on("uncaughtException", (error) => process.exit(failed(error, first)));
  try {
    if (first === "--version" || first === "-v" || first === "-V") {
      process.stdout.write(`routec ${version()}\n`);
      return EXIT.well;
    }
    return await runVerb(first === "--help" || first === "-h" ? "help" : first, rest);
  } catch (error) {
    return failed(error, first);
  }
}

async function runVerb(name: string, args: readonly string[]): Promise<number> {
  const verb = findVerb(name);
  compiledFor(name);
  const { command } = await verb.load();
  const { values, paths } = readArguments(command, args);
  if (values.help === true) {
    const { helpOn } = await import("./help.ts");
    process.stdout.write(helpOn(command));
    return EXIT.well;
  }
  const code = await command.run(values, paths);
  keepCode();
  return code;
}

function failed(error: unknown, verb: string): number {
  const problem = error instanceof InputError ? error.message : fileProblem(error, "read");
  if (problem !== undefined) {
    const topic = VERBS.has(verb) && verb !== "help" ? `help ${verb}` : "help";
    const hint = error instanceof UsageError ? `\`routec ${topic}\` says how it is used\n` : "";
    process.stderr.write(`routec: ${problem}\n${hint}`);
    return EXIT.usage;
  }
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(
    [
      `routec: this is a fault of routec's own, not of your policy: ${name}: ${message}`,
      `please report it with the policy, the command line and this: routec ${version()}, Node ${process.versions.node}, ${process.platform}`,
      process.env.ROUTEC_DEBUG === "1" ? (stack ?? "") : "with ROUTEC_DEBUG=1 in the environment it says where",
      "",
    ].join("\n"),
  );
  return EXIT.fault;
}

/** The package lies one folder above, of the bundle as of the source. */
function version(): string {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
}
