/** `routec/decisionTable`: the rows by which requests are decided, in words. */
import { valueText } from "../../compiler/analysis/witness.ts";
import type { Attribute as ProgramAttribute } from "../../compiler/program/program.ts";
import type { Accepts, Attribute, Domain } from "../../runtime/table/artifact.ts";
import type { Workspace } from "../workspace.ts";
import type { Compiled } from "./compiled.ts";
import { placesIn } from "./places.ts";
import type { DecisionTableView, RouteTable } from "./protocol.ts";

/** More rows than these of one route nobody reads. */
const MOST_ROWS = 500;

export function decisionTable(compiled: Compiled, workspace: Workspace): DecisionTableView {
  const { main, policy, program, analysis } = compiled;
  const places = placesIn(compiled, workspace);
  const declared = new Map(analysis.space.partitions.map(({ attribute }) => [attribute.name, attribute]));
  const routes = policy.table.routes.map(({ names, rows }): RouteTable => {
    const route = program.routes.find((each) => each.names[0] === names[0]);
    const tested = policy.table.attributes.filter(({ name }) => rows.some(({ when }) => Object.hasOwn(when, name)));
    return {
      names,
      columns: tested.map(({ name }) => name),
      more: Math.max(0, rows.length - MOST_ROWS),
      rows: rows.slice(0, MOST_ROWS).flatMap(({ rule: index, when }) => {
        const rule = route?.rules[index];
        if (rule === undefined) return [];
        return {
          rule: places.rule(rule, index),
          cells: tested.map((attribute) => cell(attribute, when, declared.get(attribute.name))),
          outcome: rule.text.slice(rule.text.lastIndexOf("-> ") + 3),
        };
      }),
    };
  });
  return { main: main.uri, routes };
}

function cell({ name, domain }: Attribute, when: Accepts, declared: ProgramAttribute | undefined): string {
  const ranges = Object.hasOwn(when, name) ? when[name] : undefined;
  if (ranges === undefined || domain === undefined || declared === undefined) return "";
  return ACCEPTED[domain.kind](domain as never, ranges, (value) => valueText(declared, value));
}

type Ranges = readonly (readonly [first: number, last: number])[];
type Spell = (value: boolean | number | string) => string;

const ACCEPTED: {
  readonly [K in Domain["kind"]]: (domain: Extract<Domain, { kind: K }>, ranges: Ranges, spell: Spell) => string;
} = {
  bool: (_, ranges) => (ranges[0]?.[0] === 1 ? "true" : "false"),
  members: ({ regions }, ranges, spell) =>
    shorter(
      regions.flatMap((members, region) => (within(region, ranges) ? members.map(spell) : [])),
      regions.flatMap((members, region) => (within(region, ranges) ? [] : members.map(spell))),
    ),
  numbers({ cuts }, ranges, spell) {
    return ranges
      .map(([first, last]) => {
        const [low, high] = [cuts[first - 1], cuts[last]];
        const from = low === undefined ? "" : "from" in low ? `≥ ${spell(low.from)}` : `> ${spell(low.above)}`;
        const to = high === undefined ? "" : "from" in high ? `< ${spell(high.from)}` : `≤ ${spell(high.above)}`;
        return [from, to].filter((bound) => bound !== "").join(", ");
      })
      .join(" or ");
  },
  strings({ constants, patterns, others }, ranges, spell) {
    const signatureText = (signature: string): string => {
      const holding = patterns.filter((_, i) => signature[i] === "1").map(patternText);
      return holding.length === 0 ? "anything else" : holding.join(" and ");
    };
    const named = [
      ...Object.entries(constants).map(([text, region]) => [spell(text), region] as const),
      ...Object.entries(others).map(([signature, region]) => [signatureText(signature), region] as const),
    ];
    return shorter(
      named.flatMap(([text, region]) => (within(region, ranges) ? [text] : [])),
      named.flatMap(([text, region]) => (within(region, ranges) ? [] : [text])),
    );
  },
};

function within(region: number, ranges: Ranges): boolean {
  return ranges.some(([first, last]) => region >= first && region <= last);
}

/** What is accepted, or what is not, whichever takes fewer words. */
function shorter(accepted: readonly string[], rest: readonly string[]): string {
  const isRest = rest.length < accepted.length && !rest.includes("anything else");
  return isRest ? `not ${rest.join(", ")}` : accepted.join(" | ");
}

function patternText(pattern: Extract<Domain, { kind: "strings" }>["patterns"][number]): string {
  if (pattern.kind === "regex") return `matches /${pattern.source}/`;
  const words = { prefix: "starts_with", suffix: "ends_with", contains: "contains" } as const;
  return `${words[pattern.kind]} ${JSON.stringify(pattern.text)}`;
}
