/** What `with { … }` sets: of a step, a plan, a model or a provider. */
import type { Failure, Options } from "../../runtime/table/artifact.ts";
import { nearest } from "../diagnostics/index.ts";
import type { Option, Options as OptionsNode, Value } from "../syntax/index.ts";
import { LARGEST } from "../syntax/literals.ts";
import { checkFailures } from "./failures.ts";
import type { ProgramFile } from "./program.ts";
import { checkPrompt } from "./prompts.ts";
import { didYouMean, orExpected, type Report } from "./report.ts";
import type { Scope } from "./scope.ts";
import { describeValue, type Type } from "./types.ts";
import { checkValue } from "./values.ts";

/** Milliseconds in a day: a longer wait is a slip of the unit. */
export const LONGEST_WAIT = 86_400_000;

/** More tries of one model than any deadline leaves time for. */
const MOST_RETRIES = 100;

/** What is tried again where a policy does not say: what may be over a moment later. */
const RETRIED: readonly Failure[] = ["rate_limited", "overloaded", "server_error", "unreachable"];

/** Found before a call leaves, and found again the next time. */
const LASTING: readonly Failure[] = ["over_budget", "unsupported", "too_long"];

const EFFORTS = ["none", "minimal", "low", "medium", "high"];

/** Reads one option; undefined when it is faulty, after reporting. */
type Reader = (option: Option, file: ProgramFile, scope: Scope) => Options | undefined;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["timeout", number("timeout", "duration", [1, LONGEST_WAIT])],
  ["idle", number("idle", "duration", [1, LONGEST_WAIT])],
  ["retries", checkRetries],
  ["max_tokens", number("max_tokens", "int", [1, LARGEST])],
  ["temperature", checkTemperature],
  ["reasoning", checkReasoning],
  ["system", checkSystem],
  ["tools", checkTools],
]);

export const OPTION_NAMES = [...READERS.keys()];

const WITH_LIST = ["retries", "tools"];

/** What the block sets; undefined when an option is faulty, after reporting. */
export function checkOptions(node: OptionsNode, file: ProgramFile, scope: Scope): Options | undefined {
  const seen = new Set<string>();
  const read = node.options.map((option) => {
    const { text } = option.name;
    const again = seen.has(text);
    seen.add(text);
    return again ? twice(option, file, scope.report) : checkOption(option, file, scope);
  });
  return read.includes(undefined) ? undefined : Object.assign({}, ...read);
}

function twice({ name }: Option, file: ProgramFile, report: Report): undefined {
  report.error("RT2008", file.name, name.span, `\`${name.text}\` is given twice`);
}

function checkOption(option: Option, file: ProgramFile, scope: Scope): Options | undefined {
  const { name, list } = option;
  const reader = READERS.get(name.text);
  if (reader === undefined) {
    const meant = nearest(name.text, OPTION_NAMES);
    const message = orExpected(`there is no option \`${name.text}\``, OPTION_NAMES, meant);
    scope.report.error("RT2006", file.name, name.span, message, didYouMean(meant));
    return undefined;
  }
  if (list !== undefined && !WITH_LIST.includes(name.text)) {
    scope.report.error("RT2003", file.name, list.span, `\`${name.text}\` takes one value, and no list`);
    return undefined;
  }
  return reader(option, file, scope);
}

function number(
  name: "timeout" | "idle" | "max_tokens",
  kind: Exclude<Type["kind"], "enum">,
  range: readonly [number, number],
): Reader {
  return ({ value }, file, { report }) => {
    const read = checkValue(value, { kind }, range, file.name, report);
    return typeof read === "number" ? { [name]: read } : undefined;
  };
}

/** Always with the failures, so that what stands further out adds none to a nearer number. */
function checkRetries({ value, list }: Option, file: ProgramFile, scope: Scope): Options | undefined {
  const retries = checkValue(value, { kind: "int" }, [0, MOST_RETRIES], file.name, scope.report);
  const on = list === undefined ? [...RETRIED] : checkFailures(list.items, file, scope);
  if (on?.length === 0 && list !== undefined) {
    scope.report.error("RT2007", file.name, list.span, "this list of failures is empty: expected those to retry on", {
      help: `without a list it is ${RETRIED.join(", ")}`,
    });
    return undefined;
  }
  if (list && on?.every((failure) => LASTING.includes(failure)))
    scope.report.warning("RT3015", file.name, list.span, "what fails so is not tried again, or fails so again", {
      help: `an \`else\` goes on to another model; without a list it is tried again on ${RETRIED.join(", ")}`,
    });
  return typeof retries === "number" && on !== undefined ? { retries, retry_on: on } : undefined;
}

function checkTemperature({ value }: Option, file: ProgramFile, { report }: Scope): Options | undefined {
  const temperature = checkDecimal(value, [0, 2], file, report);
  return temperature === undefined ? undefined : { temperature };
}

function checkReasoning({ value }: Option, file: ProgramFile, { report }: Scope): Options | undefined {
  const reasoning =
    value.kind === "word"
      ? checkValue(value, { kind: "enum", members: EFFORTS }, [0, 0], file.name, report)
      : checkValue(value, { kind: "int" }, [1, LARGEST], file.name, report);
  return reasoning === undefined ? undefined : { reasoning: reasoning as string | number };
}

function checkSystem({ value }: Option, file: ProgramFile, scope: Scope): Options | undefined {
  if (value.kind === "word" && value.quoted) {
    const system = checkPrompt(value, file, scope);
    return system === undefined ? undefined : { system };
  }
  scope.report.error("RT2003", file.name, value.span, "`system` takes the name of a file in double quotes");
  return undefined;
}

function checkTools({ value, list }: Option, file: ProgramFile, { report }: Scope): Options | undefined {
  const word = value.kind === "word" ? value.text : "";
  if (word === "none" && list === undefined) return { tools: [] };
  if (word === "only" && list !== undefined && list.items.length > 0) {
    const tools = list.items.map(({ text }) => text);
    const again = list.items.find(({ text }, index) => tools.indexOf(text) < index);
    if (again === undefined) return { tools };
    report.error("RT2002", file.name, again.span, `\`${again.text}\` is in the list already`);
    return undefined;
  }
  const span = { start: value.span.start, end: (list ?? value).span.end };
  report.error("RT2003", file.name, span, "`tools` takes `none`, or `only` with a list such as `only [search]`", {
    ...didYouMean(nearest(word, ["none", "only"])),
  });
  return undefined;
}

/** A number that may have a fraction; undefined when it is none or out of range, after reporting. */
export function checkDecimal(
  value: Value,
  range: readonly [min: number, max: number],
  file: ProgramFile,
  report: Report,
): number | undefined {
  if (value.kind === "int" || value.kind === "decimal")
    return checkValue(value, { kind: "score" }, range, file.name, report) as number | undefined;
  report.error("RT2003", file.name, value.span, `this is ${describeValue(value)}: expected a number such as \`0.8\``);
  return undefined;
}
