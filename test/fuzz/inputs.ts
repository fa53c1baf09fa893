/** What is thrown at the compiler: sentences of the grammar, policies with accidents, and what is no policy at all. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { KEYWORDS } from "../../compiler/syntax/tokens.ts";
import { sentence } from "./sentences.ts";

const TEST = join(import.meta.dirname, "..");
const FOLDERS = [
  join(TEST, "../examples"),
  join(TEST, "compiler/syntax/derivations"),
  join(TEST, "compiler/syntax/golden"),
];

/** The declarations of policies that people wrote, each with the comments before it. */
const DECLARATIONS = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".route"))
    .flatMap((file) => readFileSync(join(folder, file), "utf8").split(/(?<=\n)(?=[a-z/])/)),
);

const SIGNS = ["{", "}", "(", ")", "[", "]", ",", "->", "=", "==", "<=", "<", "|", "..", ".", "*", "_", "-", "/", '"'];
const SLIPS = [
  "&&",
  "||",
  "!",
  "=>",
  "===",
  "!==",
  ";",
  ":",
  "#",
  "# x",
  "'x'",
  "else if",
  "elif",
  "&",
  "`",
  "<>",
  "?",
];
const NUMBERS = [
  ...[
    "0",
    "-0",
    "9007199254740991",
    "9007199254740992",
    "-9007199254740992",
    "1e400",
    "1e-7",
    ".5",
    "5.",
    "1__0",
    "007",
  ],
  ...["$", "$-1", "-$1", "$0.000000001", "$0.0000000001", "$9007199", "$9007200", "-5s", "0.5ms", "1.5h", "99999999d"],
  ...["24:00", "23:59", "9:5", "99:99", "1:2:3", "0x1F", "1k5", "1kk", "50%%", "0.5%", "1_000_000M", "\u0663", "1µs"],
  ...["1".repeat(60), "1".repeat(61), `0.${"3".repeat(58)}`, "1.2.3", "1..2", "1...2", "-", "--1"],
];
const TEXTS = [
  ...['""', '"\\u0000"', '"\\ud800"', '"\\x"', '"open', '"\\', '"a\\"', '"\'"', '"// no comment"', '"\u2028"'],
  ...["/x/", "/(/", "/[/", "/a/gi", "/a/i", "/", "/\\/", "//", "///", "////", "/// doc", "// note", "/*", "/a{9999}/"],
];
const STRANGE = [
  ...["\u0000", "\ufeff", "\u2028", "\u2029", "\u0085", "\u00a0", "\u200b", "\u202e", "\u{1f600}", "\ud800", "\udc00"],
  ...[
    "\ufffd",
    "é",
    "e\u0301",
    "ﬁ",
    "Ａ",
    "\r",
    "\r\n",
    "\n",
    "\n\n\n",
    "\v",
    "\f",
    "\t",
    "\u001b[31m",
    "日本",
    "\u{10ffff}",
  ],
];
const THINGS = [...KEYWORDS.keys(), "a", "opus", ...SIGNS, ...SIGNS, ...SLIPS, ...NUMBERS, ...TEXTS, ...STRANGE];
const thing = fc.constantFrom(...THINGS);

/** White space and comments are kept, so that what is put together again is the same text. */
const PIECES = /\s+|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"?|[A-Za-z_]\w*|[$\d][\w.:%]*|->|[=!<>]=|\.\.|./gsu;

/** Something that happens to a text: `at` is taken modulo the number of its pieces. */
type Accident =
  | { readonly does: "delete" | "duplicate" | "swap" | "cut"; readonly at: number; readonly length: number }
  | { readonly does: "insert" | "replace"; readonly at: number; readonly thing: string };

const accident: fc.Arbitrary<Accident> = fc.oneof(
  fc.record({
    does: fc.constantFrom("delete", "duplicate", "swap", "cut"),
    at: fc.nat(),
    length: fc.integer({ min: 1, max: 8 }),
  }),
  fc.record({ does: fc.constantFrom("insert", "replace"), at: fc.nat(), thing }),
);

