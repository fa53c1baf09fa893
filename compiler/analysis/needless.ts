/** What a route could do without: rules that repeat later ones, and parts of conditions that change nothing. */

import { mayContinue } from "../program/interruption.ts";
import type { Program, ProgramFile, Rule } from "../program/program.ts";
import type { Report } from "../program/report.ts";
import type { Span } from "../syntax/tree.ts";
import type { AnalysedRoute, Analysis } from "./analyse.ts";
import { boxesOf, TooManyBoxes, within } from "./boxes.ts";
import { NotDecided } from "./cover.ts";
import { type DeadPart, deadParts, type Reached } from "./dead-parts.ts";
import { repeatsIn } from "./repeats.ts";
import { RuleBoxes } from "./rule-boxes.ts";

/** Warns of what changes nothing in the routes of a program without errors. */
export function warnOfNeedless({ routes, space }: Analysis, program: Program, report: Report): void {
  for (const analysed of routes) {
    const boxes = new RuleBoxes(analysed.inScope, space);
    const repeated = orUndecided(() => warnOfRepeats(boxes, analysed, report));
    if (repeated === undefined || !warnOfDeadParts(boxes, analysed, repeated, program, report)) {
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

/** Returns the rules of which it warned. */
function warnOfRepeats(boxes: RuleBoxes, { route, decided }: AnalysedRoute, report: Report): ReadonlySet<number> {
  const repeats = repeatsIn(route, boxes, decided);
  for (const { rule, by } of repeats) {
    const { file, span } = (route.rules[rule] as Rule).place;
    const later = by.length === 1 ? "what a later rule says" : `what ${by.length} later rules say`;
    report.warning("RT3010", file, span, `this rule repeats ${later}: without it nothing would change`, {
      certainty: "proved",
      related: by.map((taker) => ({
        ...(route.rules[taker] as Rule).place,
        message: "takes the same requests to the same plan",
      })),
      fix: { title: "remove the rule", edits: [{ file, span, text: "" }], unsafe: true },
    });
  }
  return new Set(repeats.map(({ rule }) => rule));
}

/** Returns whether all was decided. */
function warnOfDeadParts(
  boxes: RuleBoxes,
  { route, everything }: AnalysedRoute,
  repeated: ReadonlySet<number>,
  program: Program,
  report: Report,
): boolean {
  let decided = true;
  for (const when of route.whens) {
    mayContinue();
    // What is wrong with a rule that repeats others is said already.
    if (rangeFrom(when.first, when.end).every((rule) => repeated.has(rule))) continue;
    const { space } = boxes;
    const reached: Reached = {
      by: when.outer.kind === "always" ? everything : within(everything, boxesOf(when.outer, space)),
      // Without a rule that repeats others nothing else may be said to change.
      before: (box) => boxes.near(box, 0, when.first).filter(({ rule }) => !repeated.has(rule)),
      takes: (point) => boxes.ruleAt(point, 0, when.first, (rule) => !repeated.has(rule)) !== undefined,
      placeOf: (rule) => (route.rules[rule] as Rule).place,
    };
    const file = program.files.find(({ name }) => name === when.place.file);
    const parts = orUndecided(() => deadParts(when, reached, space));
    decided &&= parts !== undefined;
    for (const part of parts ?? []) if (file !== undefined) reportDead(part, file, report);
  }
  return decided;
}

function rangeFrom(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, i) => first + i);
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
