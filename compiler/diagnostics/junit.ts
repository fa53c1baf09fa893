/** Findings as test results, for the many build servers that read JUnit's XML. */
import { printable } from "./cells.ts";
import type { Diagnostic, Sources } from "./diagnostic.ts";
import { renderPlain } from "./plain.ts";

/** A suite for each file, in it a failed case for each finding; a file without one has a case that passed. */
export function renderJunit(diagnostics: readonly Diagnostic[], sources: Sources): string {
  const sentences = renderPlain(diagnostics, sources).split("\n");
  const cases = new Map<string, string[]>([...sources.keys()].map((file) => [file, []]));
  for (const [i, diagnostic] of diagnostics.entries()) {
    const { file } = diagnostic;
    cases.set(file, [...(cases.get(file) ?? []), failed(diagnostic, sentences[i] ?? "")]);
  }
  const suites = [...cases].map(([file, failures]) => suite(file, failures));
  const count = `tests="${[...cases.values()].reduce((sum, { length }) => sum + Math.max(1, length), 0)}"`;
  const head = `<testsuites name="routec check" ${count} failures="${diagnostics.length}">`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${suites.join("")}</testsuites>\n`;
}

function suite(file: string, failures: readonly string[]): string {
  const name = escapeXml(file);
  const cases = failures.length > 0 ? failures : [`    <testcase name="no findings" classname="${name}"/>\n`];
  const counts = `tests="${cases.length}" failures="${failures.length}" errors="0"`;
  return `  <testsuite name="${name}" ${counts}>\n${cases.join("")}  </testsuite>\n`;
}

function failed({ code, severity, message, file }: Diagnostic, sentence: string): string {
  const name = escapeXml(`${code}: ${message}`);
  return [
    `    <testcase name="${name}" classname="${escapeXml(file)}">`,
    `      <failure type="${severity}" message="${escapeXml(message)}">${escapeXml(sentence)}</failure>`,
    "    </testcase>\n",
  ].join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/**
 * Text for content and attributes. Control characters become visible ones: XML 1.0 has no form for most of them, nor for
 * half a surrogate pair, U+FFFE and U+FFFF (https://www.w3.org/TR/xml/#charsets).
 */
export function escapeXml(text: string): string {
  return printable(text.toWellFormed())
    .replaceAll(/[\ufffe\uffff]/g, "\ufffd")
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
