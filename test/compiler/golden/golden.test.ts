/** What a person is told of typical mistakes: each policy of this folder, and beside it the findings as they are shown. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CODES, check, renderHuman } from "../../../compiler/index.ts";
import { folderWith, pathOf } from "../../../tools/pages/folder.ts";

const folder = new URL("./", import.meta.url);
const names = readdirSync(folder).flatMap((file) => (file.endsWith(".route") ? file.slice(0, -".route".length) : []));

function found(name: string) {
  const main = readFileSync(new URL(`${name}.route`, folder), "utf8");
  return check(pathOf("main.route"), { fileSystem: folderWith(main) });
}

describe("findings as they are shown", () => {
  it.each(names)("%s", async (name) => {
    const { diagnostics, sources } = found(name);
    await expect(renderHuman(diagnostics, sources)).toMatchFileSnapshot(`${name}.txt`);
    expect(diagnostics.map(({ code }) => code)).toContain(name.slice(0, "RT0000".length));
  });

  it("are there of every code", () => {
    expect([...new Set(names.map((name) => name.slice(0, "RT0000".length)))].sort()).toEqual(Object.keys(CODES).sort());
  });

  it("are there of no policy that is gone", () => {
    const shown = readdirSync(folder).flatMap((file) => (file.endsWith(".txt") ? file.slice(0, -".txt".length) : []));
    expect(shown.sort()).toEqual(names.toSorted());
  });
});
