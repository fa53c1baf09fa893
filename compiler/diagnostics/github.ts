/** Findings for GitHub Actions: annotations beside the lines, and a summary of the job. */
import { printable } from "./cells.ts";
import type { Diagnostic, Sources } from "./diagnostic.ts";
import { type LineIndex, lineIndex } from "./position.ts";

/**
 * One workflow command for each finding: `::error file=…,line=…::message`
 * (https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#setting-an-error-message).
 */
export function renderGithub(diagnostics: readonly Diagnostic[], sources: Sources): string {
  const pages = pagesOf(sources);
  return diagnostics.map((diagnostic) => `${command(diagnostic, pages.get(diagnostic.file))}\n`).join("");
}

/** A summary has at most a mebibyte; the rest is counted. */
const MOST_ROWS = 1000;

/** Markdown for the file that `GITHUB_STEP_SUMMARY` names: a table of the findings. */
export function renderGithubSummary(diagnostics: readonly Diagnostic[], sources: Sources): string {
  const pages = pagesOf(sources);
  if (diagnostics.length === 0) return "### routec\n\nNothing found.\n";
  const rows = diagnostics.slice(0, MOST_ROWS).map((diagnostic) => {
    const { severity, code, message, file, span } = diagnostic;
    const line = (pages.get(file)?.position(span.start).line ?? 0) + 1;
    return `| ${severity} | ${code} | \`${cell(`${file}:${line}`)}\` | ${cell(message)} |\n`;
  });
  const rest = diagnostics.length - rows.length;
  const head = "### routec\n\n| severity | code | place | finding |\n| --- | --- | --- | --- |\n";
  return `${head}${rows.join("")}${rest > 0 ? `\n${rest} more are not shown.\n` : ""}`;
}

function pagesOf(sources: Sources): Map<string, LineIndex> {
  return new Map([...sources].map(([file, text]) => [file, lineIndex(text)]));
}

function command({ severity, code, message, help, fix, file, span }: Diagnostic, lines = lineIndex("")): string {
  const start = lines.position(span.start);
  const end = lines.position(span.end);
  const properties = {
    file,
    line: start.line + 1,
    endLine: end.line + 1,
    // Columns are understood within one line only; of several lines the runner would drop them with a complaint.
    ...(start.line === end.line && { col: start.character + 1, endColumn: end.character + 1 }),
    title: code,
  };
  const written = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  const advice = help ?? fix?.title;
  const parts = advice === undefined ? [message] : [message, `help: ${advice}`];
  return `::${severity} ${written.join(",")}::${parts.map((part) => escapeData(printable(part))).join("%0A")}`;
}

// Both as in the toolkit of GitHub's own (https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts).

export function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

export function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** A bar ends a cell of a table, even within a code span. */
function cell(text: string): string {
  return printable(text).replaceAll("|", "\\|");
}
