import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Diagnostic, Related } from "../../../compiler/diagnostics/diagnostic.ts";
import { renderJson } from "../../../compiler/diagnostics/json.ts";
import { renderPlain } from "../../../compiler/diagnostics/plain.ts";
import { renderHuman } from "../../../compiler/diagnostics/render.ts";

const WITNESS = {
  route: "chat",
  attributes: { region: "eu", tier: "pro", prompt: "two words", urgent: true },
  written: ['send chat { region eu, tier pro, prompt "two words", urgent true }'],
};

const golden = (name: string) => new URL(`golden/${name}`, import.meta.url).pathname;

/** A finding about what stands between « and », with what it refers to between ‹ and ›. */
function marked(written: string, more: Partial<Diagnostic> = {}): [Diagnostic[], Map<string, string>] {
  const text = written.replaceAll(/[«»‹›]/g, "");
  const bare = (end: string): number => written.slice(0, written.indexOf(end)).replaceAll(/[«»‹›]/g, "").length;
  const related: Related[] = [];
  let message = "already matches every such request";
  let from = written;
  for (let start = from.indexOf("‹"); start !== -1; start = from.indexOf("‹", start + 1)) {
    const end = from.indexOf("›", start);
    const count = (to: number): number => from.slice(0, to).replaceAll(/[«»‹›]/g, "").length;
    related.push({ file: "main.route", span: { start: count(start), end: count(end) }, message });
    message = "and so does this";
  }
  from = "";
  const diagnostic: Diagnostic = {
    code: "RT3002",
    severity: "error",
    message: "this rule can never match",
    file: "main.route",
    span: { start: bare("«"), end: bare("»") },
    ...(related.length === 0 ? {} : { related }),
    ...more,
  };
  return [[diagnostic], new Map([["main.route", text]])];
}

const human = (written: string, more?: Partial<Diagnostic>) => renderHuman(...marked(written, more));

const shadowed = `route chat {
  ‹when region == eu -> a›
  when tier == free -> b
  otherwise -> c
  when urgent -> d
  «when region == eu and tier == pro -> e»
}
`;
const notes: Partial<Diagnostic> = {
  certainty: "proved",
  witness: WITNESS,
  help: "move it above the rules that take its requests, or remove it",
};

test("a finding with all that can be said of it", async () => {
  await expect(human(shadowed, notes)).toMatchFileSnapshot(golden("shadowed.txt"));
});

test("the same for screen readers: no drawing, one line", () => {
  expect(renderPlain(...marked(shadowed, notes))).toBe(
    "main.route:6:3: error RT3002: this rule can never match; see main.route:2:3: already matches every such request; " +
      'for example: send chat { region eu, tier pro, prompt "two words", urgent true }; ' +
      "help: move it above the rules that take its requests, or remove it\n",
  );
});

test("the same for programs: counted from 0, and what does not apply is absent", () => {
  expect(JSON.parse(renderJson(...marked(shadowed, notes)))).toEqual({
    format: 1,
    diagnostics: [
      {
        code: "RT3002",
        severity: "error",
        message: "this rule can never match",
        file: "main.route",
        range: { start: { line: 5, character: 2 }, end: { line: 5, character: 40 } },
        help: "move it above the rules that take its requests, or remove it",
        certainty: "proved",
        related: [
          {
            file: "main.route",
            range: { start: { line: 1, character: 2 }, end: { line: 1, character: 24 } },
            message: "already matches every such request",
          },
        ],
        witness: { route: "chat", attributes: { region: "eu", tier: "pro", prompt: "two words", urgent: true } },
      },
    ],
    summary: { files: 1, errors: 1, warnings: 0 },
  });
});

test("a fix has its edits in JSON, and its title is the help where there is no other", () => {
  const edit = { file: "main.route", span: { start: 0, end: 4 }, text: "route" };
  const fix: Partial<Diagnostic> = { fix: { title: "write `route`", edits: [edit] } };
  expect(JSON.parse(renderJson(...marked("«rout» chat {}", fix))).diagnostics[0].fix).toEqual({
    title: "write `route`",
    edits: [
      {
        file: "main.route",
        range: { start: { line: 0, character: 0 }, end: { line: 0, character: 4 } },
        text: "route",
      },
    ],
  });
  expect(renderPlain(...marked("«rout» chat {}", fix))).toContain("; help: write `route`\n");
});

test("a finding over several lines has a bracket", async () => {
  await expect(human("route chat {\n  «match tier {\n    free -> a\n  }»\n}\n")).toMatchFileSnapshot(
    golden("bracket.txt"),
  );
});

