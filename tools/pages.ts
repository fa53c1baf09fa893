/**
 * Writes docs/diagnostics: a page for each code that routec can report, and an index. `--check` writes nothing and fails
 * when a checked-in page is not what would be written, or is one too many.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { pages } from "./pages/page.ts";

const folder = new URL("../docs/diagnostics/", import.meta.url);
const check = process.argv.includes("--check");

mkdirSync(folder, { recursive: true });
const there = new Set(readdirSync(folder));
const wanted = pages();
const stale: string[] = [];
for (const [name, text] of wanted) {
  const url = new URL(name, folder);
  if (!there.has(name) || readFileSync(url, "utf8") !== text) {
    stale.push(name);
    if (!check) writeFileSync(url, text);
  }
}
for (const name of there) {
  if (wanted.has(name)) continue;
  stale.push(name);
  if (!check) rmSync(new URL(name, folder));
}
if (check && stale.length > 0) {
  console.error(`docs/diagnostics is not what the codes give (${stale.join(", ")}): run node tools/pages.ts`);
  process.exitCode = 1;
}
