/** What became of a simulated request, for people. */
import { type Attempt, type Outcome, type Trace, tried } from "../../runtime/simulation/index.ts";
import type { Program } from "../program/program.ts";
import { spell } from "../syntax/literals.ts";

/** `$0.0123`, from nano-dollars. */
export function money(value: number): string {
  return spell({ kind: "money", value });
}

function duration(value: number): string {
  return spell({ kind: "duration", value: Math.round(value) });
}

/** One sentence: how the client is answered. */
export function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case "served":
      return `served by \`${outcome.model}\``;
    case "reused":
      return `served with an earlier answer of \`${outcome.model}\``;
    case "rejected":
      return `rejected with ${outcome.status}${outcome.text === undefined ? "" : `: ${outcome.text}`}`;
    case "exhausted":
      return `nobody could answer: ${outcome.status}${outcome.failure === undefined ? "" : `, the last failure was \`${outcome.failure}\``}`;
    case "broken":
      return `the answer of \`${outcome.model}\` broke off with \`${outcome.failure}\``;
    case "refused":
      return `refused with ${outcome.status}: ${outcome.why}`;
  }
}

/** The rule that decided, as it is written; undefined where none did. */
export function ruleText({ route, rule }: Trace, { routes }: Program): string | undefined {
  if (route === undefined || rule === undefined) return undefined;
  const text = routes.find(({ names }) => names[0] === route)?.rules[rule]?.text;
  return `rule ${rule} of \`${route}\`, \`${text}\``;
}

export function triedText(trace: Trace): string {
  const models = tried(trace);
  return models.length === 0 ? "no model was tried" : `tried ${models.map((model) => `\`${model}\``).join(", ")}`;
}

/** The way that a request went, a sentence a line: signals, rule, attempts, outcome. */
export function traceLines(trace: Trace, program: Program): readonly string[] {
  const rule = ruleText(trace, program);
  const signals = trace.signals.map(({ name, value, from }) => `signal \`${name}\` is ${value} (${FROM[from]})`);
  const total = trace.attempts.length > 0 ? `, after ${duration(trace.milliseconds)} and for ${money(trace.cost)}` : "";
  return [
    ...signals,
    ...(rule === undefined ? [] : [rule]),
    ...trace.attempts.map(attemptText),
    `${outcomeText(trace.outcome)}${total}`,
  ];
}

const FROM = { given: "given", computed: "computed", "stand-in": "its `else`" } as const;

function attemptText(attempt: Attempt): string {
  const { model, judge, at, milliseconds, end, failure, detail, left, cost } = attempt;
  const who = `at ${duration(at)} \`${model}\`${judge ? ", as a judge," : ""}`;
  const why = detail === undefined || detail === failure ? "" : `: ${detail}`;
  if (!left) return `${who} was not called, \`${failure}\`${why}`;
  const after = `after ${duration(milliseconds)}, ${money(cost)}`;
  switch (end) {
    case "answered":
      return `${who} answered ${after}`;
    case "declined":
      return `${who} answered ${after}, and its gate did not accept`;
    case "failed":
      return `${who} failed with \`${failure}\` ${after}${why}`;
    case "dropped":
      return `${who} was called off ${after}`;
  }
}
