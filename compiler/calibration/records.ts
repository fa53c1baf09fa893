/** Files of outcomes as records with named cells: CSV with a header line, or one JSON object a line. */
import { CsvError, parse } from "csv-parse/sync";

/** Of CSV a text; of JSON what stands there, but for objects, whose members are cells of their own. */
export type Cell = string | number | boolean | readonly unknown[];

export interface OutcomeRecord {
  /** Where it begins, from 1. */
  readonly line: number;
  /** By column; of nested objects the names on the way are joined by dots. What is empty or null is left out. */
  readonly cells: ReadonlyMap<string, Cell>;
}

export interface Records {
  /** In the order in which they are first named. */
  readonly columns: readonly string[];
  readonly all: readonly OutcomeRecord[];
}

/** The file is not what it must be. The message says on which line. */
export class OutcomesError extends Error {
  override readonly name = "OutcomesError";
}

/** What data sets write where they have no value. */
const NOTHING = new Set(["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"]);

/** Bad lines of which the message tells; the rest it counts. */
const MOST_TOLD = 3;

/**
 * Reads outcomes: as CSV where `name` ends so, as JSON lines where it ends in `.jsonl`, `.ndjson` or `.json`, and else as
 * what the content begins like.
 *
 * @throws OutcomesError
 */
export function readRecords(name: string, content: string): Records {
  const isCsv = /\.csv$/i.test(name) || (!/\.(jsonl|ndjson|json)$/i.test(name) && !/^\ufeff?\s*[{[]/.test(content));
  const all = isCsv ? readCsv(content) : readJsonLines(content);
  if (all.length === 0) throw new OutcomesError("there is no outcome in it");
  return { columns: [...new Set(all.flatMap(({ cells }) => [...cells.keys()]))], all };
}

function readCsv(content: string): OutcomeRecord[] {
  let rows: { record: string[]; info: { lines: number } }[];
  try {
    // With `info` each row is an object, which the types do not say.
    rows = parse(content, { bom: true, skip_empty_lines: true, info: true }) as unknown as typeof rows;
  } catch (error) {
    if (error instanceof CsvError) throw new OutcomesError(`it is no CSV: ${csvProblem(error)}`);
    throw error;
  }
  const [header, ...rest] = rows;
  const columns = header?.record.map((column) => column.trim()) ?? [];
  const twice = columns.find((column, index) => columns.indexOf(column) < index);
  if (twice !== undefined) throw new OutcomesError(`its header has \`${twice}\` twice`);
  let end = header?.info.lines ?? 0;
  return rest.map(({ record, info }) => {
    const line = end + 1;
    end = info.lines;
    const cells = record.map((cell, index) => [columns[index] ?? "", cell] as const);
    return { line, cells: new Map(cells.filter(([, cell]) => !NOTHING.has(cell.trim()))) };
  });
}

function csvProblem({ message }: CsvError): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function readJsonLines(content: string): OutcomeRecord[] {
  const bad: string[] = [];
  const all: OutcomeRecord[] = [];
  for (const [index, line] of content
    .replace(/^\ufeff/, "")
    .split("\n")
    .entries()) {
    if (line.trim() === "") continue;
    const value = parsed(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      const cells = new Map<string, Cell>();
      flatten("", value, cells);
      all.push({ line: index + 1, cells });
    } else {
      const shown = line.length <= 40 ? line.trim() : `${line.slice(0, 40).trim()}…`;
      bad.push(`line ${index + 1} is no JSON object: \`${shown}\``);
    }
  }
  if (bad.length === 0) return all;
  const more = bad.length > MOST_TOLD ? `, and ${bad.length - MOST_TOLD} more lines are none` : "";
  throw new OutcomesError(`${bad.slice(0, MOST_TOLD).join("; ")}${more}; expected one object a line`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A list of objects that each say their `model` is as an object with a member for each model. */
function flatten(path: string, value: unknown, into: Map<string, Cell>): void {
  const below = (name: string): string => (path === "" ? name : `${path}.${name}`);
  if (Array.isArray(value) && value.length > 0 && value.every(saysModel))
    for (const { model, ...facts } of value) flatten(below(model), facts, into);
  else if (typeof value === "object" && value !== null && !Array.isArray(value))
    for (const [name, member] of Object.entries(value)) flatten(below(name), member, into);
  else if (typeof value === "number" || typeof value === "boolean" || Array.isArray(value)) into.set(path, value);
  else if (typeof value === "string" && value !== "") into.set(path, value);
}

function saysModel(value: unknown): value is { readonly model: string } {
  return typeof value === "object" && value !== null && typeof (value as { model?: unknown }).model === "string";
}
