/** What is plainly so of a simulated request: each once, at its time, as the policy and nobody else says. */
import type { Attempt, Trace } from "../../../runtime/simulation/index.ts";
import type { Value } from "../../../runtime/table/artifact.ts";
import { interpret } from "../../program/interpret.ts";
import type { Program } from "../../program/program.ts";
import { attributesIn } from "../../proofs/tested.ts";
import { NOWHERE } from "../test-text.ts";
import { anyOf } from "../written.ts";
import type { Invariant } from "./invariant.ts";

export function plainInvariants(program: Program): readonly Invariant[] {
  const routes = new Map(program.routes.map((route) => [route.names[0], route]));
  const anyhow = anyValues(program);
  return [
    function decidedAsWritten({ route, rule, values }, { request }) {
      const declared = routes.get(route);
      if (declared === undefined || rule === undefined) return undefined;
      const isKnown = anyhow.every(([name]) => values.has(name));
      const known = isKnown ? values : new Map([...anyhow, ...(request.signals ?? []), ...values]);
      const right = interpret(declared, known);
      if (right === undefined || right === rule) return undefined;
      const said = `rule ${rule} of \`${route}\` decides, and by what is written it is rule ${right}`;
      return {
        invariant: "the first rule that holds decides",
        said,
        expect: { kind: "rule", value: right, place: NOWHERE },
      };
    },
    function withinDeadline({ route, content }) {
      const deadline = routes.get(route)?.deadline ?? Number.POSITIVE_INFINITY;
      if (content <= deadline) return undefined;
      return {
        invariant: "the deadline is kept",
        said: `the client was told something after ${content}ms, and the deadline is ${deadline}ms`,
      };
    },
    function answeredByAModel({ outcome, attempts }) {
      if (outcome.kind !== "served") return undefined;
      if (attempts.some(({ model, end, left }) => left && model === outcome.model && end === "answered"))
        return undefined;
      return {
        invariant: "who serves has answered",
        said: `\`${outcome.model}\` serves the request, and no call of it was answered and accepted`,
      };
    },
    function waitsAsAsked({ attempts }) {
      for (const [index, attempt] of attempts.entries()) {
        const early = attempt.retry && attempt.left ? tooEarly(attempt, attempts.slice(0, index)) : 0;
        if (early > 0)
          return {
            invariant: "`Retry-After` is honoured",
            said: `\`${attempt.model}\` is tried again ${early}ms earlier than its provider asked`,
          };
      }
      return undefined;
    },
  ];
}

/** Of signals and state, some value each: what a decision did not need may be anything. */
function anyValues({ routes }: Program): readonly (readonly [string, Value])[] {
  const tested = routes.flatMap(({ rules }) => rules.flatMap(({ condition }) => [...attributesIn(condition)]));
  const late = new Set(tested.filter(({ source }) => source.from === "signal" || source.from === "state"));
  return Array.from(late, (attribute) => [attribute.name, attribute.default ?? anyOf(attribute)] as const);
}

/** How many milliseconds too early a retry is, whichever earlier call of its model it is one of. */
function tooEarly(retry: Attempt, earlier: readonly Attempt[]): number {
  const failed = earlier.filter(({ model, end, left }) => left && model === retry.model && end === "failed");
  const waits = failed.map(({ at, milliseconds, met }) => {
    const wait = met !== undefined && "fails" in met ? (met.retryAfter ?? 0) * 1000 : 0;
    return at + milliseconds + wait - retry.at;
  });
  return waits.length === 0 ? 0 : Math.min(...waits);
}

/** The calls that left. */
export function left({ attempts }: Trace): readonly Attempt[] {
  // Nearly always all of them.
  return attempts.every(hasLeft) ? attempts : attempts.filter(hasLeft);
}

function hasLeft(attempt: Attempt): boolean {
  return attempt.left;
}