test("brackets that begin in a line, overlap and are long", async () => {
  const text = `route ‹chat {
  when a -> x
  «match tier {
    free -> a
    pro -> b
    one -> c›
    two -> d
    three -> d
    four -> d
  }»
}
`;
  await expect(human(text)).toMatchFileSnapshot(golden("brackets.txt"));
});

test("several marks on one line", async () => {
  await expect(human("when ‹a == 1› and «a == 2» and ‹b› -> x")).toMatchFileSnapshot(golden("one-line.txt"));
});

test("another file is shown after the finding's own", async () => {
  const catalog = '// our models\n\nmodel haiku = anthropic "claude-haiku"\n';
  const start = catalog.indexOf("haiku");
  const [diagnostics, sources] = marked("plan «haiku» = opus", {
    code: "RT2002",
    message: "the name `haiku` is already taken",
    related: [{ file: "catalog.route", span: { start, end: start + 5 }, message: "by this model" }],
  });
  sources.set("catalog.route", catalog);
  await expect(renderHuman(diagnostics, sources)).toMatchFileSnapshot(golden("two-files.txt"));
});

test("tabs, wide and combining characters keep the marks where they belong", async () => {
  await expect(
    human('\twhen city == "東京" or city == "Zu\u0308rich" or face == "👩‍👩‍👧" -> «haiku»'),
  ).toMatchFileSnapshot(golden("wide.txt"));
});

test("a very long line is cut around what is marked", async () => {
  const padding = "when a or b or c ".repeat(40);
  await expect(human(`${padding}«or never»${padding}`)).toMatchFileSnapshot(golden("long-line.txt"));
});

test("what is marked at the end of the file, or is empty, has one caret", async () => {
  await expect(human("route chat {\n«»")).toMatchFileSnapshot(golden("end-of-file.txt"));
});

test("a file that could not be read has its name and no snippet", () => {
  const [diagnostics] = marked("«»", { message: "`main.route` cannot be read" });
  expect(renderHuman(diagnostics, new Map())).toBe("error[RT3002]: `main.route` cannot be read\n --> main.route\n");
  expect(renderPlain(diagnostics, new Map())).toBe("main.route: error RT3002: `main.route` cannot be read\n");
});

test("findings follow each other with a blank line between, warnings too", async () => {
  const [[first], sources] = marked("plan «a» = b");
  const warning = { ...first, code: "RT5001", severity: "warning", message: "nothing uses the plan `a`" } as Diagnostic;
  await expect(renderHuman([first as Diagnostic, warning], sources)).toMatchFileSnapshot(golden("several.txt"));
});

test("colour adds escape sequences and changes nothing else", () => {
  const [diagnostics, sources] = marked(shadowed, notes);
  const colored = renderHuman(diagnostics, sources, { color: true });
  expect(colored).not.toBe(renderHuman(diagnostics, sources));
  expect(stripVTControlCharacters(colored)).toBe(renderHuman(diagnostics, sources));
});

test("no text of a policy can take over the terminal", () => {
  const hostile = '"\u001b[31m\u202e\u0007"';
  const output = human(`plan «x» = ${hostile}`, { message: `unknown name \`${hostile}\``, help: hostile });
  for (const character of ["\u001b", "\u202e", "\u0007"]) expect(output).not.toContain(character);
  expect(output).toContain("␛[31m");
});

test("whatever the text and the places, rendering ends and marks something", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", " ", "\n", "\r\n", "\t", "東", "e\u0301", "😀", "\u001b"),
    maxLength: 60,
  });
  const span = fc.tuple(fc.integer({ min: -2, max: 80 }), fc.integer({ min: 0, max: 40 }));
  fc.assert(
    fc.property(
      text,
      span,
      fc.array(span, { maxLength: 4 }),
      fc.integer({ min: 8, max: 40 }),
      (text, at, others, width) => {
        const place = ([start, length]: [number, number]) => ({ file: "f", span: { start, end: start + length } });
        const diagnostic: Diagnostic = {
          ...place(at),
          code: "RT1001",
          severity: "error",
          message: "wrong",
          related: others.map((other) => ({ ...place(other), message: "here" })),
        };
        const sources = new Map([["f", text]]);
        expect(renderHuman([diagnostic], sources, { width })).toMatch(
          /^error\[RT1001\]: wrong\n --> f:\d+:\d+\n(?:.*\n)*.*\^/,
        );
        expect(renderPlain([diagnostic], sources).trimEnd()).not.toContain("\n");
        expect(JSON.parse(renderJson([diagnostic], sources)).diagnostics).toHaveLength(1);
      },
    ),
  );
});
