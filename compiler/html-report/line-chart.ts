/** A line chart as SVG, with its data as a table for who does not see it. */
import type { LineChart, Series } from "./report.ts";
import { type Scale, scaleOf } from "./scale.ts";
import { escaped, px } from "./text.ts";

const [WIDTH, HEIGHT] = [760, 300];
const [LEFT, RIGHT, TOP, BOTTOM] = [72, 16, 14, 48];
/** Pixels that a label of an axis needs. */
const [LABEL_WIDTH, LABEL_HEIGHT] = [90, 50];

/** Of the colours and dashes that style.ts has. */
export const COLORS = 6;

export function lineChart(chart: LineChart, id: string): string {
  const { caption, x, y, series, levels = [], spans = [] } = chart;
  const points = series.flatMap((each) => each.points);
  const across = scaleOf(
    ...([x, points.map((point) => point.x), LEFT, WIDTH - RIGHT] as const),
    Math.floor((WIDTH - LEFT - RIGHT) / LABEL_WIDTH),
  );
  const up = scaleOf(
    ...([y, [...points.map((point) => point.y), ...levels.map(({ at }) => at)], HEIGHT - BOTTOM, TOP] as const),
    Math.floor((HEIGHT - TOP - BOTTOM) / LABEL_HEIGHT),
  );
  return [
    `<svg role="img" aria-labelledby="${id}" viewBox="0 0 ${WIDTH} ${HEIGHT}" class="chart">`,
    `<title id="${id}">${escaped(caption)}</title>`,
    ...spans.map((span) => spanText(span, across)),
    ...up.ticks.map(({ value, label }) => yTick(up.at(value), label)),
    ...across.ticks.map(({ value, label }) => xTick(across.at(value), label)),
    `<text class="name" x="${LEFT}" y="${HEIGHT - 6}">${escaped(x.label)}</text>`,
    `<text class="name" transform="translate(12 ${HEIGHT - BOTTOM}) rotate(-90)">${escaped(y.label)}</text>`,
    ...series.map((each, index) => drawn(each, index % COLORS, across, up)),
    ...levels.map(({ at, label }) => level(up.at(at), label)),
    "</svg>",
  ].join("\n");
}

function spanText({ from, to, label }: { from: number; to: number; label: string }, across: Scale): string {
  const [first, last] = [from, to].map((value) => Math.min(WIDTH - RIGHT, Math.max(LEFT, across.at(value))));
  const [begin, end] = [first as number, last as number];
  // A label that would leave the picture stands before the end of its stretch.
  const isLate = begin > WIDTH / 2;
  const place = isLate ? `x="${px(end - 4)}" text-anchor="end"` : `x="${px(begin + 4)}"`;
  return [
    `<rect class="span" x="${px(begin)}" y="${TOP}" width="${px(Math.max(1, end - begin))}" height="${HEIGHT - TOP - BOTTOM}"/>`,
    `<text class="note" ${place} y="${TOP + 12}">${escaped(label)}</text>`,
  ].join("");
}

function yTick(at: number, label: string): string {
  return `<path class="grid" d="M${LEFT} ${px(at)}H${WIDTH - RIGHT}"/><text class="tick" x="${LEFT - 6}" y="${px(at + 4)}" text-anchor="end">${escaped(label)}</text>`;
}

function xTick(at: number, label: string): string {
  const bottom = HEIGHT - BOTTOM;
  return `<path class="grid" d="M${px(at)} ${bottom}v4"/><text class="tick" x="${px(at)}" y="${bottom + 17}" text-anchor="middle">${escaped(label)}</text>`;
}

function level(at: number, label: string): string {
  return `<path class="level" d="M${LEFT} ${px(at)}H${WIDTH - RIGHT}"/><text class="note" x="${WIDTH - RIGHT - 4}" y="${px(at - 5)}" text-anchor="end">${escaped(label)}</text>`;
}

function drawn({ shape, points }: Series, color: number, across: Scale, up: Scale): string {
  const places = points.map((point) => ({ x: px(across.at(point.x)), y: px(up.at(point.y)), label: point.label }));
  const labels = places.flatMap(({ x, y, label }) => (label === undefined ? [] : [pointLabel(x, y, label)]));
  const dots = (radius: number): string[] =>
    places.map(({ x, y }) => `<circle class="dot c${color}" cx="${x}" cy="${y}" r="${radius}"/>`);
  if (shape === "points") return [...dots(4), ...labels].join("");
  const [first, ...rest] = places;
  if (first === undefined) return "";
  const path = rest.map(({ x, y }) => (shape === "step" ? `H${x}V${y}` : `L${x} ${y}`)).join("");
  return [
    `<path class="line c${color}" d="M${first.x} ${first.y}${path}"/>`,
    ...(rest.length === 0 ? dots(3) : []),
    ...labels,
  ].join("");
}

/** Beside its point; before it where the picture ends behind it. */
function pointLabel(x: string, y: string, label: string): string {
  const isLate = Number(x) > WIDTH - LABEL_WIDTH;
  const place = isLate ? `x="${px(Number(x) - 7)}" text-anchor="end"` : `x="${px(Number(x) + 7)}"`;
  return `<text class="note" ${place} y="${px(Number(y) - 6)}">${escaped(label)}</text>`;
}
