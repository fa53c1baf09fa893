/** Which `else` can be taken, against carrying expressions out in every way in which their calls can go. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { check } from "../../../compiler/index.ts";

const MODELS = `
provider lab { protocol simulated }
model a = lab "a-1" { context 8k  price free }
model b = lab "b-1" { context 8k  price free }
`;

type Node =
  | { readonly kind: "call"; readonly model: string }
  | { readonly kind: "reject" }
  | { readonly kind: "else"; readonly first: Node; readonly on: readonly string[]; readonly then: Node }
  | { readonly kind: "split" | "cascade" | "hedge"; readonly first: Node; readonly then: Node };

/** Two failures that plain `else` takes, and two that it does not. */
const FAILURES = ["timeout", "rate_limited", "filtered", "refused"];

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({ kind: fc.constant("call" as const), model: fc.constantFrom("a", "b") }),
    fc.constant({ kind: "reject" as const }),
    fc.record({
      kind: fc.constant("else" as const),
      first: tie("node"),
      on: fc.subarray(FAILURES, { minLength: 1 }),
      then: tie("node"),
    }),
    fc.record({
      kind: fc.constantFrom("split" as const, "cascade" as const, "hedge" as const),
      first: tie("node"),
      then: tie("node"),
    }),
  ),
}));

/** As a policy has it. */
function written(node: Node): string {
  const { kind } = node;
  switch (kind) {
    case "call":
      return node.model;
    case "reject":
      return "reject 503";
    case "else":
      return `(${written(node.first)} else on ${node.on.join(", ")} ${written(node.then)})`;
    case "split":
      return `split { 50% ${written(node.first)}, 50% ${written(node.then)} }`;
    case "cascade":
      return `cascade { (${written(node.first)}) accept when not refused  (${written(node.then)}) }`;
    case "hedge":
      return `hedge { ${written(node.first)} after 1s ${written(node.then)} }`;
  }
}

/**
 * How one run ends: with a failure, with an answer, or with a rejection; and a failure after which the others have been
 * called off that ran at the same time, since content was let out before it, where that is held.
 */
type End = (typeof FAILURES)[number] | `late ${(typeof FAILURES)[number]}` | "answer" | "reject";

const isLate = (end: End): boolean => end.startsWith("late ");
const failureOf = (end: End): End => (isLate(end) ? (end.slice("late ".length) as End) : end);
const isFailure = (end: End): boolean => FAILURES.includes(failureOf(end));

/** How an expression can end, over all ways in which its calls can go; notes each `else` that is taken on one of them. */
function ends(node: Node, taken: Set<Node>, held = false): Set<End> {
  /** No content comes out of what is held right there. */
  const kept = (inner: Node): End[] => [...ends(inner, taken, true)].map(failureOf);
  switch (node.kind) {
    case "call":
      return new Set([...FAILURES, ...(held ? FAILURES.map((failure): End => `late ${failure}`) : []), "answer"]);
    case "reject":
      return new Set(["reject"]);
    case "split":
      return new Set([...ends(node.first, taken, held), ...ends(node.then, taken, held)]);
    case "cascade": {
      const accepted = kept(node.first).filter((end) => !isFailure(end));
      return new Set([...accepted, ...ends(node.then, taken, held)]);
    }
    case "else": {
      const isHeld = node.on.includes("filtered") || node.on.includes("refused");
      const first = isHeld ? kept(node.first) : [...ends(node.first, taken, held)];
      const covered = first.filter((end) => node.on.includes(failureOf(end)));
      if (covered.length > 0) taken.add(node);
      return new Set([
        ...first.filter((end) => !covered.includes(end)),
        ...covered.flatMap((end) =>
          [...ends(node.then, taken, held)].map(
            (next): End => (isLate(end) && isFailure(next) && !isLate(next) ? `late ${next}` : next),
          ),
        ),
      ]);
    }
    case "hedge": {
      const first = [...ends(node.first, taken, held)];
      const then = [...ends(node.then, taken, held)];
      // The second never starts.
      if (first.every((end) => end === "reject")) return new Set(first);
      const pairs = first.flatMap((one) => then.map((other) => [one, other]));
      // The first that has not failed wins, and so does one that fails late; when both have failed it is either.
      return new Set(
        pairs.flatMap((pair) =>
          pair.every((end) => isFailure(end) && !isLate(end))
            ? pair
            : pair.filter((end) => !isFailure(end) || isLate(end)),
        ),
      );
    }
  }
}

function elsesOf(node: Node): Node[] {
  if (node.kind === "call" || node.kind === "reject") return [];
  return [...(node.kind === "else" ? [node] : []), ...elsesOf(node.first), ...elsesOf(node.then)];
}

it("an `else` is said to be never taken exactly when no way of going leads to one", () => {
  fc.assert(
    fc.property(node, (node) => {
      const taken = new Set<Node>();
      ends(node, taken);
      const { diagnostics } = check({ text: `${MODELS}route chat -> ${written(node)}` });
      const said = diagnostics.some(({ message }) => message.startsWith("this `else` can never be taken"));
      expect(said, written(node)).toBe(elsesOf(node).some((each) => !taken.has(each)));
    }),
    { numRuns: 300 },
  );
});
