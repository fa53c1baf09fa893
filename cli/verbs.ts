/** The verbs, each loaded only when it is called. */
import { type Command, didYouMean, UsageError } from "./command.ts";

export interface Verb {
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}

export const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ["init", { summary: "write a starter policy", load: () => import("./init.ts") }],
  ["check", { summary: "say what is wrong with policies", load: () => import("./check.ts") }],
  ["test", { summary: "run the tests of policies", load: () => import("./test.ts") }],
  ["fmt", { summary: "bring policies into canonical form", load: () => import("./fmt.ts") }],
  ["compile", { summary: "write a policy's decision table", load: () => import("./compile.ts") }],
  [
    "simulate",
    {
      summary: "send a policy requests and faults of all kinds, and say what breaks",
      load: () => import("./simulate.ts"),
    },
  ],
  ["replay", { summary: "send recorded traffic through a policy in virtual time", load: () => import("./replay.ts") }],
  ["explain", { summary: "decide one request and say why", load: () => import("./explain.ts") }],
  ["diff", { summary: "say which requests two policies decide differently", load: () => import("./diff.ts") }],
  ["serve", { summary: "run the proxy", load: () => import("./serve.ts") }],
  ["keys", { summary: "make API keys for callers of the proxy", load: () => import("./keys.ts") }],
  ["calibrate", { summary: "choose thresholds from recorded outcomes", load: () => import("./calibrate.ts") }],
  ["train", { summary: "make a classifier from examples", load: () => import("./train.ts") }],
  ["lsp", { summary: "run the language server for editors", load: () => import("./lsp.ts") }],
  ["help", { summary: "say how a command is used", load: () => import("./help.ts") }],
]);

/** Verbs that routec will have: calling one says so instead of guessing at a typing error. */
const LATER: ReadonlySet<string> = new Set(["import"]);

/** The verb of that name. Throws UsageError. */
export function findVerb(name: string): Verb {
  const verb = VERBS.get(name);
  if (verb !== undefined) return verb;
  if (LATER.has(name)) throw new UsageError(`\`routec ${name}\` is not part of this version`);
  const what = name.startsWith("-") ? "option" : "command";
  throw new UsageError(`unknown ${what} \`${name}\`${didYouMean(name, [...VERBS.keys(), "--version", "--help"])}`);
}
