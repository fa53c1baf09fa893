/** `routec serve` in a process of its own, over policies of one line. Also for programs that are no tests. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DecisionLine, readLine } from "../../runtime/observe/index.ts";
import { build, isStale } from "../../tools/build.ts";

const BUNDLE = fileURLToPath(new URL("../../dist/routec.js", import.meta.url));

/** At worst a call of `a` takes 136 tokens in and 1,000 out; the usual answer takes 9 in and 4 out, for $0.000017. */
export const WORST = 2_136_000;
export const USUAL = 17_000;

/** Models `a`, which costs, and `b`, which does not, of the provider at `url`, and what else is declared. */
export function policyOf(url: string, declarations: string): string {
  return `request { tenant string from header "x-tenant" default "" }
provider somebody { protocol openai  url "${url}"  key env "UPSTREAM_KEY" }
model a = somebody "up-a" { context 8k  output 1k  price { input $1, output $2 }  can [tools, logprobs] }
model b = somebody "up-b" { context 8k  output 1k  price free }
${declarations}
`;
}

export const KEY = "sk-upstream-secret";

export interface ServiceOptions {
  /** Beside `serve` and `--port 0`. */
  readonly args?: readonly string[];
  /** Which file is served; `main.route` when not given. */
  readonly policy?: string;
  /** Further files of its folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** A configuration. */
  readonly config?: object;
  readonly env?: Readonly<Record<string, string>>;
  /** An earlier service's, which was stopped. */
  readonly folder?: string;
  /** Options of the shell's `ulimit`, such as `-f 64`. */
  readonly limit?: string;
}

export interface Service {
  readonly child: ChildProcessWithoutNullStreams;
  readonly folder: string;
  /** Such as `http://127.0.0.1:1234`. */
  readonly url: string;
  readonly admin: string;
  readonly port: number;
  /** What stands on standard error so far. */
  told(): string;
  /** Settles when standard error has something like that, from the place `from` on. */
  tells(pattern: RegExp, from?: number): Promise<void>;
  /** The code, or the signal, with which the process ended. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Starts it; resolves when it serves, and rejects with what it said when it does not. */
export async function startService(policy: string, options: ServiceOptions = {}): Promise<Service> {
  if (isStale()) await build();
  const {
    args = [],
    files = {},
    config,
    env = {},
    folder = temporary(),
    limit,
    policy: served = "main.route",
  } = options;
  const all = { ...files, "main.route": policy, ...(config && { "config.json": JSON.stringify(config) }) };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const command = [BUNDLE, "serve", served, ...(config ? ["--config", "config.json"] : []), "--port", "0", ...args];
  const shell = limit === undefined ? "" : `ulimit ${limit}; `;
  const child = spawn("bash", ["-c", `${shell}exec "$0" "$@"`, process.execPath, ...command], {
    cwd: folder,
    env: { ...process.env, UPSTREAM_KEY: KEY, ...env },
  });
  const { told, tells } = listen(child);
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once("close", (code, signal) => resolve(signal ?? code)),
  );
  await Promise.race([
    tells(/^admin at .*\n/m),
    ended.then((how) => Promise.reject(new Error(`it ended with ${how}: ${told()}`))),
  ]);
  const url = /at (http:\S+?)\/v1:/.exec(told())?.[1] ?? "";
  const admin = /admin at (http:\S+?):? \//.exec(told())?.[1] ?? "";
  return {
    ...{ child, folder, url, admin, told, tells, ended },
    port: Number(new URL(url).port),
    stop(signal = "SIGTERM") {
      child.kill(signal);
      return ended;
    },
  };
}

function listen(child: ChildProcessWithoutNullStreams): Pick<Service, "told" | "tells"> {
  let text = "";
  let waiting: { readonly isTold: () => boolean; readonly resolve: () => void }[] = [];
  child.stdin.on("error", () => {});
  child.stdout.resume();
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (chunk: string) => {
    text += chunk;
    const over = waiting.filter(({ isTold }) => isTold());
    waiting = waiting.filter((each) => !over.includes(each));
    for (const { resolve } of over) resolve();
  });
  return {
    told: () => text,
    tells(pattern, from = 0) {
      const isTold = (): boolean => pattern.test(text.slice(from));
      if (isTold()) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ isTold, resolve }));
    },
  };
}

/** A folder of a service's own; whoever makes it removes it. */
export function temporary(): string {
  return mkdtempSync(join(tmpdir(), "routec-faults-"));
}

export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** The decision log of a service, as far as it is written. */
export function decisions({ folder }: Pick<Service, "folder">, file = ".routec/decisions.jsonl"): DecisionLine[] {
  const path = join(folder, file);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line, index) => readLine(line, `${file}:${index + 1}`));
}

/** All numbers of the metric of that name together. */
export async function metric({ admin }: Pick<Service, "admin">, name: string, label = ""): Promise<number> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  return text
    .split("\n")
    .filter((line) => (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** A chat completion request. */
export function ask(
  { url }: Pick<Service, "url">,
  more: object = {},
  headers: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "chat", messages: [{ role: "user", content: "Hello" }], ...more }),
    ...(signal && { signal }),
  });
}
