import { describe, expect, it } from "vitest";
import { MODELS } from "../support.ts";
import { checked, programOf } from "./checked.ts";

/** What is found in files, the first of which is the main one. */
function findings(files: Record<string, string>): string[] {
  return checked(files).report.diagnostics.map(({ file, code, message }) => `${file}: ${code} ${message}`);
}

describe("a program of several files", () => {
  it("is checked as one, a hundred of them too", () => {
    const count = 99;
    const files: Record<string, string> = {
      "main.route": `import "./teams/0.route"\n${MODELS}\nroute chat -> plan_0`,
    };
    // Each imports the next; all import the models' file.
    for (let i = 0; i < count; i++) {
      const next = i + 1 < count ? `import "./${i + 1}.route"\n` : "";
      const run = i + 1 < count ? `plan_${i + 1} else extra_${i}` : "last";
      files[`teams/${i}.route`] = [
        `${next}import "../shared/models.route"`,
        `model extra_${i} = shared "m${i}" { context 8k  price free }`,
        `plan plan_${i} = ${run}`,
      ].join("\n");
    }
    files["shared/models.route"] = [
      "provider shared { protocol simulated }",
      'model last = shared "last" { context 8k  price free }',
    ].join("\n");
    const program = programOf(files);
    expect(program.files).toHaveLength(count + 2);
    expect(program.plans).toHaveLength(count);
  });

  it("reads a file once, whatever leads to it", () => {
    const { files } = programOf({
      "main.route": `import "./a.route"\nimport "./b/../a.route"\n${MODELS}\nroute chat -> shared`,
      "a.route": 'import "./models.route"\nplan shared = other',
      "models.route": 'provider p { protocol simulated }\nmodel other = p "o" { context 8k  price free }',
    });
    expect(files.map(({ name }) => name)).toEqual(["main.route", "a.route", "models.route"]);
  });

  it("says the way round when imports lead back, at the import that closes the circle", () => {
    const files = {
      "main.route": `import "./teams/a.route"\n${MODELS}\nroute chat -> small`,
      "teams/a.route": 'import "../shared/b.route"',
      "shared/b.route": 'import "../teams/a.route"',
    };
    expect(findings(files).filter((finding) => finding.includes("RT2010"))).toEqual([
      "shared/b.route: RT2010 the import leads back to this file: `teams/a.route` → `shared/b.route` → `teams/a.route`",
    ]);
  });

  it("sees what it imports, and not what that imports", () => {
    const files = {
      "main.route": `import "./a.route"\n${MODELS}\nroute chat -> deep`,
      "a.route": 'import "./b.route"',
      "b.route": 'provider p { protocol simulated }\nmodel deep = p "d" { context 8k  price free }',
    };
    expect(findings(files)).toContain("main.route: RT2001 `deep` is not declared: expected a model or a plan");
    const [finding] = checked(files).report.diagnostics.filter(({ code }) => code === "RT2001");
    expect(finding?.help).toBe("`deep` is declared in b.route, which this file does not import");
  });

  it("has one namespace: a name taken in one file is taken in all", () => {
    const files = {
      "main.route": `import "./a.route"\n${MODELS}\nroute chat -> small`,
      "a.route": "let small = stream",
    };
    expect(findings(files)).toEqual(["main.route: RT2002 `small` is declared already, as a `let`"]);
  });
});
