import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type DecisionLog, decisionLog } from "../../../runtime/observe/log.ts";
import { fileSink, type LogSink } from "../../../runtime/observe/log-file.ts";
import { recentDecisions } from "../../../runtime/observe/recent.ts";
import { turnMemory, turnOf } from "../../../runtime/observe/turn.ts";
import { virtualClock } from "../../support/virtual-time.ts";
import { record } from "./harness.ts";

/** A disk that does with each write what it is told to, when it is told to. */
class Disk implements LogSink {
  readonly file: { text: string };
  files = 1;
  closed = false;
  pending: { bytes: Buffer; done: (error: Error | null, written: number) => void } | undefined;

  constructor(file = { text: "" }) {
    this.file = file;
  }

  get text(): string {
    return this.file.text;
  }

  write(bytes: Buffer, done: (error: Error | null, written: number) => void): void {
    if (this.pending !== undefined) throw new Error("two writes at one time");
    this.pending = { bytes, done };
  }

  /** The write under way comes to its end, with so many bytes or with all. */
  takes(most = Number.POSITIVE_INFINITY): void {
    const { bytes, done } = this.#taken();
    const part = bytes.subarray(0, most);
    this.file.text += part.toString("latin1");
    done(null, part.length);
  }

  fails(message: string): void {
    this.#taken().done(new Error(message), 0);
  }

  reopen(): void {
    this.files++;
  }

  close(): void {
    this.closed = true;
  }

  #taken(): NonNullable<Disk["pending"]> {
    const { pending } = this;
    if (pending === undefined) throw new Error("nothing is being written");
    this.pending = undefined;
    return pending;
  }
}

let disk: Disk;
let log: DecisionLog;
let told: string[];
let clock: ReturnType<typeof virtualClock>;

beforeEach(() => {
  disk = new Disk();
  told = [];
  clock = virtualClock();
  log = decisionLog(disk, { texts: false, after: clock.after, tell: (trouble) => told.push(trouble) });
});

function over(...ids: string[]): void {
  for (const decision of ids) log.over(record({ decision }));
}

function ids(text = disk.text): unknown[] {
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line).id]));
}

/** Decisions until one is lost, after which the disk has two megabytes more to write than it can. */
function flood(): void {
  while (log.lost === 0) over("x");
}

/** 64 kB, and the lines that are made together, of the first one's length. */
function mostAtOnce(written: Buffer): number {
  return 64 * 1024 + 64 * (written.indexOf("\n") + 1);
}

describe("two threads that write to one file", () => {
  let disks: readonly [Disk, Disk];
  let logs: readonly [DecisionLog, DecisionLog];

  beforeEach(() => {
    disks = [disk, new Disk(disk.file)];
    const memory = turnMemory();
    const logOn = (each: Disk, thread: number) =>
      decisionLog(each, { texts: false, after: clock.after, tell: () => {}, turn: turnOf(memory, thread) });
    logs = [logOn(disks[0], 0), logOn(disks[1], 1)];
  });

  test("do not tear each other's lines, of which a full disk took half", () => {
    logs[0].over(record({ decision: "a" }));
    clock.advance(50);
    logs[1].over(record({ decision: "b" }));
    clock.advance(50);
    disks[0].takes(10);
    disks[0].fails("no space left on device");
    clock.advance(500);
    expect(disks[1].pending).toBeUndefined();
    clock.advance(500);
    disks[0].takes();
    clock.advance(5);
    disks[1].takes();
    expect(ids()).toEqual(["a", "b"]);
  });

  test("wait for nobody who has not begun a line", () => {
    logs[0].over(record({ decision: "a" }));
    clock.advance(50);
    logs[1].over(record({ decision: "b" }));
    clock.advance(50);
    disks[0].fails("no space left on device");
    clock.advance(50);
    disks[1].takes();
    expect(ids()).toEqual(["b"]);
  });
});

describe("lines", () => {
  test("are written together, a tenth of a second after the first", () => {
    over("a", "b");
    clock.advance(99);
    expect(disk.pending).toBeUndefined();
    clock.advance(1);
    disk.takes();
    expect(ids()).toEqual(["a", "b"]);
    expect(clock.pending()).toBe(0);
  });

  test("are written at once when there are 64 kB of them, as is seen every 64 lines", () => {
    while (disk.pending === undefined) over("x");
    const { bytes } = disk.pending;
    expect(bytes.length).toBeGreaterThanOrEqual(64 * 1024);
    expect(bytes.length).toBeLessThan(mostAtOnce(bytes));
  });

  test("with texts of requests do not wait to be made, as they may be long", () => {
    const prompt = "p".repeat(16_000);
    log = decisionLog(disk, { texts: true, after: clock.after, tell: () => {} });
    for (let line = 0; line < 5; line++) log.over(record({ texts: { prompt, system: "" } }));
    expect(disk.pending?.bytes.length).toBeGreaterThan(4 * prompt.length);
  });

  test("wait while others are written, and go on from where a write stopped", () => {
    over("a");
    clock.advance(100);
    over("b");
    disk.takes(10);
    disk.takes();
    over("c");
    // They wait for further ones, as those before them did: under load a write for each would never end.
    expect(disk.pending).toBeUndefined();
    clock.advance(100);
    disk.takes();
    expect(ids()).toEqual(["a", "b", "c"]);
  });

  test("are all written when the log is closed", async () => {
    over("a");
    clock.advance(100);
    over("b");
    const closed = log.close();
    disk.takes();
    disk.takes();
    await closed;
    expect([ids(), disk.closed]).toEqual([["a", "b"], true]);
  });

  test("of a closed log are lost, and counted", async () => {
    await log.close();
    over("late");
    log.reopen();
    expect([log.lost, disk.files]).toEqual([1, 1]);
  });
});

