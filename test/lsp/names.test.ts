/** Definition, references, highlights, rename and call hierarchy: what names mean across files. */

import { describe, expect, it } from "vitest";
import { ResponseError } from "vscode-languageserver-protocol";
import { calleesOf, callersOf, prepareCalls } from "../../lsp/features/calls.ts";
import { definition, highlights, references } from "../../lsp/features/navigation.ts";
import { prepareRename, rename, renameFiles } from "../../lsp/features/rename.ts";
import { uriOf } from "../../lsp/workspace.ts";
import { editedAll, MODELS, type Opened, opened, REQUEST, textsAt } from "./support.ts";

const OTHERS = { "models.route": MODELS, "request.route": REQUEST };
const IMPORTS = 'import "./models.route"\nimport "./request.route"\n';

/** Where what is named at the cursor is declared: the file, and its line. */
function defined(main: string, others: Record<string, string> = OTHERS): string[] {
  const { document, offset, workspace } = opened(IMPORTS + main, others);
  return definition(document, offset, workspace).map(({ targetUri, targetSelectionRange }) => {
    const home = workspace.find(targetUri);
    const line = home?.text.split("\n")[targetSelectionRange.start.line] ?? "";
    return `${targetUri.slice(targetUri.lastIndexOf("/") + 1)}: ${line.trim()}`;
  });
}

describe("definition", () => {
  it.each([
    ["a model", "plan p = sma¦ll", "models.route: model small = lab"],
    ["a model in a set", "plan p = cheapest { big, sm¦all }", "models.route: model small = lab"],
    [
      "a judge",
      'plan p = cascade { small accept when judge(b¦ig, "./x.md") >= 0.5  big }',
      "models.route: model big = shop",
    ],
    [
      "a provider in a condition over models",
      "prove p { always every model is provider == l¦ab }",
      "models.route: provider lab",
    ],
    ["an attribute", "route chat { when ti¦er == free -> small otherwise -> big }", "request.route: tier free"],
    ["a member of an enum", "route chat { when tier == pr¦o -> small otherwise -> big }", "request.route: tier free"],
    ["a member in a pattern", "route chat { match tier { pr¦o -> small _ -> big } }", "request.route: tier free"],
    ["a route", 'route chat -> small\ntest "t" { send ch¦at {} expect tries small }', "main.route: route chat"],
    ["a plan that is only half written", "plan p = small else\nplan q = p¦", "main.route: plan p = small else"],
  ])("of %s", (_, text, home) => {
    expect(defined(text)).toEqual([expect.stringContaining(home)]);
  });

  it("is nowhere for what is built in, or not imported", () => {
    expect(defined("route chat { when str¦eam -> small otherwise -> big }")).toEqual([]);
    const { document, offset, workspace } = opened("plan p = sma¦ll", OTHERS);
    expect(definition(document, offset, workspace)).toEqual([]);
  });
});

describe("references", () => {
  it("are in every file that sees the name", () => {
    const { offset, document, workspace } = opened(`${IMPORTS}plan p = sm¦all else big\nroute chat -> small`, {
      ...OTHERS,
      "other.route": 'import "./models.route"\nplan other = small',
      "stranger.route": "plan small = reject 429",
    });
    const found = references(document, offset, workspace, true).map(({ uri }) => uri.slice(uri.lastIndexOf("/") + 1));
    expect(found.toSorted()).toEqual(["main.route", "main.route", "models.route", "other.route"]);
    expect(references(document, offset, workspace, false)).toHaveLength(3);
  });

  it("are highlighted in the file itself, the declaration apart", () => {
    const { offset, document, workspace } = opened("plan p¦ = reject 429\nroute chat -> p");
    const found = highlights(document, offset, workspace);
    expect(found.map(({ kind }) => kind)).toEqual([3, 2]);
    expect(
      textsAt(
        document,
        found.map(({ range }) => range),
      ),
    ).toEqual(["p", "p"]);
  });
});

/** The texts of all files in which something is renamed, or what is said instead. */
function renamed(all: Opened, name: string): Record<string, string> | string {
  try {
    return editedAll(all, rename(all.document, all.offset, name, all.workspace));
  } catch (error) {
    if (error instanceof ResponseError) return error.message;
    throw error;
  }
}

describe("rename", () => {
  it("changes every file that sees the name", () => {
    const all = opened(`${IMPORTS}plan p = sm¦all`, OTHERS);
    expect(renamed(all, "tiny")).toEqual({
      "main.route": `${IMPORTS}plan p = tiny`,
      "models.route": MODELS.replace("model small", "model tiny"),
    });
  });

  it("quotes what is no name where that may be", () => {
    const all = opened(`${REQUEST}route chat { when tier == pro¦ -> x otherwise -> y }`);
    expect(renamed(all, "pro-plus")).toEqual({
      "main.route": expect.stringMatching(/tier free \| "pro-plus" \| enterprise.*tier == "pro-plus" ->/s),
    });
  });

  it.each([
    ["what is no name", "p q", "`p q` is no name: expected letters, digits and `_`"],
    ["a reserved word", "when", "`when` is no name: expected letters, digits and `_`"],
    ["what is built in", "model", "`model` is built in: choose another name"],
    ["a name that is taken", "big", "`big` is declared already"],
  ])("refuses %s", (_, name, message) => {
    expect(renamed(opened(`${IMPORTS}plan p = sm¦all`, OTHERS), name)).toBe(message);
  });

  it("is prepared only of what is declared", () => {
    const at = (text: string) => {
      const { document, offset, workspace } = opened(text);
      return prepareRename(document, offset, workspace)?.placeholder;
    };
    expect(at("plan p¦ = reject 429")).toBe("p");
    expect(at("plan p = unkno¦wn")).toBeUndefined();
    expect(at("pl¦an p = reject 429")).toBeUndefined();
  });

  it("of files changes what they are imported as, and what they import", () => {
    const all = opened(`${IMPORTS}plan p = small`, OTHERS);
    const move = (from: string, to: string) =>
      editedAll(
        all,
        renameFiles([{ oldUri: uriOf(`/policies/${from}`), newUri: uriOf(`/policies/${to}`) }], all.workspace),
      );
    expect(move("models.route", "shared/catalog.route")).toEqual({
      "main.route": expect.stringContaining('import "./shared/catalog.route"\nimport "./request.route"'),
    });
    expect(move("main.route", "team/main.route")).toEqual({
      "main.route": expect.stringContaining('import "../models.route"\nimport "../request.route"'),
    });
  });
});

describe("call hierarchy", () => {
  const all = opened(
    `${IMPORTS}plan inner = small else big\nplan out¦er = inner else big\nroute chat -> outer`,
    OTHERS,
  );
  const [item] = prepareCalls(all.document, all.offset, all.workspace);

  it("goes to what a plan runs", () => {
    expect(item && calleesOf(item, all.workspace).map(({ to }) => to.name)).toEqual(["inner", "big"]);
  });

  it("comes from what runs it", () => {
    expect(item && callersOf(item, all.workspace).map(({ from }) => from.name)).toEqual(["chat"]);
  });
});
