/** A file of recorded traffic: its arrivals in the order in which they came, and what could not be read. */
import type { DecisionTable } from "../../../runtime/table/index.ts";
import { type Arrival, LineError, type LineReader, type Mapping } from "./arrival.ts";
import { csvReader } from "./csv.ts";
import { jsonReader } from "./json-lines.ts";
import { linesOf } from "./lines.ts";
import { arrivalOrder, type Timed } from "./order.ts";

/** What was found in a file beside its arrivals. */
export interface Found {
  /** Lines with something in them, without a header. */
  lines: number;
  malformed: number;
  /** The first of them. */
  readonly first: { readonly line: number; readonly why: string }[];
  /** Requests that came to no decision when they were logged. */
  undecided: number;
  /** Requests of which it is not known when they came. */
  untimed: number;
  /** Requests that came earlier than others by more lines than wait to be put in order. */
  late: number;
}

/** Malformed lines that are told in full. */
const TOLD = 5;
/** Milliseconds from the request before, where it is not known when one came. */
const UNTIMED = 1_000;
const BYTE_ORDER_MARK = /^\ufeff/;

/** Arrivals with their times, in batches, and how many bytes of the file were read for them. */
export interface Arrived {
  readonly arrivals: readonly Timed[];
  readonly bytes: number;
}

/**
 * Reads a file; `found` is written as it is read. `start` is when the first request is to have come, in milliseconds since the
 * epoch, with all others as much later as they were. Throws `ColumnError`; rejects as the file system does.
 */
export async function* arrivalsIn(
  path: string,
  mapping: Mapping,
  tables: readonly DecisionTable[],
  found: Found,
  start?: number,
): AsyncGenerator<Arrived> {
  const order = arrivalOrder(found);
  let read: LineReader | undefined;
  let line = 0;
  let total = 0;
  let latest: number | undefined;
  let shift = start === undefined ? 0 : undefined;

  function timed(arrival: Arrival): Timed {
    if (arrival.time === undefined) found.untimed++;
    const came = arrival.time ?? (latest === undefined ? Date.UTC(1970, 0) : latest + UNTIMED);
    latest = came;
    shift ??= (start ?? 0) - came;
    return { at: came + shift, arrival };
  }

  for await (const { lines, bytes } of linesOf(path)) {
    const arrivals: Timed[] = [];
    for (const each of lines) {
      line++;
      const text = line === 1 ? each.replace(BYTE_ORDER_MARK, "") : each;
      if (text.trim() === "") continue;
      if (read === undefined) {
        read = readerFor(text, mapping, tables);
        if (!isJson(text)) continue;
      }
      found.lines++;
      const arrival = readOr(read, text, line, found);
      const next = arrival && order.add(timed(arrival));
      if (next !== undefined) arrivals.push(next);
    }
    total = bytes;
    yield { arrivals, bytes };
  }
  yield { arrivals: order.rest(), bytes: total };
}

/** `found` as it is before anything is read. */
export function nothingFound(): Found {
  return { lines: 0, malformed: 0, first: [], undecided: 0, untimed: 0, late: 0 };
}

function readerFor(first: string, mapping: Mapping, tables: readonly DecisionTable[]): LineReader {
  if (isJson(first)) return jsonReader(mapping, tables);
  const names = tables.flatMap(({ attributes, signals }) => [...attributes, ...signals].map(({ name }) => name));
  return csvReader(first, mapping, new Set(names.filter((name) => name !== "model")));
}

/** Whether the first line of a file is that of a file of JSON lines. */
export function isJson(first: string): boolean {
  return first.trimStart().startsWith("{");
}

function readOr(read: LineReader, text: string, line: number, found: Found): Arrival | undefined {
  try {
    const arrival = read(text, line);
    if (arrival === undefined) found.undecided++;
    return arrival;
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    found.malformed++;
    if (found.first.length < TOLD) found.first.push({ line, why: error.message });
    return undefined;
  }
}
