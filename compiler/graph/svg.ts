/** A graph as one SVG file that loads nothing, and is dark where its reader's system is. */
import { LINE, type PlacedEdge, type PlacedNode, type Point, place, widthOf } from "./layout.ts";
import type { NodeKind, PlanGraph } from "./plan-graph.ts";

interface Colours {
  readonly fill: string;
  readonly stroke: string;
  readonly text: string;
}

type Theme = Readonly<Record<NodeKind | "page", Colours>>;

const LIGHT: Theme = {
  page: { fill: "#ffffff", stroke: "#6b7280", text: "#374151" },
  route: { fill: "#1f2937", stroke: "#1f2937", text: "#ffffff" },
  rule: { fill: "#f9fafb", stroke: "#d1d5db", text: "#111827" },
  plan: { fill: "#dbeafe", stroke: "#2563eb", text: "#1e3a8a" },
  model: { fill: "#dcfce7", stroke: "#16a34a", text: "#14532d" },
  choice: { fill: "#fef3c7", stroke: "#d97706", text: "#78350f" },
  reject: { fill: "#fee2e2", stroke: "#dc2626", text: "#7f1d1d" },
};

const DARK: Theme = {
  page: { fill: "#0d1117", stroke: "#9ca3af", text: "#d1d5db" },
  route: { fill: "#e5e7eb", stroke: "#e5e7eb", text: "#111827" },
  rule: { fill: "#161b22", stroke: "#4b5563", text: "#e5e7eb" },
  plan: { fill: "#172554", stroke: "#60a5fa", text: "#dbeafe" },
  model: { fill: "#052e16", stroke: "#4ade80", text: "#dcfce7" },
  choice: { fill: "#451a03", stroke: "#fbbf24", text: "#fef3c7" },
  reject: { fill: "#450a0a", stroke: "#f87171", text: "#fee2e2" },
};

/** The text of an SVG document. What a request does not come to is pale. */
export function toSvg(graph: PlanGraph): string {
  const { width, height, nodes, edges } = place(graph);
  const { taken, title } = graph;
  const isPale = (...ids: readonly string[]): boolean => taken !== undefined && !ids.every((id) => taken.has(id));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" class="routec-graph">
<title>Routes and plans of ${escaped(title)}</title>
<style>
${style(LIGHT)}
@media (prefers-color-scheme: dark) {
${style(DARK)}
}
</style>
<defs><marker id="routec-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>
<rect class="page" width="${width}" height="${height}"/>
${edges.map((edge) => edgeText(edge, isPale(edge.from, edge.to))).join("\n")}
${nodes.map((node) => nodeText(node, isPale(node.id))).join("\n")}
</svg>
`;
}

function style(theme: Theme): string {
  const { page, ...kinds } = theme;
  return [
    `.routec-graph text { font: 13px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; text-anchor: middle; dominant-baseline: central; }`,
    `.routec-graph .strong { font-weight: 700; }`,
    `.routec-graph .pale { opacity: 0.3; }`,
    `.routec-graph .page { fill: ${page.fill}; }`,
    `.routec-graph .edge { fill: none; stroke: ${page.stroke}; stroke-width: 1.5; }`,
    `.routec-graph .else { stroke-dasharray: 6 4; }`,
    `.routec-graph .hedge { stroke-dasharray: 2 3; }`,
    `.routec-graph .head { fill: ${page.stroke}; }`,
    `.routec-graph .label { fill: ${page.text}; font-size: 12px; }`,
    ...Object.entries(kinds).map(
      ([kind, { fill, stroke, text }]) =>
        `.routec-graph .${kind} rect { fill: ${fill}; stroke: ${stroke}; stroke-width: 1.5; } .routec-graph .${kind} text { fill: ${text}; }`,
    ),
  ].join("\n");
}

/** Corners tell kinds apart where colours do not. */
const CORNERS: Readonly<Record<NodeKind, number>> = { route: 20, rule: 3, plan: 8, model: 14, choice: 8, reject: 0 };

function nodeText({ kind, at, width, height, texts }: PlacedNode, isPale: boolean): string {
  const [x, y] = [at.x - width / 2, at.y - height / 2].map(rounded);
  const corner = Math.min(CORNERS[kind], height / 2);
  const frame = `<rect x="${x}" y="${y}" width="${rounded(width)}" height="${rounded(height)}" rx="${corner}"/>`;
  // As flowcharts have what is defined elsewhere: a line within at both sides.
  const sides =
    kind === "plan"
      ? `<path class="edge" d="M${rounded(at.x - width / 2 + 6)} ${y}v${rounded(height)}M${rounded(at.x + width / 2 - 6)} ${y}v${rounded(height)}"/>`
      : "";
  const lines = texts.map(({ text, strong }, index) => {
    const line = rounded(at.y + (index - (texts.length - 1) / 2) * LINE);
    return `<text x="${rounded(at.x)}" y="${line}"${strong ? ' class="strong"' : ""}>${escaped(text)}</text>`;
  });
  return `<g class="${kind}${isPale ? " pale" : ""}">${frame}${sides}${lines.join("")}</g>`;
}

function edgeText({ kind, points, labelAt, texts }: PlacedEdge, isPale: boolean): string {
  const lines = texts.map((text, index) => {
    const y = rounded(labelAt.y + (index - (texts.length - 1) / 2) * LINE);
    return `<text class="label" x="${rounded(labelAt.x)}" y="${y}">${escaped(text)}</text>`;
  });
  const [width, height] = [widthOf(texts), texts.length * LINE];
  if (texts.length > 0)
    lines.unshift(
      `<rect class="page" x="${rounded(labelAt.x - width / 2)}" y="${rounded(labelAt.y - height / 2)}" width="${rounded(width)}" height="${height}"/>`,
    );
  const path = `<path class="edge ${kind}" d="${curve(points)}" marker-end="url(#routec-arrow)"/>`;
  return `<g${isPale ? ' class="pale"' : ""}>${path}${lines.join("")}</g>`;
}

/** Through the middles of the stretches between the points, bent at the points. */
function curve([first, ...points]: readonly Point[]): string {
  const at = ({ x, y }: Point): string => `${rounded(x)} ${rounded(y)}`;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return "";
  const bends = points.slice(0, -1).map((point, index) => {
    const next = points[index + 1] as Point;
    const isEnd = index === points.length - 2;
    return `Q${at(point)} ${at(isEnd ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}`;
  });
  return `M${at(first)}${bends.length === 0 ? `L${at(last)}` : bends.join("")}`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]|\p{Cc}/gu, (sign) => `&#${sign.codePointAt(0)};`);
}
