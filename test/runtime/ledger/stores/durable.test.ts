/** The store on disk: what all stores do, what a stop and a kill leave, and files that are not as they were written. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Counter } from "../../../../runtime/ledger/store.ts";
import { createDurableStore } from "../../../../runtime/ledger/stores/durable.ts";
import type { SharedStore } from "../../../../runtime/ledger/stores/memory.ts";
import { StoreError } from "../../../../runtime/ledger/stores/store-error.ts";
import { conforms, survivesClockSetBack } from "./conformance.ts";
import { denied, held, hold } from "./counters.ts";

const folders: string[] = [];
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "routec-ledger-"));
  folders.push(folder);
  return folder;
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const open = async () => createDurableStore({ folder: newFolder(), capacity: 256 });
conforms("the store on disk", { open, runs: 50 });
survivesClockSetBack("the store on disk", open);

// Windows of today: a store that is opened keeps what has not ended by the clock of the machine.
const now = Date.now();
const today = (key: string): Counter => ({
  key,
  window: { kind: "calendar", from: now - 1000, until: now + 86_400_000 },
});
const lastDay = (key: string): Counter => ({ key, window: { kind: "sliding", length: 86_400_000 } });

/** The store as it is found by the next process: a copy of its files as they are now. */
function afterKill(folder: string, report?: (message: string) => void): SharedStore {
  const copy = newFolder();
  writeFileSync(join(copy, "ledger"), readFileSync(join(folder, "ledger")));
  return createDurableStore({ folder: copy, capacity: 256, ...(report === undefined ? {} : { report }) });
}

test("a clean stop loses nothing and counts nothing twice", async () => {
  const folder = newFolder();
  const store = createDurableStore({ folder, capacity: 256 });
  const first = await held(store, [hold(today("a"), 5_000, 100_000), hold(lastDay("b"), 70, 1000)], now);
  await first.settle([17, 3]);
  await held(store, [hold(today("a"), 1, 100_000)], now);
  expect(await store.first(today("a"), "80%", now)).toBe(true);
  await store.close();
  expect(await denied(store, [hold(today("a"), 1)], now)).toMatchObject({ detail: "the ledger is closed" });

  const next = createDurableStore({ folder, capacity: 256 });
  expect(await next.read([today("a"), lastDay("b")], now)).toEqual([18, 3]);
  expect(await next.first(today("a"), "80%", now)).toBe(false);
  await next.close();
});

test("a kill at any point leaves at least what was held, at most a 1024th of the limit more, and never above it", async () => {
  const folder = newFolder();
  const store = createDurableStore({ folder, capacity: 256 });
  const limit = 10_240;
  for (const counter of [today("a"), lastDay("b")]) {
    for (let sum = 37; sum <= limit; sum += 37) {
      await held(store, [hold(counter, 37, limit)], now);
      if (sum % 5 > 0 && sum < limit - 100) continue;
      const next = afterKill(folder);
      const [found] = await next.read([counter], now);
      expect(found).toBeGreaterThanOrEqual(sum);
      expect(found).toBeLessThanOrEqual(Math.min(limit, sum + limit / 1024));
      await next.close();
    }
  }
  await store.close();
});

test("most reservations write nothing, and the file stays small", async () => {
  const folder = newFolder();
  const store = createDurableStore({ folder, capacity: 4096 });
  const size = (): number => statSync(join(folder, "ledger")).size;
  for (let index = 0; index < 100_000; index++) await held(store, [hold(today("a"), 1, 100_000)], now);
  expect(size()).toBeLessThan(100_000);
  // A counter a minute, each of them over when the next begins.
  for (let index = 0; index < 50_000; index++) {
    const from = now + index * 60_000;
    await held(store, [hold({ key: "b", window: { kind: "calendar", from, until: from + 60_000 } }, 1, 10)], from);
  }
  expect(size()).toBeLessThan(1_100_000);
  await store.close();
});

