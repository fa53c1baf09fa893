/** Which column of a file of outcomes says what: of a model's answer, of a signal, of the request. */
import type { GateTest, Model } from "../../runtime/table/artifact.ts";
import { OutcomesError } from "./records.ts";

/** What a column says of a model's answer. */
export type AnswerFact = GateTest["fact"] | "quality" | "cost" | "latency" | "input_tokens" | "judge_cost" | "logprobs";

/** By the names that data sets have for them. */
const FACTS: ReadonlyMap<string, AnswerFact> = new Map(
  Object.entries({
    quality: ["quality", "correct", "is_correct", "right", "score"],
    cost: ["cost", "total_cost", "cost_usd"],
    latency: ["latency", "latency_ms"],
    input_tokens: ["input_tokens", "prompt_tokens"],
    output_tokens: ["output_tokens", "completion_tokens"],
    answer: ["answer", "response", "model_response", "output"],
    confidence: ["confidence"],
    logprobs: ["logprobs"],
    refused: ["refused"],
    valid_json: ["valid_json"],
    finish: ["finish", "finish_reason"],
    judge: ["judge"],
    judge_cost: ["judge_cost"],
  } satisfies Record<AnswerFact, readonly string[]>).flatMap(([fact, names]) =>
    names.map((name) => [name, fact as AnswerFact] as const),
  ),
);

const PROMPTS = ["prompt", "question", "input", "query"];

export interface Columns {
  /** By model, by fact: the column. */
  readonly answers: ReadonlyMap<string, ReadonlyMap<AnswerFact, string>>;
  /** By name of a signal or an attribute of the policy: the column. */
  readonly signals: ReadonlyMap<string, string>;
  readonly attributes: ReadonlyMap<string, string>;
  readonly prompt: string | undefined;
  /** Columns that say nothing that the policy knows of. */
  readonly unused: readonly string[];
}

export interface Known {
  readonly models: readonly Model[];
  /** What the outcomes call a model, by the policy's name, where that is neither its own nor its upstream name. */
  readonly names: ReadonlyMap<string, string>;
  readonly signals: readonly string[];
  readonly attributes: readonly string[];
}

/**
 * A column of an answer is the model's name, and after `_`, `.`, `|`, `:` or `/` what it says; the name alone says how right
 * the answer was. `models.`, `signals.` and `attributes.` may stand before a name.
 *
 * @throws OutcomesError where two columns say the same
 */
export function columnsOf(all: readonly string[], { models, names, signals, attributes }: Known): Columns {
  const answers = new Map<string, Map<AnswerFact, string>>();
  const found = { signals: new Map<string, string>(), attributes: new Map<string, string>() };
  const unused: string[] = [];
  const put = <K>(into: Map<K, string>, key: K, column: string): void => {
    const before = into.get(key);
    if (before !== undefined)
      throw new OutcomesError(`the columns \`${before}\` and \`${column}\` say the same: expected one of them`);
    into.set(key, column);
  };
  const promptColumn = PROMPTS.find((name) => all.includes(name));
  for (const column of all) {
    const [, group, rest = column] = /^(signals|attributes|models|outcomes)\.(.+)$/.exec(column) ?? [];
    if (column === promptColumn) continue;
    if (group !== "models" && group !== "outcomes" && group !== "attributes" && signals.includes(rest))
      put(found.signals, rest, column);
    else if (group !== "models" && group !== "outcomes" && group !== "signals" && attributes.includes(rest))
      put(found.attributes, rest, column);
    else {
      const saying = group === "signals" || group === "attributes" ? undefined : answerColumn(rest, models, names);
      if (saying === undefined) unused.push(column);
      else {
        const facts = answers.get(saying.model) ?? new Map<AnswerFact, string>();
        answers.set(saying.model, facts);
        put(facts, saying.fact, column);
      }
    }
  }
  return { answers, ...found, prompt: promptColumn, unused };
}

function answerColumn(
  column: string,
  models: readonly Model[],
  names: ReadonlyMap<string, string>,
): { model: string; fact: AnswerFact } | undefined {
  for (const { name, upstream } of models) {
    const given = names.get(name);
    const called = given === undefined ? [name, upstream, upstream.replace(/^.*\//, "")] : [given];
    for (const alias of called) {
      if (column === alias) return { model: name, fact: "quality" };
      if (!column.startsWith(alias) || !/^[_.|:/ ]/.test(column.slice(alias.length))) continue;
      const fact = FACTS.get(column.slice(alias.length + 1).toLowerCase());
      if (fact !== undefined) return { model: name, fact };
    }
  }
  return undefined;
}
