/** Reports as one self-contained HTML page: sections of paragraphs, figures, tables, and charts as inline SVG. */
export { renderHtml } from "./render.ts";
export type * from "./report.ts";
