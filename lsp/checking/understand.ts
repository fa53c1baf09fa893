/** From what the compiler knows of a program to what an editor shows of it. */
import { dirname, resolve } from "node:path";
import type { Diagnostic, Fix, Understood } from "../../compiler/index.ts";
import { mayContinue } from "../../compiler/program/interruption.ts";
import type { Program, ProgramFile } from "../../compiler/program/program.ts";
import type { Expression as TreeExpression } from "../../compiler/syntax/index.ts";
import type { TestResult } from "../../compiler/testing/index.ts";
import { type Expression, partsOf } from "../../runtime/table/artifact.ts";
import { nodesWithin } from "../text/tree.ts";
import type { Early } from "./messages.ts";
import { byDeclaration } from "./parts.ts";
import type {
  ChosenSet,
  Discoveries,
  Finding,
  Said,
  Understanding,
  UnderstoodProof,
  UnderstoodRule,
} from "./understanding.ts";
import { worstIn } from "./worst.ts";

/** What is known as soon as names and types are. */
export function namesAndTypes(main: string, { program, diagnostics }: Understood): Early {
  const pathOf = pathsFrom(main);
  return {
    files: program.files.map(({ name }) => pathOf(name)),
    findings: diagnostics.map((diagnostic) => findingOf(diagnostic, true, pathOf)),
  };
}

/** @param early of the findings, those that were known as soon as names and types were. */
export function understand(
  main: string,
  { program, diagnostics }: Understood,
  early: readonly Diagnostic[],
  tests: readonly TestResult[],
): Understanding {
  const worst = worstIn(program);
  const pathOf = pathsFrom(main);
  const wasEarly = new Set(early);
  const found: Discoveries = {
    findings: diagnostics.map((diagnostic) => findingOf(diagnostic, wasEarly.has(diagnostic), pathOf)),
    rules: rulesOf(program, worst, pathOf),
    sets: setsOf(program, pathOf),
    proofs: proofsOf(program, diagnostics, pathOf),
    tests: tests.map(({ title, file, span, failures, lines }) => ({
      title,
      path: pathOf(file),
      span,
      failures: failures.map(({ message }) => message),
      lines,
    })),
  };
  const starts = program.files.map(({ name, tree }): [string, number[]] => [
    pathOf(name),
    tree.declarations.map(({ span }) => span.start),
  ]);
  return {
    files: program.files.map(({ name }) => pathOf(name)),
    models: program.models.map(({ facts, note }) => ({ facts, note })),
    plans: program.plans.flatMap(({ name, run }) => {
      const own = worst(run);
      return own === undefined ? [] : [{ name, worst: own }];
    }),
    parts: byDeclaration(found, new Map(starts)),
  };
}

type PathOf = (file: string) => string;

/** By the names that the compiler has for the files of one program. */
function pathsFrom(main: string): PathOf {
  const known = new Map<string, string>();
  return (file) => {
    const path = known.get(file) ?? resolve(dirname(main), file);
    known.set(file, path);
    return path;
  };
}

function findingOf({ file, span, related = [], fix, ...said }: Diagnostic, early: boolean, pathOf: PathOf): Finding {
  return {
    path: pathOf(file),
    span,
    diagnostic: withFix(said, fix),
    related: related.map((each) => ({ path: pathOf(each.file), span: each.span, message: each.message })),
    edits: fix?.edits.map((edit) => ({ path: pathOf(edit.file), span: edit.span, text: edit.text })),
    early,
  };
}

/** The edits have places. */
export function withFix(said: Said, fix: Fix | undefined): Said {
  return fix === undefined ? said : { ...said, fix: { title: fix.title, ...(fix.unsafe && { unsafe: true }) } };
}

function rulesOf(program: Program, worst: ReturnType<typeof worstIn>, pathOf: PathOf): UnderstoodRule[] {
  return program.routes.flatMap(({ rules }) =>
    rules.flatMap(({ run, place }): UnderstoodRule[] => {
      mayContinue();
      const own = worst(run);
      return own === undefined ? [] : [{ path: pathOf(place.file), span: place.span, worst: own }];
    }),
  );
}

/** What `models where` chose, of plans and of rules of which all could be understood. */
function setsOf({ files, plans, routes }: Program, pathOf: PathOf): ChosenSet[] {
  const runOf = new Map(plans.map(({ name, run }) => [name, run]));
  const rules = new Map(routes.flatMap((route) => route.rules).map(({ place, run }) => [keyOf(place), run]));
  return files.flatMap((file) =>
    file.tree.declarations.flatMap((declaration): ChosenSet[] => {
      // Of most declarations it is plain that they choose nothing.
      if (!file.text.slice(declaration.span.start, declaration.span.end).includes("where")) return [];
      if (declaration.kind === "plan") {
        const run = runOf.get(declaration.name.text);
        return run === undefined ? [] : setsIn(declaration.run, run, file, pathOf);
      }
      if (declaration.kind !== "route") return [];
      return [...nodesWithin(declaration)].flatMap((node) => {
        const written = "run" in node ? (node.run as TreeExpression | undefined) : undefined;
        const run = rules.get(
          keyOf({ file: file.name, span: node === declaration ? (written?.span ?? node.span) : node.span }),
        );
        return written === undefined || run === undefined ? [] : setsIn(written, run, file, pathOf);
      });
    }),
  );
}

function keyOf({ file, span }: { file: string; span: { start: number; end: number } }): string {
  return `${file}:${span.start}-${span.end}`;
}

/** What is chosen stands in the same order in what was written and in what it means. */
function setsIn(written: TreeExpression, run: Expression, file: ProgramFile, pathOf: PathOf): ChosenSet[] {
  const sets = [...nodesWithin(written)].filter(({ kind }) => kind === "set");
  const chosen = chosenIn(run);
  if (sets.length !== chosen.length) return [];
  return sets.flatMap((set, i) => {
    if (!("where" in set) || set.where === undefined) return [];
    return [{ path: pathOf(file.name), span: set.span, models: chosen[i] ?? [] }];
  });
}

function chosenIn(run: Expression): readonly (readonly string[])[] {
  if (run.kind === "select" || run.kind === "adaptive") return [run.models];
  return partsOf(run).flatMap(chosenIn);
}

/** Proofs are not looked at where anything else is wrong. */
function proofsOf({ proofs }: Program, diagnostics: readonly Diagnostic[], pathOf: PathOf): UnderstoodProof[] {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.some(({ code }) => code !== "RT4001" && code !== "RT4002")) return [];
  return proofs.map(({ name, place, claims }) => {
    const places = [place, ...claims.map((claim) => claim.place)].map(keyOf);
    const found = errors.find((error) => places.includes(keyOf(error)));
    return {
      name,
      path: pathOf(place.file),
      span: place.span,
      holds: found === undefined,
      message: found?.message,
      witness: found?.witness,
    };
  });
}
