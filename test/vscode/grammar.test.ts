/** The TextMate grammar: what each word of a policy is coloured as, and that it knows the words that the compiler knows. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";
import { ANSWER } from "../../compiler/program/answers.ts";
import { BUILT_IN_NAMES } from "../../compiler/program/builtins.ts";
import { SCALAR_TYPES } from "../../compiler/program/types.ts";
import { If, is, KEYWORDS } from "../../compiler/syntax/tokens.ts";
import { OPTIONS, RATES, SETTINGS } from "../../lsp/completion/words.ts";
import { FAILURES } from "../../runtime/table/artifact.ts";

const at = (name: string): URL => new URL(`../../vscode-extension/syntaxes/${name}`, import.meta.url);
const source = readFileSync(at("routec.tmLanguage.json"), "utf8");

/** As little of Markdown's own grammar as a fence stands in. */
const MARKDOWN = { scopeName: "text.html.markdown", patterns: [], repository: {} };

const { loadWASM, OnigScanner, OnigString } = oniguruma;
await loadWASM(
  readFileSync(createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm")).buffer as ArrayBuffer,
);

const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns: string[]) => new OnigScanner(patterns),
    createOnigString: (text: string) => new OnigString(text),
  }),
  getInjections: (scope) => (scope === MARKDOWN.scopeName ? ["markdown.routec.codeblock"] : undefined),
  async loadGrammar(scope) {
    if (scope === "source.routec") return textmate.parseRawGrammar(source, "routec.json");
    if (scope === "markdown.routec.codeblock")
      return textmate.parseRawGrammar(readFileSync(at("markdown.tmLanguage.json"), "utf8"), "markdown.json");
    return textmate.parseRawGrammar(JSON.stringify(MARKDOWN), "text.json");
  },
});
const grammar = await registry.loadGrammar("source.routec");
const markdown = await registry.loadGrammar(MARKDOWN.scopeName);

/** The innermost scope of each word of a text that is no space, without the language's own ending. */
function scopes(text: string, by = grammar): [string, string][] {
  let stack = textmate.INITIAL;
  return text.split("\n").flatMap((line) => {
    const { tokens, ruleStack } = by?.tokenizeLine(line, stack) ?? { tokens: [], ruleStack: stack };
    stack = ruleStack;
    return tokens.flatMap(({ startIndex, endIndex, scopes: all }): [string, string][] => {
      const word = line.slice(startIndex, endIndex);
      return word.trim() === "" ? [] : [[word.trim(), (all.at(-1) ?? "").replace(/\.routec$/, "")]];
    });
  });
}

const scopeOf = (word: string, text: string): string | undefined => scopes(text).find(([each]) => each === word)?.[1];

test.each<[word: string, text: string, scope: string]>([
  ["plan", "plan cheap = mini", "keyword.declaration"],
  ["cheap", "plan cheap = mini", "entity.name"],
  ["plan", "request {\n  plan string from header", "keyword.other"],
  ["when", "  when a -> b", "keyword.control"],
  ["->", "  when a -> b", "keyword.operator.arrow"],
  ["and", "  when a and b", "keyword.operator.word"],
  [">=", "a >= 1", "keyword.operator.comparison"],
  ["$2.50", "cost <= $2.50", "constant.numeric.money"],
  ["90%", "used >= 90%", "constant.numeric.percent"],
  ["250ms", "timeout 250ms", "constant.numeric.duration"],
  ["16:30", "during 16:30..00:30", "constant.numeric.clock"],
  ["00:30", "during 16:30..00:30", "constant.numeric.clock"],
  ["20k", "prompt_tokens <= 20k", "constant.numeric.integer"],
  ["0.7", "hard >= 0.7", "constant.numeric.decimal"],
  ["..", "time.hour in 8..18", "keyword.operator.range"],
  ["gpt-5", 'openai "gpt-5"', "string.quoted.double"],
  ["\\n", '"a\\nb"', "constant.character.escape"],
  ["\\q", '"a\\q"', "invalid.illegal.escape"],
  ["b", '"never closed\nb', "variable.other"],
  ["\\d", "system matches /a\\d/i", "constant.character.escape.regexp"],
  ["[/x]", "patterns [email, /[/x]+/]", "constant.other.character-class.set.regexp"],
  ["used", "tenant_month.used >= 1", "variable.other.property"],
  ["json", "needs.json", "variable.other.property"],
  ["needs", "needs.json", "variable.language"],
  ["model", "when model == x", "variable.language"],
  ["true", "default true", "constant.language"],
  ["_", "  _, pro -> a", "constant.language.wildcard"],
  ["rate_limited", "else on rate_limited, timeout b", "support.constant.failure"],
  ["unknown", "  unknown", "variable.other"],
])("%s in %j is %s", (word, text, scope) => {
  expect(scopeOf(word, text)).toBe(scope);
});

test("comments are told from documentation, and from what divides nothing", () => {
  expect(scopes("/// says\n// is not\na // b")).toEqual([
    ["///", "punctuation.definition.comment"],
    ["says", "comment.line.documentation"],
    ["//", "punctuation.definition.comment"],
    ["is not", "comment.line.double-slash"],
    ["a", "variable.other"],
    ["//", "punctuation.definition.comment"],
    ["b", "comment.line.double-slash"],
  ]);
});

test.each(["route", "routec"])("a fence of Markdown with ```%s is a policy, and ends", (language) => {
  const found = scopes(`\`\`\`${language}\nplan a = b\n\`\`\`\nplan a`, markdown);
  expect(found).toContainEqual(["plan", "keyword.declaration"]);
  expect(found.at(-1)).toEqual(["plan a", "text.html.markdown"]);
});

/** The words of every list of words in the grammar, what must follow them left aside. */
const LISTS = [
  ...source.replaceAll(/\(\?=(?:[^()]|\([^()]*\))*\)/g, "").matchAll(/\(\?:((?:[a-z_0-9]+\|)+[a-z_0-9]+)\)/g),
].flatMap(([, list = ""]) => list.split("|"));

test("every word with a meaning of its own is coloured, wherever it stands", () => {
  const keywords = [...KEYWORDS]
    .filter(([, type]) => type !== If && !is({ tokenType: type } as never, If))
    .map(([word]) => word);
  const plain = keywords.filter(
    (word) => !/^(?:keyword|constant|support|variable\.language)/.test(scopeOf(word, `  ${word}`) ?? ""),
  );
  expect(plain).toEqual([]);
});

test("the compiler knows every word that is coloured", () => {
  const known = new Set([
    ...KEYWORDS.keys(),
    ...BUILT_IN_NAMES,
    ...FAILURES,
    ...SCALAR_TYPES,
    ...ANSWER.keys(),
    ...OPTIONS.keys(),
    ...SETTINGS.keys(),
    ...RATES,
    // Fields of providers and models, which the parser takes by name.
    ...["url", "key", "region", "project", "credentials", "like", "residency", "context", "output", "quality", "tags"],
    ...["speaks", "script"],
  ]);
  expect(LISTS.length).toBeGreaterThan(100);
  expect(LISTS.filter((word) => !known.has(word) && !/^(?:ms|s|m|h|d)$/.test(word))).toEqual([]);
});
