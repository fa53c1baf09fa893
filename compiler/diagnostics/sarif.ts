/**
 * Findings for code scanning: SARIF 2.1.0 (OASIS Standard with errata 01,
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html).
 */

import { createHash } from "node:crypto";
import { CODES, type Code } from "./codes.ts";
import type { Diagnostic, Edit, Fix, Place, Severity, Sources } from "./diagnostic.ts";
import { MEANINGS } from "./meanings.ts";
import { type LineIndex, lineIndex } from "./position.ts";
import { requestJson } from "./request.ts";

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** A log with one run. Of the rules it has those that the findings name. */
export function renderSarif(diagnostics: readonly Diagnostic[], sources: Sources): string {
  const indexes = new Map<string, LineIndex>();
  for (const [file, text] of sources) indexes.set(file, lineIndex(text));
  const location = ({ file, span }: Place): PhysicalLocation => {
    const lines = indexes.get(file) ?? lineIndex("");
    const [start, end] = [lines.position(span.start), lines.position(span.end)];
    const region = {
      startLine: start.line + 1,
      startColumn: start.character + 1,
      endLine: end.line + 1,
      endColumn: end.character + 1,
    };
    return { artifactLocation: { uri: uriOf(file) }, region };
  };
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const fingerprint = fingerprints(sources);
  const results = diagnostics.map((diagnostic) => ({
    ...resultOf(diagnostic, location),
    ruleIndex: codes.indexOf(diagnostic.code),
    partialFingerprints: { "finding/v1": fingerprint(diagnostic) },
  }));
  const driver = { name: "routec", rules: codes.map((code) => ruleOf(code, gravest(code, diagnostics))) };
  const run = { tool: { driver }, columnKind: "utf16CodeUnits", results };
  return `${JSON.stringify({ $schema: SCHEMA, version: "2.1.0", runs: [run] }, null, 2)}\n`;
}

interface PhysicalLocation {
  readonly artifactLocation: { readonly uri: string };
  /** Counts from 1; the end is the column after the last. */
  readonly region: Readonly<Record<"startLine" | "startColumn" | "endLine" | "endColumn", number>>;
}

type Locate = (place: Place) => PhysicalLocation;

function resultOf(diagnostic: Diagnostic, location: Locate): object {
  const { code, severity, message, help, certainty, witness, related, fix } = diagnostic;
  return {
    ruleId: code,
    level: severity,
    message: { text: help === undefined ? message : `${message}\nhelp: ${help}` },
    locations: [{ physicalLocation: location(diagnostic) }],
    relatedLocations: related?.map((each, id) => ({
      id,
      physicalLocation: location(each),
      message: { text: each.message },
    })),
    fixes: fix && [fixOf(fix, location)],
    properties:
      certainty === undefined && witness === undefined
        ? undefined
        : { certainty, witness: witness && requestJson(witness) },
  };
}

function fixOf({ title, edits }: Fix, location: Locate): object {
  const changes = Map.groupBy(edits, ({ file }) => file);
  return {
    description: { text: title },
    artifactChanges: [...changes].map(([file, inFile]) => ({
      artifactLocation: { uri: uriOf(file) },
      replacements: inFile.map((edit: Edit) => ({
        deletedRegion: location(edit).region,
        insertedContent: { text: edit.text },
      })),
    })),
  };
}

function ruleOf(code: Code, level: Severity): object {
  const { meaning, example } = MEANINGS[code];
  const title = CODES[code];
  return {
    id: code,
    // "in Pascal case" where it can be: what people who know the rule call it.
    name: title.replace(/(?:^|\W+)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: meaning },
    help: { text: `${meaning}\n\n${example}`, markdown: `${meaning}\n\n\`\`\`route\n${example}\n\`\`\`\n` },
    defaultConfiguration: { level },
  };
}

function gravest(code: Code, diagnostics: readonly Diagnostic[]): Severity {
  return diagnostics.some((each) => each.code === code && each.severity === "error") ? "error" : "warning";
}

/** A relative reference; a path from the root is a URI of its own. */
function uriOf(file: string): string {
  const path = file.toWellFormed().split("/").map(encodeURIComponent).join("/");
  return path.startsWith("/") ? `file://${path}` : path;
}

/**
 * By what a finding is known again after lines have moved: its code, the text that it is about, and how many such
 * findings the file had before it.
 */
function fingerprints(sources: Sources): (diagnostic: Diagnostic) => string {
  const seen = new Map<string, number>();
  return ({ code, file, span }) => {
    const text = sources.get(file)?.slice(span.start, span.end) ?? "";
    const key = JSON.stringify([file, code, text]);
    const ordinal = seen.get(key) ?? 0;
    seen.set(key, ordinal + 1);
    return createHash("sha256")
      .update(JSON.stringify([code, text, ordinal]))
      .digest("hex");
  };
}
