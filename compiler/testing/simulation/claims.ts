/** The policy's own proofs, held against what really happens: who received a request, what it cost, how it ended. */
import type { Trace } from "../../../runtime/simulation/index.ts";
import type { Value } from "../../../runtime/table/artifact.ts";
import { holds } from "../../program/interpret.ts";
import type { Claim, Program, Proof } from "../../program/program.ts";
import { factsOf } from "../../proofs/facts.ts";
import { type Judgement, never, notEvery } from "../../proofs/reach.ts";
import { attributesIn } from "../../proofs/tested.ts";
import { NOWHERE } from "../test-text.ts";
import { money } from "../wording.ts";
import { costWithin } from "./bounds.ts";
import type { Broken, Invariant } from "./invariant.ts";
import { left } from "./plainly.ts";
import { saidBy } from "./said.ts";
import type { Observed } from "./scenario.ts";

/** One for each claim. What is claimed of signals and of how many providers must fail is left to the proof. */
export function claimInvariants(program: Program): readonly Invariant[] {
  const facts = factsOf(program);
  const defaults = new Map(program.attributes.map((attribute) => [attribute.name, attribute.default]));
  return program.proofs.flatMap((proof) => {
    const attributes = [...attributesIn(proof.premise)].map(({ name }) => name);
    const covers = isOn(proof, program);
    return proof.claims.map((claim): Invariant => {
      const refuted = refutation(claim, judgementOf(claim, facts));
      return (trace, observed) => {
        if (!covers(trace) || !isPremise(proof, attributes, trace, observed, defaults)) return undefined;
        const broken = refuted(trace);
        return broken && { invariant: `proof \`${proof.name}\` holds`, ...broken };
      };
    });
  });
}

/** Whether a request's route is one that the proof is about. */
function isOn({ on }: Proof, { routes }: Program): (trace: Trace) => boolean {
  if (on.length === 0) return ({ route }) => route !== undefined;
  const all = new Set(
    routes.filter(({ names }) => names.some((name) => on.includes(name))).map(({ names }) => names[0]),
  );
  return ({ route }) => route !== undefined && all.has(route);
}

/** Not where the premise goes by what was not needed, and so is not known. */
function isPremise(
  { premise }: Proof,
  attributes: readonly string[],
  { values }: Trace,
  { request }: Observed,
  defaults: ReadonlyMap<string, Value | undefined>,
): boolean {
  if (premise.kind === "always") return true;
  const said = saidBy(request);
  const known = new Map<string, Value>();
  for (const name of attributes) {
    const value = values.get(name) ?? said(name) ?? defaults.get(name);
    if (value === undefined) return false;
    known.set(name, value);
  }
  return holds(premise, known);
}

function judgementOf(claim: Claim, facts: ReturnType<typeof factsOf>): Judgement | undefined {
  if (claim.kind === "every") return notEvery(claim.condition, "what the proof says", facts);
  return claim.kind === "never" ? never(claim.models, facts) : undefined;
}

function refutation(
  claim: Claim,
  judgement: Judgement | undefined,
): (trace: Trace) => Omit<Broken, "invariant"> | undefined {
  switch (claim.kind) {
    case "every":
    case "never":
      return (trace) => {
        const wrong = left(trace).find(({ model }) => judgement?.model(model) !== undefined);
        return wrong && { said: `\`${wrong.model}\` received the request` };
      };
    case "no_reject":
      return ({ outcome }) => (outcome.kind === "rejected" ? { said: "the request was rejected" } : undefined);
    case "attempts":
      return (trace) => {
        const count = left(trace).length;
        return count > claim.bound ? { said: `${count} calls left, and the proof says ${claim.bound}` } : undefined;
      };
    case "cost":
      return (trace) => {
        const cost = costWithin(trace);
        if (cost <= claim.bound) return undefined;
        const said = `it costs ${money(cost)}, and the proof says ${money(claim.bound)}`;
        return { said, expect: { kind: "cost", most: claim.bound, place: NOWHERE } };
      };
    case "time":
      return ({ content }) =>
        content > claim.bound ? { said: `it takes ${content}ms, and the proof says ${claim.bound}ms` } : undefined;
    case "providers":
      return () => undefined;
  }
}
