/**
 * Random edits of policies, as somebody types, deletes, pastes and undoes, with every feature asked in between.
 *
 *   node test/lsp/edits.ts [count] [seed]
 *
 * makes 100,000 if it is not said how many, and says how much memory they left behind. A failure says its seed.
 */
import { readdirSync, readFileSync } from "node:fs";
import { ResponseError } from "vscode-languageserver-protocol";
import { codeActions, resolveAction } from "../../lsp/actions/actions.ts";
import { type Check, createCheck } from "../../lsp/checking/check.ts";
import { calleesOf, callersOf, prepareCalls } from "../../lsp/features/calls.ts";
import { complete, resolveCompletion } from "../../lsp/features/completion.ts";
import { diagnosticsOf } from "../../lsp/features/diagnostics.ts";
import { foldingRanges, selectionRanges } from "../../lsp/features/folding.ts";
import { formatDocument, formatOnType, formatRange } from "../../lsp/features/formatting.ts";
import { hover } from "../../lsp/features/hover.ts";
import { inlayHints } from "../../lsp/features/inlay.ts";
import { codeLenses } from "../../lsp/features/lens.ts";
import { documentLinks } from "../../lsp/features/links.ts";
import { definition, highlights, references } from "../../lsp/features/navigation.ts";
import { prepareRename, rename } from "../../lsp/features/rename.ts";
import { signatureHelp } from "../../lsp/features/signature.ts";
import { documentSymbols, workspaceSymbols } from "../../lsp/features/symbols.ts";
import { semanticTokens } from "../../lsp/features/tokens.ts";
import type { Document } from "../../lsp/text/document.ts";
import { uriOf, Workspace } from "../../lsp/workspace.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);

export const POLICIES: readonly string[] = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith(".route"))
  .map((name) => readFileSync(new URL(name, EXAMPLES), "utf8"));

/** What is typed: words and signs of the language, and what is none. */
const TYPED =
  `when match otherwise -> else { } ( ) [ ] , . .. == <= " // /// /x/ _ | plan route request model provider let test
prove budget signal import with on in not and or 80% $5 20s 1k -1 free small cheap tier tenant needs.tools judge( é 😀 \u0000 # && if`
    .split(/\s+/)
    .concat("\n", "\n\n", "  ", "\r\n", "\nplan x = ", "\nroute r {", "\n}");

/** Mulberry32. */
function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}

/** Edits one text so many times; a check follows now and then. Throws what a feature throws. */
export function editAtRandom(seed: number, edits: number): void {
  const random = seeded(seed);
  const workspace = new Workspace([], random(2) === 0 ? "utf-8" : "utf-16");
  const document = workspace.open(uriOf("/policies/main.route"), POLICIES[random(POLICIES.length)] as string, 1);
  const check = createCheck(document.path, workspace.fileSystem);
  const steps: string[] = [];
  for (let i = 0; i < edits; i++) {
    const before = document.text;
    edit(document, random, steps, i + 2);
    steps.push(before);
    const offset = random(document.text.length + 1);
    askEverything(document, offset, workspace, random);
    if (random(20) === 0) checkAgain(document, check, workspace);
  }
}

function checkAgain(document: Document, check: Check, workspace: Workspace): void {
  const revisions = new Map([[document.path, document.revision]]);
  const steps = check();
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) {
      if (step.value !== undefined) workspace.understood(document.path, step.value, revisions);
      return;
    }
    if (typeof step.value === "object") workspace.named(document.path, step.value, revisions);
  }
}

function edit(document: Document, random: (below: number) => number, before: readonly string[], version: number): void {
  const { text, positions } = document;
  const undone = random(15) === 0 ? before[random(before.length)] : undefined;
  if (undone !== undefined || text.length > 20_000) {
    document.apply([{ text: undone ?? (POLICIES[0] as string) }], version);
    return;
  }
  const start = random(text.length + 1);
  const end = random(3) === 0 ? start + random(random(8) === 0 ? 200 : 6) : start;
  const pasted = random(20) === 0 ? text.slice(random(text.length), random(text.length)) : undefined;
  const typed = pasted ?? (random(4) === 0 ? "" : (TYPED[random(TYPED.length)] as string));
  document.apply([{ range: positions.range({ start, end }), text: typed }], version);
}

/** A request that cannot be met is refused, which is no fault. */
function refusable(ask: () => unknown): void {
  try {
    ask();
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
  }
}

export function askEverything(
  document: Document,
  offset: number,
  workspace: Workspace,
  random: (below: number) => number,
): void {
  const span = { start: offset, end: Math.min(document.text.length, offset + random(30)) };
  const all = { start: 0, end: document.text.length };
  const context = { diagnostics: [] };
  for (const item of complete(document, offset, workspace, true).items.slice(0, 3)) resolveCompletion(item, workspace);
  hover(document, offset, workspace);
  signatureHelp(document, offset);
  definition(document, offset, workspace);
  references(document, offset, workspace, true);
  highlights(document, offset, workspace);
  documentSymbols(document);
  workspaceSymbols("a", workspace);
  prepareRename(document, offset, workspace);
  refusable(() => rename(document, offset, "renamed", workspace));
  semanticTokens(document, workspace, random(2) === 0 ? span : undefined);
  formatDocument(document);
  formatRange(document, span);
  formatOnType(document, offset, random(2) === 0 ? "}" : "\n");
  foldingRanges(document);
  selectionRanges(document, [document.positions.position(offset)]);
  inlayHints(document, all, workspace);
  codeLenses(document, workspace);
  documentLinks(document);
  diagnosticsOf(document, workspace);
  for (const action of codeActions(document, span, context, workspace))
    if (random(10) === 0) resolveAction(action, workspace);
  for (const item of prepareCalls(document, offset, workspace)) {
    callersOf(item, workspace);
    calleesOf(item, workspace);
  }
}

if (import.meta.main) {
  const [count = 100_000, first = 1] = process.argv.slice(2).map(Number);
  const EACH = 200;
  const heap: number[] = [];
  for (let seed = first; (seed - first) * EACH < count; seed++) {
    try {
      editAtRandom(seed, EACH);
    } catch (error) {
      process.stderr.write(`seed ${seed}: ${error instanceof Error ? error.stack : error}\n`);
      process.exitCode = 1;
      break;
    }
    if ((seed - first) % 50 === 49) {
      globalThis.gc?.();
      heap.push(Math.round(process.memoryUsage().heapUsed / 1e6));
      process.stdout.write(`${(seed - first + 1) * EACH} edits, ${heap.at(-1)} MB of heap\n`);
    }
  }
}
