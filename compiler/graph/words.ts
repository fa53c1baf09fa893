/** Options and gates of a table in the language's words. */
import type { Bound, GateCondition, GateTest, Options, ValueTest } from "../../runtime/table/artifact.ts";

/** What `with` sets, on one line; empty where it sets nothing. */
export function optionsText(options: Options | undefined): string {
  const { timeout, idle, retries, max_tokens, temperature, reasoning, system, tools } = options ?? {};
  const said = [
    timeout === undefined ? "" : `timeout ${durationText(timeout)}`,
    idle === undefined ? "" : `idle ${durationText(idle)}`,
    retries === undefined ? "" : `retries ${retries}`,
    max_tokens === undefined ? "" : `max_tokens ${max_tokens}`,
    temperature === undefined ? "" : `temperature ${temperature}`,
    reasoning === undefined ? "" : `reasoning ${reasoning}`,
    system === undefined ? "" : "system",
    tools === undefined ? "" : tools.length === 0 ? "tools none" : `tools only ${tools.join(", ")}`,
  ];
  return said.filter((each) => each !== "").join(", ");
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;

/** Milliseconds in the largest unit in which they are whole. */
export function durationText(milliseconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => milliseconds % size === 0) ?? ["ms", 1];
  return `${milliseconds / size}${unit}`;
}

export function gateText(gate: GateCondition): string {
  if (gate.kind === "test") return testText(gate);
  const parts = gate.of.map((part) =>
    part.kind === "test" || gate.kind === "and" ? gateText(part) : `(${gateText(part)})`,
  );
  return gate.kind === "not" ? `not ${parts[0]}` : parts.join(` ${gate.kind} `);
}

function testText({ fact, judge, test }: GateTest): string {
  const what = judge === undefined ? fact : `judge(${judge.model})`;
  return test.kind === "true" ? what : `${what} ${valueText(test)}`;
}

function valueText(test: Exclude<ValueTest, { kind: "true" }>): string {
  switch (test.kind) {
    case "members":
      return test.members.length === 1 ? `== ${test.members[0]}` : `in { ${test.members.join(", ")} }`;
    case "interval":
      return intervalText(test.from, test.to);
    case "equals":
      return `== ${JSON.stringify(test.text)}`;
    case "prefix":
      return `starts_with ${JSON.stringify(test.text)}`;
    case "suffix":
      return `ends_with ${JSON.stringify(test.text)}`;
    case "contains":
      return `contains ${JSON.stringify(test.text)}`;
    case "regex":
      return `matches ${test.source}`;
  }
}

function intervalText(from: Bound | undefined, to: Bound | undefined): string {
  if (from !== undefined && to !== undefined)
    return from.value === to.value ? `== ${from.value}` : `in ${from.value}..${to.value}`;
  if (from !== undefined) return `${from.included ? ">=" : ">"} ${from.value}`;
  return to === undefined ? "is known" : `${to.included ? "<=" : "<"} ${to.value}`;
}
