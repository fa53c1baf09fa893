/** What came of recorded requests: which model was right, what it cost, and what policies go by. */

import type { GateTest } from "../../runtime/table/artifact.ts";
import { billed, type Model, ratesAt, type Value } from "../../runtime/table/artifact.ts";
import { ANSWER } from "../program/answers.ts";
import type { Type } from "../program/types.ts";
import type { AnswerFact, Columns } from "./columns.ts";
import { type Cell, type OutcomeRecord, OutcomesError } from "./records.ts";

/** Where the cost of an answer is from; tokens are estimated from the bytes of texts. */
export type CostSource = "recorded" | "tokens" | "texts";

/** A model's answer to a request. */
export interface Answer {
  readonly model: string;
  /** How right it was, from 0 to 1; undefined where that is not said. */
  readonly quality: number | undefined;
  /** Dollars. */
  readonly cost: number | undefined;
  readonly costSource: CostSource | undefined;
  /** Milliseconds. */
  readonly latency: number | undefined;
  /** What gates test of it; a fact that is not known is not there. */
  readonly facts: Readonly<Partial<Record<GateTest["fact"], Value>>>;
  /** Dollars that asking the judge cost. */
  readonly judgeCost: number | undefined;
}

export interface Outcome {
  readonly line: number;
  readonly prompt: string | undefined;
  readonly inputTokens: number | undefined;
  /** As `readGiven` takes them: money in dollars. */
  readonly signals: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** By the policy's name of the model. */
  readonly answers: ReadonlyMap<string, Answer>;
}

/** UTF-8 bytes of a token of English text, as `prompt_tokens` counts them (docs/language.md). */
const BYTES_PER_TOKEN = 4;
const NANO = 1e9;

/**
 * @param types of signals and attributes, by name
 * @throws OutcomesError for a value that is none of its kind
 */
export function readOutcome(
  { line, cells }: OutcomeRecord,
  { answers, signals, attributes, prompt: promptColumn }: Columns,
  models: readonly Model[],
  types: ReadonlyMap<string, Type>,
): Outcome {
  const cellOf = (column: string | undefined): Cell | undefined =>
    column === undefined ? undefined : cells.get(column);
  const typed = (columns: ReadonlyMap<string, string>): Record<string, unknown> =>
    Object.fromEntries(
      [...columns].flatMap(([name, column]) => {
        const cell = cellOf(column);
        return cell === undefined
          ? []
          : [[name, typedValue(cell, types.get(name) ?? { kind: "string" }, column, line)]];
      }),
    );
  const prompt = textOf(cellOf(promptColumn));
  const given = typed(attributes);
  const counted = given.prompt_tokens;
  const promptTokens = typeof counted === "number" ? counted : prompt === undefined ? undefined : tokensIn(prompt);
  const found = models.flatMap((model) => {
    const columns = answers.get(model.name);
    return columns === undefined
      ? []
      : [answerOf(model, (fact) => columns.get(fact), cellOf, line, promptTokens, counted !== undefined)];
  });
  return {
    line,
    prompt,
    inputTokens: promptTokens,
    signals: typed(signals),
    attributes: {
      ...(prompt !== undefined && { prompt }),
      ...(promptTokens !== undefined && { prompt_tokens: promptTokens }),
      ...given,
    },
    answers: new Map(found.map((answer) => [answer.model, answer])),
  };
}

