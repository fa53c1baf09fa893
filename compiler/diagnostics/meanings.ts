/** What each code means, at more length than a finding has room for: `routec explain --code`. */
import type { Code } from "./codes.ts";

export interface Meaning {
  /** What is wrong, why it matters, and what to do. */
  readonly meaning: string;
  /** A policy, or a part of one, that gets the finding. */
  readonly example: string;
}

export const MEANINGS: Readonly<Record<Code, Meaning>> = {
  RT1001: {
    meaning: "Something stands here that the language does not expect. The finding says what it expects instead.",
    example: "plan cheap small else large   // `=` is missing",
  },
  RT1002: {
    meaning:
      "A number and every letter, digit, `_` and `%` attached to it are one literal, and this one is none of the forms that there are: 12, 10k, 1_000, 0.8, 80%, $0.25, 250ms, 30s, 5m, 1h, 7d, 16:30. The value must be whole in its unit.",
    example: "route chat { deadline 60sec  otherwise -> small }   // 60s",
  },
  RT1003: {
    meaning: "A text begins and ends with a double quote on one line, with the escapes of JSON.",
    example: 'provider demo { url "https://example.com }   // the closing quote is missing',
  },
  RT1004: {
    meaning:
      "This is part of the language, but this version of routec does not have it yet. It is refused, because a part of a policy that is silently ignored is worse than none.",
    example: "budget monthly { limit $500 per month }",
  },
  RT1005: {
    meaning: "A character that has no meaning outside texts and comments, often from copying out of a document.",
    example: "plan cheap = small; // no semicolon",
  },
  RT1006: {
    meaning:
      "Parentheses, groups or lists lie so deep in each other that nobody could follow them. Name parts with `let`.",
    example: "let night = ((((((((((((((((((((((((time.hour < 6))))))))))))))))))))))))   // and many more",
  },
  RT1007: {
    meaning: "Policies are UTF-8 text. This file is not: another encoding, or no text at all.",
    example: 'import "./logo.png"',
  },
  RT1008: {
    meaning: "A policy has at most four million characters. Cut a larger one into files and `import` them.",
    example: 'import "./generated.route"   // of a million lines',
  },
  RT2001: {
    meaning:
      "Nothing of this name is declared in the program, and it is not built in. Declarations of an imported file are visible where it is imported; what that file itself imports is not.",
    example: "plan cheap = smal   // the model is called small",
  },
  RT2002: {
    meaning:
      "Attributes, lets, providers, models and plans share one set of names over the whole program, so that a name means one thing everywhere. Built-in names are taken. Routes have names of their own.",
    example: 'plan small = large\nmodel small = demo "small" { … }',
  },
  RT2003: {
    meaning:
      "Both sides of a comparison have one type. Nothing is converted: a text is no number, an int is no duration.",
    example: 'when prompt_tokens > "20k" -> large   // 20k, without quotes',
  },
  RT2004: {
    meaning: "The value has the right type, but lies outside what can be: a score is 0 to 1, an hour is 0 to 23.",
    example: "when time.hour == 24 -> night",
  },
  RT2005: {
    meaning: "Beside an enum a bare word is always one of its members, and this one is not.",
    example: 'request { tier free | pro from header "x-tier" default free }\n… when tier == enterprise -> large',
  },
  RT2006: {
    meaning: "Fields are a closed list, so that a misspelt one is found here and not in production.",
    example: 'model small = demo "small" { contxt 32k … }',
  },
  RT2007: {
    meaning:
      "Without this field something would have to be guessed: what a call may cost, or how long a prompt may be. A model needs its `context` and its `price` (`price free` if it is).",
    example: 'model small = demo "small" { context 32k }',
  },
  RT2008: {
    meaning: "A field stands once. Which of two values was meant nobody can tell.",
    example: 'model small = demo "small" { context 32k context 64k … }',
  },
  RT2009: {
    meaning: "The imported file does not exist or cannot be read. Paths are relative to the file that imports.",
    example: 'import "./catalogue.route"   // it is called catalog.route',
  },
  RT2010: {
    meaning: "Files import each other in a circle. Move what both need into a third file.",
    example: '// a.route\nimport "./b.route"\n// b.route\nimport "./a.route"',
  },
  RT2011: {
    meaning:
      "The name is known, but not of a kind that can stand here: an attribute where a plan is called for, for instance.",
    example: 'request { tier free | pro from header "x-tier" default free }\nplan cheap = tier',
  },
  RT2012: {
    meaning:
      "Regular expressions are regular in the strict sense: no back-references and no look-around. Then matching takes linear time, and the compiler can reason about what matches.",
    example: "when prompt matches /(a+)\\1/ -> large",
  },
  RT2013: {
    meaning: "Each arm of a `match` has one pattern for each operand; `_` is the pattern for anything.",
    example: "match tier, urgent {\n  free -> small   // free, _\n  _, _ -> large\n}",
  },
  RT2014: {
    meaning: "A `let` is another way to write its condition, so it cannot contain itself, not through others either.",
    example: "let a = not b\nlet b = not a",
  },
  RT2015: {
    meaning:
      "A provider's `url` is the base to which the path of each call is added: `https://host/v1`, absolute, http or https.",
    example: 'provider local { protocol openai  url "localhost:8000" }',
  },
  RT3001: {
    meaning:
      "Every request must get a decision. This route has one that no rule matches, and the finding shows it. Add a rule for it, or end with `otherwise -> …`.",
    example: "route chat {\n  when tier == free -> small\n}",
  },
  RT3002: {
    meaning:
      "The first rule that matches wins, and every request that could reach this one is already decided before it, or its condition holds for none. This is proved over all requests, not guessed from examples. The rules that take its requests are shown with it: move it above them, or remove it.",
    example:
      "route chat {\n  when tier == free            -> small\n  when tier == free and urgent -> large   // never\n  otherwise                    -> large\n}",
  },
  RT3003: {
    meaning: "Plans call each other in a circle. Every decision must end, so no plan may lead back to itself.",
    example: "plan a = small else b\nplan b = large else a",
  },
  RT3004: {
    meaning:
      "A failure goes to the first later `else` that covers it. This one is never reached: what stands before it cannot fail, or fails only in ways that an earlier `else` takes or that this one does not cover.",
    example: "plan a = reject 403 else small",
  },
  RT3005: {
    meaning:
      "What is said of all requests is proved or not said. Here the proof would have taken more work than routec allows itself, and so the question is left open. Simpler conditions, or fewer attributes in one route, help.",
    example: "// a route whose rules combine very many attributes and regular expressions",
  },
  RT5001: {
    meaning:
      "Nothing uses this declaration. Use it or remove it; in a file without routes, a library, this is not said.",
    example: "plan spare = large   // no route leads here",
  },
};
