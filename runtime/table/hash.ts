import { createHash } from "node:crypto";
import type { DecisionTable } from "./decision-table.generated.ts";

/** JSON with keys in code-point order and no white space: the same value always gives the same text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(",")}}`;
}

/** The content hash of a table: of its canonical JSON without the field `hash`. */
export function hashTable(table: Omit<DecisionTable, "hash">): string {
  const { hash: _, ...content } = table as DecisionTable;
  return `sha256:${createHash("sha256").update(canonicalJson(content)).digest("hex")}`;
}