describe("a disk that is full", () => {
  test("is told of once, tried again each second, and tears no line", () => {
    over("a");
    clock.advance(100);
    disk.takes(7);
    for (let i = 0; i < 3; i++) {
      disk.fails("no space left on device");
      over(`later-${i}`);
      clock.advance(1000);
    }
    disk.takes();
    clock.advance(100);
    disk.takes();
    expect(told).toEqual([
      "the decision log cannot be written: no space left on device",
      "the decision log can be written again",
    ]);
    expect(ids()).toEqual(["a", "later-0", "later-1", "later-2"]);
  });

  test("holds up no end: what cannot be written is given up, and counted", async () => {
    over("a");
    clock.advance(100);
    disk.fails("no space left on device");
    over("b");
    const closed = log.close();
    disk.fails("no space left on device");
    await closed;
    expect([log.lost, disk.closed, clock.pending()]).toEqual([2, true, 0]);
  });

  test.runIf(existsSync("/dev/full"))("of the system's", async () => {
    log = decisionLog(fileSink("/dev/full"), {
      texts: false,
      after: clock.after,
      tell: (trouble) => told.push(trouble),
    });
    over("a");
    await log.close();
    expect(told[0]).toMatch(/^the decision log cannot be written: ENOSPC/);
    expect(log.lost).toBe(1);
  });
});

describe("a disk that is slow", () => {
  test("costs lines and not memory: they are counted, and the next one tells how many", () => {
    flood();
    const { lost } = log;
    over("lost", "lost");
    const waiting = disk.pending?.bytes ?? Buffer.alloc(0);
    disk.takes();
    expect((disk.pending as Disk["pending"])?.bytes.length).toBeLessThanOrEqual(1024 * 1024);
    expect(waiting.length).toBeLessThan(mostAtOnce(waiting));
    disk.takes();
    over("next", "after");
    clock.advance(100);
    disk.takes();
    const last = disk.text
      .trimEnd()
      .split("\n")
      .slice(-2)
      .map((line) => JSON.parse(line));
    expect(last.map(({ id, lost }) => [id, lost])).toEqual([
      ["next", log.lost],
      ["after", undefined],
    ]);
    expect(log.lost).toBe(lost + 2);
    expect(told).toEqual(["lines of the decision log are lost, as it cannot be written fast enough"]);
  });
});

describe("rotation", () => {
  test("waits for the write under way", () => {
    over("a");
    clock.advance(100);
    log.reopen();
    expect(disk.files).toBe(1);
    disk.takes();
    expect(disk.files).toBe(2);
    log.reopen();
    expect(disk.files).toBe(3);
  });

  test("makes room on a full disk, and the line that was begun is written again", () => {
    over("a", "b");
    clock.advance(100);
    const line = (disk.pending?.bytes.length ?? 0) / 2;
    disk.takes(line + 5);
    disk.fails("no space left on device");
    disk.file.text = "";
    log.reopen();
    disk.takes();
    expect([disk.files, ids(), clock.pending()]).toEqual([2, ["b"], 0]);
  });

  test("that fails goes on in the old file", () => {
    disk.reopen = () => {
      throw new Error("EACCES");
    };
    log.reopen();
    over("a");
    clock.advance(100);
    disk.takes();
    expect(ids()).toEqual(["a"]);
    expect(told[0]).toMatch(/^the decision log cannot be opened anew, and goes on in the old file: /);
  });
});

describe("a file", () => {
  function folder(): string {
    const path = mkdtempSync(join(tmpdir(), "routec-log-"));
    onTestFinished(() => rmSync(path, { recursive: true }));
    return path;
  }

  function opened(path: string): DecisionLog {
    return decisionLog(fileSink(path), { texts: false, after: clock.after, tell: (trouble) => told.push(trouble) });
  }

  test("is only the operator's to read, and is moved away and opened anew", async () => {
    const path = join(folder(), "log.jsonl");
    log = opened(path);
    over("a");
    clock.advance(100);
    renameSync(path, `${path}.1`);
    log.reopen();
    over("b");
    await log.close();
    const [first, second] = [`${path}.1`, path].map((each) => ids(readFileSync(each, "utf8")));
    expect([...(first ?? []), ...(second ?? [])]).toEqual(["a", "b"]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("in which a process died in the middle of a line goes on with a new one", async () => {
    const path = join(folder(), "log.jsonl");
    writeFileSync(path, '{"format":1,"id":"to');
    log = opened(path);
    over("a");
    await log.close();
    expect(readFileSync(path, "utf8")).toMatch(/^\{"format":1,"id":"to\n\{"format":1,"id":"a",.*\}\n$/);
  });

  test("that cannot be opened is an error at once", () => {
    expect(() => fileSink(join(folder(), "none", "log.jsonl"))).toThrow(/ENOENT/);
  });
});

test("the last decisions are kept, the newest first", () => {
  const recent = recentDecisions(3);
  expect(recent.list()).toEqual([]);
  for (const decision of ["a", "b", "c", "d"]) recent.over(record({ decision }));
  expect(recent.list().map(({ decision }) => decision)).toEqual(["d", "c", "b"]);
  expect(recent.list(1).map(({ decision }) => decision)).toEqual(["d"]);
});
