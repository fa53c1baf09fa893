/** Runs as people read them: the Markdown tables of `docs/performance.md`, and how they get there. */
import type { CheckResult } from "./check.ts";
import type { DecideResult } from "./decide.ts";
import { DIALECT_SERIES, DIALECTS, type DialectsResult } from "./dialects.ts";
import { type LspResult, ROWS } from "./lsp.ts";
import type { Machine } from "./machine.ts";
import { ROUTED, TWO, WHOLE } from "./proxies.ts";
import { SERIES } from "./proxy.ts";
import type { ProxyResult, ProxyRow, ProxySeries } from "./rounds.ts";
import type { StagesResult } from "./stages.ts";
import type { StartResult } from "./start.ts";
import type { Summary } from "./statistics.ts";

interface RunFacts {
  /** ISO 8601 date. */
  readonly date: string;
  readonly command: string;
  readonly machine: Machine;
}

/** One run, as it is kept in `dist/bench`. */
export type BenchRun = RunFacts &
  (
    | { readonly bench: "check"; readonly result: CheckResult }
    | { readonly bench: "decide"; readonly result: DecideResult }
    | { readonly bench: "dialects"; readonly result: DialectsResult }
    | { readonly bench: "proxy" | "workers"; readonly result: ProxyResult }
    | { readonly bench: "start"; readonly result: StartResult }
    | { readonly bench: "lsp"; readonly result: LspResult }
    | { readonly bench: "simulation" | "replay"; readonly result: StagesResult }
  );

/** Replaces what stands between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. Throws when the markers are missing. */
export function replaceSection(page: string, name: string, text: string): string {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [start, end] = [page.indexOf(open), page.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`the page has no section between \`${open}\` and \`${close}\``);
  return `${page.slice(0, start + open.length)}\n${text}\n${page.slice(end)}`;
}

/** A run in Markdown: what it was measured on, the targets, the tables. */
export function render(run: BenchRun): string {
  const { processor, cores, memory, system, node } = run.machine;
  const facts = [processor, `${cores} cores`, `${memory} GB`, system, `Node ${node}`, ...versionsOf(run)].join(", ");
  return [`Measured ${run.date} with \`${run.command}\` on: ${facts}.`, ...bodyOf(run)].join("\n\n");
}

function versionsOf(run: BenchRun): string[] {
  if (run.bench === "decide") return run.result.peers.map(({ version }) => version);
  if (run.bench === "check") return run.result.cedar === undefined ? [] : [`cedar-wasm ${run.result.cedar}`];
  return run.bench === "proxy" || run.bench === "workers"
    ? Object.entries(run.result.versions).map(([name, version]) => `${name} ${version}`)
    : [];
}

function bodyOf(run: BenchRun): string[] {
  switch (run.bench) {
    case "check":
      return renderCheck(run.result);
    case "decide":
      return renderDecide(run.result);
    case "dialects":
      return renderDialects(run.result);
    case "proxy":
      return renderProxy(run.result);
    case "workers":
      return renderWorkers(run.result);
    case "start":
      return renderStart(run.result);
    case "lsp":
      return renderLsp(run.result);
    case "simulation":
    case "replay":
      return renderStages(run.result);
  }
}

function renderCheck({ files, rules, commands, again, engines, cedar, foreign }: CheckResult): string[] {
  const command = (count: number) => commands.find((row) => row.rules === count);
  const perSecond = ({ median }: Summary) => grouped(rules / (median / 1000));
  return [
    targets([
      ["`routec check` of 1,000 rules, whole process", command(1000)?.time, 1000, " ms"],
      ["check again after one keystroke", again[0]?.time, 50, " ms"],
      ["memory of `routec check` of 10,000 rules", command(10_000)?.memory, 200, " MB"],
    ]),
    table(
      [`\`routec check\`, ${files} files`, "ms", "resident memory at most, MB"],
      commands.map(({ rules: count, time, memory }) => [`${grouped(count)} rules`, spread(time, 0), spread(memory, 0)]),
    ),
    table(
      [`check of ${grouped(rules)} rules again, after`, "ms"],
      again.map(({ after, time }) => [after, spread(time, 1)]),
    ),
    table(
      ["engine, warm", `ms for ${grouped(rules)}`, "rules/s", "time ÷ Cedar's"],
      engines.map(({ engine, time, toCedar }) => [
        engine,
        spread(time, 1),
        perSecond(time),
        toCedar === undefined ? "not measured" : engine.startsWith("Cedar") ? "1" : spread(toCedar, 2),
      ]),
    ),
    ...(cedar === undefined ? ["Cedar is not installed: `npm ci --ignore-scripts` in `bench/peers`."] : []),
    `n = ${commands[0]?.time.n ?? 0}, ${again.map(({ time }) => time.n).join(" and ")}, ${engines[0]?.time.n ?? 0}; others kept ${foreign.toFixed(2)} cores busy.`,
  ];
}

