/**
 * Parts of conditions that change nothing: without the part, the condition accepts the same of all requests that reach
 * its `when` (design notes "analysis", dead atom). A whole condition is no part: that the rules before it leave just what
 * it says is how rules are written that need no `otherwise`.
 */
import type { Place, Related } from "../diagnostics/index.ts";
import type { Condition, When } from "../program/program.ts";
import type { Span, Condition as TreeCondition } from "../syntax/tree.ts";
import { type Box, boxesOf, type Space, within } from "./boxes.ts";
import { smallestCover, uncovered } from "./cover.ts";
import { type Point, pointLeft } from "./points.ts";
import type { RuleBox } from "./rule-boxes.ts";

/** An operand of `and` or `or`. */
interface Part {
  readonly written: TreeCondition;
  readonly condition: Condition;
  /** The operands among which it stands, and which of them it is. */
  readonly among: readonly TreeCondition[];
  readonly meant: readonly Condition[];
  readonly at: number;
  readonly joined: "and" | "or";
  /** Without it the whole accepts more; else less. */
  readonly widens: boolean;
}

export interface DeadPart {
  readonly span: Span;
  /** Why it changes nothing, as a sentence goes on. */
  readonly why: string;
  readonly related: readonly Related[];
  /** What goes when it is removed, with the `and` or `or` beside it. */
  readonly removal: Span;
  /** It changes nothing whatever stands around the condition. */
  readonly alone: boolean;
}

/** What a `when` is reached by. */
export interface Reached {
  /** The requests that come to the groups that it stands in. */
  readonly by: readonly Box[];
  /** What earlier rules take, as far as it touches a box. */
  before(box: Box): readonly RuleBox[];
  /** Whether one of them takes a point. */
  readonly takes: (point: Point) => boolean;
  placeOf(rule: number): Place;
}

/**
 * The parts of a condition that change nothing, the last first: they can be removed together.
 * @throws {NotDecided}
 * @throws {TooManyBoxes}
 */
export function deadParts({ written, condition, place }: When, reached: Reached, space: Space): DeadPart[] {
  const removed = new Set<TreeCondition>();
  const dead: DeadPart[] = [];
  let whole: readonly Box[] | undefined;
  for (const part of partsOf(written, condition, true, removed)) {
    if (part.among.every((other) => other === part.written || removed.has(other))) continue;
    whole ??= boxesOf(without(written, condition, removed), space);
    const rest = boxesOf(without(written, condition, new Set([...removed, part.written])), space);
    // Of what one of the two accepts and the other does not, nothing may be left.
    const [more, less] = part.widens ? [rest, whole] : [whole, rest];
    const why = whyDead(part, more, less, removed, reached, place.file, space);
    if (why === undefined) continue;
    removed.add(part.written);
    whole = rest;
    dead.push({ span: part.written.span, removal: removalOf(part), ...why });
  }
  return dead;
}

/**
 * Later ones before earlier ones, since of two that say the same the later goes; inner ones after those that they stand
 * in, if these are still there.
 */
function* partsOf(
  written: TreeCondition,
  condition: Condition,
  widens: boolean,
  removed: ReadonlySet<TreeCondition>,
): Generator<Part> {
  if (written.kind === "parens") yield* partsOf(written.condition, condition, widens, removed);
  else if (written.kind === "not" && condition.kind === "not")
    yield* partsOf(written.operand, condition.operand, !widens, removed);
  else if ((written.kind === "and" || written.kind === "or") && "operands" in condition) {
    const { operands: among } = written;
    for (let at = among.length - 1; at >= 0; at--) {
      const [operand, meant] = [among[at] as TreeCondition, condition.operands[at] as Condition];
      const more = (written.kind === "and") === widens;
      yield {
        written: operand,
        condition: meant,
        among,
        meant: condition.operands,
        at,
        joined: written.kind,
        widens: more,
      };
      if (!removed.has(operand)) yield* partsOf(operand, meant, widens, removed);
    }
  }
}

