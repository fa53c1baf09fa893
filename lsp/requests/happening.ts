/** `routec/whatHappens`: which rule takes a request, why, what is tried then, and why not something else. */
import { type Missed, type Part, type RuleTrace, rulesFor, traceRule, whyNot } from "../../compiler/explain/index.ts";
import type { Rule } from "../../compiler/program/program.ts";
import { explainGiven, type HttpRequest, readHttp, wayFor, wayOf } from "../../runtime/explain/index.ts";
import { AttributeError, type GivenRequest, readGiven, type Value } from "../../runtime/table/index.ts";
import type { Workspace } from "../workspace.ts";
import { type Compiled, residencyOf } from "./compiled.ts";
import { diagramOf } from "./diagram.ts";
import { type Places, placesIn } from "./places.ts";
import type { Happening, Problem, Step, WhyNot } from "./protocol.ts";

/** Of the rules before the one that decided, this many are told of: the last ones. */
const TOLD = 50;

export function whatHappens(
  compiled: Compiled,
  request: unknown,
  wanted: string | undefined,
  workspace: Workspace,
): Happening | Problem {
  try {
    return happening(compiled, request, wanted, workspace);
  } catch (error) {
    if (error instanceof AttributeError) return { problem: error.message, field: error.attribute };
    // What the proxy would answer 400.
    if (error instanceof Error && error.name === "RequestError") return { problem: error.message };
    throw error;
  }
}

function happening(
  compiled: Compiled,
  request: unknown,
  wanted: string | undefined,
  workspace: Workspace,
): Happening | Problem {
  const { policy, program } = compiled;
  const now = new Date();
  const given = isHttp(request)
    ? readHttp(policy, request, { now: () => now.getTime() })
    : readGiven(policy, request, now);
  const { rule, reject, steps, signals, worst } = explainGiven(policy, given, now.getTime());
  const name = given.route.route.names[0];
  const route = program.routes.find(({ names }) => names[0] === name);
  const decided = route?.rules[rule.index];
  if (route === undefined || decided === undefined) throw new Error(`the program has no rule ${rule.index} of ${name}`);
  const values = valuesByName(compiled, given);
  const places = placesIn(compiled, workspace);
  const traces = Array.from({ length: rule.index }, (_, index) => traceRule(route, index, values));
  const answer = wanted === undefined || wanted === "" ? undefined : rulesFor(wanted, route, program);
  if (wanted !== undefined && wanted !== "" && answer === undefined)
    return { problem: `\`${wanted}\` is no rule of the route, plan or model`, field: "whyNot" };
  return {
    route: route.names.join(", "),
    rule: places.rule(decided, rule.index),
    earlier: traces.slice(-TOLD).map((trace) => missed(trace, places)),
    because: traceRule(route, rule.index, values).parts.map((part) => ({
      text: testedText(part, decided, places),
      says: part.says,
      ...(part.holds !== undefined && { holds: part.holds }),
    })),
    reject,
    plan: diagramOf(decided.run, compiled, steps),
    steps: stepsOf(compiled, given, now.getTime()),
    worst,
    signals,
    ...(answer !== undefined && {
      whyNot: whyNotOf(wanted as string, whyNot(answer, rule.index, route, values), rule.index, places),
    }),
    request: isHttp(request) ? request : { route: name, ...(request as object) },
  };
}

function isHttp(request: unknown): request is HttpRequest {
  return typeof request === "object" && request !== null && "body" in request;
}

function valuesByName({ policy }: Compiled, { values }: GivenRequest): ReadonlyMap<string, Value> {
  return new Map(
    policy.table.attributes.flatMap(({ name }, index) => {
      const value = values[index];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function stepsOf(compiled: Compiled, given: GivenRequest, now: number): Step[] {
  const { values, bounds } = given;
  return wayFor(compiled.policy, given, now).calls.map((call): Step => {
    const { attempts, cost } = wayOf(call, { values, bounds, now });
    const { name, provider } = call.model;
    const residency = residencyOf(name, compiled);
    return { model: name, provider, ...(residency !== undefined && { residency }), attempts, cost: cost / 1e9 };
  });
}

function missed(trace: RuleTrace, places: Places): Happening["earlier"][number] {
  return { ...places.rule(trace.rule as Rule, trace.index), because: reasons(trace, places) };
}

/** A comparison as it is written; of an arm of a `match` its patterns. */
function testedText({ place }: Part, rule: Rule, places: Places): string {
  const text = places.text(place);
  return place === rule.place ? text.slice(0, text.indexOf("->")).trim() : text;
}

/** What keeps a rule from taking the request. */
function reasons({ rule, parts, holds }: RuleTrace, places: Places): string[] {
  const said = (part: Part): string => {
    const text = testedText(part, rule, places);
    // `urgent: urgent is false` says no more than its second half.
    return part.says.startsWith(`${text} is `) ? part.says : `${text}: ${part.says}`;
  };
  const keeps = (part: Part): boolean => part.decides && part.holds !== true;
  return holds === true ? [] : parts.filter(keeps).map(said);
}

function whyNotOf(wanted: string, answer: ReturnType<typeof whyNot>, decided: number, places: Places): WhyNot {
  if (answer.kind === "decided") return { wanted, summary: `It is what happens: rule ${decided} runs it.`, rules: [] };
  if (answer.kind === "nowhere") return { wanted, summary: "No rule of this route runs it.", rules: [] };
  const later = (each: Missed): boolean => each.takenBy !== undefined && each.holds === true;
  const [first] = answer.missed;
  const summary =
    answer.missed.length === 1 && first !== undefined && later(first)
      ? `Rule ${first.index} would match, but rule ${decided} takes the request before it.`
      : answer.missed.some(later)
        ? `Rules that run it would match, but rule ${decided} takes the request before them.`
        : `${answer.missed.length === 1 ? "The rule that runs it does" : "The rules that run it do"} not match.`;
  return {
    wanted,
    summary,
    rules: answer.missed.map((each) => ({
      ...places.rule(each.rule, each.index),
      because: later(each) ? [`would match, but rule ${decided} comes first`] : reasons(each, places),
    })),
  };
}
