/** Routes and plans as pictures. */
export { conditionsIn } from "./conditions.ts";
export { toMermaid } from "./mermaid.ts";
export {
  type GraphEdge,
  type GraphNode,
  type GraphOptions,
  type NodeKind,
  type PlanGraph,
  planGraph,
} from "./plan-graph.ts";
export { toSvg } from "./svg.ts";
