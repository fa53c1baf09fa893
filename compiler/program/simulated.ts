/** How a simulated provider behaves: how fast, how often and how it fails, and what it answers. */
import {
  FAILURES,
  type Failure,
  type Simulated,
  type SimulatedAnswer,
  type SimulatedCall,
} from "../../runtime/table/artifact.ts";
import { nearest } from "../diagnostics/index.ts";
import type { Field, Literal, Name, Quantiles, Word } from "../syntax/index.ts";
import { LARGEST } from "../syntax/literals.ts";
import type { Block } from "./block.ts";
import { readJsonLines } from "./json-file.ts";
import { LONGEST_WAIT } from "./options.ts";
import type { ProgramFile } from "./program.ts";
import { didYouMean } from "./report.ts";
import type { Scope } from "./scope.ts";
import { checkValue } from "./values.ts";

type Dialect = NonNullable<Simulated["speaks"]>;

/** The dialects that can be spoken, and the failures that each has no word for. */
const DIALECTS: Readonly<Record<Dialect, readonly Failure[]>> = {
  openai: [],
  azure: [],
  anthropic: [],
  gemini: ["refused"],
  bedrock: ["refused"],
  cohere: ["refused", "filtered"],
};

export const SIMULATED_DIALECTS = Object.keys(DIALECTS) as readonly Dialect[];

/** Found in routec, before a call leaves. */
const LOCAL: readonly Failure[] = ["over_budget", "unsupported"];

/** What a provider can bring about. */
export const SIMULATED_FAILURES = FAILURES.filter((failure) => !LOCAL.includes(failure));

/** What part of a standard normal distribution lies below which deviation. */
const DEVIATIONS: Readonly<Record<string, number>> = { p90: 1.2816, p95: 1.6449, p99: 2.3263, p999: 3.0902 };

/** Undefined where nothing is stated; what is faulty is reported and left out. */
export function checkSimulated(block: Block, file: ProgramFile, scope: Scope): Simulated | undefined {
  const dialect = checkDialect(block, file, scope);
  const latency = checkLatency(block, file, scope);
  const speed = checkSpeed(block, file, scope);
  const script = checkScript(block, dialect ?? "openai", file, scope);
  const fail = checkShares(block, dialect ?? "openai", file, scope);
  const answers = checkAnswers(block, file, scope);
  const stated: Simulated = {
    ...(dialect !== undefined && { speaks: dialect }),
    ...(latency && { latency }),
    ...(speed !== undefined && { speed }),
    ...(script && { script }),
    ...(fail && { fail }),
    ...(answers && { answers }),
  };
  return Object.keys(stated).length === 0 ? undefined : stated;
}

function checkDialect(block: Block, file: ProgramFile, { report }: Scope): Dialect | undefined {
  const text = block.word("speaks");
  const field = block.field("speaks");
  if (text === undefined || field === undefined) return undefined;
  const dialect = SIMULATED_DIALECTS.find((name) => name === text);
  if (dialect === undefined)
    report.error(
      "RT2005",
      file.name,
      field.value.span,
      `\`${text}\` is no dialect of a simulated provider: expected one of ${SIMULATED_DIALECTS.join(", ")}`,
      didYouMean(nearest(text, SIMULATED_DIALECTS)),
    );
  return dialect;
}

function checkLatency(block: Block, file: ProgramFile, scope: Scope): Simulated["latency"] {
  const field = block.field("latency");
  if (field === undefined) return undefined;
  const { value } = field;
  if (value.kind === "quantiles") return checkQuantiles(field, value, file, scope);
  if (value.kind !== "latency")
    return block.wrong(field, "a duration, a range of them, or quantiles such as `{ p50 400ms, p99 3s }`");
  const from = checkDuration(value.from, 0, file, scope);
  const to = value.to === undefined ? from : checkDuration(value.to, 0, file, scope);
  if (from === undefined || to === undefined) return undefined;
  if (from <= to) return { from, to };
  scope.report.error("RT2004", file.name, value.span, "this range ends before it begins");
  return undefined;
}