test("a line that is damaged is told, and the counter is what the last good one says", async () => {
  const folder = newFolder();
  const store = createDurableStore({ folder, capacity: 256 });
  await held(store, [hold(today("a"), 4, 10)], now);
  await held(store, [hold(today("a"), 4, 10)], now);
  const path = join(folder, "ledger");
  const text = readFileSync(path, "latin1");
  for (const damage of [text.slice(0, -3), `${text.slice(0, -12)}x${text.slice(-11)}`, `${text}\n0000 torn`]) {
    writeFileSync(path, damage);
    const told: string[] = [];
    const next = afterKill(folder, (message) => told.push(message));
    expect(told.map((message) => message.replace(/`.*?`/, "`…`"))).toEqual([
      "1 lines of the ledger in `…` are damaged: their counters are as the last good ones say",
    ]);
    expect((await next.read([today("a")], now))[0]).toBeGreaterThanOrEqual(4);
    await next.close();
  }
  await store.close();
});

test("a file of which nothing can be read is refused, not taken for an empty one", () => {
  const folder = newFolder();
  writeFileSync(join(folder, "ledger"), "something else\n");
  expect(() => createDurableStore({ folder })).toThrow(
    `\`${folder}/ledger\` is not a ledger, or nothing of it can be read`,
  );
});

test("after a torn line the next one is whole", async () => {
  const folder = newFolder();
  const store = createDurableStore({ folder, capacity: 256 });
  await held(store, [hold(today("a"), 4, 10)], now);
  appendFileSync(join(folder, "ledger"), "\n01234");
  await held(store, [hold(today("a"), 4, 10)], now);
  const next = afterKill(folder);
  expect(await next.read([today("a")], now)).toEqual([8]);
  await next.close();
  await store.close();
});

test("a folder that is in use is refused, and free when the store is closed", async () => {
  const folder = newFolder();
  const store = createDurableStore({ folder, capacity: 256 });
  expect(() => createDurableStore({ folder })).toThrow(
    `\`${folder}\` is in use by another routec: a ledger on disk belongs to one process`,
  );
  await store.close();
  await createDurableStore({ folder, capacity: 256 }).close();
});

test("a folder that cannot be had is named, with what is wrong", () => {
  const folder = newFolder();
  writeFileSync(join(folder, "file"), "");
  expect(() => createDurableStore({ folder: join(folder, "file") })).toThrow(
    new StoreError(`\`${folder}/file\` is a file: expected a folder`),
  );
  expect(() => createDurableStore({ folder: join(folder, "file", "state") })).toThrow(
    new StoreError(`the ledger cannot be kept in \`${folder}/file/state\`: not a directory`),
  );
  // As in a folder that may not be written, the lock cannot be opened.
  mkdirSync(join(folder, "lock"));
  expect(() => createDurableStore({ folder })).toThrow(
    new StoreError(`the ledger cannot be kept in \`${folder}\`: unable to open database file`),
  );
  rmdirSync(join(folder, "lock"));
  writeFileSync(join(folder, "lock"), "something else ".repeat(100));
  expect(() => createDurableStore({ folder })).toThrow(
    new StoreError(`\`${folder}/lock\` is damaged: while no routec uses it, it can be deleted, as it holds no counts`),
  );
});

test("a full disk refuses with a word what needs the disk, and goes on when there is room", () => {
  const folder = newFolder();
  // The file may grow to 4 KiB: to the process, a disk with no more room than that.
  const program = join(import.meta.dirname, "full-disk.ts");
  const command = `ulimit -S -f 4 && exec "${process.execPath}" "${program}" "${folder}"`;
  const said = JSON.parse(execFileSync("bash", ["-c", command], { encoding: "utf8" }));
  const detail = `the ledger cannot write to \`${folder}\`: no space left on device`;
  expect(said).toEqual({
    denied: { kind: "denied", index: 0, away: true, detail },
    free: "held",
    sumIsWhatWasHeld: true,
    afterwards: "held",
    told: [detail, `the ledger can write to \`${folder}\` again`],
  });
});
