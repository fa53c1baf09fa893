/** Walking the tree of a piece without knowing what its nodes are. */
import type { Span } from "../../compiler/syntax/index.ts";

/** Anything in the tree that has a place. */
export interface Node {
  readonly kind?: string;
  readonly span: Span;
}

function isNode(value: object): value is Node {
  return "span" in value;
}

/** The nodes directly within a node, in the order in which the tree has them. */
export function* childrenOf(node: object): Generator<Node> {
  for (const value of Object.values(node)) {
    if (typeof value !== "object" || value === null) continue;
    if (isNode(value)) yield value;
    else if (Array.isArray(value)) yield* childrenOf(value);
  }
}

/** The nodes in which an offset lies, or at whose end it does, from the outermost on. */
export function nodesAt(roots: Iterable<Node>, offset: number): readonly Node[] {
  for (const node of roots)
    if (node.span.start <= offset && offset <= node.span.end) return [node, ...nodesAt(childrenOf(node), offset)];
  return [];
}

/** The nodes within a node, itself first, each before those within it. */
export function* nodesWithin(node: Node): Generator<Node> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesWithin(child);
}

/** Places of a copy of a tree, which move with it. */
export type Places = { -readonly [P in keyof Span]: Span[P] }[];

/** A copy with places of its own, which are added to `places`. */
export function copied<T>(value: T, places: Places): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copied(item, places)) as T;
  const copy: Record<string, unknown> = {};
  const from = value as Record<string, unknown>;
  for (const key in from) copy[key] = copied(from[key], places);
  if (typeof copy.start === "number") places.push(copy as Places[number]);
  return copy as T;
}

export function moved({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}
