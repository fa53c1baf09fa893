import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GOOD, MISSPELT, SHADOWED, UNUSED } from "../support/policies.ts";
import { folder, routec } from "../support/routec.ts";

const golden = (name: string) => new URL(`golden/${name}`, import.meta.url).pathname;
const check = (files: Record<string, string | Buffer>, ...args: string[]) =>
  routec(["check", ...args], { cwd: folder(files) });

test("a policy without a finding", async () => {
  const { code, stdout, stderr } = await check({ "main.route": GOOD }, "main.route");
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "1 file checked, nothing found\n", stderr: "" });
});

test("an error is shown where it is, and the exit code is 1", async () => {
  const { code, stdout } = await check({ "main.route": SHADOWED }, "main.route");
  expect(code).toBe(1);
  await expect(stdout).toMatchFileSnapshot(golden("shadowed.txt"));
});

test("the same for screen readers", async () => {
  const { stdout } = await check({ "main.route": MISSPELT }, "--format", "plain");
  await expect(stdout).toMatchFileSnapshot(golden("misspelt-plain.txt"));
});

test("the same for programs", async () => {
  const { code, stdout } = await check({ "main.route": MISSPELT }, "--format", "json");
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    format: 1,
    diagnostics: [
      {
        code: "RT2001",
        severity: "error",
        file: "main.route",
        range: { start: { line: 21, character: 23 }, end: { line: 21, character: 29 } },
      },
    ],
    summary: { files: 1, errors: 1, warnings: 0 },
  });
});

test("warnings are no failure, unless there are more than allowed", async () => {
  expect((await check({ "main.route": UNUSED })).code).toBe(0);
  expect((await check({ "main.route": UNUSED }, "--max-warnings", "1")).code).toBe(0);
  const { code, stderr } = await check({ "main.route": UNUSED }, "--max-warnings", "0");
  expect({ code, stderr }).toEqual({ code: 3, stderr: "routec: 1 warning, 0 allowed\n" });
  expect((await check({ "main.route": MISSPELT }, "--max-warnings", "0")).code).toBe(1);
});

test("the request that shows a finding is there to be sent and to be kept as a test", async () => {
  const forgetful = GOOD.replace(/ otherwise .*/, "");
  const { code, stdout } = await check({ "main.route": forgetful }, "--witnesses");
  expect(code).toBe(1);
  await expect(stdout).toMatchFileSnapshot(golden("witnesses.txt"));

  const [, request = ""] = /<<'REQUEST'\n(.*)\nREQUEST\n/.exec(stdout) ?? [];
  const block = /^test "[\s\S]*?^\}$/m.exec(stdout)?.[0] ?? "";
  const cwd = folder({ "main.route": `${GOOD}\n${block.replace(/\/\/ .*/, "expect tries small")}` });
  const sent = await routec(["explain", "main.route", "--request", "-"], { cwd, input: request });
  expect(sent).toMatchObject({ code: 0, stdout: expect.stringContaining("small") });
  expect(await routec(["test", "main.route"], { cwd })).toMatchObject({ code: 0 });
});

test("pairs of rules that can match one request and run different things are listed on request", async () => {
  const policy = `request {
  tier free | pro from claim "tier" default free
  urgent bool from header "x-urgent" default false
}
signal hard score = classifier "./weights.json"
signal risky bool = keywords ["refund"]
provider lab { protocol simulated }
model small = lab "small-1" { context 8k, output 1k, price free }
model big = lab "big-1" { context 8k, output 1k, price free }
route chat {
  when urgent      -> big
  when tier == pro -> small
  when hard > 0.5  -> big
  when risky       -> small
  otherwise        -> reject 429
}
`;
  const { code, stdout } = await check(
    { "main.route": policy, "weights.json": '{ "version": 1, "bias": 0, "weights": {} }' },
    "--overlaps",
  );
  expect(code).toBe(0);
  await expect(stdout).toMatchFileSnapshot(golden("overlaps.txt"));
  expect(
    (await check({ "main.route": policy, "weights.json": '{ "version": 1, "bias": 0, "weights": {} }' })).stdout,
  ).not.toContain("overlap");
});

test("of many overlaps the first twenty are shown, and how many there are", async () => {
  const rules = Array.from({ length: 10 }, (_, i) => `when a${i} -> ${i % 2 === 0 ? "small" : "big"}`);
  const policy = `request {
${rules.map((_, i) => `a${i} bool from header "a${i}" default false`).join("\n")}
}
provider lab { protocol simulated }
model small = lab "small-1" { context 8k, output 1k, price free }
model big = lab "big-1" { context 8k, output 1k, price free }
route chat {
${rules.join("\n")}
otherwise -> reject 429
}
`;
  const { stdout } = await check({ "main.route": policy }, "--overlaps");
  expect(stdout.match(/^note: rules/gm)).toHaveLength(20);
  expect(stdout).toContain("main.route: 25 overlaps, of which 20 are shown\n");
});

