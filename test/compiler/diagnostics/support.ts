/** Findings to render: all that can be said of one, in files whose names need care. */
import type { Diagnostic, Place } from "../../../compiler/diagnostics/diagnostic.ts";

export const golden = (name: string): string => new URL(`golden/${name}`, import.meta.url).pathname;

export const SOURCES: ReadonlyMap<string, string> = new Map([
  [
    "policies/chat, v2.route",
    `route chat {
  when region == eu -> a
  when region == eu and tier == pro -> b
  otherwise -> a
}
plan spare = a # b
plan match = {
  a
}
`,
  ],
  ["shared/käse & <co>.route", "model 🧀 = a\n"],
  ["clean.route", "// nothing is wrong here\n"],
]);

/** Where a text stands in one of the files. */
export function at(file: string, text: string): Place {
  const start = SOURCES.get(file)?.indexOf(text) ?? -1;
  if (start < 0) throw new Error(`${text} does not stand in ${file}`);
  return { file, span: { start, end: start + text.length } };
}

const chat = "policies/chat, v2.route";
const shared = "shared/käse & <co>.route";

export const FINDINGS: readonly Diagnostic[] = [
  {
    code: "RT3002",
    severity: "error",
    message: "this rule can never match",
    ...at(chat, "when region == eu and tier == pro -> b"),
    help: "move it above the rules that take its requests, or remove it",
    certainty: "proved",
    related: [{ ...at(chat, "when region == eu -> a"), message: "already matches every such request" }],
    witness: {
      route: "chat",
      attributes: { region: "eu", tier: "pro", prompt: "100%\n\u0000]]>" },
      written: ['send chat { region eu, tier pro, prompt "100%\\n\\u0000]]>" }'],
    },
    fix: {
      title: "remove the rule",
      edits: [{ ...at(chat, "when region == eu and tier == pro -> b"), text: "" }],
      unsafe: true,
    },
  },
  {
    code: "RT1001",
    severity: "error",
    message: "`#` does not begin a comment: write `//`",
    ...at(chat, "#"),
    fix: { title: "write `//`", edits: [{ ...at(chat, "#"), text: "//" }] },
  },
  {
    code: "RT2002",
    severity: "error",
    message: "`match` is a word of the language",
    ...at(chat, "plan match = {\n  a\n}"),
  },
  {
    code: "RT5001",
    severity: "warning",
    message: 'nothing uses the model `🧀` | 50%, "it\'s"\u001b[31m',
    ...at(shared, "🧀"),
  },
];