function answerOf(
  { name, price }: Model,
  columnOf: (fact: AnswerFact) => string | undefined,
  cellOf: (column: string | undefined) => Cell | undefined,
  line: number,
  promptTokens: number | undefined,
  promptIsCounted: boolean,
): Answer {
  const read = (fact: AnswerFact, type: Type): Value | undefined => {
    const column = columnOf(fact);
    const cell = cellOf(column);
    return cell === undefined || column === undefined ? undefined : typedValue(cell, type, column, line);
  };
  const amount = (fact: AnswerFact): number | undefined => {
    const value = read(fact, { kind: "money" }) as number | undefined;
    if (value !== undefined && value < 0)
      throw new OutcomesError(`line ${line}: \`${columnOf(fact)}\` is \`${value}\`: expected an amount of at least 0`);
    return value;
  };
  const facts: Partial<Record<GateTest["fact"], Value>> = {};
  for (const [fact, { type }] of [...ANSWER, ["judge", { type: { kind: "score" } }] as const]) {
    const value = read(fact as GateTest["fact"], type);
    if (value !== undefined) facts[fact as GateTest["fact"]] = value;
  }
  const confidence = confidenceOf(cellOf(columnOf("logprobs")), columnOf("logprobs") ?? "", line);
  if (confidence !== undefined) facts.confidence ??= confidence;
  const { answer } = facts;
  if (typeof answer === "string") facts.valid_json ??= isJson(answer);
  // What an answer is that nothing else is said of.
  facts.refused ??= false;
  facts.finish ??= "stop";

  const recorded = amount("cost");
  const [input, output] = [read("input_tokens", { kind: "int" }), facts.output_tokens];
  const tokens = {
    prompt: (input as number | undefined) ?? promptTokens,
    completion: (output as number | undefined) ?? (typeof answer === "string" ? tokensIn(answer) : undefined),
  };
  const { prompt, completion } = tokens;
  const billedCost =
    prompt === undefined || completion === undefined
      ? undefined
      : billed(ratesAt(price, prompt, 0), { prompt, completion }) / NANO;
  const isCounted = (input !== undefined || promptIsCounted) && output !== undefined;
  const costSource = recorded !== undefined ? "recorded" : isCounted ? "tokens" : "texts";
  const cost = recorded ?? billedCost;
  return {
    model: name,
    quality: qualityOf(cellOf(columnOf("quality")), columnOf("quality") ?? "", line),
    cost,
    costSource: cost === undefined ? undefined : costSource,
    latency: amount("latency"),
    facts,
    judgeCost: amount("judge_cost"),
  };
}

function tokensIn(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const RIGHT: Readonly<Record<string, number>> = { true: 1, false: 0, yes: 1, no: 0, right: 1, wrong: 0 };

function qualityOf(cell: Cell | undefined, column: string, line: number): number | undefined {
  if (cell === undefined) return undefined;
  const said = typeof cell === "string" ? cell.trim().toLowerCase() : cell;
  const value =
    typeof said === "boolean" ? Number(said) : typeof said === "string" ? (RIGHT[said] ?? Number(said)) : said;
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw new OutcomesError(
    `line ${line}: \`${column}\` is ${shown(cell)}: expected whether the answer was right, as true or false or a number from 0 to 1`,
  );
}

/** As the runtime has it: the geometric mean of the tokens' probabilities. */
function confidenceOf(cell: Cell | undefined, column: string, line: number): number | undefined {
  if (cell === undefined) return undefined;
  const values = typeof cell === "string" ? parsed(cell) : cell;
  if (!Array.isArray(values) || !values.every((value) => typeof value === "number" && value <= 0))
    throw new OutcomesError(`line ${line}: \`${column}\` is ${shown(cell)}: expected a list of log-probabilities`);
  if (values.length === 0) return undefined;
  return Math.exp(values.reduce((sum, value) => sum + value, 0) / values.length);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(cell: Cell | undefined): string | undefined {
  return cell === undefined ? undefined : String(cell);
}

const TRUTH: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
  "1": true,
  "0": false,
  yes: true,
  no: false,
};

/** A cell as a value of a type, money in dollars. */
function typedValue(cell: Cell, type: Type, column: string, line: number): Value {
  const value = converted(cell, type);
  if (value !== undefined) return value;
  throw new OutcomesError(
    `line ${line}: \`${column}\` is ${shown(cell)}: expected ${EXPECTED[type.kind]?.(type) ?? type.kind}`,
  );
}

const EXPECTED: Readonly<Record<string, (type: Type) => string>> = {
  bool: () => "true or false",
  int: () => "a whole number",
  score: () => "a number from 0 to 1",
  money: () => "an amount in dollars",
  duration: () => "a number of milliseconds",
  enum: (type) => ("members" in type ? `one of ${type.members.join(", ")}` : ""),
};

function converted(cell: Cell, type: Type): Value | undefined {
  const text = typeof cell === "string" ? cell.trim() : cell;
  switch (type.kind) {
    case "bool":
      return typeof text === "boolean" ? text : TRUTH[String(text).toLowerCase()];
    case "string":
      return typeof cell === "string" ? cell : String(cell);
    case "enum":
      return type.members.find((member) => member === String(text));
    default: {
      const number = typeof text === "number" ? text : typeof text === "string" ? numberOf(text) : undefined;
      if (number === undefined || !Number.isFinite(number)) return undefined;
      if (type.kind === "score" && !(number >= 0 && number <= 1)) return undefined;
      return type.kind === "int" && !Number.isSafeInteger(number) ? undefined : number;
    }
  }
}

function numberOf(text: string): number | undefined {
  const written = text.replace(/^\$/, "");
  return written === "" ? undefined : Number(written);
}

function shown(cell: Cell): string {
  const text = typeof cell === "string" ? cell : JSON.stringify(cell);
  return `\`${text.length <= 40 ? text : `${text.slice(0, 40)}…`}\``;
}