test("without paths it is every policy below the current folder, named from there", async () => {
  const files = {
    "main.route": GOOD,
    "teams/support/main.route": MISSPELT,
    "node_modules/other/main.route": MISSPELT,
    ".cache/main.route": MISSPELT,
    "notes.txt": "not a policy",
  };
  const { stdout } = await check(files, "--format", "plain");
  expect(stdout).toMatch(
    /^teams\/support\/main\.route:22:24: error RT2001: .*\n2 files checked: 1 error, 0 warnings\n$/,
  );
});

test("what is wrong in an imported library is said once, however often it is imported", async () => {
  const files = {
    "shared/models.route": 'model huge = nobody "huge" { context 1k  output 1k  price free }\n',
    "a.route": `import "./shared/models.route"\n${GOOD}`,
    "b.route": `import "./shared/models.route"\n${GOOD}`,
  };
  const { diagnostics } = JSON.parse((await check(files, "--format", "json")).stdout);
  expect(diagnostics.map((each: { file: string; code: string }) => [each.file, each.code])).toEqual([
    ["shared/models.route", "RT2001"],
  ]);
});

test("a path that does not exist, and a folder without policies, are wrong use", async () => {
  expect(await check({}, "gone.route")).toEqual({
    code: 2,
    stdout: "",
    stderr: "routec: cannot read `gone.route`: there is no such file or folder\n",
  });
  expect(await check({})).toMatchObject({
    code: 2,
    stderr: "routec: no `.route` file in the current folder\n",
  });
});

test.each(["", "\ufeff", "\u0000", "route", "}{", '"', "/", "route chat {", Buffer.from([0xff, 0xfe, 0x00, 0xd8])])(
  "whatever the file holds, as %j, the answer is a finding or none",
  async (contents) => {
    const { code, stderr } = await check({ "main.route": contents });
    expect([0, 1]).toContain(code);
    expect(stderr).toBe("");
  },
);

test("colour is for terminals, and for whom asks for it", async () => {
  const cwd = folder({ "main.route": MISSPELT });
  const colored = async (args: string[], env: Record<string, string> = {}) =>
    (await routec(["check", ...args], { cwd, env })).stdout.includes("\u001b[");
  expect(await colored([])).toBe(false);
  expect(await colored(["--color", "always"])).toBe(true);
  expect(await colored([], { FORCE_COLOR: "1" })).toBe(true);
  expect(await colored([], { FORCE_COLOR: "0" })).toBe(false);
  expect(await colored(["--color", "always"], { NO_COLOR: "1" })).toBe(true);
  expect(await colored(["--color", "never"], { FORCE_COLOR: "1" })).toBe(false);
  expect(await colored(["--color", "always", "--format", "plain"])).toBe(false);
});

describe("the formats of other programs", () => {
  const files = { "main.route": MISSPELT, "teams/clean.route": GOOD };

  test("code scanning: nothing but a SARIF log", async () => {
    const { code, stdout } = await check(files, "--format", "sarif");
    expect(code).toBe(1);
    const [{ results }] = JSON.parse(stdout).runs;
    expect(results).toMatchObject([{ ruleId: "RT2001", level: "error" }]);
    expect(results[0].locations[0].physicalLocation.artifactLocation.uri).toBe("main.route");
  });

  test("build servers: nothing but JUnit's XML", async () => {
    const { code, stdout } = await check(files, "--format", "junit");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^<\?xml .*<testsuites name="routec check" tests="2" failures="1">.*<\/testsuites>\n$/s);
  });

  test("GitHub Actions: annotations, and a summary added to that of the job", async () => {
    const cwd = folder({ ...files, "summary.md": "before\n" });
    const env = { GITHUB_STEP_SUMMARY: join(cwd, "summary.md") };
    const { code, stdout } = await routec(["check", "--format", "github"], { cwd, env });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^::error file=main\.route,line=22,[^\n]*\n2 files checked: 1 error, 0 warnings\n$/);
    expect(readFileSync(join(cwd, "summary.md"), "utf8")).toMatch(
      /^before\n### routec\n.*\| RT2001 \| `main\.route:22`/s,
    );
  });

  test("GitHub's summary is left alone otherwise, and one that cannot be written is said", async () => {
    const cwd = folder({ "main.route": GOOD, "summary.md": "" });
    await routec(["check"], { cwd, env: { GITHUB_STEP_SUMMARY: join(cwd, "summary.md") } });
    expect(readFileSync(join(cwd, "summary.md"), "utf8")).toBe("");
    const result = await routec(["check", "--format", "github"], { cwd, env: { GITHUB_STEP_SUMMARY: cwd } });
    expect(result).toMatchObject({ code: 2, stderr: `routec: cannot write \`${cwd}\`: it is a folder\n` });
  });
});

