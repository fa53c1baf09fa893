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

/** The same value with all its places moved. */
export function shifted<T>(value: T, by: number): T {
  if (by === 0 || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => shifted(item, by)) as T;
  const copy: Record<string, unknown> = {};
  const from = value as Record<string, unknown>;
  for (const key in from) copy[key] = isPlace(from[key]) ? moved(from[key], by) : shifted(from[key], by);
  return copy as T;
}

function isPlace(value: unknown): value is Span {
  return typeof value === "object" && value !== null && "start" in value && typeof value.start === "number";
}

export function moved({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}
