/** Policies compiled as they stand in the editor, for requests that are about what they do. */
import { type CompiledProgram, checkInSteps, type Understood } from "../../compiler/index.ts";
import { lower } from "../../compiler/table/lower.ts";
import { load, type Policy } from "../../runtime/table/index.ts";
import type { Document } from "../text/document.ts";
import type { Workspace } from "../workspace.ts";
import type { Problem } from "./protocol.ts";

/** A policy without errors, or with none but that proofs of it do not hold. */
export interface Compiled extends Pick<Understood, "program" | "sources"> {
  readonly main: Document;
  readonly analysis: NonNullable<CompiledProgram["analysis"]>;
  readonly policy: Policy;
}

/** Where a model's requests are processed, as it or its provider says. */
export function residencyOf(name: string, { program }: Pick<Compiled, "program">): string | undefined {
  const model = program.models.find(({ facts }) => facts.name === name)?.facts;
  return model?.residency ?? program.providers.find(({ facts }) => facts.name === model?.provider)?.facts.residency;
}

interface Known {
  /** The texts that it was compiled from. */
  readonly texts: readonly string[];
  readonly compiled: Compiled | Problem;
}

/** By main document: a panel asks for the same policy at every key in its form. */
const known = new WeakMap<Workspace, Map<string, Known>>();

/** The policy of which a document is the main file or a part. */
export function compiledFor(document: Document, workspace: Workspace): Compiled | Problem {
  return compiledMain(workspace.mainsOf(document)[0] ?? document, workspace);
}

export function compiledMain(main: Document, workspace: Workspace): Compiled | Problem {
  const texts = workspace.programOf(main).map(({ text }) => text);
  const own = known.get(workspace) ?? new Map<string, Known>();
  known.set(workspace, own);
  const before = own.get(main.path);
  if (before !== undefined && isSame(before.texts, texts)) return before.compiled;
  const compiled = compile(main, workspace);
  own.set(main.path, { texts, compiled });
  return compiled;
}

function isSame(before: readonly string[], now: readonly string[]): boolean {
  return before.length === now.length && before.every((text, i) => text === now[i]);
}

function compile(main: Document, workspace: Workspace): Compiled | Problem {
  const { program, sources, analysis, diagnostics } = understood(main, workspace);
  const errors = diagnostics.filter(({ severity, code }) => severity === "error" && !code.startsWith("RT4"));
  const [first] = errors;
  if (first !== undefined || analysis === undefined)
    return {
      problem: `the policy has ${errors.length === 1 ? "an error" : `${errors.length} errors`}: ${first?.message ?? "it cannot be analysed"}`,
    };
  if (program.routes.length === 0)
    return { problem: "the file has no route, and no policy of the workspace that has one imports it" };
  return { main, program, sources, analysis, policy: load(lower(program, analysis)) };
}

function understood(main: Document, { fileSystem }: Workspace): Understood {
  const steps = checkInSteps(main.path, { fileSystem });
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
