/** `routec replay <main.route|policy.json> --traffic <file>` */
import { statSync } from "node:fs";
import type { Outage, ReplayOptions, Stated } from "../compiler/replay/index.ts";
import type { Policy } from "../runtime/table/index.ts";
import { type Command, define, EXIT, InputError, UsageError, wholeNumber } from "./command.ts";
import { fileProblem, readInput, tryReading, writeOutput } from "./files.ts";
import { readJson, readPolicy } from "./policy.ts";
import { REPORT, takesColor } from "./report.ts";

export const command: Command = define({
  usage: "replay <main.route|policy.json> --traffic <file> | --engine duckdb <files>",
  about: `Sends recorded traffic through a policy in virtual time, and says what would have come of it: cost by model, day and
tenant, when budgets run out, latency, who answers, what is refused, and which rules carry what. Requests run through the
policy's decision table, the executor and the ledger of the proxy. Nothing leaves the process.

Traffic is our decision log, JSON lines with requests of OpenAI's API, or a CSV file of arrivals and token counts. A call
that the log has goes as it went; others are drawn from the model's recorded calls, or go as --models says. Lines that
cannot be read are counted and named.

With --engine duckdb, DuckDB reads the files (Parquet, CSV, JSON lines; a pattern in quotes) and decides each request as it
was logged: rules, plans, refusals, tokens and what these cost, without virtual time. There --columns has SQL.

Exits with 0 however the replay turns out, with 1 where a policy has errors, with 2 where no request can be read.`,
  options: {
    ...REPORT,
    engine: { type: "string", choices: ["executor", "duckdb"], help: "what replays; the executor if not given" },
    traffic: { type: "string", value: "file", help: "recorded requests: .jsonl or .csv" },
    against: { type: "string", value: "old.route", help: "replay this policy too, and say what differs" },
    set: {
      type: "string",
      value: "name=value,…",
      help: "attributes, signals, model, input or output (tokens) of all requests",
    },
    columns: {
      type: "string",
      value: "name=column,…",
      help: "where time, model, input, output and attributes stand: a column, or a JSON pointer into a line",
    },
    outage: {
      type: "string",
      value: "provider@12:00-12:30,…",
      help: "a provider or model is down: every day, or from/to with dates; `=failure` behind it says how",
    },
    models: { type: "string", value: "file", help: "latency, failures and accepted answers of models, as JSON" },
    by: {
      type: "string",
      value: "attribute,…",
      help: "attributes to sum up by; those that budgets are kept per if not given",
    },
    start: { type: "string", value: "time", help: "when the first request is to have come, such as 2026-03-02T11:30" },
    seed: { type: "string", value: "number", help: "decides what is drawn; 1 when not given" },
    html: { type: "string", value: "file", help: "write a report with plots, one page that loads nothing" },
  },
  takes: [1, 2],
  examples: [
    "routec replay main.route --traffic .routec/decisions.jsonl",
    "routec replay main.route --engine duckdb 'logs/*.parquet' --against old.route",
    "routec replay new.route --against old.route --traffic decisions.jsonl --html report.html",
    "routec replay main.route --traffic trace.csv --set tier=pro --outage openai@12:00-12:30",
  ],
  async run(values, [main = "", files]) {
    const { against, format = "human" } = values;
    const traffic = values.traffic ?? files;
    if (files !== undefined && (values.traffic !== undefined || values.engine !== "duckdb"))
      throw new UsageError(`\`${files}\` is one argument too many: \`routec replay main.route --traffic <file>\``);
    if (traffic === undefined)
      throw new UsageError("`--traffic` is missing: `routec replay main.route --traffic <file>`");
    if (values.engine === "duckdb") {
      for (const option of ["outage", "models", "by", "start", "seed", "html"] as const)
        if (values[option] !== undefined)
          throw new UsageError(`\`--engine duckdb\` decides and calls nobody, so it takes no \`--${option}\``);
      const { runDuckdbReplay } = await import("./duckdb/run.ts");
      return runDuckdbReplay(main, traffic, values);
    }
    const seed = values.seed === undefined ? 1 : wholeNumber("--seed", values.seed, 0, 2 ** 31 - 1);
    const policy = await readPolicy(main, values);
    const old = against === undefined ? undefined : await readPolicy(against, values);
    if (policy === undefined || (against !== undefined && old === undefined)) return EXIT.findings;
    const size = tryReading(traffic, () => statSync(traffic)).size;

    const { ColumnError, renderHuman, renderPlain, replay, replayJson, reportOf } = await import(
      "../compiler/replay/index.ts"
    );
    const policies = old === undefined ? [policy] : [policy, old];
    const outages = await outagesOf(values.outage, policies);
    const progress = process.stderr.isTTY ? progressBar(size) : undefined;
    const options: ReplayOptions = {
      ...{ seed, outages, by: byOf(values.by, policies) },
      ...(old !== undefined && { against: old }),
      mapping: {
        set: settings("--set", values.set, policies),
        columns: settings("--columns", values.columns, policies),
      },
      stated: await statedIn(values.models, policies),
      ...(values.start !== undefined && { start: await startOf(values.start) }),
      ...(progress && { progress: progress.at }),
    };
    const replayed = await replay(traffic, policy, options)
      .catch((error: unknown) => {
        if (error instanceof ColumnError)
          throw new InputError(`\`${traffic}\`: ${error.message}; \`--columns time=…\` says where something stands`);
        const problem = fileProblem(error, "read", traffic);
        throw problem === undefined ? error : new InputError(problem);
      })
      .finally(progress?.end);
    const { found } = replayed;
    if (replayed.span === undefined) {
      const [first] = found.first;
      const why = first === undefined ? "" : `: line ${first.line}: ${first.why}`;
      throw new InputError(`\`${traffic}\` has no request that can be replayed, in ${found.lines} lines${why}`);
    }

    const names = { traffic, policy: main, against, outages, command: commandLine(main, values) };
    const report = reportOf(replayed, names);
    if (values.html !== undefined) {
      const { renderHtml } = await import("../compiler/html-report/index.ts");
      writeOutput(values.html, renderHtml(report));
    }
    const { stdout } = process;
    if (format === "json") stdout.write(`${JSON.stringify(replayJson(replayed, names), null, 2)}\n`);
    else stdout.write(format === "plain" ? renderPlain(report) : renderHuman(report, takesColor(values.color, stdout)));
    return EXIT.well;
  },
});

