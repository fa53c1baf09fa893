/** Text in HTML and SVG. */

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Safe as content and in a quoted attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? "");
}

/** The same, with what stands in backticks as code. */
export function inline(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, "<code>$1</code>");
}

/** A coordinate: a tenth of a pixel is more than one sees. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
