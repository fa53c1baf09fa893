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
  return `sha256:${sha256(canonicalJson(content))}`;
}

/** In hexadecimal. The module is loaded when first needed: `check` needs it never, and it takes a tenth of its time. */
export function sha256(text: string): string {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("hex");
}