/** `name=value,name=value`. Throws UsageError for a name that is none of the policies'. */
function settings(option: string, text: string | undefined, policies: readonly Policy[]): ReadonlyMap<string, string> {
  const fields = ["model", "input", "output", ...(option === "--columns" ? ["time"] : [])];
  const known = new Set([...fields, ...policies.flatMap(({ table }) => [...attributesOf(table), ...signalsOf(table)])]);
  return new Map(
    (text === undefined ? [] : text.split(",")).map((pair) => {
      const [, name = "", value] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
      if (value === undefined) throw new UsageError(`\`${option}\` has \`${pair}\`: expected \`name=value\``);
      if (!known.has(name))
        throw new UsageError(`\`${option}\` sets \`${name}\`: expected one of ${[...known].join(", ")}`);
      return [name, value];
    }),
  );
}

type Table = Policy["table"];

/** Built-in attributes that plans go by are known whether or not a rule tests them. */
const OF_PLANS = ["stream", "prompt_tokens", "max_tokens"];

function attributesOf({ attributes }: Table): readonly string[] {
  const named = attributes.filter(
    ({ name, source: { from } }) =>
      from !== "state" && from !== "signal" && name !== "model" && !name.startsWith("time."),
  );
  return [...OF_PLANS, ...named.map(({ name }) => name)];
}

function signalsOf({ signals }: Table): readonly string[] {
  return signals.map(({ name }) => name);
}

/** What to sum up by: what is asked for, else what budgets are kept per. Throws UsageError. */
function byOf(text: string | undefined, policies: readonly Policy[]): readonly string[] {
  const known = new Set(policies.flatMap(({ table }) => attributesOf(table)));
  const kept = policies.flatMap(({ table }) => table.meters.flatMap(({ kind, per }) => (kind === "budget" ? per : [])));
  if (text === undefined) return [...new Set(kept)].filter((name) => known.has(name));
  const names = text.split(",");
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return names;
  throw new UsageError(`\`--by\` names \`${unknown}\`: expected one of ${[...known].join(", ")}`);
}

async function outagesOf(text: string | undefined, [policy, ...rest]: readonly Policy[]): Promise<readonly Outage[]> {
  if (text === undefined || policy === undefined) return [];
  const { readOutage, StatedError } = await import("../compiler/replay/index.ts");
  const tables = [policy, ...rest].map(({ table }) => table);
  const names = [
    ...new Set(tables.flatMap(({ providers, models }) => [...providers, ...models].map(({ name }) => name))),
  ];
  try {
    return text.split(",").map((each) => readOutage(each, names, policy.table.zone));
  } catch (error) {
    throw error instanceof StatedError ? new UsageError(`\`--outage\`: ${error.message}`) : error;
  }
}

async function statedIn(path: string | undefined, policies: readonly Policy[]): Promise<ReadonlyMap<string, Stated>> {
  if (path === undefined) return new Map();
  const { readStated, StatedError } = await import("../compiler/replay/index.ts");
  const json = readJson(path, (await readInput(path)).toString());
  try {
    return readStated(json, [...new Set(policies.flatMap(({ table }) => table.models.map(({ name }) => name)))]);
  } catch (error) {
    throw error instanceof StatedError ? new InputError(`\`${path}\`: ${error.message}`) : error;
  }
}

async function startOf(text: string): Promise<number> {
  const { timeOf } = await import("../compiler/replay/index.ts");
  const time = timeOf(text);
  if (time !== undefined) return time;
  throw new UsageError(
    `\`--start\` cannot be \`${text}\`: expected a time such as 2026-03-02T11:30, in UTC if it says no zone`,
  );
}

/** The options that decide what is found, as they would be typed. */
function commandLine(main: string, values: Readonly<Record<string, string | boolean | undefined>>): string {
  const options = ["traffic", "against", "set", "columns", "outage", "models", "by", "start", "seed"];
  const quoted = (text: string): string => (/^[\w@:./=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  const given = options.flatMap((name) =>
    values[name] === undefined ? [] : [`--${name} ${quoted(String(values[name]))}`],
  );
  return ["routec replay", quoted(main), ...given].join(" ");
}

/** Milliseconds between two looks of a progress bar. */
const BLINK = 100;

/** Of `size` bytes that are read once, or twice where calls are fitted to them first. */
function progressBar(size: number): { at(bytes: number): void; end(): void } {
  let told = 0;
  return {
    at(bytes) {
      const now = performance.now();
      if (now - told < BLINK) return;
      told = now;
      const pass = bytes > size ? 2 : 1;
      const percent = Math.floor(((bytes - (pass - 1) * size) / Math.max(1, size)) * 100);
      process.stderr.write(`\r\x1b[Kreplaying… ${pass === 2 ? "second pass " : ""}${Math.min(100, percent)}%`);
    },
    end() {
      process.stderr.write("\r\x1b[K");
    },
  };
}
