import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { build, isStale, keepParserOutOfRuntime } from "../../tools/build.ts";
import { GOOD, MISSPELT } from "../support/policies.ts";
import { folder } from "../support/routec.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = (name: string) => join(root, "dist", name);

test("a build leaves the command executable, the schema and the licences of what is bundled", async () => {
  await build();
  expect(isStale()).toBe(false);
  expect(readFileSync(dist("routec.js"), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  expect(statSync(dist("routec.js")).mode & 0o111).toBe(0o111);
  expect(JSON.parse(readFileSync(dist("decision-table.schema.json"), "utf8")).title).toBe("DecisionTable");
  const notices = readFileSync(dist("THIRD-PARTY-NOTICES.txt"), "utf8");
  expect(notices).toMatch(/^chevrotain \d+\.\d+\.\d+ \(Apache-2\.0\)\n\n.*Apache License/ms);
  expect(notices).not.toContain("esbuild");
});

test("nothing that is loaded imports one of Node's own modules, which would load others", () => {
  const loaded = readdirSync(join(root, "dist")).filter((name) => /^(?:routec|chunk-.*)\.js$/.test(name));
  expect(loaded.filter((name) => /\bimport[^;(]*"node:/.test(readFileSync(dist(name), "utf8")))).toEqual([]);
});

const output = (inputs: string[], imports: string[] = [], external = false) => ({
  bytes: 0,
  exports: [],
  inputs: Object.fromEntries(inputs.map((path) => [path, { bytesInOutput: 1 }])),
  imports: imports.map((path) => ({ path, kind: "dynamic-import" as const, external })),
});

test.each(["compiler/syntax/lexer.ts", "node_modules/chevrotain/lib/a.js", "node_modules/@chevrotain/gast/a.js"])(
  "a runtime that can reach %s is not built",
  (input) => {
    const outputs = {
      "dist/runtime.js": output(["runtime/index.ts"], ["dist/chunk-a.js"]),
      "dist/chunk-a.js": output([], ["dist/chunk-b.js"]),
      "dist/chunk-b.js": output([input]),
    };
    expect(() => keepParserOutOfRuntime({ outputs })).toThrow(
      `dist/chunk-b.js, which dist/runtime.js loads, holds ${input}: the runtime must have no parser in it`,
    );
  },
);

test("what only the compiler reaches, and packages outside the bundle, are no concern of the runtime's", () => {
  const outputs = {
    "dist/compiler.js": output(["compiler/index.ts"], ["dist/chunk-a.js"]),
    "dist/runtime.js": output(["runtime/index.ts"], ["dist/chunk-a.js"]),
    "dist/chunk-a.js": output(["runtime/table/load.ts"], ["undici"], true),
  };
  expect(() => keepParserOutOfRuntime({ outputs })).not.toThrow();
});

test("the runtime loads undici's pool alone, and only when a policy needs it", () => {
  const policy = `
    provider somebody { protocol openai  url "http://127.0.0.1:9/v1" }
    model small = somebody "small" { context 8k  output 1k  price free }
    route chat -> small`;
  const script = `
    import { registerHooks } from "node:module";
    const resolve = (name, context, next) => {
      if (name.startsWith("undici")) console.log(name);
      return next(name, context);
    };
    registerHooks({ resolve });
    const { createProxy, load } = await import(${JSON.stringify(dist("runtime.js"))});
    const { compile } = await import(${JSON.stringify(dist("compiler.js"))});
    const { table } = compile({ path: "main.route", text: ${JSON.stringify(policy)} });
    console.log("a policy");
    await (await createProxy(load(table))).close();`;
  const loaded = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(loaded.trim().split("\n")).toEqual(["a policy", "undici/lib/dispatcher/pool.js"]);
});

test("a program that uses the libraries type-checks against the released declarations", () => {
  execFileSync(process.execPath, [join(root, "tools/build.ts"), "--release"]);
  const consumer = folder({
    "package.json": '{ "type": "module" }',
    "use.ts": `import { check, compile, format } from "routec";
import { createProxy, load } from "routec/runtime";
const { table, diagnostics } = compile("main.route");
const codes: string[] = [...diagnostics, ...check("main.route").diagnostics].map((each) => each.code);
const text: string | undefined = format("").text;
export const proxy = createProxy(load(table), {});
export const unused: [string[], string | undefined] = [codes, text];
// @ts-expect-error: there is no such function, so what was imported is typed
export { nothing } from "routec";
`,
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        module: "nodenext",
        target: "es2023",
        lib: ["es2024"],
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        types: ["node"],
        typeRoots: [join(root, "node_modules/@types")],
        paths: {
          routec: [join(root, "dist/types/compiler/index.d.ts")],
          "routec/runtime": [join(root, "dist/types/runtime/index.d.ts")],
        },
      },
      files: ["use.ts"],
    }),
  });
  const { stdout, status } = spawnSync(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), "-p", consumer],
    {
      encoding: "utf8",
    },
  );
  expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
});

const runFromTree = (cwd: string, args: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [join(root, "tools/routec.ts"), ...args], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, npm_lifecycle_event: undefined, NO_COLOR: "1", FORCE_COLOR: undefined, ...env },
  });

test("the command runs from the tree, in the folder that the caller stands in", () => {
  const caller = folder({ "main.route": GOOD });
  const expected = { status: 0, stdout: "1 file checked, nothing found\n", stderr: "" };
  expect(runFromTree(caller, ["check", "main.route"])).toMatchObject(expected);
  const npm = { npm_lifecycle_event: "routec", INIT_CWD: caller };
  expect(runFromTree(root, ["check", "main.route"], npm)).toMatchObject(expected);
});

test("npm start stays in the checkout", () => {
  const npm = { npm_lifecycle_event: "start", INIT_CWD: folder({ "only-here.route": GOOD }) };
  expect(runFromTree(root, ["check", "only-here.route"], npm).stderr).toContain("cannot read `only-here.route`");
});

test("more than a pipe holds comes through it whole", () => {
  const rules = Array.from({ length: 400 }, (_, index) => `  when tenant == "tenant ${index}" -> reject 403`);
  const cwd = folder({
    "main.route": `request { tenant string from header "x-tenant" }\nroute chat {\n${rules.join("\n")}\n  otherwise -> reject 404\n}\n`,
  });
  const { stdout } = spawnSync(process.execPath, [dist("routec.js"), "compile", "main.route"], {
    cwd,
    encoding: "utf8",
  });
  expect(stdout.length).toBeGreaterThan(65_536);
  expect(JSON.parse(stdout)).toHaveProperty("routes");
});

test("exit codes come through", () => {
  expect(runFromTree(folder({ "main.route": MISSPELT }), ["check"]).status).toBe(1);
  expect(runFromTree(folder(), ["nothing"]).status).toBe(2);
});
