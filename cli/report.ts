/** How findings are printed. */
import { dirname, join, sep } from "node:path";
import type { Diagnostic, Place, Sources } from "../compiler/diagnostics/diagnostic.ts";
import { renderJson } from "../compiler/diagnostics/json.ts";
import { renderPlain } from "../compiler/diagnostics/plain.ts";
import { renderHuman } from "../compiler/diagnostics/render.ts";
import type { Values } from "./command.ts";

/** Options of every verb that reports. */
export const REPORT = {
  format: {
    type: "string",
    choices: ["human", "plain", "json"],
    help: "for people (the default), for screen readers, or for programs",
  },
  color: { type: "string", choices: ["auto", "always", "never"], help: "colours; auto: on a terminal" },
} as const;

export type ReportValues = Values<typeof REPORT>;

export interface Findings {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Sources;
}

/** A file of a program, named from the current folder. */
export function placeFromHere(name: string, main: string): string {
  return join(dirname(main), name).split(sep).join("/");
}

/** Findings of a program, its files named from the current folder instead of the main file's. */
export function fromHere({ diagnostics, sources }: Findings, main: string): Findings {
  const here = (name: string): string => placeFromHere(name, main);
  const moved = <P extends Place>(place: P): P => ({ ...place, file: here(place.file) });
  return {
    diagnostics: diagnostics.map(({ related, fix, ...diagnostic }) => ({
      ...moved(diagnostic),
      ...(related && { related: related.map(moved) }),
      ...(fix && { fix: { ...fix, edits: fix.edits.map(moved) } }),
    })),
    sources: new Map([...sources].map(([name, text]) => [here(name), text])),
  };
}

/** Findings in the format that was asked for, coloured if the stream takes colour. */
export function findingsText(
  { diagnostics, sources }: Findings,
  values: ReportValues,
  stream: NodeJS.WriteStream,
): string {
  if (values.format === "json") return renderJson(diagnostics, sources);
  if (values.format === "plain") return renderPlain(diagnostics, sources);
  return renderHuman(diagnostics, sources, { color: takesColor(values.color, stream) });
}

/** Prints findings beside a result that has standard output for itself; returns whether an error is among them. */
export function reportAside(findings: Findings, values: ReportValues): boolean {
  if (findings.diagnostics.length > 0) process.stderr.write(findingsText(findings, values, process.stderr));
  return findings.diagnostics.some(({ severity }) => severity === "error");
}

/** `--color` decides; then FORCE_COLOR (force-color.org), NO_COLOR (no-color.org), and whether it is a terminal. */
export function takesColor(asked: string | undefined, stream: NodeJS.WriteStream): boolean {
  if (asked === "always") return true;
  if (asked === "never") return false;
  const { FORCE_COLOR: force = "", NO_COLOR: no = "", TERM: terminal } = process.env;
  if (force !== "") return force !== "0" && force !== "false";
  if (no !== "") return false;
  return stream.isTTY === true && terminal !== "dumb";
}