/** The log-normal distribution that has a median and one quantile above it. */
function checkQuantiles(field: Field, node: Quantiles, file: ProgramFile, scope: Scope): Simulated["latency"] {
  const { report } = scope;
  const known = Object.keys(DEVIATIONS);
  const read = node.quantiles.map(({ name, value }) => ({ name, milliseconds: checkDuration(value, 1, file, scope) }));
  const stray = read.find(({ name }) => name.text !== "p50" && !known.includes(name.text));
  if (stray !== undefined) {
    const message = `\`${stray.name.text}\` is no quantile: expected p50, and one of ${known.join(", ")}`;
    report.error(
      "RT2005",
      file.name,
      stray.name.span,
      message,
      didYouMean(nearest(stray.name.text, ["p50", ...known])),
    );
    return undefined;
  }
  const median = read.find(({ name }) => name.text === "p50");
  const upper = read.find(({ name }) => name.text !== "p50");
  if (median === undefined || upper === undefined || read.length !== 2) {
    const message = `\`latency\` of a provider takes p50 and one of ${known.join(", ")}, such as \`{ p50 400ms, p99 3s }\``;
    report.error("RT2007", file.name, field.value.span, message);
    return undefined;
  }
  if (median.milliseconds === undefined || upper.milliseconds === undefined) return undefined;
  if (upper.milliseconds < median.milliseconds) {
    const message = `the ${upper.name.text} of a latency cannot be below its median`;
    report.error("RT2004", file.name, upper.name.span, message);
    return undefined;
  }
  const spread = Math.log(upper.milliseconds / median.milliseconds) / (DEVIATIONS[upper.name.text] ?? 1);
  // Rounded, so that the table is the same on every machine.
  return { median: median.milliseconds, sigma: Math.round(spread * 10_000) / 10_000 };
}

function checkDuration(value: Literal, least: number, file: ProgramFile, { report }: Scope): number | undefined {
  const range = [least, LONGEST_WAIT] as const;
  return checkValue(value, { kind: "duration" }, range, file.name, report) as number | undefined;
}

function checkSpeed(block: Block, file: ProgramFile, { report }: Scope): number | undefined {
  const field = block.field("speed");
  if (field === undefined) return undefined;
  const { value } = field;
  const isPerSecond =
    value.kind === "speed" &&
    value.unit.text === "tokens" &&
    value.window.kind === "word" &&
    value.window.text === "second";
  if (!isPerSecond) return block.wrong(field, "tokens in a time, such as `80 tokens per second`");
  return checkValue(value.count, { kind: "int" }, [1, LARGEST], file.name, report) as number | undefined;
}

function checkScript(block: Block, dialect: Dialect, file: ProgramFile, scope: Scope): Simulated["script"] {
  const field = block.field("script");
  if (field === undefined) return undefined;
  if (field.value.kind !== "list") return block.wrong(field, "a list such as `[overloaded, overloaded, answered]`");
  const read = field.value.items.map((item) =>
    item.text === "answered" ? "answered" : checkFailure(item, ["answered"], dialect, file, scope),
  );
  return read.includes(undefined) ? undefined : (read as (Failure | "answered")[]);
}

function checkShares(block: Block, dialect: Dialect, file: ProgramFile, scope: Scope): Simulated["fail"] {
  const { report } = scope;
  const field = block.field("fail");
  if (field === undefined) return undefined;
  if (field.value.kind !== "shares") return block.wrong(field, "shares of the calls, such as `{ 5% overloaded }`");
  const shares = field.value.shares.flatMap((node) => {
    const share = checkValue(node.share, { kind: "percent" }, [1, 100], file.name, report) as number | undefined;
    const failure = checkFailure(node.failure, [], dialect, file, scope);
    return share === undefined || failure === undefined ? [] : [{ share, failure, span: node.failure.span }];
  });
  const again = shares.find(({ failure }, at) => shares.findIndex((other) => other.failure === failure) < at);
  if (again !== undefined)
    report.error("RT2008", file.name, again.span, `the share of \`${again.failure}\` is given twice`);
  const sum = shares.reduce((total, { share }) => total + share, 0);
  if (sum > 100)
    report.error("RT3006", file.name, field.value.span, `the shares make \`${sum}%\`: expected \`100%\` at most`);
  return shares.map(({ share, failure }) => ({ share, failure }));
}