function befallen(text: string, accidents: readonly Accident[]): string {
  const pieces = text.match(PIECES) ?? [];
  for (const accident of accidents) {
    const at = accident.at % (pieces.length + 1);
    switch (accident.does) {
      case "delete":
        pieces.splice(at, accident.length);
        break;
      case "duplicate":
        pieces.splice(at, 0, ...pieces.slice(at, at + accident.length));
        break;
      case "swap":
        pieces.splice(at, 0, ...pieces.splice(at + accident.length, accident.length));
        break;
      case "cut":
        pieces.splice(at);
        break;
      case "insert":
        pieces.splice(at, 0, accident.thing);
        break;
      case "replace":
        pieces.splice(at, 1, accident.thing);
        break;
    }
  }
  return pieces.join("");
}

const spaced = (tokens: readonly string[], gaps: readonly string[]) =>
  tokens.map((token, i) => token + (gaps[i % Math.max(gaps.length, 1)] ?? " ")).join("");

const gap = fc.oneof(
  { weight: 6, arbitrary: fc.constant(" ") },
  { weight: 3, arbitrary: fc.constantFrom("\n", "\n\n", "\r\n", "\t", "  ", "\n  ") },
  { weight: 1, arbitrary: fc.constantFrom(" // note\n", "\n/// doc\n", "\n// a\n\n// b\n", "") },
);
const generated = fc
  .tuple(fc.array(fc.nat({ max: 1000 }), { maxLength: 120, size: "max" }), fc.array(gap, { maxLength: 12 }))
  .map(([numbers, gaps]) => spaced(sentence(numbers), gaps));

const written = fc
  .tuple(fc.nat({ max: DECLARATIONS.length - 1 }), fc.integer({ min: 1, max: 5 }))
  .map(([first, count]) => DECLARATIONS.slice(first, first + count).join(""));

const policy = fc.oneof(generated, written);
const mutated = fc
  .tuple(policy, fc.array(accident, { minLength: 1, maxLength: 5 }))
  .map(([text, accidents]) => befallen(text, accidents));
/** The beginning of one policy and the end of another. */
const spliced = fc
  .tuple(policy, policy, fc.nat(), fc.nat())
  .map(([a, b, i, j]) => a.slice(0, i % (a.length + 1)) + b.slice(j % (b.length + 1)));
/** As an editor has it while somebody types. */
const halfWritten = fc.tuple(policy, fc.nat()).map(([text, at]) => text.slice(0, at % (text.length + 1)));

const bytes = fc.uint8Array({ maxLength: 200 }).map((all) => Buffer.from(all).toString());
const characters = fc.string({ unit: "binary", maxLength: 100 });
const heap = fc.array(thing, { maxLength: 40 }).map((things) => things.join(" "));

const NESTS: readonly (readonly [before: string, open: string, close: string, after: string])[] = [
  ["let a = ", "(", ")", ""],
  ["let a = ", "not (", ")", ""],
  ["plan a = ", "(", ")", ""],
  ["plan a = ", "b else (", ")", ""],
  ["plan a = ", "split { 1% ", " }", ""],
  ["plan a = ", "split { 50% b 50% ", " }", ""],
  ["plan a = ", "cascade { ", " }", ""],
  ["plan a = ", "hedge { b after 1s ", " }", ""],
  ["route a { ", "when b { ", " }", " }"],
  ["provider a { b ", "{ c ", " }", " }"],
];
const nested = fc
  .tuple(fc.constantFrom(...NESTS), fc.nat({ max: 130 }), fc.integer({ min: -3, max: 3 }))
  .map(([[before, open, close, after], depth, more]) =>
    [before, open.repeat(depth), "b", close.repeat(Math.max(0, depth + more)), after].join(""),
  );
const long = fc
  .tuple(fc.constantFrom("plan a = b", ""), thing, fc.constantFrom("", " "), fc.integer({ min: 1, max: 2000 }))
  .map(([before, thing, between, times]) => `${before} ${(thing + between).repeat(times)}`);

/** Any text that the compiler may be given. */
export const input: fc.Arbitrary<string> = fc.oneof(
  { weight: 25, arbitrary: generated },
  { weight: 3, arbitrary: written },
  { weight: 40, arbitrary: mutated },
  { weight: 10, arbitrary: spliced },
  { weight: 8, arbitrary: halfWritten },
  { weight: 4, arbitrary: heap },
  { weight: 4, arbitrary: characters },
  { weight: 3, arbitrary: bytes },
  { weight: 2, arbitrary: nested },
  { weight: 1, arbitrary: long },
);
