/** Routes and plans as pictures. */
export { conditionsIn } from "./conditions.ts";
export { toMermaid } from "./mermaid.ts";
export * from "./plan-graph.ts";
export { toSvg } from "./svg.ts";
