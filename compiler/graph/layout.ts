/** Where boxes and arrows of a graph go: in layers from left to right (dagre), rules in the order in which they are tried. */
import { Graph, layout } from "@dagrejs/dagre";
import type { GraphEdge, GraphNode, PlanGraph } from "./plan-graph.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PlacedNode extends GraphNode {
  /** The middle. */
  readonly at: Point;
  readonly width: number;
  readonly height: number;
  /** The title and the lines as they are broken. */
  readonly texts: readonly { readonly text: string; readonly strong: boolean }[];
}

export interface PlacedEdge extends GraphEdge {
  readonly points: readonly Point[];
  /** The middle of the label. */
  readonly labelAt: Point;
  readonly texts: readonly string[];
}

export interface Placed {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

export const LINE = 18;
const PADDING = { x: 14, y: 10 };
/** Characters of a line; rules are sentences, steps are words. */
const WIDTHS = { rule: 44, step: 30, label: 26 };
const MARGIN = 16;

export function place({ nodes, edges }: PlanGraph): Placed {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 18, ranksep: 56, edgesep: 14, marginx: MARGIN, marginy: MARGIN });
  const boxes = nodes.map((node) => ({ ...node, ...boxOf(node) }));
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  const labels = edges.map(({ label }) => broken(label, WIDTHS.label));
  for (const [index, { from, to }] of edges.entries()) {
    const texts = labels[index] as string[];
    const size = texts.length === 0 ? {} : { width: widthOf(texts) + 8, height: texts.length * LINE };
    graph.setEdge(from, to, { ...size, labelpos: "c" }, String(index));
  }
  layout(graph, { constraints: inOrder(nodes, edges) });
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: boxes.map((box) => ({ ...box, at: graph.node(box.id) as Point })),
    edges: edges.map((edge, index) => {
      const {
        points,
        x = 0,
        y = 0,
      } = graph.edge({ v: edge.from, w: edge.to, name: String(index) }) as {
        points: Point[];
        x?: number;
        y?: number;
      };
      return { ...edge, points, labelAt: { x, y }, texts: labels[index] as string[] };
    }),
  };
}

/** Rules of a route stand one above the other as they are tried. */
function inOrder(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): { left: string; right: string }[] {
  const routes = nodes.filter(({ kind }) => kind === "route");
  return routes.flatMap(({ id }) => {
    const rules = edges.filter(({ from }) => from === id).map(({ to }) => to);
    return rules.slice(1).map((right, at) => ({ left: rules[at] as string, right }));
  });
}

function boxOf({ kind, title, lines }: GraphNode): Pick<PlacedNode, "width" | "height" | "texts"> {
  const most = kind === "rule" ? WIDTHS.rule : WIDTHS.step;
  const texts = [
    ...broken(title, most).map((text) => ({ text, strong: kind !== "rule" })),
    ...lines.flatMap((line) => broken(line, most).map((text) => ({ text, strong: false }))),
  ];
  const width = widthOf(texts.map(({ text }) => text)) + 2 * PADDING.x;
  return { texts, width, height: texts.length * LINE + 2 * PADDING.y };
}

/** Broken at spaces into lines of at most so many characters where words allow. */
function broken(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`;
    else if (word !== "" || last === undefined) lines.push(word);
  }
  return lines.filter((line) => line !== "");
}

/** Of text of 13 pixels in a font whose signs are all of one width. */
export function widthOf(texts: readonly string[]): number {
  return Math.ceil(Math.max(0, ...texts.map((text) => [...text].length)) * 7.85);
}
