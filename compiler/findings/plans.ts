/** What routes and plans promise and cannot keep: of which requests, whatever the providers do. */
import { TooManyBoxes } from "../analysis/boxes.ts";
import { NotDecided } from "../analysis/cover.ts";
import type { Program } from "../program/program.ts";
import type { Report } from "../program/report.ts";
import { factsOf } from "../proofs/facts.ts";
import { type Ground, groundOf, NotParted } from "../proofs/ground.ts";
import { TooManyCases } from "../proofs/search.ts";
import { warnOfDeadlines } from "./deadlines.ts";
import { warnOfDeprecated } from "./deprecated.ts";
import { warnOfReservations } from "./reservations.ts";
import { warnOfStreams } from "./streams.ts";
import { warnOfUnserved } from "./unserved.ts";

/** What every finding about plans looks at. */
export interface Plans {
  readonly program: Program;
  readonly report: Report;
  /** What requests are told apart by: made when a finding first asks for it. */
  readonly ground: () => Ground;
}

/** Warns of plans, steps, budgets and models of a program without errors. */
export function warnOfPlans(program: Program, report: Report): void {
  warnOfDeprecated(program, report);
  warnOfDeadlines(program, factsOf(program), report);
  let made: Ground | undefined;
  const ground = (): Ground => {
    made ??= groundOf(program, []);
    return made;
  };
  const plans = { program, report, ground };
  orUndecided("whether its plans can serve all requests that come to them", plans, warnOfUnserved);
  orUndecided("whether a stream can reach a cascade", plans, warnOfStreams);
  orUndecided("whether its plans fit into the budgets", plans, warnOfReservations);
}

/** The errors that say that a question takes more work than is allowed. */
const UNDECIDED = [TooManyBoxes, NotDecided, NotParted, TooManyCases];

function orUndecided(question: string, plans: Plans, ask: (plans: Plans) => void): void {
  try {
    ask(plans);
  } catch (error) {
    if (!(error instanceof Error) || UNDECIDED.every((kind) => !(error instanceof kind))) throw error;
    const place = plans.program.routes[0]?.place;
    if (place !== undefined)
      plans.report.warning("RT3005", place.file, place.span, `${question} is not decided`, {
        help: "fewer attributes and simpler conditions in its rules make it decidable",
      });
  }
}