function renderDecide({ rows, peers }: DecideResult): string[] {
  const at = (rules: number) => rows.find((row) => row.rules === rules);
  const toLookUps = (rules: number) => {
    const row = at(rules);
    return row && { median: row.routec.median / row.floor.median };
  };
  return [
    targets([
      ["a decision among 100 rules", at(100)?.routec, 150, " ns"],
      ["the same, × look-ups alone", toLookUps(100), 1.5, ""],
      ["a decision among 1,000 rules", at(1000)?.routec, 300, " ns"],
      ["a decision among 10,000 rules", at(10_000)?.routec, 300, " ns"],
      ["the same, × look-ups alone", toLookUps(10_000), 2.4, ""],
    ]),
    table(
      [
        "rules",
        "routec, ns",
        "interpreted scan, ns",
        "look-ups alone, ns",
        "routec ÷ look-ups",
        "rule that decides, mean",
        "compile, ms",
        "load, ms",
      ],
      rows.map((row) => [
        grouped(row.rules),
        spread(row.routec, 0),
        spread(row.scan, 0),
        spread(row.floor, 0),
        (row.routec.median / row.floor.median).toFixed(2),
        grouped(row.meanRule),
        row.compile.toFixed(0),
        row.load.toFixed(1),
      ]),
    ),
    peers.length === 0
      ? "Other engines are not installed: `npm ci --ignore-scripts` in `bench/peers`."
      : table(
          [
            "other engines, µs",
            ...rows.map(({ rules }) => `${grouped(rules)} rules`),
            ...rows.slice(-1).map(() => "÷ routec"),
          ],
          peers.map(({ name }, index) => [
            name,
            ...rows.map((row) => grouped((row.peers[index]?.median ?? Number.NaN) / 1000, 1)),
            ...rows.slice(-1).map((row) => grouped((row.peers[index]?.median ?? Number.NaN) / row.routec.median)),
          ]),
        ),
  ];
}

function renderDialects({ series }: DialectsResult): string[] {
  const toBare = (name: string, row: string) =>
    series.find((each) => each.name === name)?.rows.find((each) => each.name === row)?.toBare;
  return [
    targets([
      [
        "chat completions to Anthropic, CPU per request at 1 kB, × bare",
        toBare(DIALECT_SERIES.whole, DIALECTS.translated),
        2,
        "",
      ],
      [
        "messages passed through, CPU per request at 1 kB, × bare",
        toBare(DIALECT_SERIES.whole, DIALECTS.passed),
        1.3,
        "",
      ],
      [
        "messages passed through, CPU per streamed event, × bare",
        toBare(DIALECT_SERIES.streams, DIALECTS.passed),
        1.2,
        "",
      ],
      [
        "chat completions to Anthropic, CPU per streamed event, × bare",
        toBare(DIALECT_SERIES.streams, DIALECTS.translated),
        2,
        "",
      ],
    ]),
    ...series.map(({ name, rows }) =>
      table(
        [name, "CPU µs", "× bare"],
        rows.map((row) => [row.name, spread(row.cpu, 1), row.name === DIALECTS.bare ? "1" : spread(row.toBare, 2)]),
      ),
    ),
    `n = ${series[0]?.rows[0]?.cpu.n ?? 0}.`,
  ];
}

function renderProxy({ series }: ProxyResult): string[] {
  const row = (name: string, proxy: string) =>
    series.find((each) => each.name === name)?.rows.find((each) => each.proxy === proxy);
  const routec = (name: string) => row(name, "routec");
  const whole = (name: string) => row(name, WHOLE);
  const portkeys = row(SERIES.small, ROUTED)?.toWhole;
  return [
    targets([
      ["CPU per request at 1 kB, × bare", routec(SERIES.small)?.toBare, 1.2, ""],
      ["CPU per request at 100 kB, × parsing", routec(SERIES.large)?.toParse, 0.4, ""],
      ["first streamed event, later than bare", routec(SERIES.stream)?.later, 150, " µs"],
      ["CPU per streamed event, × bare", routec(SERIES.streams)?.toBare, 1.2, ""],
      ["all of it: CPU per request at 1 kB, × bare", whole(SERIES.small)?.toBare, 1.3, ""],
      ["all of it: CPU per request at 100 kB, × parsing", whole(SERIES.large)?.toParse, 0.4, ""],
      ["all of it: first streamed event, later than bare", whole(SERIES.stream)?.later, 200, " µs"],
      // A twelfth.
      [
        "all of it: CPU per request at 1 kB, × Portkey's with the same rules",
        portkeys && { median: 1 / portkeys.median },
        0.083,
        "",
      ],
    ]),
    ...series.flatMap((each) => [`**${each.name}**`, seriesTable(each)]),
  ];
}