describe("--fix", () => {
  /** A comment that routec does not know, with the fix that it does. */
  const HASH = `# from elsewhere\n${GOOD}`;
  const FIXED = HASH.replace("#", "//");
  const fix = (cwd: string, ...args: string[]) => routec(["check", "--fix", ...args], { cwd });
  const written = (cwd: string, name = "main.route") => readFileSync(join(cwd, name), "utf8");

  test("applies what is safe, says how much, and reports what remains", async () => {
    const cwd = folder({ "main.route": `# from elsewhere\n${MISSPELT}` });
    const { code, stdout, stderr } = await fix(cwd, "--format", "plain");
    expect(stderr).toBe("routec: 1 fix applied\n");
    expect(stdout).toMatch(/^main\.route:23:24: error RT2001: .*\n1 file checked: 1 error, 0 warnings\n$/);
    expect(code).toBe(1);
    expect(written(cwd)).toMatch(/^\/\/ from elsewhere\n/);
  });

  test("mends imported files too, each once, wherever they lie", async () => {
    const cwd = folder({
      "shared/models.route": "# from elsewhere\n# and more\nlet night = time.hour < 6\n",
      "policies/a.route": `import "../shared/models.route"\n${GOOD}`,
      "policies/b.route": `import "../shared/models.route"\n${HASH}`,
    });
    expect(await fix(cwd, "policies")).toMatchObject({ code: 0, stderr: "routec: 3 fixes applied\n" });
    expect(written(cwd, "shared/models.route")).toBe("// from elsewhere\n// and more\nlet night = time.hour < 6\n");
    expect(written(cwd, "policies/b.route")).toBe(`import "../shared/models.route"\n${FIXED}`);
  });

  test("goes on with a fix that had to wait for the one beside it", async () => {
    const cwd = folder({ "main.route": GOOD.replace("tier == pro  ->", "tier == pro &&!stream ->") });
    expect(await fix(cwd)).toMatchObject({ code: 0, stderr: "routec: 2 fixes applied\n" });
    expect(written(cwd)).toContain("when tier == pro and not stream -> strong");
  });

  test("does not quote a word where a text is expected: it may be the name of another attribute", async () => {
    const comparing = GOOD.replace("tier == pro  ->", "prompt == system ->");
    const cwd = folder({ "main.route": comparing });
    expect(await fix(cwd)).toMatchObject({ code: 1, stderr: "routec: 0 fixes applied\n" });
    expect(written(cwd)).toBe(comparing);
  });

  test("keeps what is not text to mend: byte order mark, CRLF, the file's mode, a link", async () => {
    const cwd = folder({ "main.route": `\ufeff${HASH.replaceAll("\n", "\r\n")}` });
    chmodSync(join(cwd, "main.route"), 0o640);
    symlinkSync("main.route", join(cwd, "link.route"));
    expect(await fix(cwd)).toMatchObject({ code: 0, stderr: "routec: 1 fix applied\n" });
    expect(written(cwd)).toBe(`\ufeff${FIXED.replaceAll("\n", "\r\n")}`);
    expect(statSync(join(cwd, "main.route")).mode & 0o777).toBe(0o640);
    expect(lstatSync(join(cwd, "link.route")).isSymbolicLink()).toBe(true);
    expect(readdirSync(cwd)).toEqual(["link.route", "main.route"]);
  });

  test("leaves a file alone whose bytes are not all text, as they would be lost", async () => {
    const bytes = Buffer.concat([Buffer.from(`${HASH}// `), Buffer.from([0xff, 0x0a])]);
    const cwd = folder({ "main.route": bytes });
    expect(await fix(cwd)).toMatchObject({ code: 1, stderr: "routec: 0 fixes applied\n" });
    expect(readFileSync(join(cwd, "main.route"))).toEqual(bytes);
  });

  test("changes nothing where there is nothing to mend", async () => {
    const cwd = folder({ "main.route": GOOD });
    const before = statSync(join(cwd, "main.route")).ino;
    expect(await fix(cwd)).toEqual({
      code: 0,
      stdout: "1 file checked, nothing found\n",
      stderr: "routec: 0 fixes applied\n",
    });
    expect(statSync(join(cwd, "main.route")).ino).toBe(before);
  });
});

test("a warning that is ignored with a reason is not shown", async () => {
  const ignored = UNUSED.replace("plan spare", "// routec-ignore RT5001: for next month\nplan spare");
  const { code, stdout } = await check({ "main.route": ignored }, "--max-warnings", "0");
  expect({ code, stdout }).toEqual({ code: 0, stdout: "1 file checked, nothing found\n" });
});

test("--notes tells what is to be known of facts from the catalog, of which nothing is wrong", async () => {
  const policy = 'provider mistral\nmodel c = mistral "mistral-large-latest"\nroute chat -> c\n';
  const { code, stdout } = await check({ "main.route": policy }, "--notes", "main.route");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^note: model `c` \(main\.route\): models\.dev says .*: the dearer is taken\n1 file checked/);
});
