/** Every policy that the documentation shows is what it says it is, and as `routec fmt` writes it. */
import { describe, expect, it } from "vitest";
import { format } from "../../compiler/index.ts";
import { load } from "../../runtime/table/index.ts";
import { compiled, DOCS, examplesOf, page } from "./pages.ts";

/** The files that examples name beside policies. */
const ASSETS = {
  "prompts/rubric.md": "Does the answer say what was asked, and nothing else? Answer with a number from 0 to 1.",
  "prompts/intent.md": "Is the writer calm or upset? Answer with one word.",
  "prompts/tone.md": "Answer in two sentences.",
  "complexity.json": `{ "version": 1, "bias": 0, "weights": {} }`,
  "examples.jsonl": '"where is my order"\n{ "text": "I want my money back" }\n',
  "answers.jsonl": '{ "answer": "Hello." }',
  "extra.json": '{ "service_tier": "flex" }',
};

const EXAMPLES = DOCS.flatMap(examplesOf);

describe("examples in docs", () => {
  it.each(EXAMPLES)("$at", (example) => {
    const { diagnostics, table } = compiled(example, EXAMPLES, ASSETS);
    const said = diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n");
    expect(diagnostics.map(({ code }) => code).toSorted(), said).toEqual(example.finds);
    if (table !== undefined) load(table);
    expect(table !== undefined).toBe(example.finds.length === 0 && /^route /m.test(example.text));
  });

  it("are all seen, and a file is shown once", () => {
    const fences = DOCS.flatMap((path) => page(path).match(/^ *```route/gm) ?? []);
    expect(EXAMPLES).toHaveLength(fences.length);
    const files = EXAMPLES.flatMap(({ file }) => file ?? []);
    expect(files).toEqual([...new Set(files)]);
  });
});

// What the compiler says of those in the README is in test/readme.test.ts.
describe("examples in docs and in the README", () => {
  it.each([...EXAMPLES, ...examplesOf("README.md")])("are in canonical form: $at", ({ text }) => {
    expect(format(text).text).toBe(text);
  });
});