function renderWorkers({ series }: ProxyResult): string[] {
  const two = series.flatMap(({ rows }) => rows).find(({ proxy }) => proxy === TWO);
  return [
    // At 1.11 times the cost two cores carry 1.8 times as much.
    targets([
      ["two workers: CPU per request, × that of two processes that share nothing", two?.toApart, 1.11, ""],
      ["the same, × one worker's", two?.toWhole, 1.11, ""],
    ]),
    ...series.flatMap((each) => [`**${each.name}**`, seriesTable(each)]),
  ];
}

function seriesTable({ unit, rows, foreign }: ProxySeries): string {
  const streams = unit === "event";
  const hasParse = rows.some(({ proxy }) => proxy === "parse");
  const head = [
    "proxy",
    `CPU µs/${unit}`,
    "× bare",
    ...(hasParse ? ["× parse"] : []),
    `${streams ? "first event" : "latency"} p50 / p99, µs`,
    "p50 later than bare, µs",
    `${unit}s/s`,
    ...(streams ? ["events at once"] : []),
  ];
  const line = ({ proxy, cpu, toBare, toParse, p50, p99, later, rate, together }: ProxyRow): string[] => [
    proxy,
    spread(cpu, 1),
    proxy === "bare" ? "1" : spread(toBare, 2),
    ...(hasParse ? [proxy === "parse" ? "1" : spread(toParse, 2)] : []),
    `${grouped(p50.median)} / ${grouped(p99.median)}`,
    proxy === "bare" ? "0" : spread(later, 0),
    grouped(rate.median),
    ...(streams ? [together.median.toFixed(2)] : []),
  ];
  const n = rows[0]?.cpu.n ?? 0;
  return `${table(head, rows.map(line))}\n\nn = ${n}; others kept at most ${foreign.toFixed(2)} cores busy.`;
}

function renderStart({ rows }: StartResult): string[] {
  const check = rows.find(({ command }) => command.startsWith("routec check"));
  const serve = rows.find(({ command }) => command.startsWith("routec serve"));
  return [
    targets([
      ["`routec check examples/quickstart.route`", check?.milliseconds, 150, " ms"],
      ["`routec serve policy.json` to the first answer", serve?.milliseconds, 250, " ms"],
    ]),
    table(
      ["command", "ms", "more than `node -e 0`, ms"],
      rows.map(({ command, milliseconds, more }, index) => [
        `\`${command}\``,
        spread(milliseconds, 0),
        index === 0 ? "0" : spread(more, 0),
      ]),
    ),
    `n = ${rows[0]?.milliseconds.n ?? 0}.`,
  ];
}

function renderLsp({ lines, rows, foreign }: LspResult): string[] {
  const timeOf = (what: string) => rows.find((row) => row.what === what)?.time;
  return [
    targets([
      ["completion", timeOf(ROWS.completion), 30, " ms"],
      ["hover", timeOf(ROWS.hover), 30, " ms"],
      ["a finding of names or types is shown", timeOf(ROWS.unknown), 150, " ms"],
    ]),
    table(
      [`after a key in a file of ${grouped(lines)} lines`, "ms", "CPU time of the server, ms"],
      rows.map(({ what, time, cpu }) => [what, spread(time, 0), spread(cpu, 0)]),
    ),
    `n = ${rows[0]?.time.n ?? 0}; others kept ${foreign.toFixed(2)} cores busy.`,
  ];
}

function renderStages({ rows, target: { what: wanted, limit }, foreign }: StagesResult): string[] {
  const reached = rows.find(({ what }) => what === wanted)?.cpu;
  return [
    targets([[`${wanted}, CPU per request`, reached, limit, " µs"]]),
    table(
      ["of a request", "CPU µs", "requests a second of one core"],
      rows.map(({ what, cpu }) => [what, spread(cpu, 2), grouped(Number((1e6 / cpu.median).toPrecision(3)))]),
    ),
    `n = ${rows[0]?.cpu.n ?? 0}; others kept ${foreign.toFixed(2)} cores busy.`,
  ];
}

/** What was aimed at and what came out, by the median; a target that the run did not measure is left out. */
function targets(
  list: readonly (readonly [
    what: string,
    measured: Pick<Summary, "median"> | undefined,
    limit: number,
    unit: string,
  ])[],
): string {
  const digits = (limit: number) => (limit < 0.1 ? 3 : limit < 10 ? 2 : 0);
  return table(
    ["target", "at most", "median", "met"],
    list.flatMap(([what, measured, limit, unit]) =>
      measured === undefined
        ? []
        : [
            [
              what,
              `${limit}${unit}`,
              `${measured.median.toFixed(digits(limit))}${unit}`,
              measured.median <= limit ? "yes" : "no",
            ],
          ],
    ),
  );
}

/** `median (lower quartile–upper quartile) [min–max]`. */
function spread({ median, lowerQuartile, upperQuartile, min, max }: Summary, digits: number): string {
  const show = (value: number) => grouped(value, digits);
  return `${show(median)} (${show(lowerQuartile)}–${show(upperQuartile)}) [${show(min)}–${show(max)}]`;
}

function grouped(value: number, digits = 0): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
