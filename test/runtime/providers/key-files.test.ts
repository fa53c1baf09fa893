/** Keys that stand in files, and are rotated there. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Transport, UpstreamKey } from "../../../runtime/plan/index.ts";
import { createTransport } from "../../../runtime/providers/index.ts";
import { type FakeProvider, fails, fakeProvider } from "../../support/fake-provider.ts";
import { call, tableOf } from "../plan/harness.ts";
import { callOf, converse } from "./harness.ts";

let provider: FakeProvider;
let transport: Transport | undefined;
let folder: string;
let file: string;

beforeEach(async () => {
  provider = await fakeProvider();
  folder = mkdtempSync(join(tmpdir(), "routec-keys-"));
  file = join(folder, "keys");
});
afterEach(async () => {
  await transport?.close();
  transport = undefined;
  await provider.close();
  rmSync(folder, { recursive: true });
});

async function open(
  env: Record<string, string>,
  look = 5,
): Promise<(key?: UpstreamKey) => Promise<string | undefined>> {
  const table = tableOf({ run: call("a"), provider: { url: provider.url, keys: [{ env: "KEY" }] } });
  const opened = await createTransport(table, { env, look });
  transport = opened;
  return async (key) => {
    await converse(opened, { provider: table.providers[0] as never }, key).over;
    return provider.requests.at(-1)?.headers.authorization;
  };
}

test("are used in turn, a line each", async () => {
  writeFileSync(file, "one\n\n  two\r\n");
  const ask = await open({ KEY_FILE: file });
  expect([await ask(), await ask(), await ask()]).toEqual(["Bearer one", "Bearer two", "Bearer one"]);
});

test("give way to a key in the environment", async () => {
  const ask = await open({ KEY: "own", KEY_FILE: "/nowhere" });
  expect(await ask()).toBe("Bearer own");
});

test("are taken anew when the file changes, also where the old one was refused", async () => {
  writeFileSync(file, "old");
  const ask = await open({ KEY_FILE: file });
  provider.script(fails(401));
  expect(await ask()).toBe("Bearer old");
  writeFileSync(file, "newer");
  // The refused key is not sent again: each round waits for one call that is told so at once.
  while ((await ask()) !== "Bearer newer") await new Promise((resolve) => setImmediate(resolve));
  expect(provider.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer old", "Bearer newer"]);
});

test("that a call was counted for are used for it, also when the file has lost them", async () => {
  writeFileSync(file, "old");
  const ask = await open({ KEY_FILE: file });
  const keys = (): readonly UpstreamKey[] => transport?.keys?.(callOf().model) ?? [];
  const [old] = keys();
  writeFileSync(file, "newer\nnewest");
  while (keys().length !== 2) await new Promise((resolve) => setImmediate(resolve));
  await ask(old);
  expect(provider.requests.at(-1)?.headers.authorization).toBe("Bearer old");
});

test("that cannot be read leave the ones from before", async () => {
  writeFileSync(file, "old");
  const ask = await open({ KEY_FILE: file });
  const { promise: warned, resolve } = Promise.withResolvers<Error>();
  process.once("warning", resolve);
  writeFileSync(file, "");
  expect((await warned).message).toBe(
    `the key file \`${file}\` of provider \`somebody\` holds no key: expected one on each line; the keys from before are kept`,
  );
  expect(await ask()).toBe("Bearer old");
});

test("that are not there are said when it starts", async () => {
  await expect(open({ KEY_FILE: join(folder, "none") })).rejects.toThrow(
    /the key file `.*none` of provider `somebody` cannot be read: ENOENT/,
  );
  await expect(open({})).rejects.toThrow("the environment variable `KEY` (key of provider `somebody`) is not set");
});
