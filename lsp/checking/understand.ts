/** From what the compiler knows of a program to what an editor shows of it. */
import { dirname, resolve } from "node:path";
import type { Diagnostic, Understood } from "../../compiler/index.ts";
import type { Program, ProgramFile } from "../../compiler/program/program.ts";
import type { Expression as TreeExpression } from "../../compiler/syntax/index.ts";
import type { TestResult } from "../../compiler/testing/index.ts";
import { type Expression, partsOf } from "../../runtime/table/artifact.ts";
import { nodesWithin } from "../text/tree.ts";
import type { ChosenSet, Finding, Understanding, UnderstoodProof, UnderstoodRule } from "./understanding.ts";
import { worstIn } from "./worst.ts";

/** @param tests undefined where none was run. */
export function understand(
  main: string,
  { program, diagnostics }: Understood,
  done: boolean,
  tests: readonly TestResult[] = [],
): Understanding {
  const worst = worstIn(program);
  const pathOf = (file: string): string => resolve(dirname(main), file);
  return {
    main,
    files: program.files.map(({ name }) => pathOf(name)),
    findings: diagnostics.map((diagnostic) => findingOf(diagnostic, pathOf)),
    models: program.models.map(({ facts, note }) => ({ facts, note })),
    plans: program.plans.flatMap(({ name, run }) => {
      const own = worst(run);
      return own === undefined ? [] : [{ name, worst: own }];
    }),
    rules: rulesOf(program, worst, pathOf),
    sets: setsOf(program, pathOf),
    proofs: done ? proofsOf(program, diagnostics, pathOf) : [],
    tests: tests.map(({ title, file, span, failures, lines }) => ({
      title,
      path: pathOf(file),
      span,
      failures: failures.map(({ message }) => message),
      lines,
    })),
    done,
  };
}

type PathOf = (file: string) => string;

function findingOf(diagnostic: Diagnostic, pathOf: PathOf): Finding {
  const { file, span, related = [], fix } = diagnostic;
  return {
    path: pathOf(file),
    span,
    diagnostic,
    related: related.map((each) => ({ path: pathOf(each.file), span: each.span, message: each.message })),
    edits: fix?.edits.map((edit) => ({ path: pathOf(edit.file), span: edit.span, text: edit.text })),
  };
}

function rulesOf(program: Program, worst: ReturnType<typeof worstIn>, pathOf: PathOf): UnderstoodRule[] {
  return program.routes.flatMap(({ names, rules }) =>
    rules.flatMap(({ run, place }, index): UnderstoodRule[] => {
      const own = worst(run);
      if (own === undefined) return [];
      return [{ route: names[0] as string, index, path: pathOf(place.file), span: place.span, worst: own }];
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
