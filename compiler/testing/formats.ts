/** Results of tests for screen readers and for other programs. */
import { printable } from "../diagnostics/cells.ts";
import { escapeData, escapeProperty } from "../diagnostics/github.ts";
import type { Place, Related, Sources } from "../diagnostics/index.ts";
import { escapeXml } from "../diagnostics/junit.ts";
import { type LineIndex, lineIndex } from "../diagnostics/position.ts";
import type { TestResult } from "./run.ts";

/** A sentence for each expectation that does not hold: `main.route:42:3: failed: the title: came instead`. */
export function renderPlainResults(results: readonly TestResult[], sources: Sources): string {
  const at = pointer(sources);
  return results
    .flatMap(({ title, failures, lines }) =>
      failures.map((failure) => [`${at(failure)}: failed: ${title}: ${told(failure, sources)}`, ...lines].join("; ")),
    )
    .map((line) => `${printable(line)}\n`)
    .join("");
}

/** What `routec test --format json` prints, but for coverage. */
export function resultsJson(results: readonly TestResult[], sources: Sources): object {
  const lines = indexes(sources);
  const place = ({ file, span }: Place): object => {
    const index = lines.get(file) ?? lineIndex("");
    return { file, range: { start: index.position(span.start), end: index.position(span.end) } };
  };
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  return {
    format: 1,
    tests: results.map((result) => ({
      title: result.title,
      ...place(result),
      passed: result.failures.length === 0,
      failures: result.failures.map((failure) => ({ ...place(failure), message: failure.message })),
      trace: result.trace && {
        route: result.trace.route,
        rule: result.trace.rule,
        plan: result.trace.plan,
        signals: Object.fromEntries(result.trace.signals.map(({ name, value }) => [name, value])),
        attempts: result.trace.attempts.map(({ model, judge, left, at, milliseconds, end, failure, detail, cost }) => ({
          ...{ model, judge, left, at, milliseconds, end, failure, detail, cost },
        })),
        outcome: result.trace.outcome,
        cost: result.trace.cost / 1e9,
        milliseconds: result.trace.milliseconds,
      },
    })),
    summary: { files: sources.size, tests: results.length, passed: results.length - failed, failed },
  };
}

/** A suite for each file, a case for each test. */
export function renderJunitResults(results: readonly TestResult[], sources: Sources): string {
  const at = pointer(sources);
  const byFile = Map.groupBy(results, ({ file }) => file);
  const failed = (of: readonly TestResult[]): number => of.filter(({ failures }) => failures.length > 0).length;
  const suites = [...byFile].map(([file, own]) => {
    const cases = own.map(({ title, failures, lines }) => {
      const head = `    <testcase name="${escapeXml(title)}" classname="${escapeXml(file)}"`;
      if (failures.length === 0) return `${head}/>\n`;
      const each = failures.map((failure) => `${at(failure)}: ${told(failure, sources)}`);
      const message = escapeXml(failures.map((failure) => told(failure, sources)).join("; "));
      const text = [...each, ...lines].map(escapeXml).join("\n");
      return `${head}>\n      <failure type="expectation" message="${message}">${text}</failure>\n    </testcase>\n`;
    });
    const counts = `tests="${own.length}" failures="${failed(own)}" errors="0"`;
    return `  <testsuite name="${escapeXml(file)}" ${counts}>\n${cases.join("")}  </testsuite>\n`;
  });
  const counts = `tests="${results.length}" failures="${failed(results)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="routec test" ${counts}>\n${suites.join("")}</testsuites>\n`;
}

/** An annotation of GitHub Actions beside each expectation that does not hold. */
export function renderGithubResults(results: readonly TestResult[], sources: Sources): string {
  const lines = indexes(sources);
  return results
    .flatMap(({ title, failures, lines: way }) =>
      failures.map((failure) => {
        const { file, span } = failure;
        const { line, character } = (lines.get(file) ?? lineIndex("")).position(span.start);
        const properties = { file, line: line + 1, col: character + 1, title: `failed: ${title}` };
        const written = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
        const data = [told(failure, sources), ...way].map((each) => escapeData(printable(each))).join("%0A");
        return `::error ${written.join(",")}::${data}\n`;
      }),
    )
    .join("");
}

/** What was expected, as it is written, and what came; of a test that could not be run, why. */
function told({ file, span, message }: Related, sources: Sources): string {
  const text = (sources.get(file) ?? "").slice(span.start, span.end).replaceAll(/\s+/g, " ");
  return text.startsWith("expect ") ? `\`${text}\`, but ${message}` : message;
}

function indexes(sources: Sources): ReadonlyMap<string, LineIndex> {
  return new Map([...sources].map(([file, text]) => [file, lineIndex(text)]));
}

function pointer(sources: Sources): (place: Place) => string {
  const lines = indexes(sources);
  return ({ file, span }) => {
    const position = lines.get(file)?.position(span.start);
    return position === undefined ? file : `${file}:${position.line + 1}:${position.character + 1}`;
  };
}
