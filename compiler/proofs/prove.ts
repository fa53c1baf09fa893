/**
 * Proofs: each claim of each is shown to hold of all requests of its premise, or refuted by one of them, or said to be
 * not decided. docs/proofs.md says what is exact in this, what is assumed and what is bounded.
 */
import { type Box, TooManyBoxes } from "../analysis/boxes.ts";
import { NotDecided } from "../analysis/cover.ts";
import { mayContinue } from "../program/interruption.ts";
import type { Claim, Program, Proof } from "../program/program.ts";
import type { Report } from "../program/report.ts";
import { beyondBound } from "./bounds.ts";
import { assumptionOf } from "./certainty.ts";
import { TooManyWays } from "./fewest.ts";
import { type Ground, groundOf, NotParted, UNKNOWN_SIZE } from "./ground.ts";
import { Outcomes } from "./outcomes.ts";
import { never, notEvery, rejection, tooFewProviders, wrongReceiver } from "./reach.ts";
import { premiseOf, TooManyCases } from "./search.ts";
import { warnOfClientsBudgets, warnOfSteering } from "./trust.ts";
import { type Violation, wayOf } from "./violation.ts";
import { witnessOf } from "./witness.ts";

/** Reports what proofs and budgets of a program without errors claim and is not so. */
export function prove(program: Program, report: Report): void {
  warnOfClientsBudgets(program, report);
  const together = program.proofs.length === 0 ? undefined : orUndecided(() => groundOf(program, program.proofs));
  for (const proof of program.proofs) {
    mayContinue();
    // What cannot be told apart for one proof must not keep the others from being proved.
    const ground = together instanceof Error ? orUndecided(() => groundOf(program, [proof])) : together;
    if (ground === undefined) continue;
    if (ground instanceof Error) reportUndecided(proof, proof.place, ground, report);
    else proveOne(proof, ground, report);
  }
}

/** The errors that say that a question takes more work than is allowed. */
const UNDECIDED = [TooManyBoxes, NotDecided, NotParted, TooManyCases, TooManyWays];

function orUndecided<T>(question: () => T): T | Error {
  try {
    return question();
  } catch (error) {
    if (error instanceof Error && UNDECIDED.some((kind) => error instanceof kind)) return error;
    throw error;
  }
}

function reportUndecided({ name }: Proof, { file, span }: Proof["place"], why: Error, report: Report): void {
  const reason = why.message === "" ? "there are too many cases to look at" : `${why.message}`;
  report.error("RT4002", file, span, `whether \`${name}\` holds is not decided: ${reason}`, {
    help: "fewer attributes and simpler conditions in its premise and in the rules that it meets make it decidable",
  });
}

function proveOne(proof: Proof, ground: Ground, report: Report): void {
  const outcomes = new Outcomes(ground);
  const premise = orUndecided(() => premiseOf(proof, ground));
  if (premise instanceof Error) {
    reportUndecided(proof, proof.place, premise, report);
    return;
  }
  for (const claim of proof.claims) {
    const violation = orUndecided(() => violationOf(claim, proof, premise, ground, outcomes));
    if (violation instanceof Error) reportUndecided(proof, claim.place, violation, report);
    else if (violation !== undefined) reportViolation(violation, claim, proof, ground, report);
    else {
      const steering = orUndecided(() =>
        warnOfSteering(claim, proof, premise, ground, report, (wider) =>
          violationOf(claim, proof, wider, ground, outcomes),
        ),
      );
      if (steering instanceof Error) reportUndecided(proof, claim.place, steering, report);
    }
  }
}

function violationOf(
  claim: Claim,
  proof: Proof,
  premise: readonly Box[],
  ground: Ground,
  outcomes: Outcomes,
): Violation | undefined {
  switch (claim.kind) {
    case "every":
      return wrongReceiver(
        notEvery(claim.condition, writtenIn(claim, ground.program), ground.facts),
        proof,
        premise,
        ground,
        outcomes,
      );
    case "never":
      return wrongReceiver(never(claim.models, ground.facts), proof, premise, ground, outcomes);
    case "no_reject":
      return rejection(proof, premise, ground, outcomes);
    case "providers":
      return tooFewProviders(claim.bound, proof, premise, ground);
    default:
      return beyondBound(claim.kind, claim.bound, proof, premise, ground, outcomes);
  }
}

/** The condition of `every model is …` as it stands there, on one line. */
function writtenIn({ place: { file, span } }: Claim, { files }: Program): string {
  const text = files.find(({ name }) => name === file)?.text.slice(span.start, span.end) ?? "";
  return text.replace(/^every\s+model\s+is\s+/, "").replace(/\s+/g, " ");
}

const UNKNOWN_SAID = "`prompt_tokens` is so of a request that refers to something of unknown size";

function reportViolation(violation: Violation, claim: Claim, proof: Proof, ground: Ground, report: Report): void {
  const assumption = assumptionOf(proof, claim, violation, ground);
  const witness = witnessOf(violation, proof.premise, ground);
  const help = assumption ?? (witness.attributes.prompt_tokens === UNKNOWN_SIZE ? UNKNOWN_SAID : undefined);
  report.error("RT4001", claim.place.file, claim.place.span, `\`${proof.name}\` does not hold: ${violation.said}`, {
    certainty: assumption === undefined ? "proved" : "assumed",
    ...(help !== undefined && { help }),
    related: [wayOf(violation)],
    witness,
  });
}
