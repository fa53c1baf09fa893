/** The zone in which a policy tells the time. */
import { nearest } from "../diagnostics/index.ts";
import type { ZoneDeclaration } from "../syntax/index.ts";
import type { ProgramFile } from "./program.ts";
import { didYouMean, type Report } from "./report.ts";

/** The zone of the program's `time zone`, or else UTC. */
export function checkZone(files: readonly ProgramFile[], report: Report): string {
  let first: { node: ZoneDeclaration; file: ProgramFile } | undefined;
  for (const file of files)
    for (const node of file.tree.declarations) {
      if (node.kind !== "zone") continue;
      if (first === undefined) first = { node, file };
      else
        report.error("RT2002", file.name, node.keyword, "a program has one `time zone`, and this is another", {
          related: [{ file: first.file.name, span: first.node.keyword, message: "the first one" }],
        });
    }
  const zone = first?.node.zone;
  if (first === undefined || zone === undefined || zone.text === "") return "UTC";
  if (!isZone(zone.text)) reportZone(zone.text, first.file.name, zone.span, report);
  return zone.text;
}

/** Whether a text names a zone of the IANA database, as this Node knows it. */
export function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    // An offset such as `+02:00` names no zone: it has no summer time.
    return !/^[+-]/.test(text);
  } catch {
    return false;
  }
}

export function reportZone(text: string, file: string, span: { start: number; end: number }, report: Report): void {
  report.error("RT2004", file, span, `\`${text}\` is no time zone: expected one such as \`Europe/Warsaw\``, {
    ...didYouMean(nearest(text, Intl.supportedValuesOf("timeZone")), true),
  });
}