/** A failure that a provider can bring about, in this dialect. */
function checkFailure(
  { text, span }: Name | Word,
  besides: readonly string[],
  dialect: Dialect,
  file: ProgramFile,
  { report }: Scope,
): Failure | undefined {
  const possible = SIMULATED_FAILURES.filter((each) => !DIALECTS[dialect].includes(each));
  const failure = possible.find((each) => each === text);
  if (failure !== undefined || text === "") return failure;
  if (LOCAL.includes(text as Failure))
    report.error(
      "RT2005",
      file.name,
      span,
      `\`${text}\` is found in routec, before a call leaves: no provider does it`,
    );
  else if (DIALECTS[dialect].includes(text as Failure))
    report.error("RT2005", file.name, span, `the dialect of ${dialect} has no word for \`${text}\``);
  else {
    const names = [...besides, ...possible];
    const message = `\`${text}\` is no failure: expected one of ${names.join(", ")}`;
    report.error("RT2001", file.name, span, message, didYouMean(nearest(text, names)));
  }
  return undefined;
}

function checkAnswers(block: Block, file: ProgramFile, scope: Scope): SimulatedAnswer[] | undefined {
  const field = block.field("answers");
  if (field === undefined) return undefined;
  if (field.value.kind !== "word" || !field.value.quoted)
    return block.wrong(field, 'a file such as `"./answers.jsonl"`');
  return readJsonLines(field.value, file, scope, readAnswer);
}

const TEXTS = ["model", "prompt", "contains"] as const;

/** One line of the file, or what is wrong with it. */
function readAnswer(value: unknown): SimulatedAnswer | string {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return 'is no answer: expected an object such as `{ "prompt": "Hello?", "answer": "Hi." }`';
  const { answer, calls, confidence, ...rest } = value as Record<string, unknown>;
  const stray = Object.keys(rest).find((name) => !TEXTS.some((known) => known === name));
  if (stray !== undefined) return `has a member \`${stray}\`: expected ${TEXTS.join(", ")}, answer, calls, confidence`;
  const untold = TEXTS.find((name) => rest[name] !== undefined && typeof rest[name] !== "string");
  if (untold !== undefined) return `has a \`${untold}\` that is no text`;
  const called = calls === undefined ? [] : Array.isArray(calls) ? calls.map(readCall) : [undefined];
  if (called.includes(undefined) || (calls !== undefined && called.length === 0))
    return 'has `calls` that are none: expected such as `[{ "name": "weather", "arguments": { "city": "Basel" } }]`';
  const isAnswered = answer !== undefined && answer !== null;
  if (!isAnswered && calls === undefined) return "has no `answer`";
  if (confidence !== undefined && !(typeof confidence === "number" && confidence > 0 && confidence <= 1))
    return "has a `confidence` that is no number above 0 and up to 1";
  return {
    ...rest,
    ...(isAnswered && { answer: typeof answer === "string" ? answer : JSON.stringify(answer) }),
    ...(called.length > 0 && { calls: called as SimulatedCall[] }),
    ...(confidence !== undefined && { confidence }),
  };
}

function readCall(value: unknown): SimulatedCall | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { name, arguments: input, ...rest } = value as Record<string, unknown>;
  const isObject = typeof input === "object" && input !== null && !Array.isArray(input);
  if (typeof name !== "string" || name === "" || Object.keys(rest).length > 0) return undefined;
  if (input !== undefined && !isObject) return undefined;
  return { name, ...(isObject && { arguments: input as Record<string, unknown> }) };
}
