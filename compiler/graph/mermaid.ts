/** A graph as Mermaid, which Markdown on GitHub, GitLab and in most wikis draws. */
import type { GraphEdge, GraphNode, NodeKind, PlanGraph } from "./plan-graph.ts";

/** Colours that can be read on white and on black. */
const CLASSES: Readonly<Record<NodeKind, string>> = {
  route: "fill:#1f2937,stroke:#1f2937,color:#ffffff",
  rule: "fill:#f3f4f6,stroke:#9ca3af,color:#111827",
  plan: "fill:#dbeafe,stroke:#2563eb,color:#1e3a8a",
  model: "fill:#dcfce7,stroke:#16a34a,color:#14532d",
  choice: "fill:#fef3c7,stroke:#d97706,color:#78350f",
  reject: "fill:#fee2e2,stroke:#dc2626,color:#7f1d1d",
};

const SHAPES: Readonly<Record<NodeKind, readonly [open: string, close: string]>> = {
  route: ["([", "])"],
  rule: ["[", "]"],
  plan: ["[[", "]]"],
  model: ["(", ")"],
  choice: ["{{", "}}"],
  reject: ["[/", "/]"],
};

const ARROWS: Readonly<Record<GraphEdge["kind"], string>> = { next: "-->", else: "-.->", hedge: "-.->" };

/** The text of a flowchart, from left to right. What a request does not come to is pale. */
export function toMermaid({ nodes, edges, taken }: PlanGraph): string {
  const kinds = [...new Set(nodes.map(({ kind }) => kind))];
  const pale = taken === undefined ? [] : nodes.filter(({ id }) => !taken.has(id)).map(({ id }) => id);
  return [
    "flowchart LR",
    ...nodes.map((node) => `  ${nodeText(node)}`),
    ...edges.map(
      ({ from, to, kind, label }) => `  ${from} ${ARROWS[kind]}${label === "" ? "" : `|${quoted([label])}|`} ${to}`,
    ),
    ...kinds.map((kind) => `  classDef ${kind} ${CLASSES[kind]}`),
    ...(pale.length === 0 ? [] : ["  classDef pale opacity:0.35", `  class ${pale.join(",")} pale`]),
    "",
  ].join("\n");
}

function nodeText({ id, kind, title, lines }: GraphNode): string {
  const [open, close] = SHAPES[kind];
  return `${id}${open}${quoted([title, ...lines])}${close}:::${kind}`;
}

/** Mermaid reads markup and entities in texts, so all that could begin either is written by number. */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) => line.replaceAll(/["#&<>`\\;]|\p{Cc}/gu, (sign) => `#${sign.codePointAt(0)};`));
  return `"${escaped.join("<br/>")}"`;
}
