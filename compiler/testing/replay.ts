/** Witnesses again, through the decision table that would be served. */
import { readGiven } from "../../runtime/table/given-request.ts";
import { type DecisionTable, load } from "../../runtime/table/index.ts";
import type { Analysis } from "../analysis/analyse.ts";
import type { Diagnostic, Witness } from "../diagnostics/index.ts";
import { requestJson } from "../diagnostics/request.ts";
import { interpret } from "../program/interpret.ts";
import type { Program } from "../program/program.ts";
import { attributesIn } from "../proofs/tested.ts";
import { lower } from "../table/lower.ts";
import { anyOf } from "./written.ts";

/** What a witness does not say of the time, the rules do not ask. */
const ANY_TIME = new Date(0);

/**
 * Decides each witness by the table and by the naive interpreter, which the analysis has asked already. A policy that
 * forgets requests has no table.
 * @throws {Error} where the two disagree: a fault of ours.
 */
export function replayWitnesses(program: Program, analysis: Analysis, diagnostics: readonly Diagnostic[]): void {
  const witnesses = diagnostics.flatMap(({ witness }) => witness ?? []);
  const hasTable = diagnostics.every(({ code, severity }) => severity !== "error" || code.startsWith("RT4"));
  if (witnesses.length === 0 || !hasTable) return;
  const policy = load(lower(program, analysis));
  for (const witness of witnesses) {
    const { route, values } = readGiven(policy, asked(witness, policy.table), ANY_TIME);
    const declared = program.routes.find(({ names }) => names[0] === route.route.names[0]);
    if (declared === undefined) continue;
    const tested = declared.rules.flatMap(({ condition }) => [...attributesIn(condition)]);
    const known = new Map(tested.map((attribute) => [attribute.name, attribute.default ?? anyOf(attribute)]));
    for (const [index, { name }] of policy.table.attributes.entries()) {
      const value = values[index];
      if (value !== undefined) known.set(name, value);
    }
    if (interpret(declared, known) !== route.choose(values)) throw disagreement(witness);
  }
}

/** The request as far as the table reads it: a proof may be of signals and state that no rule tests. */
function asked(witness: Witness, { signals, attributes }: DecisionTable): object {
  const read = new Set([...signals, ...attributes].map(({ name }) => name));
  const known = (values: Witness["signals"]) =>
    Object.fromEntries(Object.entries(values ?? {}).filter(([name]) => read.has(name)));
  return { ...requestJson(witness), signals: known(witness.signals), state: known(witness.state) };
}

const disagreement = ({ written }: Witness): Error =>
  new Error(`the decision table and the interpretation disagree: ${written.join("  ")}`);
