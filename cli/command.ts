/** What a verb is, and how its arguments are read. */
import { parseArgs } from "node:util";
import { nearest } from "../compiler/diagnostics/suggest.ts";

export interface Option {
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** What stands for the value in the help: `--port <number>`. */
  readonly value?: string;
  /** The only values that there are. */
  readonly choices?: readonly string[];
  /** The choice that is meant where the option stands without a value. */
  readonly alone?: string;
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** What was given, under the options' names. An option given twice has its last value. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]?: O[Name]["type"] extends "boolean" ? boolean : string;
};

/** A verb: `cli/<verb>.ts` exports one as `command`. */
export interface Command {
  /** After `routec`: `compile <main.route> [-o <file>]`. */
  readonly usage: string;
  /** A paragraph or two. */
  readonly about: string;
  readonly options: Options;
  /** How many arguments that are no options it takes, at least and at most. */
  readonly takes: readonly [least: number, most: number];
  readonly examples: readonly string[];
  /** Returns the exit code. */
  run(values: Readonly<Record<string, string | boolean>>, paths: readonly string[]): Promise<number>;
}

/** A command whose `run` sees its options with their types. */
export function define<const O extends Options>(
  command: Omit<Command, "options" | "run"> & {
    readonly options: O;
    run(values: Values<O>, paths: readonly string[]): Promise<number>;
  },
): Command {
  // `readArguments` has checked them against these very options.
  return { ...command, run: (values, paths) => command.run(values as Values<O>, paths) };
}

/** Exit codes, the same for every verb. */
export const EXIT = {
  well: 0,
  /** An error in a policy, or a file that is not in canonical form. */
  findings: 1,
  /** Wrong use, or a file that cannot be read. */
  usage: 2,
  /** A declared bound was not met. */
  gate: 3,
  /** A fault of routec's own. */
  fault: 70,
} as const;

/** What was given cannot be used: exit code 2. */
export class InputError extends Error {}

/** The command line itself is wrong: exit code 2, and where to read how it is right. */
export class UsageError extends InputError {}

const HELP: Option = { type: "boolean", short: "h", help: "print this help" };

/** Options that every verb has. */
export const COMMON = { help: HELP } as const;

/** Reads the arguments after the verb. Throws UsageError for an option that does not exist or has a wrong value. */
export function readArguments(
  command: Command,
  args: readonly string[],
): { values: Record<string, string | boolean>; paths: string[] } {
  const known: Options = { ...command.options, ...COMMON };
  const { tokens } = parseArgs({
    args: args.map((arg, at) => withValue(arg, args[at + 1], known)),
    options: Object.fromEntries(
      Object.entries(known).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]),
    ),
    strict: false,
    tokens: true,
  });
  const values: Record<string, string | boolean> = {};
  const paths: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") paths.push(token.value);
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    if (option === undefined) throw unknownOption(token.rawName, Object.keys(known));
    values[token.name] = checkedValue(option, token.rawName, token.value, token.inlineValue === true);
  }
  const [least, most] = command.takes;
  if (values.help !== true && (paths.length < least || paths.length > most)) {
    const extra = paths[most];
    if (extra === undefined) throw new UsageError(`too few arguments: \`routec ${command.usage}\``);
    throw new UsageError(`\`${extra}\` is one argument too many: \`routec ${command.usage}\``);
  }
  return { values, paths };
}

function withValue(arg: string, next: string | undefined, known: Options): string {
  const { alone, choices = [] } = known[arg.replace(/^--/, "")] ?? {};
  return alone === undefined || !arg.startsWith("--") || choices.includes(next ?? "") ? arg : `${arg}=${alone}`;
}

function checkedValue(option: Option, written: string, value: string | undefined, inline: boolean): string | boolean {
  if (option.type === "boolean") {
    if (value !== undefined) throw new UsageError(`\`${written}\` takes no value, this one has \`${value}\``);
    return true;
  }
  const forgotten = value === undefined || (!inline && value.startsWith("-") && value !== "-");
  if (forgotten) throw new UsageError(`\`${written}\` needs a value: \`${written} ${placeholder(option)}\``);
  if (option.choices !== undefined && !option.choices.includes(value)) {
    const choices = `expected ${option.choices.join(", ")}`;
    throw new UsageError(`\`${written}\` cannot be \`${value}\`: ${choices}${didYouMean(value, option.choices)}`);
  }
  return value;
}

/** What stands for an option's value in help and errors. */
export function placeholder({ value, choices }: Option): string {
  return `<${choices?.join("|") ?? value ?? "value"}>`;
}

function unknownOption(written: string, known: readonly string[]): UsageError {
  const near = nearest(written.replace(/^-+/, ""), known);
  return new UsageError(`unknown option \`${written}\`${near === undefined ? "" : `; did you mean \`--${near}\`?`}`);
}

/** `; did you mean …?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = nearest(word, candidates);
  return near === undefined ? "" : `; did you mean \`${near}\`?`;
}

/** A whole number in a range, from the text of an option. Throws UsageError. */
export function wholeNumber(written: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new UsageError(`\`${written}\` cannot be \`${text}\`: expected a whole number from ${least} to ${most}`);
  }
  return value;
}
