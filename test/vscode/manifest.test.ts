/** The extension's manifest says what is there, and no more. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { check } from "../../compiler/index.ts";

const root = new URL("../../", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), "utf8");
const manifest = JSON.parse(read("vscode-extension/package.json"));
const { contributes } = manifest;
const packages = JSON.parse(read("package.json"));

test("it has the version of the package, and the interface of the editor that it is checked against", () => {
  expect(manifest.version).toBe(packages.version);
  expect(manifest.engines.vscode).toBe(`^${packages.devDependencies["@types/vscode"]}`);
});

test("every file that it names is there", () => {
  const paths = JSON.stringify({ contributes, icon: manifest.icon }).matchAll(
    /"(?:path|configuration|light|dark|icon|markdown)":"([^"$]+)"/g,
  );
  const named = [...paths].map(([, path = ""]) => path);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(new URL(`vscode-extension/${path}`, root)))).toEqual([]);
});

test("every command is registered, has a place in menus that is its own, and none is the server's", () => {
  const commands: string[] = contributes.commands.map(({ command }: { command: string }) => command);
  const registered = [...read("vscode-extension/src/extension.ts").matchAll(/(?:register|ofPolicy)\("([^"]+)"/g)];
  expect(registered.map(([, command]) => command).sort()).toEqual(commands.toSorted());
  const used = JSON.stringify(contributes.menus).matchAll(/"command":"([^"]+)"/g);
  for (const [, command] of used) expect(commands).toContain(command);
  // The client registers those of the server by their own names.
  for (const own of ["routec.runTest", "routec.explain", "routec.witness"]) expect(commands).not.toContain(own);
});

test("every setting is read by the extension or by the client's library", () => {
  expect(Object.keys(contributes.configuration.properties)).toEqual(["routec.server.path", "routec.trace.server"]);
  expect(read("vscode-extension/src/server.ts")).toContain('getConfiguration("routec").get("server.path"');
});

interface Snippet {
  readonly prefix: string;
  readonly body: readonly string[];
}

const snippets: readonly Snippet[] = Object.values(JSON.parse(read("vscode-extension/snippets/routec.json")));

/** What a snippet leaves when every place in it is kept as it comes. */
function inserted({ body }: Snippet): string {
  return body
    .join("\n")
    .replaceAll(/\$\{\d+\|([^,|]+)[^|]*\|\}/g, "$1")
    .replaceAll(/\$\{\d+:([^}]*)\}/g, "$1")
    .replaceAll(/(?<!\\)\$\d+/g, "")
    .replaceAll("\\$", "$");
}

const SURROUNDINGS = `provider lab { protocol simulated  residency eu }
provider openai
model small = lab "a" { context 8k  output 1k  price free  can [logprobs] }
model large = lab "b" { context 8k  output 1k  price free }
request { tenant string from claim "org"  region eu | us from claim "region" default us }
`;
const PLANS = "plan plan = small\nplan eu_plan = large\nplan cheap = small\nplan strong = large\n";
const NAMES =
  'model stable = lab "c" { context 8k  output 1k  price free }\nmodel candidate = lab "d" { context 8k  output 1k  price free }\n';

test.each(snippets.map((snippet) => [snippet.prefix, snippet] as const))(
  "the snippet %s is a policy, or part of one",
  (prefix, snippet) => {
    const text = inserted(snippet);
    const plans = /^route /m.test(text) ? PLANS : "route chat -> small\n";
    const whole =
      {
        policy: text,
        canary: `${SURROUNDINGS}${NAMES}${text}route chat -> canary\n`,
        outage: `${SURROUNDINGS}route chat -> small\n${text}`
          .replaceAll("provider down", "openai down")
          .replace("by model", "by small")
          .replace("{  }", '{ tenant "a" }'),
      }[prefix] ?? `${SURROUNDINGS}${plans}${text}`;
    const errors = check({ text: whole }).diagnostics.filter(({ severity }) => severity === "error");
    expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  },
);

test("what the extension opens in the walkthrough is a command that somebody has", () => {
  const commands = [...JSON.stringify(contributes.walkthroughs).matchAll(/command:([\w.]+)/g)].map(([, name]) => name);
  const own = contributes.commands.map(({ command }: { command: string }) => command);
  for (const command of commands) expect([...own, "testing.coverageAll"]).toContain(command);
});

test("the page of the extension is not the placeholder that it was", () => {
  expect(existsSync(fileURLToPath(new URL("vscode-extension/README.md", root)))).toBe(true);
  expect(read("vscode-extension/README.md")).not.toContain("Nothing is here yet");
});
