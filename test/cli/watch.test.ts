import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { watchFiles } from "../../cli/watch.ts";
import { folder } from "../support/routec.ts";
import { virtualClock } from "../support/virtual-time.ts";

/** Watches on virtual time: `pass` lets the files settle. What the system notices besides changes nothing of it. */
function watching(files: readonly string[], then: () => Promise<readonly string[]> | readonly string[] = () => files) {
  const clock = virtualClock();
  const seen = { changes: 0, reports: [] as unknown[] };
  const watcher = watchFiles(
    files,
    async () => {
      seen.changes++;
      return then();
    },
    { after: clock.after, report: (error) => seen.reports.push(error) },
  );
  onTestFinished(() => watcher.close());
  const pass = async (): Promise<void> => {
    watcher.look();
    clock.run();
    // `changed` is a promise, and what follows it is another.
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  return { seen, pass, clock, watcher };
}

describe("files that are watched", () => {
  test("are told once they have settled", async () => {
    const path = join(folder({ a: "1" }), "a");
    const { seen, clock, watcher } = watching([path]);
    writeFileSync(path, "2");
    watcher.look();
    // Seen at the first look, told at the second.
    clock.advance(60);
    expect(seen.changes).toBe(0);
    writeFileSync(path, "3");
    clock.advance(60);
    expect(seen.changes).toBe(0);
    clock.advance(60);
    expect(seen.changes).toBe(1);
  });

  test("settle though something else is always written beside them", () => {
    const path = join(folder({ a: "1" }), "a");
    const { seen, clock, watcher } = watching([path]);
    writeFileSync(path, "2");
    for (let milliseconds = 0; milliseconds < 200; milliseconds += 10) {
      watcher.look();
      clock.advance(10);
    }
    expect(seen.changes).toBe(1);
  });

  test("are not told when they were only touched, or are again what they were", async () => {
    const path = join(folder({ a: "1" }), "a");
    const { seen, pass } = watching([path]);
    writeFileSync(path, "1");
    await pass();
    writeFileSync(path, "2");
    writeFileSync(path, "1");
    await pass();
    expect(seen.changes).toBe(0);
  });

  test("may be replaced, removed, and come back", async () => {
    const cwd = folder({ a: "1", b: "2" });
    const path = join(cwd, "a");
    const { seen, pass } = watching([path]);
    renameSync(join(cwd, "b"), path);
    await pass();
    unlinkSync(path);
    await pass();
    writeFileSync(path, "2");
    await pass();
    expect(seen.changes).toBe(3);
  });

  test("may be links that are turned to another folder, as orchestrators do", async () => {
    const cwd = folder({ "v1/a": "1", "v2/a": "2" });
    symlinkSync(join(cwd, "v1"), join(cwd, "data"));
    symlinkSync(join("data", "a"), join(cwd, "a"));
    const { seen, pass } = watching([join(cwd, "a")]);
    symlinkSync(join(cwd, "v2"), join(cwd, "next"));
    renameSync(join(cwd, "next"), join(cwd, "data"));
    await pass();
    expect(seen.changes).toBe(1);
  });

  test("may become others: those are watched from then on", async () => {
    const cwd = folder({ a: "1" });
    const [a, b] = [join(cwd, "a"), join(cwd, "more/b")];
    const { seen, pass } = watching([a], () => [b]);
    mkdirSync(join(cwd, "more"));
    writeFileSync(b, "1");
    writeFileSync(a, "2");
    await pass();
    writeFileSync(a, "3");
    await pass();
    expect(seen.changes).toBe(1);
    writeFileSync(b, "2");
    await pass();
    expect(seen.changes).toBe(2);
  });

  test("that change while they are taken are taken again", async () => {
    const path = join(folder({ a: "1" }), "a");
    const { seen, pass } = watching([path], () => {
      if (seen.changes === 1) writeFileSync(path, "3");
      return [path];
    });
    writeFileSync(path, "2");
    await pass();
    await pass();
    await pass();
    expect(seen.changes).toBe(2);
  });

  test("go on being watched when what they became could not be taken", async () => {
    const path = join(folder({ a: "1" }), "a");
    const { seen, pass } = watching([path], () => Promise.reject(new Error("no")));
    writeFileSync(path, "2");
    await pass();
    writeFileSync(path, "3");
    await pass();
    expect(seen).toEqual({ changes: 2, reports: [new Error("no"), new Error("no")] });
  });

  test("may stand in folders that are not there", () => {
    expect(watching([join(folder(), "none/a")]).seen.reports).toEqual([]);
  });

  test("are let go", async () => {
    const path = join(folder({ a: "1" }), "a");
    const { seen, pass, watcher } = watching([path]);
    watcher.close();
    writeFileSync(path, "2");
    await pass();
    expect(seen.changes).toBe(0);
  });
});

test("the system's notices are heard, without anybody looking", async () => {
  const cwd = folder({ a: "1" });
  const changed = Promise.withResolvers<string>();
  const watcher = watchFiles(
    [join(cwd, "a")],
    async () => {
      changed.resolve("changed");
      return [];
    },
    { report: changed.reject },
  );
  onTestFinished(() => watcher.close());
  writeFileSync(join(cwd, "next"), "2");
  renameSync(join(cwd, "next"), join(cwd, "a"));
  expect(await changed.promise).toBe("changed");
  rmSync(cwd, { recursive: true });
});

describe("without anybody looking, and again after that, a change is heard", () => {
  /** What the files are when they are told, one after the other. */
  function told(path: string): AsyncIterator<string> {
    const stream = new TransformStream<string, string>(undefined, undefined, { highWaterMark: 10 });
    const writer = stream.writable.getWriter();
    const changed = async () => {
      void writer.write(readFileSync(path, "utf8"));
      return [path];
    };
    const watcher = watchFiles([path], changed, { report: (error) => void writer.abort(error) });
    onTestFinished(() => watcher.close());
    return stream.readable.values();
  }

  const next = async (changes: AsyncIterator<string>): Promise<string> => (await changes.next()).value;

  test("in a folder that was removed and made anew", async () => {
    const cwd = folder({ "policy/a": "1" });
    const changes = told(join(cwd, "policy/a"));
    for (const content of ["2", "3"]) {
      rmSync(join(cwd, "policy"), { recursive: true });
      mkdirSync(join(cwd, "policy"));
      writeFileSync(join(cwd, "policy/a"), content);
      expect(await next(changes)).toBe(content);
    }
    writeFileSync(join(cwd, "policy/a"), "4");
    expect(await next(changes)).toBe("4");
  });

  test("in a folder that a link was turned to", async () => {
    const cwd = folder({ "r1/a": "1", "r2/a": "2" });
    symlinkSync("r1", join(cwd, "current"));
    const changes = told(join(cwd, "current/a"));
    symlinkSync("r2", join(cwd, "next"));
    renameSync(join(cwd, "next"), join(cwd, "current"));
    expect(await next(changes)).toBe("2");
    writeFileSync(join(cwd, "r2/a"), "3");
    expect(await next(changes)).toBe("3");
  });

  test("in what a linked file leads to", async () => {
    const cwd = folder({ "real/a": "1", "linked/b": "" });
    symlinkSync("../real/a", join(cwd, "linked/a"));
    const changes = told(join(cwd, "linked/a"));
    writeFileSync(join(cwd, "real/a"), "2");
    expect(await next(changes)).toBe("2");
  });
});
