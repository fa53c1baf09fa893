/** Lying bars as SVG, each with its value at its end. */
import { COLORS } from "./line-chart.ts";
import type { BarChart } from "./report.ts";
import { escaped, px } from "./text.ts";

const WIDTH = 760;
const [BAR, GAP] = [16, 10];
/** Pixels for the value at the end of a bar. */
const VALUE = 90;
const CHARACTER = 7.2;
const [LEAST_LABEL, MOST_LABEL] = [60, 320];

export function barChart({ caption, format, groups, series }: BarChart, id: string): string {
  const longest = Math.max(0, ...groups.map(({ label }) => label.length)) * CHARACTER + 12;
  const left = Math.min(MOST_LABEL, Math.max(LEAST_LABEL, longest));
  const most = Math.max(0, ...groups.flatMap(({ values }) => values)) || 1;
  const height = BAR * series.length + GAP;
  const room = Math.floor((MOST_LABEL - 12) / CHARACTER);
  const rows = groups.map(({ label, values }, row) => {
    const top = row * height + GAP / 2;
    const shown = label.length > room ? `${label.slice(0, room - 1)}…` : label;
    const name = `<text class="tick" x="${px(left - 8)}" y="${px(top + (height - GAP) / 2 + 4)}" text-anchor="end">${escaped(shown)}</text>`;
    const bars = values.map((value, index) => {
      const width = (value / most) * (WIDTH - left - VALUE);
      const y = top + index * BAR;
      return `<rect class="bar c${index % COLORS}" x="${px(left)}" y="${px(y + 1)}" width="${px(width)}" height="${BAR - 2}"/><text class="tick" x="${px(left + width + 6)}" y="${px(y + BAR - 4)}">${escaped(format(value))}</text>`;
    });
    return name + bars.join("");
  });
  return [
    `<svg role="img" aria-labelledby="${id}" viewBox="0 0 ${WIDTH} ${groups.length * height}" class="chart">`,
    `<title id="${id}">${escaped(caption)}</title>`,
    ...rows,
    "</svg>",
  ].join("\n");
}
