/** What an editor can do to a policy on somebody's word. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CodeAction } from "vscode-languageserver-protocol";
import { compile, diff } from "../../compiler/index.ts";
import { codeActions, refactoringsAt, resolveAction } from "../../lsp/actions/actions.ts";
import { policy } from "../compiler/policies.ts";
import { check, checked, editedAll, MODELS, type Opened, opened, REQUEST } from "./support.ts";

const HEAD = `${REQUEST}${MODELS}`;

function actionsAt({ document, offset, end, workspace }: Opened, only?: string[]): CodeAction[] {
  const context = { diagnostics: [], ...(only !== undefined && { only }) };
  return codeActions(document, { start: offset, end }, context, workspace);
}

/** The policy after the action of that title at the cursor, without what stands before it in all of these. */
function done(text: string, title: string): string {
  const all = checked(HEAD + text);
  const action = actionsAt(all).find((each) => each.title === title);
  if (action === undefined)
    throw new Error(
      `only: ${actionsAt(all)
        .map((each) => each.title)
        .join(", ")}`,
    );
  const { edit } = resolveAction(action, all.workspace);
  return editedAll(all, edit ?? {})["main.route"]?.slice(HEAD.length) ?? "";
}

const titles = (text: string): string[] => actionsAt(checked(HEAD + text)).map(({ title }) => title);

describe("fixes", () => {
  it("are the compiler's own", () => {
    expect(done("route chat { when tier == free &¦ urgent -> small otherwise -> big }", "write `and`")).toBe(
      "route chat { when tier == free and urgent -> small otherwise -> big }",
    );
  });

  it("are applied all at once where none rests on a guess", () => {
    const all = checked(
      `${HEAD}¦route chat { when tier == free && urgent -> small  when tier == pro && urgent => small otherwise -> big }`,
    );
    const [fixAll] = actionsAt(all, ["source.fixAll"]);
    expect(editedAll(all, fixAll?.edit ?? {})["main.route"]).toBe(
      `${HEAD}route chat { when tier == free and urgent -> small  when tier == pro and urgent -> small otherwise -> big }`,
    );
  });

  it("are not offered for what has changed since", () => {
    const all = checked(`${HEAD}route chat { when tier == free &¦ urgent -> small otherwise -> big }`);
    const range = all.document.positions.range({ start: all.offset - 1, end: all.offset + 5 });
    all.document.apply([{ range, text: "" }], 2);
    expect(actionsAt(all).map(({ title }) => title)).not.toContain("write `and`");
  });
});

describe("add missing cases", () => {
  it("adds the arms that are missing, and none that can never match", () => {
    expect(
      done(
        "route chat {\n  when tier == pro and urgent -> big\n  mat¦ch tier, urgent {\n    free, _ -> small\n  }\n}\n",
        "add missing cases",
      ),
    ).toBe(
      [
        "route chat {",
        "  when tier == pro and urgent -> big",
        "  match tier, urgent {",
        "    free, _ -> small",
        '    enterprise, _ -> reject 501 "not decided yet"',
        '    pro, false -> reject 501 "not decided yet"',
        "  }",
        "}",
        "",
      ].join("\n"),
    );
  });

  it("adds one for all where members are not what is told apart", () => {
    expect(done('route chat {\n  mat¦ch tenant {\n    "acme" -> small\n  }\n}\n', "add missing cases")).toContain(
      '    _ -> reject 501 "not decided yet"\n  }',
    );
  });

  it("adds `otherwise` to a route", () => {
    expect(done("route ch¦at {\n  when urgent -> big\n}\n", "add `otherwise`")).toBe(
      'route chat {\n  when urgent -> big\n  otherwise -> reject 501 "not decided yet"\n}\n',
    );
  });
});