/** What is meant by a condition of which some operands are taken out, of each `and` and `or` not all. */
function without(written: TreeCondition, condition: Condition, removed: ReadonlySet<TreeCondition>): Condition {
  if (written.kind === "parens") return without(written.condition, condition, removed);
  if (written.kind === "not" && condition.kind === "not")
    return { kind: "not", operand: without(written.operand, condition.operand, removed) };
  if ((written.kind !== "and" && written.kind !== "or") || !("operands" in condition)) return condition;
  const operands = written.operands.flatMap((operand, i) =>
    removed.has(operand) ? [] : [without(operand, condition.operands[i] as Condition, removed)],
  );
  return { kind: condition.kind, operands };
}

/** Steps of one search for a warning: there are many. */
export const MOST_STEPS = 2_000;

type Why = Pick<DeadPart, "why" | "related" | "alone">;

function whyDead(
  part: Part,
  more: readonly Box[],
  less: readonly Box[],
  removed: ReadonlySet<TreeCondition>,
  reached: Reached,
  file: string,
  space: Space,
): Why | undefined {
  const left = (box: Box, covers: readonly Box[]): Box | undefined => uncovered(box, covers, space, MOST_STEPS);
  const before = (box: Box): Box[] => reached.before(box).map((earlier) => earlier.box);
  const inside = reached.by.length === 1 && reached.by[0] === space.everything ? more : within(reached.by, more);
  for (const box of inside) {
    const changed = left(box, less);
    if (changed === undefined) continue;
    if (pointLeft(changed, reached.takes, space) !== undefined) return undefined;
    if (left(box, [...less, ...before(box)]) !== undefined) return undefined;
  }
  const inLess = (boxes: readonly Box[]): boolean => boxes.every((box) => left(box, less) === undefined);
  if (inLess(more)) return { ...whyAlone(part, removed, file, space), alone: true };
  if (inLess(inside)) return { why: "what comes to this rule at all is so", related: [], alone: false };
  const rules = Map.groupBy(
    inside.flatMap((box) => reached.before(box)),
    ({ rule }) => rule,
  );
  const earlier = Array.from(rules, ([rule, boxes]): [rule: number, boxes: Box[]] => [
    rule,
    boxes.map(({ box }) => box),
  ]);
  const groups: [rule: number | undefined, boxes: readonly Box[]][] = [
    [undefined, less],
    ...earlier.sort(([a], [b]) => a - b),
  ];
  const blockers = smallestCover(inside, groups, space).filter((rule) => rule !== undefined);
  return {
    why: `${blockers.length === 1 ? "an earlier rule takes" : "earlier rules take"} all requests for which it would`,
    related: blockers.map((rule) => ({ ...reached.placeOf(rule), message: "takes them first" })),
    alone: false,
  };
}

function whyAlone(
  { condition, among, meant, at, joined }: Part,
  removed: ReadonlySet<TreeCondition>,
  file: string,
  space: Space,
): Pick<Why, "why" | "related"> {
  const own = boxesOf(condition, space);
  const inAll = (boxes: readonly Box[], covers: readonly Box[]): boolean =>
    boxes.every((box) => uncovered(box, covers, space) === undefined);
  if (inAll([space.everything], own)) return { why: "it always holds", related: [] };
  if (own.length === 0) return { why: "it never holds", related: [] };
  const says = among.find((other, i) => {
    if (i === at || removed.has(other)) return false;
    const others = boxesOf(meant[i] as Condition, space);
    return joined === "and" ? inAll(others, own) : inAll(own, others);
  });
  return says === undefined
    ? { why: "the rest of the condition says as much", related: [] }
    : { why: "another part says as much", related: [{ file, span: says.span, message: "says as much" }] };
}

/** With the word that joins it to the next part, or to the one before where it is the last. */
function removalOf({ written, among, at }: Part): Span {
  const [before, next] = [among[at - 1], among[at + 1]];
  if (next !== undefined) return { start: written.span.start, end: next.span.start };
  return { start: before?.span.end ?? written.span.start, end: written.span.end };
}
