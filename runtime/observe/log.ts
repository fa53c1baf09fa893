/**
 * The decision log: a line of JSON for each request. Lines are gathered and written together, off the request's path; a
 * disk that is full or slow costs lines, which are counted, and never memory, time, or a request.
 */
import type { Metric } from "./exposition.ts";
import { JsonWriter } from "./json-writer.ts";
import { type LineOptions, writeLine } from "./line.ts";
import type { LogSink } from "./log-file.ts";
import type { DecisionRecord, Observer } from "./observer.ts";
import type { Turn } from "./turn.ts";

/**
 * Records whose lines are made together: the code that makes them is in the processor's caches then, from which all else
 * that a request needs would drive it out before the next one's line. Texts of requests make lines too long to let wait.
 */
const TOGETHER = 64;
/** Bytes that are written at once, and how many there is room for when the last lines come, of up to a kilobyte each. */
const FULL = 64 * 1024;
const ROOM = FULL + TOGETHER * 1024;
/** Milliseconds that a line waits for others. */
const PATIENCE = 100;
/** Bytes that wait while a write is under way or has failed; what comes beyond them is lost. */
const MOST_WAITING = 1024 * 1024;
/** Milliseconds until a failed write is tried again. */
const RETRY = 1_000;
/** Milliseconds until one who waits for a turn looks again. */
const LOOK = 5;
const LF = 0x0a;

export interface LogOptions extends LineOptions {
  /** Told in one sentence when lines are first lost or cannot be written, and when they can again. */
  readonly tell: (trouble: string) => void;
  /** The clock's `after`. */
  readonly after: (delay: number, callback: () => void) => { cancel(): void };
  /** Where others write to the same file: nobody else does while a line is half written, as on a disk that fills up. */
  readonly turn?: Turn;
}

export interface DecisionLog extends Observer {
  over(record: DecisionRecord): void;
  /** Lines lost so far. */
  readonly lost: number;
  /** Goes on in a new file of the same name, once what is being written is written: for log rotation. */
  reopen(): void;
  /** Writes what is left, or gives it up where that fails. */
  close(): Promise<void>;
}

export function decisionLog(sink: LogSink, options: LogOptions): DecisionLog {
  return new BufferedLog(sink, options);
}

/** How many lines the decision log has lost, as a metric. */
export function lostLines(lost: number): Metric {
  const help = "Lines of the decision log that could not be written.";
  return { name: "routec_log_lines_lost", help, kind: "counter", samples: [{ labels: [], value: lost }] };
}

class BufferedLog implements DecisionLog {
  readonly #sink: LogSink;
  readonly #options: LogOptions;
  /** Records that wait for others to be made lines of. */
  readonly #records: (DecisionRecord | undefined)[];
  #count = 0;
  /** Lines that wait; and where they will when these are written. */
  #waiting = new JsonWriter(ROOM);
  #spare = new JsonWriter(ROOM);
  /** What is being written, or has failed to be, and how much of it was. */
  #bytes: Buffer | undefined;
  #written = 0;
  #timer: { cancel(): void } | undefined;
  #failing = false;
  #reopening = false;
  #closing: (() => void) | undefined;
  #closed: Promise<void> | undefined;
  lost = 0;
  /** Of these, how many no line has told of yet. */
  #untold = 0;

  constructor(sink: LogSink, options: LogOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#records = new Array(options.texts ? 1 : TOGETHER);
  }

  over(record: DecisionRecord): void {
    if (this.#closed !== undefined) {
      this.#lose(1);
      return;
    }
    this.#records[this.#count++] = record;
    if (this.#count === this.#records.length) this.#make();
    if (this.#bytes === undefined) this.#gather();
  }

  /** Makes lines of the records that wait. */
  #make(): void {
    const waiting = this.#waiting;
    const records = this.#records;
    for (let at = 0; at < this.#count; at++) {
      const { length } = waiting;
      writeLine(waiting, records[at] as DecisionRecord, this.#options, this.#untold);
      records[at] = undefined;
      if (waiting.length > MOST_WAITING) {
        waiting.length = length;
        this.#lose(1);
      } else this.#untold = 0;
    }
    this.#count = 0;
  }

  /** Lets what waits wait for more, if it is not enough. */
  #gather(): void {
    if (this.#waiting.length >= FULL) this.#flush();
    else this.#timer ??= this.#options.after(PATIENCE, () => this.#flush());
  }

  reopen(): void {
    if (this.#closed !== undefined) return;
    this.#reopening = true;
    const waits = this.#timer !== undefined;
    if (this.#bytes === undefined) this.#reopen();
    else if (waits) {
      // On a full disk there may be room only once the old file is closed. A line begun there is written again.
      this.#written = this.#bytes.subarray(0, this.#written).lastIndexOf(LF) + 1;
      this.#reopen();
      this.#write(this.#bytes);
    }
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#closing = resolve;
      if (this.#bytes === undefined) this.#flush();
      else if (this.#timer !== undefined) this.#write(this.#bytes);
    });
    return this.#closed;
  }

  #flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#make();
    const waiting = this.#waiting;
    if (waiting.length === 0) {
      this.#finish();
      return;
    }
    this.#waiting = this.#spare;
    this.#spare = waiting;
    this.#written = 0;
    this.#write(waiting.written);
  }

  #write(bytes: Buffer): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#bytes = bytes;
    if (this.#options.turn?.take() === false) {
      this.#timer = this.#options.after(LOOK, () => this.#write(bytes));
      return;
    }
    this.#sink.write(bytes.subarray(this.#written), (error, written) => this.#onWritten(bytes, error, written));
  }

  #onWritten(bytes: Buffer, error: Error | null, written: number): void {
    this.#written += error === null ? written : 0;
    if (error !== null) this.#onFailed(bytes, error);
    else if (this.#written < bytes.length) this.#write(bytes);
    else {
      this.#bytes = undefined;
      this.#spare.clear(ROOM);
      this.#options.turn?.give();
      if (this.#failing) this.#options.tell("the decision log can be written again");
      this.#failing = false;
      if (this.#reopening) this.#reopen();
      if (this.#closing !== undefined) this.#flush();
      else if (this.#waiting.length > 0 || this.#count > 0) this.#gather();
    }
  }

  /** What has failed is kept, so that no line of which a part was written is torn. */
  #onFailed(bytes: Buffer, error: Error): void {
    if (!this.#failing) this.#options.tell(`the decision log cannot be written: ${error.message}`);
    this.#failing = true;
    if (this.#written === 0 || bytes[this.#written - 1] === LF) this.#options.turn?.give();
    if (this.#closing === undefined) {
      this.#timer = this.#options.after(RETRY, () => this.#write(bytes));
    } else {
      this.#make();
      this.#lose(lines(bytes.subarray(this.#written)) + lines(this.#waiting.written));
      this.#waiting.clear(ROOM);
      this.#finish();
    }
  }

  #reopen(): void {
    this.#reopening = false;
    try {
      this.#sink.reopen();
    } catch (error) {
      this.#options.tell(`the decision log cannot be opened anew, and goes on in the old file: ${String(error)}`);
    }
  }

  #lose(count: number): void {
    if (this.#untold === 0)
      this.#options.tell("lines of the decision log are lost, as it cannot be written fast enough");
    this.lost += count;
    this.#untold += count;
  }

  #finish(): void {
    if (this.#closing === undefined) return;
    this.#closing();
    this.#closing = undefined;
    this.#options.turn?.give();
    this.#sink.close();
  }
}

function lines(bytes: Buffer): number {
  return bytes.toString("latin1").split("\n").length - 1;
}
