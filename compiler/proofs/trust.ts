/** Proofs and budgets that rest on what a client says: whoever sends something else is past them. */
import type { Box } from "../analysis/boxes.ts";
import type { Attribute, Claim, Program, Proof } from "../program/program.ts";
import type { Report } from "../program/report.ts";
import type { Ground } from "./ground.ts";
import { isAbout } from "./reach.ts";
import { attributesIn } from "./tested.ts";
import { type Violation, wayOf } from "./violation.ts";
import { witnessOf } from "./witness.ts";

const TRUST = "what comes `from claim` is told by the authenticated key";

/** `header`, `metadata`, `body` and all that is built in except the time are the client's word. */
function isClients({ name, source: { from } }: Attribute): boolean {
  return ["header", "metadata", "body"].includes(from) || (from === "builtin" && !name.startsWith("time."));
}

export function warnOfClientsBudgets({ meters, attributes }: Program, report: Report): void {
  for (const { facts, place } of meters) {
    if (facts.kind !== "budget") continue;
    const keys = attributes.filter((attribute) => facts.per.includes(attribute.name) && isClients(attribute));
    if (keys.length === 0) continue;
    const message = `budget \`${facts.name}\` is kept per ${listed(keys)}, which a client can choose: each new value has a fresh budget`;
    report.warning("RT4003", place.file, place.span, message, { help: TRUST });
  }
}

/**
 * Warns where a claim about residency holds of the premise, and would not if the client said something else.
 *
 * @param violation of the claim with another premise.
 */
export function warnOfSteering(
  claim: Claim,
  { name, premise, place }: Proof,
  boxes: readonly Box[],
  ground: Ground,
  report: Report,
  violation: (premise: readonly Box[]) => Violation | undefined,
): void {
  if (claim.kind !== "every" || !isAbout(claim.condition, ["residency"])) return;
  const said = [...attributesIn(premise)].filter(isClients);
  const steered = (attributes: readonly Attribute[]): Violation | undefined =>
    attributes.length === 0 ? undefined : violation(boxes.map((box) => without(box, attributes, ground)));
  const found = steered(said);
  if (found === undefined) return;
  const alone = said.filter((attribute) => steered([attribute]) !== undefined);
  const message = `\`${name}\` rests on ${listed(alone.length > 0 ? alone : said)}, which is what the client says: another value steers around it`;
  report.warning("RT4003", place.file, place.span, message, {
    help: TRUST,
    related: [wayOf(found)],
    witness: witnessOf(found, { kind: "always" }, ground),
  });
}

/** A box with nothing said of these attributes. */
function without(box: Box, attributes: readonly Attribute[], { space }: Ground): Box {
  const open = new Set(attributes.map(({ name }) => space.indexOf.get(name)));
  return box.map((regions, index) => (open.has(index) ? undefined : regions));
}

function listed(attributes: readonly Attribute[]): string {
  return attributes.map(({ name }) => `\`${name}\``).join(" and ");
}
