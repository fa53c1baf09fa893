/** A report as one HTML page that loads nothing: what it says can be mailed, archived and opened offline. */
import { barChart } from "./bar-chart.ts";
import { COLORS, lineChart } from "./line-chart.ts";
import type { BarChart, Block, Figures, LineChart, Report, Table } from "./report.ts";
import { STYLE } from "./style.ts";
import { escaped, inline } from "./text.ts";

/** The same report gives the same bytes. */
export function renderHtml({ title, about, sections, made }: Report): string {
  let charts = 0;
  const body = sections.flatMap(({ heading, blocks }) => [
    `<section>\n<h2>${inline(heading)}</h2>`,
    ...blocks.map((block) => rendered(block, () => `chart-${++charts}`)),
    "</section>",
  ]);
  return `${[
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    // Names from logs stand in the page: whatever they hold, nothing is loaded and nothing runs.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escaped(title.replaceAll("`", ""))}</title>`,
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    `<header>\n<h1>${inline(title)}</h1>\n<p>${inline(about)}</p>\n</header>`,
    "<main>",
    ...body,
    "</main>",
    `<footer>${inline(made)}</footer>`,
    "</body>",
    "</html>",
  ].join("\n")}\n`;
}

function rendered(block: Block, nextId: () => string): string {
  switch (block.kind) {
    case "paragraph":
      return `<p>${inline(block.text)}</p>`;
    case "figures":
      return figuresHtml(block);
    case "table":
      return tableHtml(block);
    case "line":
      return chartHtml(block, lineChart(block, nextId()), lineLegend(block), lineData(block));
    case "bars":
      return chartHtml(block, barChart(block, nextId()), barLegend(block), barData(block));
  }
}

function figuresHtml({ figures }: Figures): string {
  const one = ({ label, value, note }: Figures["figures"][number]): string =>
    `<div><dt>${inline(label)}</dt><dd class="value">${inline(value)}</dd>${note === undefined ? "" : `<dd class="note">${inline(note)}</dd>`}</div>`;
  return `<dl class="figures">\n${figures.map(one).join("\n")}\n</dl>`;
}

function tableHtml({ caption, columns, rows }: Table): string {
  const classOf = (index: number): string => (columns[index]?.isNumber === true ? ' class="number"' : "");
  const head = columns.map(({ heading }, index) => `<th scope="col"${classOf(index)}>${inline(heading)}</th>`);
  const body = rows.map((row) => `<tr>${row.map((cell, i) => `<td${classOf(i)}>${inline(cell)}</td>`).join("")}</tr>`);
  return `<div class="wide"><table>\n<caption>${inline(caption)}</caption>\n<thead><tr>${head.join("")}</tr></thead>\n<tbody>\n${body.join("\n")}\n</tbody>\n</table></div>`;
}

function chartHtml({ caption }: LineChart | BarChart, svg: string, legend: readonly string[], data: Table): string {
  return [
    `<figure>\n<figcaption>${inline(caption)}</figcaption>`,
    svg,
    ...(legend.length > 1 ? [`<ul class="legend">${legend.join("")}</ul>`] : []),
    `<details><summary>The same as a table</summary>${tableHtml(data)}</details>`,
    "</figure>",
  ].join("\n");
}

function lineLegend({ series }: LineChart): readonly string[] {
  return series.map(({ name, shape }, index) => {
    const color = `c${index % COLORS}`;
    const dot = `<circle class="dot ${color}" cx="13" cy="5" r="4"/>`;
    return legendItem(name, shape === "points" ? dot : `<path class="line ${color}" d="M0 5H26"/>`);
  });
}

function barLegend({ series }: BarChart): readonly string[] {
  return series.map((name, index) => legendItem(name, `<rect class="bar c${index % COLORS}" width="26" height="10"/>`));
}

function legendItem(name: string, key: string): string {
  return `<li><svg viewBox="0 0 26 10" aria-hidden="true">${key}</svg>${inline(name)}</li>`;
}

function lineData({ caption, series, x, y }: LineChart): Table {
  const told = (value: number): string =>
    x.zone === undefined ? (x.format ?? String)(value) : timeText(value, x.zone);
  return {
    kind: "table",
    caption,
    columns: [{ heading: "series" }, { heading: x.label, isNumber: true }, { heading: y.label, isNumber: true }],
    rows: series.flatMap(({ name, points }) =>
      points.map((point) => [
        point.label === undefined ? name : `${name}: ${point.label}`,
        told(point.x),
        (y.format ?? String)(point.y),
      ]),
    ),
  };
}

function timeText(time: number, zone: string): string {
  return new Date(time).toLocaleString("sv-SE", { timeZone: zone });
}

function barData({ caption, format, groups, series }: BarChart): Table {
  return {
    kind: "table",
    caption,
    columns: [{ heading: "" }, ...series.map((heading) => ({ heading, isNumber: true }))],
    rows: groups.map(({ label, values }) => [label, ...values.map(format)]),
  };
}