describe("refactorings", () => {
  it("extract a plan", () => {
    expect(done("// note\nroute chat {\n  otherwise -> small el¦se big with { retries 1 }\n}\n", "extract plan")).toBe(
      "plan extracted_plan = small else big with { retries 1 }\n\n// note\nroute chat {\n  otherwise -> extracted_plan\n}\n",
    );
  });

  it("put a plan in the place of its name", () => {
    expect(
      done("plan p = small else big\nroute chat { otherwise -> p¦ with { retries 1 } }\n", "inline plan `p`"),
    ).toBe("plan p = small else big\nroute chat { otherwise -> (small else big) with { retries 1 } }\n");
  });

  it("extract a condition", () => {
    expect(done("route chat { when ur¦gent and tier == free -> small otherwise -> big }\n", "extract condition")).toBe(
      "let extracted_condition = urgent\n\nroute chat { when extracted_condition and tier == free -> small otherwise -> big }\n",
    );
  });

  it("make a `match` of a chain, and a chain of a `match`", () => {
    const chain =
      "route chat {\n  when tier == free and not urgent -> small\n  when tier in { pro, enterprise } -> big\n  otherwise -> small else big\n}\n";
    const match =
      "route chat {\n  match tier, urgent {\n    free, false -> small\n    pro | enterprise, _ -> big\n    _, _ -> small else big\n  }\n}\n";
    expect(done(chain.replace("when", "wh¦en"), "convert to `match`")).toBe(match);
    expect(done(match.replace("match", "mat¦ch"), "convert `match` to `when`")).toBe(chain);
  });

  it("are not offered where they would change what is decided, or lose a comment", () => {
    expect(titles("plan p = split { 50% small, 50% big }\nroute chat -> p¦\n")).not.toContain("inline plan `p`");
    expect(titles("route chat { otherwise -> spl¦it { 50% small, 50% big } }\n")).not.toContain("extract plan");
    expect(titles("route chat {\n  wh¦en urgent -> small\n  // why\n  otherwise -> big\n}\n")).not.toContain(
      "convert to `match`",
    );
    expect(titles('route chat {\n  wh¦en tenant contains "a" -> small\n  otherwise -> big\n}\n')).not.toContain(
      "convert to `match`",
    );
  });

  it("leave every decision as it was", () => {
    const applied = new Map<string, number>();
    fc.assert(
      fc.property(policy, (text) => {
        // Rules at random may be wrong by themselves.
        if (compile({ text }).table === undefined) return;
        const { document, workspace } = opened(text);
        for (const { index } of text.matchAll(/when|match|otherwise|(?<=-> )\w|(?<=when )\S/g))
          for (const { title, changes } of refactoringsAt(document, { start: index, end: index }, workspace)) {
            const changed = changes
              .toSorted((a, b) => b.span.start - a.span.start)
              .reduce((all, { span, text: by }) => all.slice(0, span.start) + by + all.slice(span.end), text);
            const { difference, after } = diff({ text }, { text: changed });
            const errors = after.diagnostics.filter(({ severity }) => severity === "error");
            expect({ title, errors: errors.map(({ message }) => message) }).toEqual({ title, errors: [] });
            expect({ title, ...difference }).toMatchObject({ title, decisions: [], undecided: [] });
            applied.set(title, (applied.get(title) ?? 0) + 1);
          }
      }),
      { numRuns: 400, seed: 1 },
    );
    expect([...applied.keys()]).toEqual(
      expect.arrayContaining(["extract plan", "extract condition", "convert to `match`", "convert `match` to `when`"]),
    );
  });
});

describe("understanding", () => {
  it("is told of half-written programs too", () => {
    const { parts, plans } = check(
      opened(`${HEAD}plan p = small\nplan q = unknown else p\nplan r = r2\nplan r2 = r\nroute chat -> q`),
    );
    expect(plans.map(({ name }) => name)).toEqual(["p"]);
    const findings = parts.flatMap(({ found }) => found.findings);
    expect(findings.map(({ diagnostic }) => diagnostic.code)).toContain("RT2001");
  });
});
