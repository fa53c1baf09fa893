/** Faults to be planted: in the decision table that was compiled, or in the source of what carries it out. */
import type { DecisionTable, ElseExpression, Expression } from "../../runtime/table/index.ts";

/** Changes the table. */
export interface TableFault {
  readonly name: string;
  /** The invariant by which it is found. */
  readonly breaks: string;
  readonly plant: (table: Changeable<DecisionTable>) => void;
}

/** Replaces a text, which stands once in a file, by another. */
export interface SourceFault {
  readonly name: string;
  readonly breaks: string;
  readonly file: string;
  readonly text: string;
  readonly by: string;
}

type Changeable<T> = T extends object ? { -readonly [Key in keyof T]: Changeable<T[Key]> } : T;

function planOf(table: Changeable<DecisionTable>, name: string): Changeable<Expression> {
  const found = table.plans.find((plan) => plan.name === name);
  if (found === undefined) throw new Error(`the policy has no plan ${name}`);
  return found.run;
}

export const TABLE_FAULTS: readonly TableFault[] = [
  {
    name: "two rules are swapped",
    breaks: "the first rule that holds decides",
    plant({ routes: [route] }) {
      for (const row of route?.rows ?? []) row.rule = row.rule === 1 ? 2 : row.rule === 2 ? 1 : row.rule;
    },
  },
  {
    name: "a later rule comes first",
    breaks: "the first rule that holds decides",
    plant({ routes: [route] }) {
      route?.rows.unshift(...route.rows.filter(({ rule }) => rule === 4));
    },
  },
  {
    name: "a cut is off by one",
    breaks: "the first rule that holds decides",
    plant({ attributes }) {
      const domain = attributes.find(({ name }) => name === "prompt_tokens")?.domain;
      if (domain?.kind === "numbers")
        domain.cuts = domain.cuts.map((cut) => ("from" in cut ? { from: cut.from + 1 } : cut));
    },
  },
  {
    name: "a fallback leaks the region",
    breaks: "proof `eu_stays_home` holds",
    plant(table) {
      const run = planOf(table, "patient") as Changeable<ElseExpression>;
      for (const branch of run.then) branch.run = { kind: "call", model: "gpt" };
    },
  },
  {
    name: "a gate accepts refusals",
    breaks: "gates go by the answer",
    plant(table) {
      const run = planOf(table, "careful");
      const gate = run.kind === "cascade" ? run.steps[0]?.accept : undefined;
      if (gate?.kind === "and") gate.of.pop();
    },
  },
  {
    name: "a gate is too easily content",
    breaks: "gates go by the answer",
    plant(table) {
      const run = planOf(table, "careful");
      const gate = run.kind === "cascade" ? run.steps[0]?.accept : undefined;
      const first = gate?.kind === "and" ? gate.of[0] : undefined;
      if (first?.kind === "test" && first.test.kind === "interval") first.test.from = { value: 0, included: true };
    },
  },
  {
    name: "a sticky split is drawn by chance",
    breaks: "a sticky split is sticky",
    plant(table) {
      const run = planOf(table, "halves");
      if (run.kind === "split") delete run.by;
    },
  },
  {
    name: "a budget is larger than it is written",
    breaks: "budget `all` is not passed",
    plant({ meters }) {
      for (const meter of meters) if (meter.kind === "budget" && meter.name === "all") meter.limit *= 10;
    },
  },
  {
    name: "a budget of all is kept for each tenant",
    breaks: "budget `all` is not passed",
    plant({ meters }) {
      for (const meter of meters) if (meter.name === "all") meter.per = ["tenant"];
    },
  },
  {
    name: "the deadline is longer than it is written",
    breaks: "the deadline is kept",
    plant({ routes: [route] }) {
      if (route !== undefined) route.deadline *= 2;
    },
  },
  {
    name: "a step is tried more often than it is written",
    breaks: "proof `few_calls` holds",
    plant(table) {
      const { first } = planOf(table, "patient") as Changeable<ElseExpression>;
      if (first.kind === "call") first.with = { ...first.with, retries: 6 };
    },
  },
];

export const SOURCE_FAULTS: readonly SourceFault[] = [
  {
    name: "a retry ignores the deadline",
    breaks: "the deadline is kept",
    file: "runtime/plan/execute.ts",
    text: "if (clock.elapsed() + wait >= this.#deadlineAt) {",
    by: "if (wait === Number.POSITIVE_INFINITY) {",
  },
  {
    name: "a call ignores the deadline",
    breaks: "the deadline is kept",
    file: "runtime/plan/execute.ts",
    text: "const limit = Math.min(step.timeout, this.#deadlineAt - began);",
    by: "const limit = step.timeout;",
  },
  {
    name: "`Retry-After` is ignored",
    breaks: "`Retry-After` is honoured",
    file: "runtime/plan/execute.ts",
    text: "return Math.max(retryAfter, transport.resting",
    by: "return Math.min(0, transport.resting",
  },
  {
    name: "a step is tried once too often",
    breaks: "proof `few_calls` holds",
    file: "runtime/plan/execute.ts",
    text: "const isRetried = retry < step.retries &&",
    by: "const isRetried = retry <= step.retries &&",
  },
  {
    name: "who has lost a race answers too",
    breaks: "a request is answered once",
    file: "runtime/plan/execute.ts",
    text: "this.#active.cancel(({ frame }) => hasLost(frame, winner));",
    by: "",
  },
  {
    name: "a hedge bills the loser nothing",
    breaks: "every call is paid for",
    file: "runtime/plan/call.ts",
    text: 'if (this.#phase !== "over") this.#abort();',
    by: 'if (this.#phase !== "over") this.#abort(NOTHING_SPENT);',
  },
  {
    name: "a call of which nobody knows the cost is free",
    breaks: "every call is paid for",
    file: "runtime/plan/call.ts",
    text: "known ?? { cost: worst,",
    by: "known ?? { cost: 0,",
  },
  {
    name: "a call of which nobody knows the cost is never settled",
    breaks: "every call is paid for",
    file: "runtime/plan/call.ts",
    text: "reservation.settle(spent);",
    by: "if (known !== undefined) reservation.settle(spent);",
  },
  {
    name: "budgets are looked at after the call",
    breaks: "budget `all` is not passed",
    file: "runtime/ledger/booking.ts",
    text: "limit: tally.measure.limit, watched }",
    by: "limit: Number.POSITIVE_INFINITY }",
  },
  {
    name: "less is set aside than a call can cost",
    breaks: "every call is paid for",
    file: "runtime/plan/cost.ts",
    text: "output: Math.min(maxTokens, outputCap) * choices,",
    by: "output: 0,",
  },
  {
    name: "gates do not see refusals",
    breaks: "gates go by the answer",
    file: "runtime/plan/gate.ts",
    text: "return answer.refused;",
    by: "return false;",
  },
  {
    name: "a sticky split is drawn by chance",
    breaks: "a sticky split is sticky",
    file: "runtime/plan/draw.ts",
    text: "value === undefined ? random() : stickyPoint(name, value)",
    by: "random()",
  },
];
