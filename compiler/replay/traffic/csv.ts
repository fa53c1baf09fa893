/** Arrivals from a CSV file (RFC 4180) whose first line names its columns. */
import { FIELDS, LineError, type LineReader, type Mapping, shown, tokensOf } from "./arrival.ts";
import { timeOf } from "./time.ts";

/** The columns that a file lacks, or that were said to be there and are not. */
export class ColumnError extends Error {
  override readonly name = "ColumnError";
}

/** What columns are called that nobody maps, in lower case without what is no letter. */
const USUAL: Readonly<Record<(typeof FIELDS)[number], readonly string[]>> = {
  time: ["time", "timestamp", "arrivaltime", "arrivedat", "arrival", "createdat", "created", "date"],
  model: ["route"],
  input: ["input", "inputtokens", "prompttokens", "contexttokens", "requesttokens", "inputlength"],
  output: ["output", "outputtokens", "completiontokens", "generatedtokens", "responsetokens", "outputlength"],
};

/** `known` are the names of attributes and signals: a column of such a name is it. Throws `ColumnError`. */
export function csvReader(header: string, { set, columns }: Mapping, known: ReadonlySet<string>): LineReader {
  const names = cellsOf(header).map((name) => name.trim());
  const places = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const plain = name.toLowerCase().replace(/[^a-z]/g, "");
    const field = FIELDS.find((each) => USUAL[each].includes(plain));
    if (known.has(name)) places.set(name, index);
    else if (field !== undefined && !places.has(field)) places.set(field, index);
  }
  for (const [name, column] of columns) {
    const index = names.indexOf(column);
    if (index < 0) throw new ColumnError(`there is no column \`${column}\` for \`${name}\`: expected ${listed(names)}`);
    places.set(name, index);
  }
  for (const name of set.keys()) places.delete(name);
  const timeAt = places.get("time");
  if (timeAt === undefined) throw new ColumnError(`no column says when requests came, of ${listed(names)}`);
  const [inputAt, outputAt, modelAt] = [places.get("input"), places.get("output"), places.get("model")];
  const attributes = [...places].filter(([name]) => !(FIELDS as readonly string[]).includes(name));
  const fixed = Object.fromEntries(set);

  return (text, line) => {
    const cells = cellsOf(text);
    if (cells.length !== names.length)
      throw new LineError(`it has ${cells.length} columns, and the first line has ${names.length}`);
    const time = timeOf(cells[timeAt]);
    if (time === undefined) throw new LineError(`\`${names[timeAt]}\` is \`${shown(cells[timeAt])}\`: expected a time`);
    const own = attributes
      .map(([name, index]) => [name, cells[index] as string] as const)
      .filter(([, text]) => text !== "");
    const tokens = (at: number | undefined): number | undefined =>
      at === undefined ? undefined : tokensOf(`\`${names[at]}\``, cells[at]);
    return {
      line,
      time,
      model: set.get("model") ?? (modelAt === undefined ? undefined : cells[modelAt]),
      attributes: NOTHING,
      signals: NOTHING,
      texts: own.length === 0 ? fixed : { ...Object.fromEntries(own), ...fixed },
      input: set.has("input") ? tokensOf("`input`", set.get("input")) : tokens(inputAt),
      output: set.has("output") ? tokensOf("`output`", set.get("output")) : tokens(outputAt),
      calls: NO_CALLS,
      identity: String(line),
    };
  };
}

const NOTHING = {};
const NO_CALLS: readonly never[] = [];

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

function cellsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(",");
  const cells: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (let ended = false; !ended; ) {
    const found = cell.exec(line);
    if (found === null) throw new LineError("its quotes do not match");
    cells.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? "");
    ended = found[3] === "";
  }
  return cells;
}
