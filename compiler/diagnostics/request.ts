/** The request that shows a finding, for people. */
import { printable } from "./cells.ts";
import type { Witness } from "./diagnostic.ts";

/** `send chat { tier free, region eu }`: the form that the language's own tests have. */
export function requestText(witness: Witness): string {
  const attributes = Object.entries(witness.attributes).map(([name, value]) => `${name} ${valueText(value)}`);
  const fields = attributes.length === 0 ? "{}" : `{ ${attributes.join(", ")} }`;
  return printable(`send ${wordText(witness.route)} ${fields}`);
}

function valueText(value: boolean | number | string): string {
  return typeof value === "string" ? wordText(value) : String(value);
}

/** A bare word where the language allows one. */
function wordText(text: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && text !== "true" && text !== "false" ? text : JSON.stringify(text);
}
