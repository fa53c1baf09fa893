/** What a route could do without: rules that repeat later ones, and parts of conditions that change nothing. */
import type { Place } from "../diagnostics/index.ts";
import type { Program, ProgramFile, Rule } from "../program/program.ts";
import type { Report } from "../program/report.ts";
import type { Span } from "../syntax/tree.ts";
import { type AnalysedRoute, type Analysis, requestsOf, within } from "./analyse.ts";
import { BoxIndex } from "./box-index.ts";
import { type Box, boxesOf, type Space, TooManyBoxes } from "./boxes.ts";
import { NotDecided, uncovered } from "./cover.ts";
import { type DeadPart, deadParts } from "./dead-parts.ts";
import { repeatsIn } from "./repeats.ts";

/** Warns of what changes nothing in the routes of a program without errors. */
export function warnOfNeedless({ routes, space }: Analysis, program: Program, report: Report): void {
  for (const analysed of routes) {
    const repeated = orUndecided(() => warnOfRepeats(analysed, space, report));
    if (repeated === undefined || !warnOfDeadParts(analysed, repeated, space, program, report)) {
      const { file, span } = analysed.route.place;
      report.warning("RT3005", file, span, "whether all that this route says changes something is not decided", {
        help: "it has too many rules that overlap in too many attributes",
      });
    }
  }
}

function orUndecided<T>(question: () => T): T | undefined {
  try {
    return question();
  } catch (error) {
    if (error instanceof NotDecided || error instanceof TooManyBoxes) return undefined;
    throw error;
  }
}

/** Of each rule the requests that it accepts, among those that may call the route. */
export function inScope({ route, boxes }: AnalysedRoute, space: Space): readonly (readonly Box[])[] {
  if (route.for === undefined) return boxes;
  const scope = boxesOf(route.for, space);
  return boxes.map((own) => within(scope, own));
}

/** Returns the rules of which it warned. */
function warnOfRepeats(analysed: AnalysedRoute, space: Space, report: Report): ReadonlySet<Rule> {
  const boxes = inScope(analysed, space);
  const index = new BoxIndex(space);
  const left = boxes.map((own) => {
    for (const box of own) {
      const part = uncovered(box, index.near(box), space);
      if (part === undefined) continue;
      for (const each of own) index.add(each);
      return part;
    }
    return undefined;
  });
  const repeats = repeatsIn(analysed.route, boxes, left, space);
  for (const { rule, by } of repeats) {
    const { file, span } = rule.place;
    const later = by.length === 1 ? "what a later rule says" : `what ${by.length} later rules say`;
    report.warning("RT3010", file, span, `this rule repeats ${later}: without it nothing would change`, {
      certainty: "proved",
      related: by.map(({ place }) => ({ ...place, message: "takes the same requests to the same plan" })),
      fix: { title: "remove the rule", edits: [{ file, span, text: "" }], unsafe: true },
    });
  }
  return new Set(repeats.map(({ rule }) => rule));
}

/** Returns whether all was decided. */
function warnOfDeadParts(
  { route, boxes }: AnalysedRoute,
  repeated: ReadonlySet<Rule>,
  space: Space,
  program: Program,
  report: Report,
): boolean {
  let decided = true;
  const asked = [requestsOf(route, space, program)];
  const everything = route.for === undefined ? asked : within(asked, boxesOf(route.for, space));
  const index = new BoxIndex(space);
  const earlier: [place: Place, boxes: readonly Box[]][] = [];
  for (const when of route.whens.toSorted((a, b) => a.first - b.first)) {
    for (let next = earlier.length; next < when.first; next++) {
      const rule = route.rules[next] as Rule;
      // Without a rule that repeats others nothing else may be said to change.
      const own = repeated.has(rule) ? [] : (boxes[next] as readonly Box[]);
      for (const box of own) index.add(box);
      earlier.push([rule.place, own]);
    }
    // What is wrong with a rule that repeats others is said already.
    if (route.rules.slice(when.first, when.end).every((rule) => repeated.has(rule))) continue;
    const by = within(everything, boxesOf(when.outer, space));
    const reached = { by, earlier, near: (box: Box) => index.near(box) };
    const file = program.files.find(({ name }) => name === when.place.file);
    const parts = orUndecided(() => deadParts(when, reached, space));
    decided &&= parts !== undefined;
    for (const part of parts ?? []) if (file !== undefined) reportDead(part, file, report);
  }
  return decided;
}

function reportDead({ span, why, related, removal, alone }: DeadPart, file: ProgramFile, report: Report): void {
  report.warning("RT3009", file.name, span, `this part of the condition changes nothing: ${why}`, {
    certainty: "proved",
    related,
    ...(!commentIn(removal, file) && {
      fix: {
        title: "remove it",
        edits: [{ file: file.name, span: removal, text: "" }],
        // What rests on other rules is true until one of them is moved.
        ...(!alone && { unsafe: true }),
      },
    }),
  });
}

function commentIn({ start, end }: Span, { tree }: ProgramFile): boolean {
  return tree.comments.some(({ span }) => span.start < end && start < span.end);
}
