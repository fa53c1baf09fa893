/** The lines of a file, a batch at a time: one by one they would cost more than what is done with them. */
import { createReadStream } from "node:fs";
import { StringDecoder } from "node:string_decoder";

export interface Batch {
  readonly lines: readonly string[];
  /** Of the file so far. */
  readonly bytes: number;
}

const CHUNK = 256 * 1024;
/** Characters of a line of which no end comes: of what is longer than this there is one empty line. */
const LONGEST = 64 * 1024 * 1024;

/** Rejects as the file system does. */
export async function* linesOf(path: string): AsyncGenerator<Batch> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
    bytes += chunk.length;
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST) rest = "";
    yield { lines: lines.map(trimmed), bytes };
  }
  rest += decoder.end();
  if (rest !== "") yield { lines: [trimmed(rest)], bytes };
}

function trimmed(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
