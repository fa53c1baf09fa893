/** Differences for people at a terminal, and as one line each for screen readers. */
import { styleText } from "node:util";
import { printable } from "../diagnostics/cells.ts";
import type { Difference } from "./difference.ts";
import { besideText, details, heading, summary, type Versions } from "./wording.ts";

/** The verdict, then each change with a request that shows it, then what differs beside decisions. */
export function renderHuman(difference: Difference, versions: Versions, color = false): string {
  const { verdict, decisions, names, beside, warnings, undecided } = difference;
  const bold = (text: string): string =>
    color ? styleText("bold", printable(text), { validateStream: false }) : printable(text);
  const list = (title: string, lines: readonly string[]): string[][] =>
    lines.length === 0 ? [] : [[bold(title), ...lines.map((line) => `  ${printable(line)}`)]];
  const sections = [
    [bold(`${verdict}: ${versions.before.name} → ${versions.after.name}`), summary(difference)],
    ...decisions.map((change) => {
      const rows = details(change, versions);
      const width = Math.max(...rows.map(([title]) => title.length));
      return [bold(heading(change)), ...rows.map(([title, text]) => printable(`  ${title.padEnd(width)}  ${text}`))];
    }),
    ...list("served no longer", names.removed),
    ...list("served now", names.added),
    ...list("beside decisions", beside.map(besideText)),
    ...list("not decided", undecided),
    ...warnings.map((warning) => [`${bold("warning")}: ${printable(warning)}`]),
  ];
  return sections.map((lines) => `${lines.join("\n")}\n`).join("\n");
}

/** The same, one line for each thing that differs. */
export function renderPlain(difference: Difference, versions: Versions): string {
  const { verdict, decisions, names, beside, warnings, undecided } = difference;
  const lines = [
    `${verdict}: ${summary(difference)}`,
    ...decisions.map((change) => {
      const rows = details(change, versions).map(([title, text]) => `${title}: ${text}`);
      return `decision: ${[heading(change), ...rows].join("; ")}`;
    }),
    ...names.removed.map((name) => `served no longer: ${name}`),
    ...names.added.map((name) => `served now: ${name}`),
    ...beside.map((each) => `beside decisions: ${besideText(each)}`),
    ...undecided.map((text) => `not decided: ${text}`),
    ...warnings.map((text) => `warning: ${text}`),
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
}
