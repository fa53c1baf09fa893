/** Regular expressions that databases are asked, against JavaScript's own. */
import fc from "fast-check";
import { SqlError, sql } from "../../compiler/index.ts";
import { compiled } from "./compiled.ts";
import type { Database } from "./databases.ts";

/** Characters that engines tell apart: by case, as white space, as words', as line ends, as two code units, as a stand-in. */
const CHARACTERS = [
  "a",
  "b",
  "k",
  "K",
  "\u212a",
  "s",
  "S",
  "\u017f",
  "é",
  "É",
  "İ",
  "1",
  "_",
  "-",
  " ",
  "\n",
  "\r",
  "\u2028",
  "\u00a0",
  "\ue000",
  "\u{10ffff}",
  "😀",
];

const atom = fc.constantFrom(
  ...[
    "a",
    "b",
    "k",
    "K",
    "s",
    "é",
    "1",
    "_",
    "-",
    "😀",
    ".",
    "\\w",
    "\\W",
    "\\d",
    "\\D",
    "\\s",
    "\\S",
    "\\n",
    "\\u212a",
  ],
  ...["[ab]", "[^a]", "[^\\w]", "[a-k]", "[^é\\s]", "[^]", "[]", "[\\ue000]", "[^\\ue000]", "[é-\\uffff]", "(?:)"],
);
const anchor = fc.constantFrom("^", "$", "\\b");
const quantifier = fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?");

/** The source of a regular expression. */
export const regex: fc.Arbitrary<string> = fc.letrec<{ alternatives: string; piece: string }>((tie) => ({
  piece: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 6, arbitrary: fc.tuple(atom, quantifier).map(([one, often]) => (one === "😀" ? one : one + often)) },
    { weight: 1, arbitrary: anchor },
    { weight: 2, arbitrary: fc.tuple(tie("alternatives"), quantifier).map(([all, often]) => `(${all})${often}`) },
  ),
  alternatives: fc
    .array(fc.array(tie("piece"), { maxLength: 4 }), { minLength: 1, maxLength: 2 })
    .map((all) => all.map((pieces) => pieces.join("")).join("|")),
})).alternatives;

export const texts: fc.Arbitrary<string[]> = fc.array(
  fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 5 }),
  { minLength: 60, maxLength: 60 },
);

/** Whether SQL can say the expression. Throws where the database does not say of a text what JavaScript says. */
export async function examineRegex(
  source: string,
  flags: "" | "i",
  given: readonly string[],
  database: Database,
): Promise<boolean> {
  const literal = `/${source || "(?:)"}/${flags}`;
  const made = compiled(`
    request { text string from header "x-text" default "" }
    provider lab { protocol simulated }
    model small = lab "small" { context 8k, output 1k, price free }
    route chat {
      when text matches ${literal}  -> small
      otherwise                     -> reject 404
    }`);
  if (made === undefined) return false;
  const { table } = made.policy;
  let query: (from: string) => string;
  try {
    query = (from) => sql(table, database.dialect, { from });
    query("requests");
  } catch (error) {
    if (error instanceof SqlError) return false;
    throw error;
  }
  const columns = [
    { name: "id", kind: "int" },
    { name: "model", kind: "text" },
    { name: "text", kind: "text" },
  ] as const;
  const answers = await database.ask(
    columns,
    given.map((text, id) => [id, "chat", text]),
    query,
  );
  const expected = new RegExp(source, flags);
  for (const { text, decided_reject: reject } of answers)
    if (expected.test(text as string) !== (reject === null))
      throw new Error(
        `${database.dialect}: ${literal} on ${JSON.stringify(text)}: JavaScript says ${expected.test(text as string)}\n${query("requests")}`,
      );
  return true;
}
