import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { TWO } from "../../bench/proxies.ts";
import { SERIES } from "../../bench/proxy.ts";
import { type BenchRun, render, replaceSection } from "../../bench/report.ts";
import { summarize } from "../../bench/statistics.ts";

const machine = { processor: "Some Processor", cores: 2, memory: 24, system: "Linux 6.18", node: "v24.0.0" };
const facts = { date: "2026-01-31", machine };
const around = (value: number) => summarize([0.9, 1, 1.1].map((factor) => value * factor));

const decided: BenchRun = {
  ...facts,
  bench: "decide",
  command: "npm run bench -- decide",
  result: {
    peers: [{ name: "Peer, in order", version: "peer 1.2.3" }],
    rows: [100, 10_000].map((rules) => ({
      rules,
      routec: around(rules + 40),
      scan: around(rules * 25),
      floor: around(100),
      compile: 212.3,
      load: 4.56,
      meanRule: rules / 2,
      peers: [around(rules * 700)],
    })),
  },
};

const row = (proxy: string, cpu: number) => ({
  proxy,
  cpu: around(cpu),
  toBare: around(cpu / 50),
  toParse: around(cpu / 75),
  toWhole: around(cpu / 60),
  toApart: around(cpu / 50),
  p50: around(800),
  p99: around(4000),
  later: around(80),
  rate: around(1e6 / cpu),
  together: around(1.2),
});
const rows = [row("bare", 50), row("routec", 58), row("parse", 75)];
const proxied: BenchRun = {
  ...facts,
  bench: "proxy",
  command: "npm run bench -- proxy",
  result: {
    versions: { undici: "8.0.0" },
    series: [
      { name: SERIES.small, unit: "request", rows, foreign: 0.02 },
      { name: SERIES.stream, unit: "event", rows, foreign: 0.11 },
    ],
  },
};

const shared: BenchRun = {
  ...facts,
  bench: "workers",
  command: "npm run bench -- workers",
  result: {
    versions: { undici: "8.0.0" },
    series: [{ name: "1 kB, 64 connections", unit: "request", rows: [row("bare", 50), row(TWO, 60)], foreign: 0.02 }],
  },
};

const started: BenchRun = {
  ...facts,
  bench: "start",
  command: "npm run bench -- start",
  result: {
    rows: [
      { command: "node -e 0", milliseconds: around(30), more: around(0) },
      { command: "routec check examples/quickstart.route", milliseconds: around(160), more: around(130) },
    ],
  },
};

const simulated: BenchRun = {
  ...facts,
  bench: "simulation",
  command: "npm run bench -- simulation",
  result: {
    rows: [
      { what: "decided alone", cpu: around(0.1) },
      { what: "simulated", cpu: around(15) },
    ],
    target: { what: "simulated", limit: 20 },
    foreign: 0.03,
  },
};

const engine = (name: string, milliseconds: number, measured: boolean) => ({
  engine: name,
  time: around(milliseconds),
  toCedar: measured ? around(milliseconds / 200) : undefined,
});
const checked = (cedar: string | undefined): BenchRun => ({
  ...facts,
  bench: "check",
  command: "npm run bench -- check",
  result: {
    files: 20,
    rules: 1000,
    cedar,
    foreign: 0.04,
    commands: [
      { rules: 1000, time: around(600), memory: around(110) },
      { rules: 10_000, time: around(1900), memory: around(230) },
    ],
    again: [{ after: "a digit changed in a rule", time: around(40) }],
    engines: [
      engine("routec", 80, cedar !== undefined),
      ...(cedar === undefined ? [] : [engine("Cedar: syntax, names, types", 200, true)]),
    ],
  },
});

describe("a run in Markdown", () => {
  test.each([checked("4.13.0"), decided, proxied, shared, started, simulated])("$bench", async (run) => {
    await expect(render(run)).toMatchFileSnapshot(`./${run.bench}.golden.md`);
  });
});

test("a run without Cedar says what is missing", () => {
  const text = render(checked(undefined));
  expect(text).toContain("Cedar is not installed: `npm ci --ignore-scripts` in `bench/peers`");
  expect(text).toContain("| routec | 80.0 (76.0–84.0) [72.0–88.0] | 12,500 | not measured |");
});

describe("a section of the page", () => {
  const page = "before\n<!-- bench:decide -->\nold\n<!-- /bench:decide -->\nafter\n";

  test("is replaced, and nothing else", () => {
    expect(replaceSection(page, "decide", "new")).toBe(page.replace("old", "new"));
  });

  test("that the page does not have is an error that names it", () => {
    expect(() => replaceSection(page, "start", "new")).toThrow("no section between `<!-- bench:start -->`");
  });

  test.each([
    ...["check", "decide", "dialects", "proxy", "start"].map((name) => ["performance", name] as const),
    ["editor", "lsp"] as const,
    ...["simulation", "replay"].map((name) => [name, name] as const),
  ])("docs/%s.md has one for %s", (file, name) => {
    const text = readFileSync(new URL(`../../docs/${file}.md`, import.meta.url), "utf8");
    expect(replaceSection(text, name, "new")).toContain(`<!-- bench:${name} -->\nnew\n<!-- /bench:${name} -->`);
  });
});
