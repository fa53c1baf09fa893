/** Models that their providers are about to switch off. */
import { CATALOG, DEPRECATED } from "../catalog/index.ts";
import type { Program } from "../program/program.ts";
import type { Report } from "../program/report.ts";

/**
 * Warns of declared models that the catalog knows to be deprecated. The catalog has no dates of retirement, so that what
 * it says is true of its own day: no clock is read.
 */
export function warnOfDeprecated({ models }: Program, report: Report): void {
  for (const { facts, note, place } of models) {
    if (note?.endsWith(DEPRECATED) !== true) continue;
    const message = `model \`${facts.name}\` is deprecated: the catalog of ${CATALOG.date} says so of \`${facts.upstream}\``;
    report.warning("RT2018", place.file, place.span, message, {
      help: "name a model that takes its place before its provider switches it off",
    });
  }
}
