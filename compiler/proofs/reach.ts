/** Claims about who receives a request's text, and about rejections: refuted by one way through a plan. */
import type { Expression } from "../../runtime/table/artifact.ts";
import type { Box } from "../analysis/boxes.ts";
import { holdsOf } from "../program/model-facts.ts";
import type { ModelCondition, Proof, Signal } from "../program/program.ts";
import { type Facts, named } from "./facts.ts";
import { fewestProviders, type GivingUp } from "./fewest.ts";
import { isStreamed, partsByRegion } from "./fit.ts";
import type { Ground } from "./ground.ts";
import { SHORTEST } from "./measures.ts";
import type { Outcome } from "./outcome.ts";
import type { Outcomes } from "./outcomes.ts";
import { casesOf, decidedBy, demandMade, partsOfPremise, sectionsOf } from "./search.ts";
import { askedBy, sayAsking } from "./signals.ts";
import type { Violation } from "./violation.ts";

/** Says what is wrong with a model or a signal that receives text; undefined when nothing is. */
export interface Judgement {
  readonly model: (name: string) => string | undefined;
  /** Of a signal that asks an address. */
  readonly address: (signal: Signal) => string | undefined;
}

/** A request whose text somebody receives who must not. */
export function wrongReceiver(
  { model, address }: Judgement,
  proof: Proof,
  premise: readonly Box[],
  ground: Ground,
  outcomes: Outcomes,
): Violation | undefined {
  const received = onTheWay(proof, premise, ground, outcomes, ({ calls }) => {
    const wrong = [...calls].flatMap(([name, run]) => {
      const said = model(name);
      return said === undefined ? [] : [{ sign: { said, receiver: name, trail: run.trail }, weight: run.weight }];
    });
    return wrong.toSorted((a, b) => a.weight - b.weight)[0]?.sign;
  });
  return received ?? wrongDemand({ model, address }, proof, premise, ground);
}

/** A request that a plan answers with `reject`. */
export function rejection(
  proof: Proof,
  premise: readonly Box[],
  ground: Ground,
  outcomes: Outcomes,
): Violation | undefined {
  return onTheWay(
    proof,
    premise,
    ground,
    outcomes,
    ({ rejects }) => rejects && { said: "a request can be rejected", trail: rejects.trail },
  );
}

type Sign = Pick<Violation, "said" | "receiver" | "trail">;

function onTheWay(
  proof: Proof,
  premise: readonly Box[],
  ground: Ground,
  outcomes: Outcomes,
  signOf: (outcome: Outcome) => Sign | undefined,
): Violation | undefined {
  for (const part of partsOfPremise(proof, premise, ground)) {
    const signIn = (box: Box): Sign | undefined => signOf(outcomes.of(part, box, SHORTEST, "shortest"));
    if (signIn(part.box) === undefined) continue;
    for (const of of casesOf(part, [], outcomes, ground)) {
      const sign = signIn(of);
      const shown = sign && decidedBy(part, of, ground);
      if (sign !== undefined && shown !== undefined) return { ...sign, shown };
    }
  }
  return undefined;
}

function wrongDemand(
  { model, address }: Judgement,
  proof: Proof,
  premise: readonly Box[],
  ground: Ground,
): Violation | undefined {
  for (const section of sectionsOf(proof, ground))
    for (const demand of section.demands) {
      const asked = askedBy(demand.signal);
      const said = asked === undefined ? address(demand.signal) : model(asked);
      const shown = said === undefined ? undefined : demandMade(demand, section, premise, ground);
      if (said !== undefined && shown !== undefined)
        return { shown, said, trail: { said: sayAsking(demand.signal) }, deciding: true };
    }
  return undefined;
}

/** What `every model is …` finds wrong. `written` is the condition as it stands in the policy. */
export function notEvery(condition: ModelCondition, written: string, facts: Facts): Judgement {
  const wrong = (who: string, holds: boolean | undefined): string | undefined => {
    if (holds === true) return undefined;
    const why = holds === undefined ? `of which it is not known whether \`${written}\`` : `which is not \`${written}\``;
    return `\`${who}\` can receive the request, ${why}`;
  };
  return {
    model: (name) => wrong(name, holdsOf(condition, named(name, facts.models), facts)),
    address({ facts: { source } }) {
      // What is no model has a place, and no provider of ours; nothing else is asked of it.
      if (source.kind !== "http" || !isAbout(condition, ["provider", "residency"])) return undefined;
      const { residency } = source;
      const place = { provider: "", can: [], ...(residency !== undefined && { residency }) };
      return wrong(source.url, holdsOf(condition, { facts: place }, facts));
    },
  };
}

/** Whether a condition tests one of these facts. */
export function isAbout(condition: ModelCondition, facts: readonly string[]): boolean {
  switch (condition.kind) {
    case "and":
    case "or":
      return condition.operands.some((operand) => isAbout(operand, facts));
    case "not":
      return isAbout(condition.operand, facts);
    case "fact":
      return facts.includes(condition.fact);
    default:
      return false;
  }
}

/** What `never …` finds wrong: of two names for one model, either is meant. */
export function never(models: readonly string[], facts: Facts): Judgement {
  const same = (name: string): string | undefined => {
    const { provider, upstream } = named(name, facts.models).facts;
    return models.find((other) => {
      const forbidden = named(other, facts.models).facts;
      return forbidden.provider === provider && forbidden.upstream === upstream;
    });
  };
  return {
    model(name) {
      const forbidden = models.includes(name) ? name : same(name);
      if (forbidden === undefined) return undefined;
      const alias = forbidden === name ? "" : `, which is the same model as \`${forbidden}\``;
      return `\`${name}\` can receive the request${alias}`;
    },
    address: () => undefined,
  };
}

/** A request whose plan gives up when fewer than `least` providers fail. */
export function tooFewProviders(
  least: number,
  proof: Proof,
  premise: readonly Box[],
  ground: Ground,
): Violation | undefined {
  const known = new Map<Expression, readonly (GivingUp | undefined)[]>();
  for (const part of partsOfPremise(proof, premise, ground))
    for (const box of partsByRegion(part.box, ["stream"], ground.space)) {
      const { run } = part.rule;
      const ways = known.get(run) ?? [false, true].map((streamed) => fewestProviders(run, ground.facts, streamed));
      known.set(run, ways);
      const fewest = ways[Number(isStreamed(box, ground.space))];
      if (fewest === undefined || fewest.providers.size >= least) continue;
      const shown = decidedBy(part, box, ground);
      if (shown === undefined) continue;
      const names = [...fewest.providers].map((name) => `\`${name}\``).join(" and ");
      const said =
        names === ""
          ? "a request can be rejected without any provider's failing"
          : `nobody is left to ask when ${names} ${fewest.providers.size === 1 ? "fails" : "fail"} with \`${fewest.failure}\``;
      return { said, trail: fewest.trail, shown };
    }
  return undefined;
}
