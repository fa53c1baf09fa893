/** What a finding about a proof is true under. */
import type { Claim, Condition, Program, Proof } from "../program/program.ts";
import type { Ground } from "./ground.ts";
import { isAbout } from "./reach.ts";
import { attributesIn } from "./tested.ts";
import type { Violation } from "./violation.ts";

/** The assumption that a finding rests on, as a sentence; undefined where it is proved outright. */
export function assumptionOf(
  { premise }: Proof,
  claim: Claim,
  { receiver }: Violation,
  { program, facts }: Ground,
): string | undefined {
  const signal = fallibleIn(premise, program);
  if (signal !== undefined) return `this takes \`${signal}\` for what the signal says, and it can be had`;
  if (claim.kind !== "every" || !isAbout(claim.condition, ["residency"])) return undefined;
  const provider = receiver && facts.models.get(receiver)?.facts.provider;
  const keys = provider && facts.providers.get(provider)?.facts.keys;
  return keys && keys.length > 1 ? `this takes all keys of \`${provider}\` to be of one place` : undefined;
}

/** A signal in a condition that may be had wrong or not at all. */
function fallibleIn(premise: Condition, { signals }: Program): string | undefined {
  const tested = new Set(Array.from(attributesIn(premise), ({ name }) => name));
  return signals.find(
    ({ facts: { name, source } }) => tested.has(name) && ["ask", "http", "similar", "module"].includes(source.kind),
  )?.facts.name;
}
