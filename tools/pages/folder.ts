/** The folder in which the examples of docs/diagnostics stand: files that they name, held in memory. */
import { basename, resolve } from "node:path";
import type { FileSystem } from "../../compiler/index.ts";

const HERE = resolve("folder of examples");

/** Two models between which a plan can choose; neither can serve a request that the other cannot. */
export const MODELS = `/// Two models that answer by themselves: no provider is asked.
provider demo { protocol simulated }

model small = demo "small" {
  context 128k
  output  8k
  price   { input $0.10, output $0.40 }
}

model large = demo "large" {
  context 128k
  output  8k
  price   { input $3, output $15 }
}
`;

const TEXTS: Readonly<Record<string, string>> = {
  "models.route": MODELS,
  "ring.route": 'import "./main.route"\n',
  "deep.route": `let deep = ${"(".repeat(300)}turns > 1${")".repeat(300)}\n`,
  "generated.route": "// and so on\n".repeat(400_000),
  "logo.png": "\u0089PNG\r\n\u001a\n\0\0\0\rIHDR",
  "notes.md": "How hard requests are is still to be measured.\n",
  "rubric.md": "Does the answer say what was asked, and nothing else? Answer with a number from 0 to 1.\n",
  "weights.json": '{ "version": 1, "bias": -1, "weights": { "prove": 3 } }\n',
};

/** Where a file of the folder is. */
export function pathOf(name: string): string {
  return resolve(HERE, name);
}

/** The folder, with `main.route` in it. */
export function folderWith(main: string): FileSystem {
  const find = (path: string): string => {
    const name = basename(path);
    const text = name === "main.route" ? main : TEXTS[name];
    if (text === undefined || path !== pathOf(name)) throw Object.assign(new Error(path), { code: "ENOENT" });
    return text;
  };
  return { read: (path) => Buffer.from(find(path)), real: (path) => find(path) && path };
}
