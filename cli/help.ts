/** `routec help [command]` */
import { COMMON, type Command, define, EXIT, type Options, placeholder } from "./command.ts";
import { findVerb, VERBS } from "./verbs.ts";

export const command: Command = define({
  usage: "help [command]",
  about: "Says how a command is used, with examples; without one, which commands there are.",
  options: {},
  takes: [0, 1],
  examples: ["routec help", "routec help check"],
  async run(_, [name]) {
    process.stdout.write(name === undefined ? overview() : helpOn((await findVerb(name).load()).command));
    return EXIT.well;
  },
});

function overview(): string {
  return [
    "routec: policy as code for LLM traffic",
    "",
    "usage: routec <command> [arguments]",
    "",
    ...columns([...VERBS].map(([name, { summary }]) => [name, summary])),
    "",
    "`routec help <command>` says more of each, `routec --version` which version this is.",
    "Begin with `routec init my-policy`.",
    "",
  ].join("\n");
}

/** The help of one command. */
export function helpOn({ usage, about, options, examples }: Command): string {
  return [
    `usage: routec ${usage}`,
    "",
    about,
    "",
    "options:",
    ...columns(optionRows({ ...options, ...COMMON })),
    "",
    `example${examples.length === 1 ? "" : "s"}:`,
    ...examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
}

function optionRows(options: Options): [string, string][] {
  return Object.entries(options).map(([name, option]) => {
    const argument = option.type === "boolean" ? "" : ` ${placeholder(option)}`;
    return [`${option.short === undefined ? "" : `-${option.short}, `}--${name}${argument}`, option.help];
  });
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
