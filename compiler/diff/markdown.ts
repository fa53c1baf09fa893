/** Differences as a comment on a pull request: GitHub Flavored Markdown (https://github.github.com/gfm/). */
import { printable } from "../diagnostics/cells.ts";
import { requestText } from "../diagnostics/request.ts";
import type { Change, Difference } from "./difference.ts";
import { besideText, costText, placeText, residencyText, summary, type Version, type Versions } from "./wording.ts";

/** A comment has at most 65,536 characters; the rest is counted. */
const MOST_ROWS = 100;

/** The verdict, a table of the changes, and lists of what differs beside decisions. */
export function renderMarkdown(difference: Difference, versions: Versions): string {
  const { verdict, decisions, names, beside, warnings, undecided } = difference;
  const redefined = new Map(
    decisions.flatMap((change) =>
      change.redefined.map(({ name, before, after }) => [`${code(name)}: ${code(before)} → ${code(after)}`, undefined]),
    ),
  );
  const list = (title: string, lines: readonly string[]): string[] => {
    const rest = lines.length - MOST_ROWS;
    const items = lines.slice(0, MOST_ROWS).map((line) => `- ${line}\n`);
    return lines.length === 0 ? [] : [`**${title}**\n`, items.join("") + (rest > 0 ? `- ${rest} more\n` : "")];
  };
  return [
    `### routec: ${verdict}\n`,
    `${code(versions.before.name)} → ${code(versions.after.name)}: ${summary(difference)}.\n`,
    ...(decisions.length > 0 ? [table(decisions, versions)] : []),
    ...list("What the names stand for", [...redefined.keys()]),
    ...list("Served no longer", names.removed.map(code)),
    ...list("Served now", names.added.map(code)),
    ...list("Beside decisions", beside.map(besideText).map(code)),
    ...list("Not decided", undecided.map(printable)),
    ...list("Warnings", warnings.map(printable)),
  ].join("\n");
}

function table(decisions: readonly Change[], versions: Versions): string {
  const rows = decisions.slice(0, MOST_ROWS).map((change) => {
    const { before, after, witness } = change;
    const cells = [
      withPlace(before, versions.before),
      withPlace(after, versions.after),
      code(requestText(witness)),
      costText(change) ?? "",
      residencyText(change) ?? "",
    ];
    // A bar ends a cell, even within a code span.
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  });
  const rest = decisions.length - rows.length;
  const head = "| before | after | for example | at worst | residency |\n| --- | --- | --- | --- | --- |\n";
  return `${head}${rows.join("")}${rest > 0 ? `\n${rest} more are not shown.\n` : ""}`;
}

function withPlace({ text, rule }: Change["before"], version: Version): string {
  return rule === undefined ? printable(text) : `${code(text)}<br>${code(placeText(rule, version))}`;
}

/** Text of the user's with nothing in it that Markdown would take for its own. */
function code(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const gap = longest > 0 ? " " : "";
  return `${fence}${gap}${printable(text)}${gap}${fence}`;
}
